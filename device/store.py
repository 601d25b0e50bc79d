"""The one SQLite file of a device, with one writer: outbox, audit, gallery index, history, journal, settings.

WAL and `synchronous=FULL`: what `write` returned from is on the disk, whatever happens next. Writes are carried out one
after the other in one thread; reads have a connection and a thread of their own and don't wait for the disk.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

JOURNAL_LENGTH = 5_000
"""Events that the journal keeps."""

_MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # n: the order in which things were made; wall time may jump, and ids follow wall time.
        """CREATE TABLE pictures (
            n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, turn TEXT NOT NULL, prompt TEXT NOT NULL, scene TEXT,
            seed INTEGER NOT NULL, parent TEXT, created_at REAL NOT NULL)""",
        """CREATE TABLE versions (
            n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,
            picture TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            stage TEXT NOT NULL CHECK (stage IN ('draft', 'partial', 'final')), engine TEXT NOT NULL,
            sha256 TEXT NOT NULL, media_type TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL,
            created_at REAL NOT NULL, UNIQUE (picture, stage, sha256))""",
        "CREATE INDEX versions_by_sha256 ON versions (sha256)",
        # sent: it may have left the device. ended: the bridge's last word is stored and the acknowledgement is owed.
        """CREATE TABLE outbox (
            n INTEGER PRIMARY KEY, job TEXT NOT NULL UNIQUE, turn TEXT NOT NULL, picture TEXT NOT NULL,
            body BLOB NOT NULL, expires_at REAL NOT NULL, sent INTEGER NOT NULL DEFAULT 0,
            cancelled INTEGER NOT NULL DEFAULT 0, ended INTEGER NOT NULL DEFAULT 0)""",
        """CREATE TABLE audit (
            n INTEGER PRIMARY KEY, at REAL NOT NULL, turn TEXT NOT NULL, job TEXT NOT NULL, what TEXT NOT NULL,
            destination TEXT NOT NULL, content TEXT NOT NULL)""",
        """CREATE TABLE turns (
            n INTEGER PRIMARY KEY, turn TEXT NOT NULL UNIQUE, began_at REAL NOT NULL, heard TEXT NOT NULL,
            reply TEXT NOT NULL, events TEXT NOT NULL)""",
        "CREATE TABLE journal (seq INTEGER PRIMARY KEY, turn TEXT NOT NULL, json TEXT NOT NULL)",
        "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
    ),
    (
        # meaning: 2 × 384 float32, of the fact and of it without its names; NULL where no model was installed.
        """CREATE TABLE facts (
            n INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, told_at REAL NOT NULL, meaning BLOB)""",
        "CREATE VIRTUAL TABLE facts_words USING fts5 (text, tokenize = 'porter unicode61 remove_diacritics 2')",
        """CREATE TRIGGER fact_told AFTER INSERT ON facts BEGIN
            INSERT INTO facts_words (rowid, text) VALUES (new.n, new.text); END""",
        """CREATE TRIGGER fact_forgotten AFTER DELETE ON facts BEGIN
            DELETE FROM facts_words WHERE rowid = old.n; END""",
        """CREATE TABLE history (
            n INTEGER PRIMARY KEY, turn TEXT NOT NULL UNIQUE, at REAL NOT NULL, heard TEXT NOT NULL,
            reply TEXT NOT NULL)""",
        "CREATE INDEX history_by_time ON history (at)",
        """INSERT INTO history (turn, at, heard, reply)
            SELECT turn, began_at, heard, reply FROM turns WHERE heard != '' ORDER BY n""",
    ),
    (
        # reason: which setting or rule decided.
        "ALTER TABLE audit ADD COLUMN reason TEXT NOT NULL DEFAULT ''",
        """CREATE TABLE refusals (
            n INTEGER PRIMARY KEY, at REAL NOT NULL, turn TEXT NOT NULL, intent TEXT NOT NULL, content TEXT NOT NULL,
            reason TEXT NOT NULL)""",
    ),
    (
        # others: what else than its parent a picture was put together from, ids with spaces between. source: the phone
        # that a photo came from. backdrop: the photo behind a drawing. region: which part of the parent was changed.
        "ALTER TABLE pictures ADD COLUMN others TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE pictures ADD COLUMN source TEXT",
        "ALTER TABLE pictures ADD COLUMN backdrop TEXT",
        "ALTER TABLE pictures ADD COLUMN region TEXT",
        # Both count up, 0 is not: the picture undone last is redone first, the one deleted last is restored first.
        "ALTER TABLE pictures ADD COLUMN undone INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE pictures ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0",
        # What a person marked with a finger, in shares of the picture's width and height; mask: PNG of 1 bit.
        """CREATE TABLE regions (
            id TEXT PRIMARY KEY, picture TEXT NOT NULL REFERENCES pictures (id) ON DELETE CASCADE,
            x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL, y1 REAL NOT NULL, mask BLOB NOT NULL)""",
    ),
    (
        # AUTOINCREMENT: the page deletes by number; none is given out twice.
        # at: the next time. days: bits from Monday, 0 for once; minute: of those days, by the clock on the wall.
        """CREATE TABLE agenda (
            n INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL CHECK (kind IN ('alarm', 'reminder')),
            about TEXT NOT NULL, at REAL NOT NULL, days INTEGER NOT NULL, minute INTEGER NOT NULL)""",
        "CREATE TABLE lists (n INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE)",
        """CREATE TABLE list_items (
            n INTEGER PRIMARY KEY AUTOINCREMENT, list INTEGER NOT NULL REFERENCES lists (n) ON DELETE CASCADE,
            text TEXT NOT NULL)""",
        "CREATE INDEX list_items_by_list ON list_items (list)",
        "CREATE TABLE notes (n INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL, written_at REAL NOT NULL)",
    ),
    (
        # sources: a JSON list of title, site and url.
        """CREATE TABLE answers (
            n INTEGER PRIMARY KEY, at REAL NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL,
            sources TEXT NOT NULL)""",
    ),
    (
        # Whose voice it was; "" where nobody could tell, or it was typed.
        "ALTER TABLE facts ADD COLUMN person TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE agenda ADD COLUMN person TEXT NOT NULL DEFAULT ''",
    ),
    (
        # Pictures that a job sends along, as they leave; they go when it ends.
        """CREATE TABLE outbox_inputs (
            job TEXT NOT NULL, sha256 TEXT NOT NULL, media_type TEXT NOT NULL, data BLOB NOT NULL,
            PRIMARY KEY (job, sha256))""",
    ),
)


class StoreError(Exception):
    """The store can't be used; the text is one plain sentence."""


