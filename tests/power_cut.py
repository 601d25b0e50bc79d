"""A disk under SQLite whose power can be cut, or which is full, at any moment. SIGKILL can play neither.

::

    run once:   write a   write b   SYNC   write c   write d   SYNC …      every operation is written down
                                             ▲
    cut here:   a and b are there; of c and d whatever the seed says: none, all, or some sectors, some of them torn

`Disk.connect` stands in for `sqlite3.connect`, so what is tried is the product's own SQL over SQLite's real code, with
its files on apsw's layer for them. A new file's name is safe when SQLite has synced its directory, which it does with
the first sync of a journal or WAL that it has made.
"""

import contextlib
import random
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import apsw

SECTOR = 512
Loss = Literal["all", "none", "some"]
"""What the cut takes of that which was not synced."""


@dataclass(frozen=True, slots=True)
class Op:
    """What SQLite did to a file."""

    what: Literal["open", "write", "truncate", "sync", "delete"]
    file: str
    offset: int = 0
    """For `truncate`, the new size."""
    data: bytes = b""
    directory: bool = False
    """For `sync`: of the directory as well."""


class Disk(apsw.VFS):
    """One a test; `name` must not be used twice at a time."""

    def __init__(self, name: str, *, checkpoint_pages: int = 12, lies: bool = False) -> None:
        """The WAL is copied into the database after so few pages, so that cuts meet that often.

        One that `lies` says that it has synced, and hasn't.
        """
        super().__init__(name, "")
        self.log: list[Op] = []
        self.room: int | None = None
        """How many bytes may still be written; None: any number."""
        self.lies = lies
        self._name, self._checkpoint_pages = name, checkpoint_pages

    def connect(self, path: str | Path, *, isolation_level: None = None, uri: bool = False, **_: Any) -> "Connection":
        """What the product asks of `sqlite3.connect`."""
        del isolation_level
        flags = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE | (apsw.SQLITE_OPEN_URI if uri else 0)
        with _as_sqlite3():
            connection = apsw.Connection(str(path), flags=flags, vfs=self._name)
        connection.set_busy_timeout(5000)
        connection.wal_autocheckpoint(self._checkpoint_pages)
        return Connection(connection)

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's word
        path = Path(name.filename() if isinstance(name, apsw.URIFilename) else str(name))
        made = bool(flags[0] & (apsw.SQLITE_OPEN_MAIN_JOURNAL | apsw.SQLITE_OPEN_WAL)) and not path.exists()
        file = _File(self, name, flags, path.name, made=made)
        self.log.append(Op("open", path.name))
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802
        self.log.append(Op("delete", Path(filename).name, directory=syncdir))
        super().xDelete(filename, syncdir)

    def take_room(self, size: int) -> None:
        if self.room is not None:
            if size > self.room:
                raise apsw.FullError("the disk is full")
            self.room -= size


class _File(apsw.VFSFile):
    def __init__(self, disk: Disk, name: Any, flags: list[int], file: str, *, made: bool) -> None:
        self._disk, self._file, self._made = disk, file, made
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._disk.take_room(len(data))
        self._disk.log.append(Op("write", self._file, offset, bytes(data)))
        super().xWrite(data, offset)

    def xTruncate(self, newsize: int) -> None:  # noqa: N802
        self._disk.log.append(Op("truncate", self._file, newsize))
        super().xTruncate(newsize)

    def xSync(self, flags: int) -> None:  # noqa: N802
        if not self._disk.lies:
            self._disk.log.append(Op("sync", self._file, directory=self._made))
            self._made = False
        # The real disk need not: whether this machine goes on has no part in it.


# What the cut leaves


def cuts(log: list[Op], directory: Path, *, seed: int) -> Iterator[tuple[int, Path]]:
    """Cut the power at many moments of the past: after how many operations, and a directory with what is left then.

    Before and after every sync, with everything and with some of it lost; and at others.
    """
    log, rng, wreck = list(log), random.Random(seed), Wreck()
    for n, op in enumerate(log, 1):
        wreck.take(op)
        losses: tuple[Loss, ...] = ()
        if op.what == "sync" or (n < len(log) and log[n].what == "sync"):
            losses = ("all", "some")
        elif rng.random() < 0.2:
            losses = (rng.choice(("all", "none", "some")),)
        for loss in losses:
            place = directory / f"{n}-{loss}"
            place.mkdir()
            wreck.leave(place, loss, rng)
            yield n, place


