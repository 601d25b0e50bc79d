"""Observers with a memory: the last turns for people, the journal of events for pages that come back.

Both take an event in at once and write it later, a batch in one transaction; a disk that is slow or full delays nobody.
"""

import asyncio
import json
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from device import events
from device.bus import NO_TURN
from device.events import Happened
from device.store import JOURNAL_LENGTH, Row, Store

log = logging.getLogger(__name__)
TURNS_KEPT = 20
"""Turns with their texts and timings, in memory and on the disk."""
HISTORY_TURNS = 5_000
HISTORY_S = 90 * 24 * 3600.0
"""What was said and answered, without timings, is kept until one of the two is reached: `device.history`."""
EVENTS_KEPT = 200
"""Events of one turn; a turn has about thirty."""
_LINGER_S = 0.5
"""Events are collected this long before they are written: one commit for many spares a flash card."""
_AGAIN_S = 10.0
"""Until a disk that refused is tried again."""


_LATE = (events.JobProgress, events.Artifact, events.Answered, events.Failed)
"""What may come long after its turn."""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One turn, as the page draws it."""

    turn: str
    began_at: float
    """Unix seconds."""
    heard: str
    """The transcript, or what was typed; empty when nothing was understood."""
    reply: str
    """Everything that was said, joined by spaces."""
    events: tuple[tuple[str, float, float | None], ...]
    """Each event's name, its milliseconds since the turn began, and since the end of speech (None before it)."""


class Recorder:
    """Keeps the last turns. `bus.observe(recorder.note)`; `run` loads and saves."""

    def __init__(self, store: Store, *, unix_time: Callable[[], float] = time.time) -> None:
        self._store, self._unix_time = store, unix_time
        self._turns: dict[str, TurnRecord] = {}
        self._loaded: set[str] = set()
        self._unsaved: set[str] = set()
        self._changed = asyncio.Event()

    def note(self, happened: Happened) -> None:
        """Observe an event."""
        record = self._turns.get(happened.turn)
        if record is None:
            # What comes long after a turn doesn't make a new one of it.
            if happened.turn == NO_TURN or isinstance(happened.event, _LATE):
                return
            record = TurnRecord(happened.turn, self._unix_time() - happened.at_ms / 1000, "", "", ())
        elif happened.turn in self._loaded:
            return  # the process that knew when this turn began has ended
        event = happened.event
        if isinstance(event, events.Transcript):
            record = replace(record, heard=event.text)
        elif isinstance(event, events.Reply):
            record = replace(record, reply=f"{record.reply} {event.text}".strip())
        if len(record.events) < EVENTS_KEPT:
            stamp = (event.name, round(happened.at_ms, 1), _rounded(happened.after_speech_ms))
            record = replace(record, events=(*record.events, stamp))
        self._turns[happened.turn] = record
        self._drop_old()
        self._unsaved.add(happened.turn)
        self._changed.set()

    def recent(self) -> list[TurnRecord]:
        """The last turns, newest first."""
        return list(reversed(self._turns.values()))

    def forget(self) -> None:
        """Keep nothing of the turns so far; what is on the disk of them is for the caller to delete."""
        self._turns.clear()
        self._unsaved.clear()

    async def run(self) -> None:
        """Take up the turns of before, then save what changes, until cancelled; saves once more at the end."""
        await self.load()
        await _save_in_batches(self._changed, self.save)

    async def load(self) -> None:
        """Take up the turns of before. Raises StoreError."""
        query = "SELECT turn, began_at, heard, reply, events FROM turns ORDER BY n DESC LIMIT ?"
        rows = await self._store.read(lambda db: db.execute(query, (TURNS_KEPT,)).fetchall())
        before = {record.turn: record for record in map(_record, reversed(rows))}
        self._loaded = set(before) - set(self._turns)
        self._turns = before | self._turns
        self._drop_old()

    async def save(self) -> None:
        """Write what has changed. Raises StoreError; what was not written then stays for the next time."""
        records = [record for record in self._turns.values() if record.turn in self._unsaved]
        rows = [(one.turn, one.began_at, one.heard, one.reply, json.dumps(one.events)) for one in records]
        oldest_at = self._unix_time() - HISTORY_S

        def write(db: sqlite3.Connection) -> None:
            # In place, so that a picture that comes much later doesn't make its turn the newest.
            db.executemany(
                "INSERT INTO turns (turn, began_at, heard, reply, events) VALUES (?, ?, ?, ?, ?) ON CONFLICT (turn) "
                "DO UPDATE SET heard = excluded.heard, reply = excluded.reply, events = excluded.events",
                rows,
            )
            db.execute("DELETE FROM turns WHERE n <= (SELECT max(n) FROM turns) - ?", (TURNS_KEPT,))
            db.executemany(
                "INSERT INTO history (turn, at, heard, reply) VALUES (?, ?, ?, ?) ON CONFLICT (turn) "
                "DO UPDATE SET heard = excluded.heard, reply = excluded.reply",
                [row[:4] for row in rows if row[2]],
            )
            db.execute(
                "DELETE FROM history WHERE n <= (SELECT max(n) FROM history) - ? OR at < ?", (HISTORY_TURNS, oldest_at)
            )

        await self._store.write(write)
        self._unsaved -= {record.turn for record in records if self._turns.get(record.turn) is record}

    def _drop_old(self) -> None:
        while len(self._turns) > TURNS_KEPT:
            oldest = next(iter(self._turns))
            del self._turns[oldest]
            self._unsaved.discard(oldest)