class Store:
    """Open one a process with `Store.open`; close it when everything that uses it has ended."""

    def __init__(self, path: Path, writer: sqlite3.Connection, reader: sqlite3.Connection, last_seq: int) -> None:
        self.path = path
        """Of the file; beside it lie those that SQLite makes."""
        self._writer, self._reader = writer, reader
        self._last_seq = last_seq
        self._writing = ThreadPoolExecutor(1, "store-write")
        self._reading = ThreadPoolExecutor(1, "store-read")

    @classmethod
    def open(cls, path: Path) -> "Store":
        """Open the file, make it if it isn't there, bring its tables up to date. Blocks for a moment.

        Raises StoreError when the file is damaged, or was written by a newer version; it is left as it is.
        """
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > 0:
                _inspect(path)
            path.touch(mode=0o600)
            path.chmod(0o600)  # what people said is theirs; the WAL takes over the mode
            writer = _connect(path)
            try:
                writer.execute("PRAGMA journal_mode = WAL")
                writer.execute("PRAGMA synchronous = FULL")
                writer.execute("PRAGMA foreign_keys = ON")
                writer.execute("PRAGMA secure_delete = ON")  # what the owner deletes is overwritten
                _migrate(writer)
                (last_seq,) = writer.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()
                reader = _connect(path)
                reader.execute("PRAGMA query_only = ON")
            except BaseException:
                writer.close()
                raise
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"The device's store {path} can't be opened: {error}.") from None
        return cls(path, writer, reader, last_seq)

    def last_seq(self) -> int:
        """The journal's last sequence number when the store was opened, 0 for an empty one."""
        return self._last_seq

    async def write(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run `fn` in one transaction in the writer's thread; committed and on the disk when this returns.

        What `fn` raises undoes the transaction and comes out here; a disk that refuses is a StoreError. When the
        caller is cancelled while it waits, the transaction is carried out nevertheless.
        """
        # Shielded: cancelling the future would take a transaction that still waits out of the queue.
        return await asyncio.shield(
            asyncio.get_running_loop().run_in_executor(self._writing, _transact, self._writer, fn)
        )

    async def read(self, fn: Callable[[sqlite3.Connection], T]) -> T:
        """Run `fn`, which only reads, in the reader's thread. It sees all that was committed when it began."""
        return await asyncio.get_running_loop().run_in_executor(self._reading, _guarded, self._reader, fn)

    async def setting(self, key: str) -> str | None:
        """A remembered setting, None when there is none."""
        row = await self.read(lambda db: db.execute("SELECT value FROM settings WHERE key = ?", (key,)).fetchone())
        return None if row is None else row[0]

    async def set_setting(self, key: str, value: str) -> None:
        """Remember a setting."""
        await self.write(lambda db: db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (key, value)))

    async def close(self) -> None:
        """Finish what was asked for, then close the file. Twice is once."""
        loop = asyncio.get_running_loop()
        for executor, connection in ((self._reading, self._reader), (self._writing, self._writer)):
            try:
                await asyncio.shield(loop.run_in_executor(executor, connection.close))
            except RuntimeError:
                continue  # closed before
            executor.shutdown(wait=False)


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level None: transactions begin and end where this file says so, not where the driver guesses.
    return sqlite3.connect(path, timeout=5, isolation_level=None, check_same_thread=False)


