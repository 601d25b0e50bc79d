"""The networks of a picture model in memory: opened when they are needed, and freed as the plan says.

What comes out of a network is compared with the card: a network that is not the one which the card describes is
reported as damaged, whatever its engine says of it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_models.diffusion.card import Card
from edge_models.diffusion.wiring import PartName, Shapes
from edge_models.models import ModelCorrupt, ModelError
from edge_models.network import Arrays, Network


@dataclass(frozen=True, slots=True)
class Part:
    """One network, for whoever opens it; its files were checked."""

    name: PartName
    path: Path
    """The ONNX file; its weights may lie beside it."""
    inputs: Shapes
    outputs: Shapes


OpenPart = Callable[[Part], Network]
"""Loads a part, by whatever runs it here."""
Run = Callable[[Arrays], dict[str, NDArray[Any]]]


class Parts:
    """The parts of one picture model."""

    def __init__(self, folder: Path, card: Card, open_part: OpenPart, *, kept: frozenset[PartName]) -> None:
        """Nothing is opened yet."""
        self._model = folder.name
        self._parts: Mapping[PartName, Part] = {
            name: Part(name, folder / part.files[0].name, part.inputs, part.outputs)
            for name, part in card.parts.items()
        }
        self._open_part = open_part
        self._kept = kept
        self._open: dict[PartName, Network] = {}

    @contextmanager
    def using(self, name: PartName) -> Iterator[Run]:
        """Have a part in memory: what is yielded runs it. Raises ModelError.

        It is freed in the end unless the plan keeps it, or it failed.
        """
        part = self._parts[name]
        network = self._open.pop(name, None) or self._opened(part)
        well = False
        try:
            yield lambda feed: self._run(part, network, feed)
            well = True
        finally:
            if well and name in self._kept:
                self._open[name] = network
            else:
                network.close()

    def free(self) -> None:
        """Free all that is in memory; it is opened again when it is needed."""
        while self._open:
            self._open.popitem()[1].close()

    def _opened(self, part: Part) -> Network:
        try:
            return self._open_part(part)
        except (ModelError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - each engine has errors of its own
            raise self._unfit(part, error) from None

    def _run(self, part: Part, network: Network, feed: Arrays) -> dict[str, NDArray[Any]]:
        try:
            results = network.run(feed)
        except (ModelError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - each engine has errors of its own
            raise self._unfit(part, error) from None
        for name, shape in part.outputs.items():
            if name not in results or results[name].shape != shape:
                raise self._unfit(part, f"it doesn't give the {name} that its card names")
            if not np.isfinite(results[name]).all():
                raise self._unfit(part, f"its {name} is no number; it may not bear so few bits")
        return results

    def _unfit(self, part: Part, reason: object) -> ModelCorrupt:
        why = " ".join(str(reason).split())[:200].rstrip(".")
        return ModelCorrupt(f"The {part.name} of the picture model {self._model} can't be run: {why}.")
