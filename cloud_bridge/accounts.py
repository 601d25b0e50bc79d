"""What devices and households may spend, and what they have spent: kept in the ledger, in its own transactions.

::

    accept ──▶ spent + held + what it will cost  >  budget?  ──▶ no: Failed `over_budget`, until the period is over
                                                             └─▶ held
    end    ──▶ held ──▶ spent: what the provider says it cost; where nobody knows, what was expected

What a job will cost is what jobs of its kind have cost lately; a budget is overrun by no more than the difference, for
the jobs that are open. Days and months are those of UTC. What is held follows from the open jobs, so it is in memory
alone; what is spent is on the disk together with the end of the job that cost it.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from cloud_bridge.protocol import Failed, Usage
from cloud_bridge.waiting import Kind

TABLE = """
CREATE TABLE IF NOT EXISTS spent (
    who TEXT NOT NULL,
    period TEXT NOT NULL,
    jobs INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    microusd INTEGER NOT NULL,
    PRIMARY KEY (who, period)
);
"""
LATELY = 0.05
"""The weight of the newest job among those that tell what one costs."""
Dollars = Annotated[float, Field(ge=0, le=1_000_000)]


class Budget(BaseModel):
    """What may be spent by devices of one class, `[budgets.NAME]`. None: as much as there is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    device_usd_a_day: Dollars | None = None
    device_jobs_a_day: Annotated[int, Field(ge=0)] | None = None
    """Also holds where nobody knows what a job costs."""
    household_usd_a_month: Dollars | None = None
    """Of all the household's devices together."""


UNBOUNDED = Budget()


@dataclass(frozen=True, slots=True)
class Terms:
    """What counts for one device."""

    household: str = ""
    """"": it shares with nobody."""
    budget: Budget = UNBOUNDED


@dataclass(frozen=True, slots=True)
class _Line:
    """One of the sums that a job adds to."""

    who: str
    period: str
    whose: Literal["device", "household"]


@dataclass(frozen=True, slots=True)
class _Held:
    microusd: int
    lines: tuple[_Line, ...]


@dataclass(slots=True)
class _Sum:
    jobs: int = 0
    microusd: int = 0


