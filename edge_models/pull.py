"""Installs models: downloaded aside, verified, then moved into place as a whole.

root/.pull-x1y2/          downloads and files whose SHA-256 isn't known yet; nothing is ever opened from here
root/.pull-x1y2/model/    verified files, synced to disk
root/NAME/                model/, renamed: all of it or nothing
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge_models.catalogue import Model, ModelFile
from edge_models.download import Progress, SourceError
from edge_models.models import ModelCorrupt, ModelError, ModelMissing, ModelStore, matches
from edge_models.sources import Sources

_ROOM_BYTES = 64 * 2**20
"""Left free for everybody else on this disk."""


class PullError(ModelError):
    """A model could not be installed; the text is one plain sentence."""


def pull(
    store: ModelStore,
    names: Sequence[str],
    *,
    progress: Progress = lambda _what, _done, _total: None,
    waits: Callable[[], None] = lambda: None,
) -> list[Model]:
    """Install the models that aren't installed yet, or are damaged; return those that were installed now.

    Two pulls into the same store at once take turns: the second calls `waits`, and then finds what the first
    installed. Raises UnknownModel, or PullError at the first model that can't be had; the models before it stay
    installed.
    """
    wanted = [store.model(name) for name in dict.fromkeys(names)]
    try:
        store.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        with _alone(store.root, waits):
            missing = [model for model in wanted if not _intact(store, model)]
            if missing:
                _check_space(store.root, missing)
                _install_all(store, missing, progress)
    except SourceError as error:
        raise PullError(f"No model can be pulled: {error}.") from None
    except OSError as error:
        raise PullError(f"Models can't be written to {store.root}: {error.strerror or error}.") from None
    return missing


def _install_all(store: ModelStore, missing: list[Model], progress: Progress) -> None:
    with (
        tempfile.TemporaryDirectory(prefix=".pull-", dir=store.root) as scratch,
        Sources(Path(scratch), folder=store.catalogue.folder, progress=progress) as sources,
    ):
        for model in missing:
            folder = Path(scratch) / "model"
            folder.mkdir(mode=0o755)
            for file in model.files:
                _get(model, file, folder / file.name, sources)
            _sync(folder)
            _replace(store.root / model.name, folder, aside=Path(scratch) / "old")


def _get(model: Model, file: ModelFile, target: Path, sources: Sources) -> None:
    """Write one verified file. Raises PullError when no source has it."""
    reasons: dict[str, None] = {}
    for source in file.sources:
        try:
            with target.open("wb") as content:
                sources.write(source, content, limit=file.size_bytes)
                content.flush()
                os.fsync(content.fileno())
        except SourceError as error:
            reasons[str(error)] = None
            continue
        if matches(target, file):
            return
        reasons["what came is not the file of the catalogue (its SHA-256 differs)"] = None
    target.unlink(missing_ok=True)
    raise PullError(f"The file {file.name} of the model {model.name} could not be pulled: {'; '.join(reasons)}.")


def _intact(store: ModelStore, model: Model) -> bool:
    try:
        store.verify(model.name)
    except (ModelMissing, ModelCorrupt):
        return False
    return True


def _check_space(root: Path, missing: list[Model]) -> None:
    # Twice: the archives lie beside the files that come out of them.
    needed = 2 * sum(model.size_bytes for model in missing) + _ROOM_BYTES
    free = shutil.disk_usage(root).free
    if free < needed:
        raise PullError(
            f"The models need {needed / 1e6:.0f} MB of free space in {root}, and there are {free / 1e6:.0f}."
        )


def _replace(place: Path, folder: Path, *, aside: Path) -> None:
    """Put `folder` at `place`. A damaged model that stands there goes first: a name can't hold two folders."""
    if place.exists():
        place.rename(aside)
    folder.rename(place)
    _sync(place.parent)
    shutil.rmtree(aside, ignore_errors=True)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(root: Path, waits: Callable[[], None]) -> Iterator[None]:
    """Wait until no other process pulls into `root`; then clear away what a killed one left behind."""
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waits()
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in root.glob(".pull-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
