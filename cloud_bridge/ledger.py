"""What the bridge has promised: every accepted job, in SQLite (WAL, synchronous=FULL), until its device has the end.

::

    accept ──▶ queued ──claim──▶ calling ──▶ stored ──▶ delivered ──▶ acknowledged
                 │                  │
                 │                  ├──▶ failed, cancelled
                 │                  └──▶ outcome_unknown   (the process died while a paid provider was being called)
                 └──▶ cancelled, expired

A job ends once: the first of `stored` and the states below it that is written stays; only a picture whose file is lost
before its device has it becomes `failed`. `calling` is on the disk before the provider is called, so that nobody is
ever called twice unasked. The key is (device, job, hash of the body).

One thread writes. It takes everything that waits for it into one transaction (group commit), so that a commit's wait
for the disk is shared; a call returns when its transaction is on the disk.
"""

import asyncio
import hashlib
import queue
import re
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

State = Literal[
    "queued",
    "calling",
    "stored",
    "delivered",
    "acknowledged",
    "failed",
    "cancelled",
    "expired",
    "outcome_unknown",
]
Ended = Literal["stored", "failed", "cancelled", "expired", "outcome_unknown"]
Kind = Literal["image", "answer"]
"""Which worker a job is for: nobody waits for an answer behind pictures."""

GROUP = 500  # operations a transaction, at most
PAGE = 500

# Plain SQL that PostgreSQL takes too, but for the type of seq.
SCHEMA = """
CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY,
    device TEXT NOT NULL,
    job TEXT NOT NULL,
    body_sha256 TEXT NOT NULL,
    body BLOB NOT NULL,
    state TEXT NOT NULL,
    expires_at REAL NOT NULL,
    accepted_at REAL NOT NULL,
    calls INTEGER NOT NULL DEFAULT 0,
    ended_at REAL,
    result BLOB,
    delivered_at REAL,
    acknowledged_at REAL,
    kind TEXT NOT NULL DEFAULT 'image',
    UNIQUE (device, job)
);
PRAGMA user_version = 2;
"""
SINCE_1 = """
ALTER TABLE jobs ADD COLUMN kind TEXT NOT NULL DEFAULT 'image';
PRAGMA user_version = 2;
"""
INDEXES = """
DROP INDEX IF EXISTS jobs_open;
CREATE INDEX IF NOT EXISTS jobs_open_by_kind ON jobs (kind, state, seq) WHERE state IN ('queued', 'calling');
CREATE INDEX IF NOT EXISTS jobs_owed ON jobs (device, seq) WHERE result IS NOT NULL AND acknowledged_at IS NULL;
CREATE INDEX IF NOT EXISTS jobs_acknowledged ON jobs (acknowledged_at) WHERE acknowledged_at IS NOT NULL;
"""
COLUMNS = "seq, device, job, body_sha256, body, state, calls, result, delivered_at, acknowledged_at, kind"