class Accounts:
    """One a ledger; everything is called in the ledger's writer thread, inside the transaction that it belongs to."""

    def __init__(self, *, terms: Callable[[str], Terms], now: Callable[[], float]) -> None:
        """`terms` of a device."""
        self._terms, self._now = terms, now
        self._held: dict[tuple[str, str], _Held] = {}
        self._sums: defaultdict[_Line, _Sum] = defaultdict(_Sum)
        """What is held of each."""
        self._costs: dict[Kind, float] = {}

    def begin(self, database: sqlite3.Connection) -> None:
        """Take up the jobs that are open. Outside a transaction. Raises sqlite3.Error."""
        database.executescript(TABLE)
        self._costs = dict(
            database.execute(
                "SELECT kind, avg(cost_microusd) FROM (SELECT kind, cost_microusd FROM jobs"
                " WHERE cost_microusd IS NOT NULL ORDER BY seq DESC LIMIT 100) GROUP BY kind"
            ).fetchall()
        )
        rows = database.execute("SELECT device, job, kind, accepted_at FROM jobs WHERE state IN ('queued', 'calling')")
        for device, job, kind, accepted_at in rows.fetchall():
            self._hold(device, job, kind, accepted_at)

    def objection(self, database: sqlite3.Connection, *, device: str, job: str, kind: Kind) -> Failed | None:
        """Hold what the job will cost, or say why it is not taken on."""
        budget, now = self._terms(device).budget, self._now()
        lines = self._lines(device, now)
        cost = self._expected(kind)
        for line in lines:
            jobs, microusd = self._so_far(database, line)
            usd = budget.device_usd_a_day if line.whose == "device" else budget.household_usd_a_month
            # With nothing left nothing is begun, even where nobody knows yet what it costs.
            dear = usd is not None and (microusd + cost > usd * 1e6 or microusd >= usd * 1e6)
            most = budget.device_jobs_a_day if line.whose == "device" else None
            if dear:
                return _no(UUID(job), line, now, "used up what it may spend")
            if most is not None and jobs >= most:
                return _no(UUID(job), line, now, "asked for as much as it may")
        self._hold(device, job, kind, now)
        return None

    def ended(
        self,
        database: sqlite3.Connection,
        *,
        device: str,
        job: str,
        kind: Kind,
        state: str,
        called: bool,
        usage: Usage | None,
    ) -> None:
        """Let go of what was held, and write down what was spent. `called`: whether a provider was asked."""
        held = self._let_go(device, job)
        if held is None:  # it was never taken on
            return
        cost = round(usage.cost_usd * 1e6) if usage and usage.cost_usd is not None else None
        if cost is not None:
            before = self._costs.get(kind, float(cost))
            self._costs[kind] = before + LATELY * (cost - before)
        elif called and state in ("outcome_unknown", "cancelled"):  # what is broken off may be billed all the same
            cost = held.microusd
        tokens = usage.input_tokens + usage.output_tokens if usage else 0
        database.executemany(
            "INSERT INTO spent (who, period, jobs, tokens, microusd) VALUES (?, ?, 1, ?, ?)"
            " ON CONFLICT (who, period) DO UPDATE SET jobs = jobs + 1, tokens = tokens + excluded.tokens,"
            " microusd = microusd + excluded.microusd",
            [(line.who, line.period, tokens, cost or 0) for line in held.lines],
        )

    def _expected(self, kind: Kind) -> int:
        return round(self._costs.get(kind, 0.0))

    def _lines(self, device: str, at: float) -> tuple[_Line, ...]:
        day = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d")
        lines = (_Line(f"device {device}", day, "device"),)
        household = self._terms(device).household
        return (*lines, _Line(f"household {household}", day[:7], "household")) if household else lines

    def _hold(self, device: str, job: str, kind: Kind, at: float) -> None:
        self._let_go(device, job)  # its transaction was rolled back, and is carried out again
        held = self._held[device, job] = _Held(self._expected(kind), self._lines(device, at))
        for line in held.lines:
            self._sums[line].jobs += 1
            self._sums[line].microusd += held.microusd

    def _let_go(self, device: str, job: str) -> _Held | None:
        held = self._held.pop((device, job), None)
        for line in held.lines if held else ():
            self._sums[line].jobs -= 1
            self._sums[line].microusd -= held.microusd if held else 0
            if not self._sums[line].jobs:
                del self._sums[line]
        return held

    def _so_far(self, database: sqlite3.Connection, line: _Line) -> tuple[int, int]:
        """Jobs and micro-dollars, spent and held."""
        row = database.execute(
            "SELECT jobs, microusd FROM spent WHERE who = ? AND period = ?", (line.who, line.period)
        ).fetchone()
        jobs, microusd = row or (0, 0)
        held = self._sums.get(line, _Sum())
        return jobs + held.jobs, microusd + held.microusd


def _no(job: UUID, line: _Line, now: float, has: str) -> Failed:
    today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if line.whose == "device":
        text, over = f"This device has {has} in a day.", today + timedelta(days=1)
    else:
        text = f"This household has {has} in a month."
        over = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return Failed(job=job, code="over_budget", text=text, retryable=True, retry_after_s=over.timestamp() - now)


@dataclass(frozen=True, slots=True)
class Spent:
    """What somebody has spent in a period."""

    who: str
    """`device NAME` or `household NAME`."""
    period: str
    """A day or a month of UTC: `2026-11-26`, `2026-11`."""
    jobs: int
    tokens: int
    usd: float


def spending(database: sqlite3.Connection) -> Iterator[Spent]:
    """All that was spent, the newest first."""
    rows = database.execute("SELECT who, period, jobs, tokens, microusd FROM spent ORDER BY period DESC, who")
    for who, period, jobs, tokens, microusd in rows:
        yield Spent(who, period, jobs, tokens, microusd / 1e6)


def terms_from(
    budgets: Mapping[str, Budget], of: Callable[[str], tuple[str, str] | None] = lambda _device: None
) -> Callable[[str], Terms]:
    """What counts for a device: `of` gives its household and the name of its class; without one it is `standard`."""

    def terms(device: str) -> Terms:
        household, name = of(device) or ("", "standard")
        return Terms(household, budgets.get(name, UNBOUNDED))

    return terms
