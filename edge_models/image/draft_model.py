"""The trained draft model: it recolours, lights and composes the drawings that a scene names, in two steps from noise.

::

    scene ──▶ layout ──▶ what it is told ──▶ two steps ──▶ 128² ──▶ four times larger ──▶ 512²
                          (told.py)           (few_steps.py)          (enlarge.py)

It has not learnt to draw from nothing: the drawings are the art pack's, as the compositor's are; what it makes itself
is everything around them, and how they fit in. What it knows and how well it does is on its card (`draft/card.toml`).
Trained by `tools/train`; runs on ONNX Runtime in eight bits, or as a TensorRT engine on a GPU, never with torch.
"""

import hashlib
import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from PIL import Image
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from edge_models.image.draft_fit import fitting_codec, fitting_network
from edge_models.image.enlarge import Enlarger
from edge_models.image.few_steps import Feed, draw
from edge_models.image.filters import Floats
from edge_models.image.layout import lay_out
from edge_models.image.scene import Scene
from edge_models.image.told import Moods, tell, with_the_usual
from edge_models.models import ModelCorrupt
from edge_models.network import Network
from edge_models.tensorrt.engines import EngineError

log = logging.getLogger(__name__)

ENGINE = "Nightjar draft model"
ON_GPU = f"{ENGINE} on the GPU"
FOLDER = Path(__file__).parent / "draft"
NETWORK, CODEC, CARD = "draft.onnx", "codec.npz", "card.toml"
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Gate(_Entry):
    """How the model did when it was last measured (`tools.gate`)."""

    claimed: Annotated[int, Field(ge=0)]
    """Subjects that the judge claims to know."""
    subject: Annotated[float, Field(ge=0, le=1)]
    """Share of single subjects that were recognised."""
    composed: Annotated[float, Field(ge=0, le=1)]
    """Share of pictures in which subject, colour and place were all right."""

    @property
    def passed(self) -> bool:
        """Whether that is good enough to draw unasked."""
        return self.claimed >= 60 and self.subject >= 0.8 and self.composed >= 0.7


class Card(_Entry):
    """What the model is, and what its files must be."""

    licence: str
    trained: str
    steps: Literal[2, 4]
    """In which a picture is drawn."""
    files: Mapping[Literal["draft.onnx", "codec.npz"], Digest]
    moods: Annotated[Moods, AfterValidator(with_the_usual)]
    """The places, lights, weathers and styles that it has learnt, in the order of their numbers."""
    gate: Gate


def read_card(folder: Path = FOLDER) -> Card:
    """Read the model's card. Raises ModelCorrupt."""
    try:
        return Card.model_validate(tomllib.loads((folder / CARD).read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValidationError):
        raise ModelCorrupt("The draft model's card is missing or damaged: install Nightjar again.") from None


def checked_card(folder: Path = FOLDER) -> Card:
    """Read the model's card, and check that its files are those that it names. Raises ModelCorrupt."""
    card = read_card(folder)
    for name, digest in card.files.items():
        _check(folder / name, digest)
    return card


class DraftModel:
    """Draws drafts; holds the networks."""

    def __init__(
        self,
        enlarger: Enlarger,
        *,
        folder: Path = FOLDER,
        steps: int | None = None,
        threads: int = 1,
        gpu: Network | None = None,
    ) -> None:
        """Check and load the model. `steps`: 2 or 4, by default what its card says. Raises ModelCorrupt.

        `gpu`: the network as an engine, to be closed by this model; without one it runs on `threads` of the processor.
        """
        self.card = checked_card(folder)
        self.steps = steps or self.card.steps
        self._enlarger = enlarger
        self._codec = fitting_codec(folder / CODEC)
        self._onnx, self._threads = folder / NETWORK, threads
        self._on_gpu = gpu is not None
        self._network: Network = gpu or self._on_processor()

    @property
    def engine(self) -> str:
        """Its name on the page, with where it runs."""
        return ON_GPU if self._on_gpu else ENGINE

    def close(self) -> None:
        """Free the network; nothing can be drawn after that."""
        self._network.close()

    def draft(self, scene: Scene, *, seed: int) -> Image.Image:
        """A 512 by 512 RGB picture, the same for the same scene and seed; unknown subjects are left out."""
        told = tell(lay_out(scene, seed=seed), self.card.moods)
        tokens = draw(self._clean, told, dims=self._codec.dims, steps=self.steps, seed=seed)
        return Image.fromarray(self._enlarger.enlarge(self._codec.decode(tokens)[0]))

    def _clean(self, feed: Feed) -> Floats:
        try:
            outputs = self._network.run(feed)
        except EngineError as error:
            if not self._on_gpu:
                raise
            # A GPU that has failed once fails until this process ends; the processor draws the same picture.
            log.warning("drafts are drawn on the processor from now on: %s", error)
            self._network.close()
            self._network, self._on_gpu = self._on_processor(), False
            outputs = self._network.run(feed)
        return np.asarray(outputs["clean"], np.float32)

    def _on_processor(self) -> Network:
        return fitting_network(self._onnx, dims=self._codec.dims, moods=self.card.moods, threads=self._threads)


def _check(path: Path, digest: str) -> None:
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        found = ""
    if found != digest:
        raise ModelCorrupt(f"The draft model's file {path.name} is missing or damaged: install Nightjar again.")
