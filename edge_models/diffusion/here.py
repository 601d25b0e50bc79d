"""A picture model on this machine: where it lies, what it is called, and by what its parts are run here."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path

from edge_models.diffusion.card import Card, read_card
from edge_models.diffusion.parts import Part
from edge_models.diffusion.turbo import TurboPicture
from edge_models.diffusion.wiring import Family, PartName
from edge_models.network import Network, OnnxNetwork
from edge_models.tensorrt import NO_GPU, EngineError, EngineNetwork, Engines, Library, find_library
from edge_models.tensorrt.model import engine_name, key_of_part

log = logging.getLogger(__name__)

_CALLED: Mapping[Family, str] = {
    "sd-turbo": "SD-Turbo",
    "sdxl-turbo": "SDXL-Turbo",
    "sana-sprint": "SANA-Sprint",
    "flux-schnell": "FLUX.1 schnell",
}


class PictureModelHere:
    """An exported model in `$NIGHTJAR_HOME/exported`; only its card is read so far."""

    def __init__(self, name: str, home: Path) -> None:
        """Raises ModelCorrupt where it isn't there, or its card can't be used."""
        self.folder = folder_of(name, home)
        self.card: Card = read_card(self.folder)
        self._name = name
        self._engines = Engines(home / "engines")
        self._library: Library | None = None
        self._built: dict[PartName, Path] = {}
        """The engines of this machine's GPU, by part; each was checked."""

    @property
    def called(self) -> str:
        """As people know it."""
        return _CALLED[self.card.family]

    @property
    def least_bytes(self) -> int:
        """What it takes where its parts are loaded one after the other."""
        return max(part.size_bytes + part.working_bytes for part in self.card.parts.values())

    def load(self, may_use_bytes: int) -> TurboPicture:
        """Check all its files, and make it ready. Raises ModelError."""
        self._find_engines()
        return TurboPicture(self.folder, self._open, may_use_bytes)

    def _find_engines(self) -> None:
        """Check the engines once: parts that are loaded for every picture aren't read twice for that."""
        try:
            library = find_library()
        except EngineError:
            return
        if library.gpu == NO_GPU:
            return
        self._library = library
        for name, part in self.card.parts.items():
            try:
                self._built[name] = self._engines.path(engine_name(self._name, name), key_of_part(part, library))
            except EngineError as error:
                log.warning("the %s of %s runs on the processor: %s", name, self._name, error)

    def _open(self, part: Part) -> Network:
        """As the engine that was built for this machine's GPU; where there is none that runs, on the processor."""
        if self._library is not None and part.name in self._built:
            try:
                return EngineNetwork(self._built[part.name], self._library)
            except EngineError as error:
                log.warning("the %s of %s runs on the processor: %s", part.name, self._name, error)
        return OnnxNetwork(part.path, threads=max(1, (os.cpu_count() or 2) - 1))


def folder_of(name: str, home: Path) -> Path:
    """Where an exported model lies."""
    return home / "exported" / name
