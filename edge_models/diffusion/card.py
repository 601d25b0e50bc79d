"""What an exported picture model is: its card, `picture.toml`, and the check of its files before any is loaded.

`tools.export` writes card and files. What the parts take and give is on the card, so that parts that don't belong
together are found before the first of them is loaded.
"""

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, ValidationError

from edge_models.diffusion.wiring import Family, PartName, Shapes, misfit
from edge_models.models import ModelCorrupt

CARD = "picture.toml"
MAX_CARD_BYTES = 64 * 2**10
MAX_STEPS = 4
"""All these models are taught to draw in so few; more gain nothing."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class File(_Entry):
    """A file that lies beside the card."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0, le=64 * 2**30)]


class PartCard(_Entry):
    """One network."""

    files: Annotated[tuple[File, ...], Field(min_length=1, max_length=8)]
    """The ONNX file, and whatever it keeps its weights in."""
    working_bytes: Annotated[int, Field(ge=0, le=64 * 2**30)]
    """What is alive at once while it runs, besides its weights."""
    inputs: Shapes
    outputs: Shapes

    @property
    def size_bytes(self) -> int:
        """Of all its files: what its weights take in memory, too."""
        return sum(file.size_bytes for file in self.files)


class Weights(_Entry):
    """Where the weights are from."""

    hub: Annotated[str, Field(min_length=1, max_length=200)]
    revision: Annotated[str, Field(min_length=1, max_length=200)]


class EulerConstants(_Entry):
    """Constants of the noise that SD-Turbo and SDXL-Turbo were taught with (`schedule.py`)."""

    kind: Literal["euler", "euler_ancestral"]
    beta_start: Annotated[float, Field(gt=0, lt=1)]
    beta_end: Annotated[float, Field(gt=0, lt=1)]
    train_steps: Annotated[int, Field(ge=MAX_STEPS, le=10_000)]


class TrigFlowConstants(_Entry):
    """Constants of SANA-Sprint's times, which are angles (`schedule.py`)."""

    kind: Literal["trigflow"]
    sigma_data: Annotated[float, Field(gt=0, le=10)]
    start: Annotated[float, Field(gt=0, lt=1.6)]
    middle: Annotated[float, Field(gt=0, lt=1.6)]
    """The second of two steps begins here; with another number of steps they are even."""


class FlowConstants(_Entry):
    """Constants of FLUX's times, which are shares of noise (`schedule.py`)."""

    kind: Literal["flow"]
    shift: Annotated[float, Field(gt=0, le=100)]
    """How much more time is spent where there is much noise; 1: none."""


Constants = EulerConstants | TrigFlowConstants | FlowConstants


class Text(_Entry):
    """How a prompt becomes the tokens that the text encoders are given."""

    tokenizers: Annotated[tuple[File, ...], Field(min_length=1, max_length=2)]
    """One an encoder; each file says to how many tokens a prompt is cut or filled up, too."""
    prefix: Annotated[str, Field(max_length=10_000)]
    """Said before each prompt."""
    lower_case: bool
    read: Annotated[int, Field(ge=2, le=4096)]
    """Tokens that are given of any prompt to the encoders whose tokens the denoiser is told."""
    kept: Annotated[int, Field(ge=2, le=4096)]
    """Of these, the denoiser is told the first, and `kept` - 1 of the last."""


class Card(_Entry):
    """One exported picture model."""

    family: Family
    width: Annotated[int, Field(ge=64, le=4096, multiple_of=8)]
    height: Annotated[int, Field(ge=64, le=4096, multiple_of=8)]
    steps: Annotated[int, Field(ge=1, le=MAX_STEPS)]
    """In which a picture is drawn when nothing else is said."""
    dtype: Literal["fp32", "fp16", "int8", "fp8"]
    licence: Annotated[str, Field(min_length=1, max_length=200)]
    """Of the weights."""
    weights: Weights
    schedule: Annotated[Constants, Discriminator("kind")]
    text: Text
    parts: Mapping[PartName, PartCard]

    @property
    def files(self) -> tuple[File, ...]:
        """All of them, without the card itself."""
        return (*self.text.tokenizers, *(file for part in self.parts.values() for file in part.files))


def read_card(folder: Path) -> Card:
    """Read a model's card and check that its parts fit together; no other file is opened. Raises ModelCorrupt."""
    try:
        with (folder / CARD).open("rb") as file:
            text = file.read(MAX_CARD_BYTES + 1)
        if len(text) > MAX_CARD_BYTES:
            raise ModelCorrupt(f"The picture model {folder.name} can't be used: its card is too long.")
        card = Card.model_validate(tomllib.loads(text.decode()))
    except OSError:
        raise ModelCorrupt(f"There is no picture model in {folder}: it has no {CARD} that can be read.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelCorrupt(
            f"The picture model {folder.name} can't be used: its card is wrong at {where} ({first['msg']})."
        ) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        raise ModelCorrupt(f"The picture model {folder.name} can't be used: its card is damaged.") from None
    problem = misfit(
        card.family,
        {name: (part.inputs, part.outputs) for name, part in card.parts.items()},
        known={"width": card.width, "height": card.height, "read": card.text.read, "kept": card.text.kept},
    )
    if problem is not None:
        raise ModelCorrupt(f"The picture model {folder.name} is no {card.family}: {problem}.")
    return card


def checked_card(folder: Path) -> Card:
    """Read a model's card, and all its files to check their SHA-256. Raises ModelCorrupt."""
    card = read_card(folder)
    for file in card.files:
        path = folder / file.name
        try:
            size = path.stat().st_size
            damaged = size != file.size_bytes or _sha256(path) != file.sha256
        except OSError:
            raise ModelCorrupt(f"The file {file.name} of the picture model {folder.name} is missing.") from None
        if damaged:
            raise ModelCorrupt(f"The file {file.name} of the picture model {folder.name} is damaged: export it again.")
    return card


def file_entry(path: Path) -> File:
    """Describe a file as it is now, for a card that is being written."""
    return File(name=path.name, sha256=_sha256(path), size_bytes=path.stat().st_size)


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
