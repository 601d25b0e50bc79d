"""The audit log: what left the device, where to and why it might; and what did not leave, and why not.

It is no observer: what leaves is written down in the transaction that queues it, before a byte goes. What was refused
has a table of its own, so that nobody who reads what was sent can take one for the other.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from device.store import Store


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that leaves the device."""

    at: float
    """Unix seconds."""
    turn: str
    job: str
    what: str
    """The kind of the request: `image.create`."""
    destination: str
    """Host and port."""
    content: str
    """The words, as they leave."""
    reason: str = ""
    """Why it may leave: which setting says so."""

    def write(self, db: sqlite3.Connection) -> None:
        """Insert it, inside a transaction of `Store.write`."""
        db.execute(
            "INSERT INTO audit (at, turn, job, what, destination, content, reason) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (self.at, self.turn, self.job, self.what, self.destination, self.content, self.reason),
        )


class Audit:
    """Writes down what was refused; what leaves is written by the outbox itself."""

    def __init__(self, store: Store, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store, self._unix_time = store, unix_time

    async def refused(self, *, turn: str, intent: str, words: str, reason: str) -> None:
        """Write down a wish that was not granted: the words that were said, and nothing beside. Raises StoreError."""
        line = (self._unix_time(), turn, intent, words, reason)
        await self._store.write(
            lambda db: db.execute(
                "INSERT INTO refusals (at, turn, intent, content, reason) VALUES (?, ?, ?, ?, ?)", line
            )
        )
