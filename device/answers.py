"""Questions that were answered, with what the answers came from: kept as long as the rest of the conversation."""

import json
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device.recollection import content
from device.recorder import HISTORY_S
from device.store import Row, Store

MAX_ANSWERS = 1_000


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """One of them."""

    at: float
    """Unix seconds."""
    question: str
    answer: str
    sources: tuple[Mapping[str, str], ...]
    """Each with `title`, `site` and `url`."""


class Answers:
    """Every method raises StoreError."""

    def __init__(self, store: Store, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store, self._unix_time = store, unix_time

    async def keep(self, question: str, answer: str, sources: tuple[Mapping[str, str], ...]) -> None:
        """Write one down, and drop what is too old."""
        now = self._unix_time()
        row = (now, question, answer, json.dumps([dict(source) for source in sources]))

        def write(db: sqlite3.Connection) -> None:
            db.execute("INSERT INTO answers (at, question, answer, sources) VALUES (?, ?, ?, ?)", row)
            db.execute(
                "DELETE FROM answers WHERE n <= (SELECT max(n) FROM answers) - ? OR at < ?",
                (MAX_ANSWERS, now - HISTORY_S),
            )

        await self._store.write(write)

    async def all(self) -> list[KeptAnswer]:
        """All of them, the oldest first."""
        query = "SELECT at, question, answer, sources FROM answers ORDER BY n"
        return [_kept(row) for row in await self._store.read(lambda db: db.execute(query).fetchall())]

    async def to(self, question: str) -> KeptAnswer | None:
        """The newest answer to a question of the same words, however they were put together."""
        wanted = content(question)
        if not wanted:
            return None
        return next((one for one in reversed(await self.all()) if content(one.question) == wanted), None)


def _kept(row: Row) -> KeptAnswer:
    at, question, answer, sources = row
    return KeptAnswer(at, question, answer, tuple(json.loads(sources)))
