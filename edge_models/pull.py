"""Installs models: downloaded aside, verified, then moved into place as a whole.

root/.partial/NAME/          downloads that may have broken off; the next pull goes on with them (partial.py)
root/.partial/NAME/model/    files of the model that are whole, verified and synced to disk
root/.pull-x1y2/             files whose SHA-256 isn't known yet; nothing is ever opened from here
root/NAME/                   model/, renamed: all of it or nothing
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from edge_models.catalogue import HubFile, Model, ModelFile
from edge_models.download import Progress, Says, SourceError
from edge_models.models import ModelCorrupt, ModelError, ModelMissing, ModelStore, matches
from edge_models.partial import WHOLE, begun_bytes, folder_of, sweep, tidy
from edge_models.sources import Sources

_ROOM_BYTES = 64 * 2**20
"""Left free for everybody else on this disk."""


class PullError(ModelError):
    """A model could not be installed; the text is one plain sentence."""


def pull(
    store: ModelStore,
    names: Sequence[str],
    *,
    accept_licence: bool = False,
    progress: Progress = lambda _what, _done, _total: None,
    says: Says = lambda _sentence: None,
) -> list[Model]:
    """Install the models that aren't installed yet, or are damaged; return those that were installed now.

    `accept_licence`: whether the user has read and accepted the licences that don't allow every use.

    Two pulls into the same store at once take turns: the second says so, and then finds what the first installed.
    Raises UnknownModel, or PullError at the first model that can't be had; the models before it stay installed, and
    what came of it stays for the next pull.
    """
    wanted = [store.model(name) for name in dict.fromkeys(names)]
    try:
        store.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        with _alone(store.root, says):
            missing = [model for model in wanted if not _intact(store, model)]
            if not accept_licence:
                _check_terms(missing)
            _sweep(store, missing)
            if missing:
                _check_space(store.root, missing)
                try:
                    _install_all(store, missing, progress, says)
                finally:
                    tidy(store.root)
    except SourceError as error:
        raise PullError(f"No model can be pulled: {error}.") from None
    except OSError as error:
        raise PullError(f"Models can't be written to {store.root}: {error.strerror or error}.") from None
    return missing


def _install_all(store: ModelStore, missing: list[Model], progress: Progress, says: Says) -> None:
    begun = [folder_of(store.root, model.name) for model in missing]
    with (
        tempfile.TemporaryDirectory(prefix=".pull-", dir=store.root) as scratch,
        Sources(Path(scratch), folder=store.catalogue.folder, progress=progress, says=says) as sources,
    ):
        for model, folder in zip(missing, begun, strict=True):
            whole = folder / WHOLE
            whole.mkdir(mode=0o755, parents=True, exist_ok=True)
            for file in model.files:
                place = whole / file.name
                if not matches(place, file):
                    _get(model, file, Path(scratch) / "file", sources, begun=folder)
                    place.parent.mkdir(mode=0o755, exist_ok=True)
                    (Path(scratch) / "file").rename(place)
            for inner in {(whole / file.name).parent for file in model.files} | {whole}:
                _sync(inner)
            _replace(store.root / model.name, whole, aside=Path(scratch) / "old")
    # Not earlier: an archive that came for one model may have held files of the next.
    for folder in begun:
        shutil.rmtree(folder, ignore_errors=True)


def _get(model: Model, file: ModelFile, target: Path, sources: Sources, *, begun: Path) -> None:
    """Write one verified file. Raises PullError when no source has it."""
    reasons: dict[str, None] = {}
    for source in file.sources:
        try:
            sources.bring(source, file, target, begun=begun)
        except SourceError as error:
            reasons[str(error)] = None
            continue
        if matches(target, file):
            return
        sources.reject(source, begun=begun)
        reasons["what came is not the file of the catalogue (its SHA-256 differs) and was thrown away"] = None
    kept = sum(path.stat().st_size for path in begun.iterdir() if path.is_file())
    if kept > 1e5:
        reasons[f"{kept / 1e6:.1f} MB are kept for the next try"] = None
    raise PullError(f"The file {file.name} of the model {model.name} could not be pulled: {'; '.join(reasons)}.")


def _check_terms(missing: Sequence[Model]) -> None:
    """Raises PullError where a licence has to be accepted first."""
    for model in missing:
        if model.terms is not None:
            raise PullError(
                f"{model.name} is licensed under {model.licence}, which doesn't allow every use: read {model.terms}, "
                f"and if you accept it, `nightjar models pull {model.name} --accept-licence`."
            )


def _intact(store: ModelStore, model: Model) -> bool:
    try:
        store.verify(model.name)
    except (ModelMissing, ModelCorrupt):
        return False
    return True


def _sweep(store: ModelStore, missing: list[Model]) -> None:
    """Throw away downloads that nobody goes on with: of models that are installed, or that the catalogue lost."""
    wanted = {model.name: model for model in missing}
    others = {name: model for name, model in store.catalogue.models.items() if not store.installed(name)}
    sweep(store.root, others | wanted, wanted=frozenset(wanted))


def _check_space(root: Path, missing: list[Model]) -> None:
    needed = _ROOM_BYTES
    for model in missing:
        # Twice what comes out of something else: the archives and parts lie beside it.
        whole = sum(file.size_bytes * (1 if isinstance(file.sources[0], HubFile) else 2) for file in model.files)
        needed += max(0, whole - begun_bytes(root, model.name))
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
def _alone(root: Path, says: Says) -> Iterator[None]:
    """Wait until no other process pulls into `root`; then clear away what a killed one left behind."""
    with (root / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            says("Another pull into this store is at work; waiting for it to end.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in root.glob(".pull-*"):
            shutil.rmtree(leftover, ignore_errors=True)
        yield
