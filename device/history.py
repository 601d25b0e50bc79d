"""What was said, what was drawn and what left the house: the device's past as its owner reads it."""

import sqlite3
from dataclasses import dataclass
from math import inf

from device.recorder import Journal, Recorder
from device.store import Store

_TEXTS = "('partial', 'transcript', 'understood', 'reply', 'answered', 'failed')"
"""The events that hold words of a conversation."""


@dataclass(frozen=True, slots=True)
class Said:
    """One turn of the conversation."""

    at: float
    """Unix seconds."""
    heard: str
    reply: str


@dataclass(frozen=True, slots=True)
class Sent:
    """A line of the audit log."""

    at: float
    """Unix seconds."""
    what: str
    """The kind: `image.create`, …"""
    destination: str
    """Host and port; "" for what was refused."""
    content: str
    waiting: bool
    """It was committed, but hasn't left the device yet."""


class History:
    """Reads it all; deletes the conversation. Every method raises StoreError."""

    def __init__(self, store: Store, *, recorder: Recorder, journal: Journal) -> None:
        self._store, self._recorder, self._journal = store, recorder, journal

    async def said(self, begin: float = 0.0, end: float = inf, *, but: str = "", limit: int = -1) -> list[Said]:
        """The conversation from `begin` until before `end` (Unix seconds), oldest first, without the turn `but`.

        With a `limit`, the newest so many.
        """
        await self._recorder.save()
        query = """SELECT at, heard, reply FROM history WHERE at >= ? AND at < ? AND turn != ?
            ORDER BY at DESC, n DESC LIMIT ?"""
        rows = await self._store.read(lambda db: db.execute(query, (begin, end, but, limit)).fetchall())
        return [Said(*row) for row in reversed(rows)]

    async def last_said(self, *, but: str = "") -> Said | None:
        """The newest turn beside `but`."""
        await self._recorder.save()
        query = "SELECT at, heard, reply FROM history WHERE turn != ? ORDER BY n DESC LIMIT 1"
        row = await self._store.read(lambda db: db.execute(query, (but,)).fetchone())
        return None if row is None else Said(*row)

    async def drawn(self, begin: float, end: float) -> list[str]:
        """The words of the pictures from `begin` until before `end`, oldest first."""
        query = "SELECT prompt FROM pictures WHERE created_at >= ? AND created_at < ? ORDER BY n"
        rows = await self._store.read(lambda db: db.execute(query, (begin, end)).fetchall())
        return [prompt for (prompt,) in rows]

    async def sent(self, begin: float = 0.0, end: float = inf, *, limit: int = -1) -> list[Sent]:
        """The audit log from `begin` until before `end`, oldest first; with a `limit`, the newest so many lines."""
        query = """SELECT at, what, destination, content, coalesce(outbox.sent = 0, 0) FROM audit
            LEFT JOIN outbox ON outbox.job = audit.job
            WHERE at >= ? AND at < ? ORDER BY at DESC, audit.n DESC LIMIT ?"""
        rows = await self._store.read(lambda db: db.execute(query, (begin, end, limit)).fetchall())
        return [Sent(*row[:4], waiting=bool(row[4])) for row in reversed(rows)]

    async def delete(self) -> None:
        """Delete every conversation, also from the last turns and from the journal. Pictures and the audit log stay."""

        def delete(db: sqlite3.Connection) -> None:
            db.execute("DELETE FROM history")
            db.execute("DELETE FROM turns")
            db.execute("DELETE FROM answers")
            db.execute(f"DELETE FROM journal WHERE json ->> 'event' IN {_TEXTS}")  # noqa: S608

        self._recorder.forget()
        await self._journal.save()
        await self._store.write(delete)