class Journal:
    """Keeps the last events, for a page that comes back with the last one it saw. `bus.observe(journal.note)`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Bounded like the journal itself: with a full disk the oldest go first.
        self._unwritten: deque[Happened] = deque(maxlen=JOURNAL_LENGTH)
        self._changed = asyncio.Event()

    def note(self, happened: Happened) -> None:
        """Observe an event."""
        self._unwritten.append(happened)
        self._changed.set()

    async def run(self) -> None:
        """Write what comes, until cancelled; writes once more at the end."""
        await _save_in_batches(self._changed, self.save)

    async def after(self, seq: int) -> list[dict[str, Any]]:
        """What happened after event `seq`, as far back as the journal goes: what `--json` prints, and `seq`."""
        # Memory first: what is written while the disk is read is then found in one of the two, never in neither.
        memory = {happened.seq: happened.as_json() for happened in self._unwritten}
        query = "SELECT seq, json FROM journal WHERE seq > ? ORDER BY seq"
        rows = await self._store.read(lambda db: db.execute(query, (seq,)).fetchall())
        found = {number: json.loads(text) for number, text in rows} | memory
        return [{"seq": number} | found[number] for number in sorted(found) if number > seq]

    async def save(self) -> None:
        """Write what is not written yet. Raises StoreError; it is then kept for the next time."""
        batch = list(self._unwritten)
        rows = [(happened.seq, happened.turn, json.dumps(happened.as_json())) for happened in batch]

        def write(db: sqlite3.Connection) -> None:
            db.executemany("INSERT OR REPLACE INTO journal (seq, turn, json) VALUES (?, ?, ?)", rows)
            db.execute("DELETE FROM journal WHERE seq <= (SELECT max(seq) FROM journal) - ?", (JOURNAL_LENGTH,))

        await self._store.write(write)
        last = batch[-1].seq if batch else 0
        while self._unwritten and self._unwritten[0].seq <= last:
            self._unwritten.popleft()


async def _save_in_batches(changed: asyncio.Event, save: Callable[[], Awaitable[None]]) -> None:
    try:
        while True:
            await changed.wait()
            await asyncio.sleep(_LINGER_S)
            changed.clear()
            try:
                await save()
            except Exception:  # An observer stands in nobody's path, whatever happens to it.
                log.exception("the last turns can't be kept now")
                changed.set()
                await asyncio.sleep(_AGAIN_S)
    finally:
        try:
            await save()
        except Exception:
            log.exception("the last turns could not be kept")


def _record(row: Row) -> TurnRecord:
    turn, began_at, heard, reply, stamps = row
    return TurnRecord(
        turn, began_at, heard, reply, tuple((str(name), at, after) for name, at, after in json.loads(stamps))
    )


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
