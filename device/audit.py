"""The audit log: what left the device, where to and why it might; and what did not leave, and why not.

It is no observer: what leaves is written down in the transaction that queues it, before a byte goes.
"""

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass

from device.store import Store


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One thing that left the device, or was refused."""

    at: float
    """Unix seconds."""
    turn: str
    job: str
    """"" where it was refused: then there is none."""
    what: str
    """The kind of the request, `image.create`; of what was refused the intent, `picture.create`."""
    destination: str
    """Host and port; "" where it was refused."""
    content: str
    """The words as they leave; of what was refused the words that were said, and nothing beside them."""
    allowed: bool = True
    reason: str = ""
    """Why it might leave, or why not: which setting, which rule."""

    def write(self, db: sqlite3.Connection) -> None:
        """Insert it, inside a transaction of `Store.write`."""
        db.execute(
            "INSERT INTO audit (at, turn, job, what, destination, content, allowed, reason)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (self.at, self.turn, self.job, self.what, self.destination, self.content, self.allowed, self.reason),
        )


class Audit:
    """Writes down what was refused; what leaves is written by the outbox itself."""

    def __init__(self, store: Store, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store, self._unix_time = store, unix_time

    async def refused(self, *, turn: str, intent: str, words: str, reason: str) -> None:
        """Write down a wish that was not granted. Raises StoreError."""
        line = AuditLine(self._unix_time(), turn, "", intent, "", words, allowed=False, reason=reason)
        await self._store.write(line.write)