@dataclass(slots=True)
class _Content:
    safe: bytearray = field(default_factory=bytearray)
    pending: list[Op] = field(default_factory=list)


@dataclass(slots=True)
class Wreck:
    """The disk as operations come in, and what would be left of it."""

    files: dict[str, _Content] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    """Names that the synced directory has."""
    deleted: dict[str, _Content] = field(default_factory=dict)
    """Files whose names it still has."""

    def take(self, op: Op) -> None:
        """The next operation."""
        if op.what == "delete":
            if (gone := self.files.pop(op.file, None)) is not None and op.file in self.listed:
                self.deleted[op.file] = gone
        else:
            content = self.files.setdefault(op.file, _Content())
            if op.what in ("write", "truncate"):
                content.pending.append(op)
            elif op.what == "sync":
                for one in content.pending:
                    _apply(content.safe, one)
                content.pending.clear()
        if op.directory:
            self.listed = set(self.files)
            self.deleted.clear()

    def leave(self, directory: Path, loss: Loss, rng: random.Random) -> None:
        """Write what is left into an empty directory. Shared memory is memory: it is gone."""
        for name, content in (self.deleted | self.files).items():
            as_it_was = loss == "all" or (loss == "some" and rng.random() < 0.5)
            if (as_it_was and name not in self.listed) or (not as_it_was and name not in self.files):
                continue
            data = bytearray(content.safe)
            for op in _kept(content.pending, loss, rng):
                _apply(data, op)
            (directory / name).write_bytes(data)


def _kept(pending: Iterable[Op], loss: Loss, rng: random.Random) -> Iterator[Op]:
    """Of operations that were not synced, those that reached the disk all the same."""
    for op in pending:
        if loss == "none" or (loss == "some" and op.what == "truncate" and rng.random() < 0.5):
            yield op
        elif loss == "some" and op.what == "write":
            for sector in _sectors(op):
                fate = rng.random()
                if fate < 0.5:
                    yield sector
                elif fate < 0.6:  # torn
                    torn = sector.data[: rng.randrange(1, len(sector.data) + 1)]
                    yield Op("write", op.file, sector.offset, torn)


def _sectors(op: Op) -> Iterator[Op]:
    at = 0
    while at < len(op.data):
        size = min(SECTOR - (op.offset + at) % SECTOR, len(op.data) - at)
        yield Op("write", op.file, op.offset + at, op.data[at : at + size])
        at += size


def _apply(data: bytearray, op: Op) -> None:
    if op.what == "truncate":
        del data[op.offset :]
        return
    if len(data) < op.offset:
        data.extend(bytes(op.offset - len(data)))
    data[op.offset : op.offset + len(op.data)] = op.data


# What the product asks of the sqlite3 module


class Connection:
    """An apsw connection that is used as one of the sqlite3 module's."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._connection = connection
        self._done: Callable[[str], object] = lambda _sql: None

    def set_trace_callback(self, done: Callable[[str], object]) -> None:
        """Unlike the sqlite3 module's, it is told of what has worked."""
        self._done = done

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str, values: Any = ()) -> "Rows":
        with _as_sqlite3():
            rows = list(self._connection.execute(sql, values))
            self._done(sql)
            changes = sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE")
            return Rows(rows, self._connection.changes() if changes else -1)

    def executemany(self, sql: str, values: Iterable[Any]) -> None:
        with _as_sqlite3():
            self._connection.executemany(sql, values)

    def executescript(self, sql: str) -> None:
        with _as_sqlite3():
            list(self._connection.execute(sql))

    def close(self) -> None:
        with contextlib.suppress(apsw.IOError):  # read-only: it may not lock the file to tidy up, and SQLite minds not
            self._connection.close()


class Rows:
    """What a statement gave, all of it fetched."""

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self._rows, self.rowcount = iter(rows), rowcount

    def fetchone(self) -> Any:
        return next(self._rows, None)

    def fetchall(self) -> list[Any]:
        return list(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return self._rows


class _as_sqlite3:  # noqa: N801 - reads as a word
    """apsw's errors as the sqlite3 module's."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, apsw.ConstraintError):
            raise sqlite3.IntegrityError(str(error)) from error
        if isinstance(error, apsw.CorruptError | apsw.NotADBError):
            raise sqlite3.DatabaseError(str(error)) from error
        if isinstance(error, apsw.Error):
            raise sqlite3.OperationalError(str(error)) from error