def _inspect(path: Path) -> None:
    """Look at an existing file without changing it.

    But where the power went while the file was made, which its journal shows: SQLite must first undo the half of it.
    """
    mode = "rw" if Path(f"{path}-journal").exists() else "ro"
    db = sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=5)
    try:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version > len(_MIGRATIONS):
            raise StoreError(f"The device's store {path} was written by a newer version of Nightjar.")
        (verdict,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise StoreError(f"The device's store {path} is damaged; move it away to start with an empty one.")
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise StoreError(f"The device's store {path} is damaged; move it away to start with an empty one.") from None
    finally:
        db.close()


def _migrate(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    for number, statements in enumerate(_MIGRATIONS[version:], version + 1):

        def upgrade(db: sqlite3.Connection, number: int = number, statements: tuple[str, ...] = statements) -> None:
            for statement in statements:
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")

        _transact(db, upgrade)


def _transact(db: sqlite3.Connection, fn: Callable[[sqlite3.Connection], T]) -> T:
    def whole(db: sqlite3.Connection) -> T:
        db.execute("BEGIN IMMEDIATE")
        try:
            result = fn(db)
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:  # a full disk may have ended it already
                db.execute("ROLLBACK")
            raise
        return result

    return _guarded(db, whole)


def _guarded(db: sqlite3.Connection, fn: Callable[[sqlite3.Connection], T]) -> T:
    try:
        return fn(db)
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
        raise  # a mistake of ours, not the disk's
    except (sqlite3.DatabaseError, OSError) as error:
        raise StoreError(f"The device's store can't be used: {error}.") from error


Row = tuple[Any, ...]
"""What a query gives."""
