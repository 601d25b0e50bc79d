"""What is written down for the household: lists of things, and notes. Both are deleted for good."""

import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from device.store import Store

MAX_LISTS = 50
MAX_ITEMS = 200
"""On one list."""
MAX_NOTES = 500
MAX_NAME = 40
"""Characters, as the others are."""
MAX_ITEM = 100
MAX_NOTE = 1000


class NoRoom(Exception):
    """There is as much as there can be."""

    def __init__(self, what: Literal["lists", "lines", "notes"]) -> None:
        super().__init__(f"There is no room for more {what}.")
        self.what = what


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a list."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class ThingList:
    """A list with its lines, in the order in which they came."""

    n: int
    name: str
    """In lower case: `shopping`."""
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A note."""

    n: int
    text: str
    written_at: float
    """Unix seconds."""


class Lists:
    """The lists. What `add` and the others return from is on the disk; they raise StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> list[ThingList]:
        """All of them, the oldest first."""
        return await self._store.read(_all_lists)

    async def get(self, name: str) -> ThingList | None:
        """The list of that name."""
        return next((one for one in await self.all() if one.name == _name(name)), None)

    async def create(self, name: str) -> bool:
        """Begin a list; False when there is one of that name. Raises NoRoom."""
        return await self._store.write(lambda db: _new_list(db, _name(name))[1])

    async def add(self, name: str, texts: Sequence[str]) -> list[str]:
        """Write these on the list, which is begun if need be; returns those that were not on it yet. Raises NoRoom."""
        return await self._store.write(lambda db: _add_items(db, _name(name), texts))

    async def remove(self, items: Iterable[int]) -> None:
        """Delete lines by number; those that are gone already don't matter."""
        rows = [(n,) for n in items]
        await self._store.write(lambda db: db.executemany("DELETE FROM list_items WHERE n = ?", rows))

    async def clear(self, n: int) -> None:
        """Delete the list's lines."""
        await self._store.write(lambda db: db.execute("DELETE FROM list_items WHERE list = ?", (n,)))

    async def delete(self, n: int) -> None:
        """Delete the list with its lines."""
        await self._store.write(lambda db: db.execute("DELETE FROM lists WHERE n = ?", (n,)))


class Notes:
    """The notes. What `take` and `delete` return from is on the disk; they raise StoreError."""

    def __init__(self, store: Store, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store = store
        self._unix_time = unix_time

    async def all(self) -> list[Note]:
        """All of them, the newest first."""
        rows = await self._store.read(
            lambda db: db.execute("SELECT n, text, written_at FROM notes ORDER BY n DESC").fetchall()
        )
        return [Note(*row) for row in rows]

    async def take(self, text: str) -> None:
        """Keep a note. Raises NoRoom."""
        await self._store.write(lambda db: _take(db, text[:MAX_NOTE], self._unix_time()))

    async def delete(self, notes: Iterable[int]) -> None:
        """Delete notes by number; those that are gone already don't matter."""
        rows = [(n,) for n in notes]
        await self._store.write(lambda db: db.executemany("DELETE FROM notes WHERE n = ?", rows))


def _all_lists(db: sqlite3.Connection) -> list[ThingList]:
    lines: dict[int, list[Item]] = {}
    for of_list, n, text in db.execute("SELECT list, n, text FROM list_items ORDER BY n"):
        lines.setdefault(of_list, []).append(Item(n, text))
    return [
        ThingList(n, name, tuple(lines.get(n, ()))) for n, name in db.execute("SELECT n, name FROM lists ORDER BY n")
    ]


def _new_list(db: sqlite3.Connection, name: str) -> tuple[int, bool]:
    """The number of the list of that name, and whether it was begun now."""
    if row := db.execute("SELECT n FROM lists WHERE name = ?", (name,)).fetchone():
        return row[0], False
    (count,) = db.execute("SELECT count(*) FROM lists").fetchone()
    if count >= MAX_LISTS:
        raise NoRoom("lists")
    n = db.execute("INSERT INTO lists (name) VALUES (?)", (name,)).lastrowid
    assert n is not None
    return n, True


def _add_items(db: sqlite3.Connection, name: str, texts: Sequence[str]) -> list[str]:
    n, _ = _new_list(db, name)
    known = {text.lower() for (text,) in db.execute("SELECT text FROM list_items WHERE list = ?", (n,))}
    new = [text for text in dict.fromkeys(text[:MAX_ITEM] for text in texts) if text.lower() not in known]
    if len(known) + len(new) > MAX_ITEMS:
        raise NoRoom("lines")
    db.executemany("INSERT INTO list_items (list, text) VALUES (?, ?)", [(n, text) for text in new])
    return new


def _take(db: sqlite3.Connection, text: str, at: float) -> None:
    (count,) = db.execute("SELECT count(*) FROM notes").fetchone()
    if count >= MAX_NOTES:
        raise NoRoom("notes")
    db.execute("INSERT INTO notes (text, written_at) VALUES (?, ?)", (text, at))


def _name(name: str) -> str:
    return name[:MAX_NAME].lower().strip()