class LedgerError(Exception):
    """The ledger can't be read or written; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the ledger knows it."""

    seq: int
    device: str
    job: str
    body_sha256: str
    body: bytes
    """The request, as it came."""
    state: State
    calls: int
    """How often a provider was called for it."""
    result: bytes | None
    """The Final, Answer or Failed that ends it, as encoded when it was written."""
    delivered_at: float | None
    acknowledged_at: float | None
    kind: Kind

    @property
    def key(self) -> str:
        """The same for the same device, job and body, always: 64 hex digits."""
        parts = (self.device.encode(), self.job.encode(), bytes.fromhex(self.body_sha256))
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a request."""

    entry: Entry
    new: bool
    same_body: bool
    """False: the job is known with another body. `entry` is the one that is known; nothing was changed."""
    position: int
    """Jobs of its kind before this one that have not ended."""


T = TypeVar("T")
_Step = Callable[[sqlite3.Connection], Any]


@dataclass(slots=True)
class _Order:
    step: _Step
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        if self.done.done():  # whoever waited was cancelled
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(self.result)


class Ledger:
    """Used from one event loop; every method returns when what it did is on the disk."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises LedgerError."""
        self._path = path
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        try:
            self._database = _open(path)
            self._open = _count_open(self._database)
            """Jobs that have not ended, by kind."""
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger {path} can't be opened: {error}.") from None
        self._thread = threading.Thread(target=self._write, name="ledger", daemon=True)
        self._thread.start()

    @property
    def open(self) -> int:
        """Jobs that have not ended."""
        return self._open.total()

    async def close(self) -> None:
        """Finish what was asked for and close the file."""
        self._orders.put(None)
        await asyncio.to_thread(self._thread.join)

    async def accept(
        self, *, device: str, job: str, body: bytes, expires_at: float, now: float, kind: Kind = "image"
    ) -> Receipt:
        """Take a job on, or recognise it."""

        def step(database: sqlite3.Connection) -> Receipt:
            digest = hashlib.sha256(body).hexdigest()
            inserted = database.execute(
                "INSERT INTO jobs (device, job, body_sha256, body, state, expires_at, accepted_at, kind)"
                " VALUES (?, ?, ?, ?, 'queued', ?, ?, ?) ON CONFLICT (device, job) DO NOTHING",
                (device, job, digest, body, expires_at, now, kind),
            ).rowcount
            entry = _find(database, device, job)
            assert entry is not None
            if inserted:
                position = self._open[entry.kind]
                self._open[entry.kind] += 1
            else:
                position = _count_open(database, before=entry.seq)[entry.kind]
            return Receipt(entry, new=bool(inserted), same_body=entry.body_sha256 == digest, position=position)

        return await self._do(step)

    async def claim(self, *, now: float, kind: Kind = "image") -> Entry | None:
        """The oldest job of a kind that waits and may still start, now `calling`; None when there is none."""

        def step(database: sqlite3.Connection) -> Entry | None:
            row = database.execute(
                "UPDATE jobs SET state = 'calling', calls = calls + 1"  # noqa: S608 - COLUMNS is ours
                " WHERE seq = (SELECT min(seq) FROM jobs WHERE kind = ? AND state = 'queued' AND expires_at >= ?)"
                f" RETURNING {COLUMNS}",
                (kind, now),
            ).fetchone()
            return Entry(*row) if row else None

        return await self._do(step)

    async def end(self, entry: Entry, state: Ended, result: bytes, *, now: float) -> Entry | None:
        """End the job with the message that tells its device; the entry as it is then, or None if it had ended."""

        def step(database: sqlite3.Connection) -> Entry | None:
            row = database.execute(
                "UPDATE jobs SET state = ?, result = ?, ended_at = ?"  # noqa: S608
                f" WHERE seq = ? AND state IN ('queued', 'calling') RETURNING {COLUMNS}",
                (state, result, now, entry.seq),
            ).fetchone()
            if row is None:
                return None
            self._open[entry.kind] -= 1
            return Entry(*row)

        return await self._do(step)

    async def lose(self, entry: Entry, result: bytes) -> Entry:
        """The stored picture is gone: its device gets this end instead, unless it has the picture. The entry then."""

        def step(database: sqlite3.Connection) -> Entry:
            database.execute(
                "UPDATE jobs SET state = 'failed', result = ?, delivered_at = NULL"
                " WHERE seq = ? AND state IN ('stored', 'delivered')",
                (result, entry.seq),
            )
            row = database.execute(f"SELECT {COLUMNS} FROM jobs WHERE seq = ?", (entry.seq,)).fetchone()  # noqa: S608
            return Entry(*row)

        return await self._do(step)

    async def find(self, device: str, job: str) -> Entry | None:
        """The job, if the ledger has it."""
        return await self._do(lambda database: _find(database, device, job))

    async def delivered(self, entry: Entry, *, now: float) -> None:
        """The broker has the result."""

        def step(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE jobs SET delivered_at = ?, state = CASE state WHEN 'stored' THEN 'delivered' ELSE state END"
                " WHERE seq = ? AND delivered_at IS NULL",
                (now, entry.seq),
            )

        await self._do(step)

    async def acknowledge(self, device: str, job: str, *, now: float) -> None:
        """The device has the result."""

        def step(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE jobs SET acknowledged_at = ?,"
                " state = CASE WHEN state IN ('stored', 'delivered') THEN 'acknowledged' ELSE state END"
                " WHERE device = ? AND job = ? AND result IS NOT NULL AND acknowledged_at IS NULL",
                (now, device, job),
            )

        await self._do(step)

    async def unacknowledged(self, *, device: str | None = None, after: Entry | None = None) -> list[Entry]:
        """Ended jobs whose device has not said that it knows, at most `PAGE`: by device, oldest first.

        `device`: its alone. `after`: those that come after this one.
        """
        begin = (after.device, after.seq) if after else (device or "", 0)
        one, names = ("", ()) if device is None else ("device = ? AND", (device,))

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE {one} (device, seq) > (?, ?)"  # noqa: S608
                " AND result IS NOT NULL AND acknowledged_at IS NULL ORDER BY device, seq LIMIT ?",
                (*names, *begin, PAGE),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def pictures(self, *, since: float) -> set[str]:
        """SHA-256 of all pictures that a device still has to get, or has acknowledged since then."""

        def read() -> set[str]:  # beside the writer, which has better things to do
            with closing(sqlite3.connect(f"{self._path.absolute().as_uri()}?mode=ro", uri=True)) as database:
                rows = database.execute(
                    "SELECT CAST(result AS BLOB) FROM jobs WHERE result IS NOT NULL AND acknowledged_at IS NULL"
                    " UNION ALL SELECT CAST(result AS BLOB) FROM jobs WHERE acknowledged_at >= ?",
                    (since,),
                )
                return {found.decode() for (result,) in rows for found in re.findall(rb"[0-9a-f]{64}", result)}

        try:
            return await asyncio.to_thread(read)
        except sqlite3.Error as error:
            raise LedgerError(f"The ledger can't be read: {error}.") from None

    async def forget(self, *, before: float) -> bool:
        """Delete jobs that were acknowledged before then, at most `PAGE`; whether there may be more."""

        def step(database: sqlite3.Connection) -> bool:
            cursor = database.execute(
                "DELETE FROM jobs WHERE seq IN (SELECT seq FROM jobs WHERE acknowledged_at < ? LIMIT ?)", (before, PAGE)
            )
            return cursor.rowcount == PAGE

        return await self._do(step)

    async def overdue(self, *, now: float, kind: Kind = "image") -> list[Entry]:
        """Jobs of a kind that wait and should have started by now, at most `PAGE`."""

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE kind = ? AND state = 'queued' AND expires_at < ?"  # noqa: S608
                " ORDER BY seq LIMIT ?",
                (kind, now, PAGE),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def interrupted(self, kind: Kind = "image") -> list[Entry]:
        """Jobs of a kind in `calling`. At start: those during whose call the process died."""

        def step(database: sqlite3.Connection) -> list[Entry]:
            rows = database.execute(
                f"SELECT {COLUMNS} FROM jobs WHERE kind = ? AND state = 'calling' ORDER BY seq",  # noqa: S608
                (kind,),
            )
            return [Entry(*row) for row in rows]

        return await self._do(step)

    async def requeue(self, entry: Entry, *, called: bool) -> None:
        """Let a job in `calling` wait for its turn again: only where calling again does no harm.

        `called`: whether anything may have reached the provider; if not, it does not count.
        """

        def step(database: sqlite3.Connection) -> None:
            database.execute(
                "UPDATE jobs SET state = 'queued', calls = calls - ? WHERE seq = ? AND state = 'calling'",
                (0 if called else 1, entry.seq),
            )

        await self._do(step)

    async def _do(self, step: Callable[[sqlite3.Connection], T]) -> T:
        if not self._thread.is_alive():
            raise LedgerError("The ledger is closed.")
        loop = asyncio.get_running_loop()
        order = _Order(step, loop, loop.create_future())
        self._orders.put(order)
        return await order.done

    def _write(self) -> None:
        """The writer's thread."""
        last = False
        while not last:
            group: list[_Order] = []
            order = self._orders.get()
            while order is not None:
                group.append(order)
                if len(group) == GROUP or self._orders.empty():
                    break
                order = self._orders.get()
            last = order is None
            if group:
                self._commit(group)
        self._database.close()

    def _commit(self, group: list[_Order]) -> None:
        open_before = self._open.copy()
        try:
            self._database.execute("BEGIN IMMEDIATE")
            for order in group:
                order.result = order.step(self._database)
            self._database.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - the writer must live; whoever waits is told
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._open = open_before
            if len(group) > 1:  # one order's trouble is not the others'
                for order in group:
                    self._commit([order])
                return
            group[0].error = LedgerError(f"The ledger can't be written: {error}.")
        for loop in {order.loop for order in group}:
            mine = [order for order in group if order.loop is loop]
            if not loop.is_closed():
                loop.call_soon_threadsafe(_settle, mine)


def _settle(orders: list[_Order]) -> None:
    for order in orders:
        order.settle()


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version == 0:
        database.executescript("BEGIN;" + SCHEMA + "COMMIT;")
    elif version == 1:
        database.executescript("BEGIN;" + SINCE_1 + "COMMIT;")
    elif version != 2:
        raise LedgerError(f"The ledger {path} was written by a newer Nightjar.")
    database.executescript(INDEXES)
    return database


def _count_open(database: sqlite3.Connection, *, before: float = float("inf")) -> Counter[Kind]:
    rows = database.execute(
        "SELECT kind, count(*) FROM jobs WHERE state IN ('queued', 'calling') AND seq < ? GROUP BY kind", (before,)
    )
    return Counter(dict(rows.fetchall()))


def _find(database: sqlite3.Connection, device: str, job: str) -> Entry | None:
    row = database.execute(
        f"SELECT {COLUMNS} FROM jobs WHERE device = ? AND job = ?",  # noqa: S608 - COLUMNS is ours
        (device, job),
    ).fetchone()
    return Entry(*row) if row else None
