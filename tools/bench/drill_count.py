"""What the drill counts when everything is quiet: the devices' stores, the bridge's ledger, the providers' bills.

A job is accepted when the device has committed it with its audit line, so the audit log names them all. Each must have
ended once, the same way at both ends::

    bridge: acknowledged               device: one final picture
    bridge: failed, cancelled, …       device: no final picture
    bridge: has never heard of it      device: no final picture, and the person had called it off
"""

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools.bench.drill_device import called_off
from tools.bench.drill_provider import billed

MADE = ("stored", "delivered", "acknowledged")
NOT_MADE = ("failed", "cancelled", "expired", "outcome_unknown")
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}


@dataclass(slots=True)
class Count:
    """What was found."""

    accepted: int = 0
    ended_once: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    """By how a job ended."""
    lost: list[str] = field(default_factory=list)
    """Jobs without an end, or whose two ends are not the same, each with what was found."""
    doubled: list[str] = field(default_factory=list)
    """Jobs with more than one end, or billed more than once."""
    most_billed: int = 0
    """Lines on the bill of the job that has the most."""
    unknown_billed: int = 0
    """Jobs of which the owner was told that they may have been billed, and which were."""
    damage: list[str] = field(default_factory=list)
    """What is not whole of the history: of either database, of the pictures, of who knows what."""

    def figures(self) -> dict[str, Any]:
        """For the result."""
        return {
            "accepted": self.accepted,
            "ended_once": self.ended_once,
            "outcome_unknown": self.ends["outcome_unknown"],
            "outcome_unknown_billed": self.unknown_billed,
            "lost": len(self.lost),
            "doubled": len(self.doubled),
            "max_billed_per_job": self.most_billed,
            "ends": dict(sorted(self.ends.items())),
            "history_whole": not self.damage,
        }


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A database that others may be writing."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as database:
        yield database


def count(devices: Mapping[str, Path], ledger: Path, bills: Iterable[Path]) -> Count:
    """Count all of it. `devices`: their directories by name. No process may be running."""
    found, charged = Count(), sum((billed(bill) for bill in bills), Counter[str]())
    found.most_billed = max(charged.values(), default=0)
    with reading(ledger) as database:
        found.damage += _damage(database, "the ledger")
        rows = database.execute("SELECT device, job, state, acknowledged_at FROM jobs").fetchall()
    found.damage += [f"{job} was never acknowledged" for _, job, _, at in rows if at is None]
    states = {(device, job): state for device, job, state, _ in rows}
    for name, place in devices.items():
        _count_device(found, name, place, states, charged)
    found.damage += [f"{job} of {device} is in no audit log" for device, job in states]
    return found


def _count_device(
    found: Count, name: str, place: Path, states: dict[tuple[str, str], str], charged: Mapping[str, int]
) -> None:
    """Those of `states` that are the device's are taken out."""
    with reading(place / "device.sqlite") as database:
        found.damage += _damage(database, name)
        audit = database.execute("SELECT job, turn, content FROM audit").fetchall()
        left = {job for (job,) in database.execute("SELECT job FROM outbox")}
        finals = Counter(
            turn
            for (turn,) in database.execute(
                "SELECT turn FROM versions JOIN pictures ON pictures.id = picture WHERE stage = 'final'"
            )
        )
        versions = database.execute("SELECT sha256, media_type FROM versions").fetchall()
    found.damage += _files(place / "pictures", versions)
    withdrawn = called_off(place)
    for job, turn, prompt in audit:
        state = states.pop((name, job), "withdrawn" if job in withdrawn else "unheard of")
        found.accepted += 1
        if finals[turn] > 1 or charged.get(prompt, 0) > 1:
            found.doubled.append(f"{job}: {finals[turn]} pictures, billed {charged.get(prompt, 0)} times")
        elif job in left or not _same_end(state, finals[turn]):
            found.lost.append(f"{job}: {state}, {finals[turn]} pictures, {'open' if job in left else 'over'}")
        else:
            found.ended_once += 1
            found.ends[state] += 1
            found.unknown_billed += state == "outcome_unknown" and prompt in charged


def _same_end(state: str, finals: int) -> bool:
    return finals == 1 if state in MADE else finals == 0 and state in (*NOT_MADE, "withdrawn")


def _damage(database: sqlite3.Connection, whose: str) -> list[str]:
    (verdict, *_), *_ = database.execute("PRAGMA integrity_check").fetchall()
    return [] if verdict == "ok" else [f"{whose}: {verdict}"]


def _files(directory: Path, versions: Sequence[tuple[str, str]]) -> list[str]:
    """Pictures of the index that are not there, or are others than it says."""
    wrong: list[str] = []
    for sha256, media_type in versions:
        path = directory / f"{sha256}{SUFFIXES[media_type]}"
        if not path.exists() or hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
            wrong.append(f"the picture {path.name} is missing or damaged")
    return wrong
