"""What the status page tells: how each thing is now, and what went wrong in the last 90 days."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cloud_bridge.condition import WORSE, Condition, Incident, State
from cloud_bridge.incidents import SEEN_EVERY_S, Incidents

log = logging.getLogger(__name__)

LOOK_S = 1.0
DAYS = 90
DAY_S = 24 * 3600.0

Look = Callable[[], tuple[State, str]]
"""How something is, and why, in one plain sentence; "" while it is up."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day (UTC) of something."""

    date: date
    state: State | None
    """The worst of it; None: nobody knows."""
    affected_s: float
    """How long it was not up."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing on the page."""

    what: str
    state: State
    since: float | None
    """Unix seconds."""
    reason: str
    days: tuple[Day, ...]
    """The oldest first."""
    up_share: float
    """Of the time that is known of, how much it was not down."""


class History:
    """Looks every second; `rows` and `incidents` are what the page shows."""

    def __init__(
        self,
        looks: Mapping[str, Look],
        incidents: Incidents,
        *,
        now: Callable[[], float],
        monotonic: Callable[[], float],
    ) -> None:
        """`looks`: by what the page calls it, in the page's order."""
        self._looks, self._store, self._now, self._monotonic = looks, incidents, now, monotonic
        opened = incidents.open(tuple(looks), now=now())
        self._conditions = [Condition(what, incident=opened.get(what)) for what in looks]

    async def watch(self) -> None:
        """Look, and note what changes, for ever."""
        seen = self._monotonic()
        while True:
            for incident in self.look():
                await self._written(lambda incident=incident: self._store.note(incident))
                log.warning("%s: %s", incident.what, "over" if incident.ended else incident.reason)
            if self._monotonic() - seen >= SEEN_EVERY_S:
                seen = self._monotonic()
                await self._written(lambda: self._store.seen(now=self._now()))
            await asyncio.sleep(LOOK_S)

    def look(self) -> list[Incident]:
        """Look once; the incidents that began, became worse or ended by that."""
        changed: list[Incident] = []
        for condition in self._conditions:
            state, reason = self._looks[condition.what]()
            incident = condition.look(state, reason, now=self._now(), now_s=self._monotonic())
            if incident is not None:
                changed.append(incident)
        return changed

    async def _written(self, write: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(write)
        except sqlite3.Error as error:  # the page may be wrong then; the bridge works on
            log.error("the history can't be written: %s", error)

    def incidents(self) -> list[Incident]:
        """Of the last 90 days, the newest first."""
        return self._store.since(self._now() - DAYS * DAY_S)

    def rows(self, incidents: Sequence[Incident]) -> list[Row]:
        """Everything on the page, with the days that these incidents make."""
        now, since = self._now(), self._store.known_since
        return [
            Row(
                what=each.what,
                state=each.state,
                since=each.since,
                reason=each.reason if each.state != "up" else "",
                days=days(of := [one for one in incidents if one.what in (each.what, "bridge")], since=since, now=now),
                up_share=up_share(of, since=since, now=now),
            )
            for each in self._conditions
        ]


def days(incidents: Sequence[Incident], *, since: float, now: float) -> tuple[Day, ...]:
    """The last 90 days, today too, of something that is watched since then."""
    today = datetime.fromtimestamp(now, UTC).date()
    found: list[Day] = []
    for ago in range(DAYS - 1, -1, -1):
        day = today - timedelta(days=ago)
        begins = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        ends = min(begins + DAY_S, now)
        hit = [one for one in incidents if one.began < ends and (one.ended is None or one.ended > begins)]
        state: State | None = None if begins + DAY_S <= since else "up"
        for one in hit:
            state = one.state if state is None or WORSE[one.state] > WORSE[state] else state
        found.append(Day(day, state, covered_s(hit, begins, ends, now=now)))
    return tuple(found)


def covered_s(incidents: Sequence[Incident], begins: float, ends: float, *, now: float) -> float:
    """Seconds between the two in which at least one of the incidents went on."""
    total, reached = 0.0, begins
    for one in sorted(incidents, key=lambda one: one.began):
        first = max(one.began, reached)
        last = min(now if one.ended is None else one.ended, ends)
        if last > first:
            total, reached = total + last - first, last
    return total


def up_share(incidents: Sequence[Incident], *, since: float, now: float) -> float:
    """Of the last 90 days, as far as they are known of, the share in which it was not down."""
    begins = max(since, now - DAYS * DAY_S)
    down = [one for one in incidents if one.state == "down"]
    return 1.0 if now <= begins else 1.0 - covered_s(down, begins, now, now=now) / (now - begins)
