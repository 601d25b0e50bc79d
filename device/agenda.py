"""Alarms and reminders: which there are, which are due, and when those that repeat come again.

::

    set ──at──▶ due ──told, rung──▶ done:  once: gone      on weekdays: at the next of them

They follow the clock on the wall, whoever sets it; a device that was off finds them due when it starts.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from device.clock import local_now
from device.context.when import When, next_on
from device.store import Store

MAX_ENTRIES = 100
MAX_ABOUT = 200
"""Characters."""
SNOOZABLE_S = 15 * 60.0
"""So long after an alarm has rung "snooze" still means it."""
_JUST_S = 10.0

Kind = Literal["alarm", "reminder"]


class TooManyEntries(Exception):
    """There are MAX_ENTRIES already."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An alarm or a reminder."""

    n: int
    """Counts up: the order in which they were set."""
    kind: Kind
    about: str
    """What is to be remembered, in the person's words; an alarm may have none."""
    at: float
    """Unix seconds of its next time."""
    days: frozenset[int] = frozenset()
    """The weekdays on which it comes again, Monday is 0; empty: once."""
    minute: int = 0
    """Minutes after midnight, on those days."""
    person: str = ""
    """Whose voice it was; "" where nobody could tell."""


class Agenda:
    """Alarms and reminders. What `add` and the others return from is on the disk; they raise StoreError."""

    def __init__(
        self, store: Store, *, now: Callable[[], datetime] = local_now, changed: asyncio.Event | None = None
    ) -> None:
        """`now` has a time zone with its rules. `changed` is set at each change; whoever waits for it clears it."""
        self._store = store
        self._now = now
        self._entries: tuple[Entry, ...] = ()
        self._rang: tuple[Entry, ...] = ()
        self._rang_at = 0.0
        self._silenced_at = 0.0
        self._changing = asyncio.Lock()
        self.changed = changed or asyncio.Event()

    def now(self) -> datetime:
        """The time on the wall."""
        return self._now()

    def all(self, kind: Kind | None = None) -> list[Entry]:
        """All, or those of one kind, first what comes first."""
        found = [entry for entry in self._entries if kind in (None, entry.kind)]
        return sorted(found, key=lambda entry: (entry.at, entry.n))

    def due(self, kind: Kind) -> list[Entry]:
        """Those whose time has come."""
        now_at = self._now().timestamp()
        return [entry for entry in self.all(kind) if entry.at <= now_at]

    def left_s(self, entry: Entry) -> float:
        """Seconds until it is due; negative: it was due so long ago."""
        return entry.at - self._now().timestamp()

    async def add(self, kind: Kind, about: str, when: When, person: str = "") -> Entry:
        """Set one, for `person`. Raises TooManyEntries."""
        async with self._changing:
            if len(self._entries) >= MAX_ENTRIES:
                raise TooManyEntries
            row = (kind, about[:MAX_ABOUT], when.at.timestamp(), _bits(when.days), when.minute, person)
            n = await self._store.write(lambda db: _insert(db, row))
            entry = Entry(n, kind, row[1], row[2], when.days, row[4], person)
            self._entries = (*self._entries, entry)
        self.changed.set()
        return entry

    async def cancel(self, entries: Iterable[Entry]) -> None:
        """Forget these; those that are gone already don't matter."""
        gone = {entry.n for entry in entries}
        async with self._changing:
            await self._store.write(
                lambda db: db.executemany("DELETE FROM agenda WHERE n = ?", [(n,) for n in sorted(gone)])
            )
            self._entries = tuple(entry for entry in self._entries if entry.n not in gone)
        self.changed.set()

    async def done(self, entries: Iterable[Entry]) -> None:
        """Cross out what was told: what happens once is gone, the rest has its next time."""
        told = {entry.n for entry in entries}
        async with self._changing:
            known = [entry for entry in self._entries if entry.n in told]
            later = {entry.n: self._again(entry) for entry in known if entry.days}
            await self._store.write(lambda db: _cross_out(db, told - set(later), later))
            kept = [entry for entry in self._entries if entry.n not in told or entry.n in later]
            self._entries = tuple(later.get(entry.n, entry) for entry in kept)
        self.changed.set()

    async def load(self) -> None:
        """Take up what was set before the restart."""
        rows = await self._store.read(
            lambda db: db.execute("SELECT n, kind, about, at, days, minute, person FROM agenda").fetchall()
        )
        self._entries = tuple(
            Entry(n, kind, about, at, _days(days), minute, person) for n, kind, about, at, days, minute, person in rows
        )
        self.changed.set()

    def note_rang(self, alarms: Iterable[Entry]) -> None:
        """Note that these ring now."""
        self._rang, self._rang_at = tuple(alarms), self._now().timestamp()

    def note_silenced(self) -> None:
        """Note that somebody has just stopped the ringing."""
        self._silenced_at = self._now().timestamp()

    @property
    def ringing(self) -> bool:
        """An alarm rings, or was silenced a moment ago: that is the one which "turn the alarm off" means."""
        silenced = self._rang and 0 <= self._now().timestamp() - self._silenced_at < _JUST_S
        return bool(silenced) or bool(self.due("alarm"))

    def rung(self) -> tuple[Entry, ...]:
        """The alarms that "snooze" means: those that ring, or rang a while ago."""
        return self._rang if 0 <= self._now().timestamp() - self._rang_at < SNOOZABLE_S else ()

    def _again(self, entry: Entry) -> Entry:
        return replace(entry, at=next_on(entry.days, entry.minute, self._now()).timestamp())


def _insert(db: sqlite3.Connection, row: tuple[str, str, float, int, int, str]) -> int:
    statement = "INSERT INTO agenda (kind, about, at, days, minute, person) VALUES (?, ?, ?, ?, ?, ?)"
    cursor = db.execute(statement, row)
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _cross_out(db: sqlite3.Connection, gone: set[int], later: dict[int, Entry]) -> None:
    db.executemany("DELETE FROM agenda WHERE n = ?", [(n,) for n in sorted(gone)])
    db.executemany("UPDATE agenda SET at = ? WHERE n = ?", [(entry.at, n) for n, entry in later.items()])


def _bits(days: frozenset[int]) -> int:
    return sum(1 << day for day in days)


def _days(bits: int) -> frozenset[int]:
    return frozenset(day for day in range(7) if bits >> day & 1)
