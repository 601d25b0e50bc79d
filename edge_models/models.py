"""The models that are installed on this machine; none is handed out before its SHA-256 was checked."""

import hashlib
from pathlib import Path

from edge_models.catalogue import Catalogue, Model, ModelError, ModelFile, load_catalogue, with_own

__all__ = ["ModelCorrupt", "ModelError", "ModelMissing", "ModelStore", "UnknownModel"]


class UnknownModel(ModelError):
    """No model of this name is in the catalogue."""


class ModelMissing(ModelError):
    """The model is not installed."""


class ModelCorrupt(ModelError):
    """A file of the model is not the one that the catalogue describes."""


class ModelStore:
    """A folder with one folder a model.

    Only `edge_models.pull` writes there, and only whole models.
    """

    def __init__(self, root: Path, *, catalogue: Catalogue | None = None) -> None:
        """`root`: the folder, `$NIGHTJAR_HOME/models`; it need not exist.

        `catalogue`: default is Nightjar's, with what the owner adds in `$NIGHTJAR_HOME/catalogue.toml`. Raises
        CatalogueError where that is wrong.
        """
        self.root = root
        self.catalogue = catalogue or with_own(load_catalogue(), root.parent / "catalogue.toml")
        self._verified: set[str] = set()

    def model(self, name: str) -> Model:
        """Look a model up. Raises UnknownModel."""
        try:
            return self.catalogue.models[name]
        except KeyError:
            raise UnknownModel(
                f"There is no model {name!r}; the catalogue has {', '.join(sorted(self.catalogue.models))}."
            ) from None

    def installed(self, name: str) -> bool:
        """Whether all files of the model are there in the right size; their content is not looked at."""
        return all(_size(self.root / name / file.name) == file.size_bytes for file in self.model(name).files)

    def path(self, name: str) -> Path:
        """Return the folder of an installed model; the first call reads all its files and checks their SHA-256.

        Raises UnknownModel, ModelMissing or ModelCorrupt.
        """
        if name not in self._verified:
            self.verify(name)
            self._verified.add(name)
        return self.root / name

    def verify(self, name: str) -> None:
        """Read all files of the model and check their SHA-256. Raises UnknownModel, ModelMissing or ModelCorrupt.

        A file that is not the model's is refused as well: an engine may load it, whatever is in it.
        """
        model = self.model(name)
        for file in model.files:
            path = self.root / name / file.name
            if not path.is_file():
                raise ModelMissing(f"The model {name} is not installed: run `nightjar models pull {name}`.")
            if not matches(path, file):
                raise ModelCorrupt(
                    f"The file {file.name} of the model {name} is damaged: run `nightjar models pull {name}`."
                )
        strange = files_in(self.root / name) - {file.name for file in model.files}
        if strange:
            raise ModelCorrupt(
                f"{min(strange)!r} in the folder {self.root / name} is not of that model: take it away, or run "
                f"`nightjar models pull {name}`."
            )


def files_in(folder: Path) -> set[str]:
    """The names of all files in a folder and in its folders; a link is a file, wherever it leads."""
    paths = (path for path in folder.rglob("*") if path.is_symlink() or not path.is_dir())
    return {path.relative_to(folder).as_posix() for path in paths}


def matches(path: Path, file: ModelFile) -> bool:
    """Whether the content at `path` is the one that the catalogue describes."""
    if _size(path) != file.size_bytes:
        return False
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest() == file.sha256


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
