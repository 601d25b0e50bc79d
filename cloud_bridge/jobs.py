"""Looking at the ledger from beside the bridge, whether it runs or not: every job, and never a word of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from cloud_bridge.accounts import Spent, spending
from cloud_bridge.beside import read_only
from cloud_bridge.entry import State
from cloud_bridge.protocol import Failed, ProtocolError, parse_result

MOST = 1000
STATES: tuple[State, ...] = get_args(State)
COLUMNS = (
    "device, job, kind, state, calls, accepted_at, ended_at, delivered_at, acknowledged_at, provider, tokens,"
    " cost_microusd, result"
)


@dataclass(frozen=True, slots=True)
class Seen:
    """A job as whoever runs the bridge sees it. Times in Unix seconds."""

    device: str
    job: str
    kind: str
    state: str
    calls: int
    """How often a provider was called for it."""
    accepted_at: float
    ended_at: float | None
    delivered_at: float | None
    """Since when the broker has its end."""
    acknowledged_at: float | None
    """Since when the device has it."""
    provider: str | None
    tokens: int | None
    cost_usd: float | None
    code: str | None
    """Why it failed."""


def look(
    ledger: Path,
    *,
    state: str | None = None,
    device: str | None = None,
    job: str | None = None,
    since: float | None = None,
    most: int = MOST,
) -> list[Seen]:
    """The jobs of which all that is given is true, the newest first. Raises LedgerError."""
    wanted = {"state = ?": state, "device = ?": device, "job = ?": job, "accepted_at >= ?": since}
    conditions = [condition for condition, value in wanted.items() if value is not None]
    values = [value for value in wanted.values() if value is not None]
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    with read_only(ledger) as database:
        rows: list[tuple[Any, ...]] = database.execute(
            f"SELECT {COLUMNS} FROM jobs {where} ORDER BY seq DESC LIMIT ?",  # noqa: S608 - all of it ours
            (*values, most),
        ).fetchall()
    return [_seen(*row) for row in rows]


def spent(ledger: Path) -> list[Spent]:
    """What devices and households have spent, the newest first. Raises LedgerError."""
    with read_only(ledger) as database:
        return list(spending(database))


def _seen(*row: Any) -> Seen:
    *known, cost, result = row
    return Seen(*known, cost_usd=None if cost is None else cost / 1e6, code=_code(result))


def _code(result: bytes | None) -> str | None:
    if result is None:
        return None
    try:
        end = parse_result(result)
    except ProtocolError:
        return None
    return end.code if isinstance(end, Failed) else None
