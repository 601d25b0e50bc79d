"""The ledger and a power cut at any moment: what a call has returned from is there, and nothing is damaged."""

import asyncio
import random
import sqlite3
from collections.abc import Awaitable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest
from power_cut import Disk, Op, Wreck, cuts

from cloud_bridge.entry import LedgerError
from cloud_bridge.ledger import Ledger

T = TypeVar("T")
ORDER = ("queued", "calling", "stored", "delivered", "acknowledged")
OTHER_ENDS = ("failed", "cancelled", "expired", "outcome_unknown")
BODY = b"{}" * 700
RESULT = b'{"type":"final"}' * 40


@dataclass
class Run:
    """Jobs that went through a ledger, and what was promised when."""

    log: list[Op]
    promised: list[tuple[int, str, str]] = field(default_factory=list)
    """After so many operations of the disk, this job was in this state."""

    async def returned(self, call: Awaitable[T], job: str, state: str) -> T:
        result = await call
        self.promised.append((len(self.log), job, state))
        return result


async def work(ledger: Ledger, run: Run, jobs: int) -> None:
    """Every kind of end, many at a time."""

    async def one(n: int) -> None:
        job = f"job-{n}"
        accepted = ledger.accept(device="lamp", job=job, body=BODY, expires_at=100 if n % 5 == 4 else 1e9, now=n)
        entry = (await run.returned(accepted, job, "queued")).entry
        if n % 5 == 3:
            await run.returned(ledger.end(entry, "cancelled", RESULT, now=1), job, "cancelled")

    await asyncio.gather(*(one(n) for n in range(jobs)))
    for late in await ledger.overdue(now=1000):
        await run.returned(ledger.end(late, "expired", RESULT, now=1), late.job, "expired")
    while (entry := await ledger.claim(now=1000)) is not None:
        run.promised.append((len(run.log), entry.job, "calling"))
        if entry.job.endswith("2"):
            await run.returned(ledger.end(entry, "outcome_unknown", RESULT, now=1), entry.job, "outcome_unknown")
        elif await run.returned(ledger.end(entry, "stored", RESULT, now=1), entry.job, "stored"):
            await run.returned(ledger.delivered(entry, now=1), entry.job, "delivered")
            await run.returned(ledger.acknowledge("lamp", entry.job, now=1), entry.job, "acknowledged")


def states(path: Path) -> dict[str, str]:
    """What a new process finds, after it has looked for damage."""
    with closing(sqlite3.Connection(path)) as database:
        database.execute("PRAGMA synchronous = OFF")  # it is looked at and thrown away
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return dict(database.execute("SELECT job, state FROM jobs").fetchall())


def kept(state: str | None, promised: str) -> bool:
    """Whether this is the state that was promised, or one that comes after it."""
    if state is None or promised in OTHER_ENDS or state in OTHER_ENDS:
        return state == promised or (state in OTHER_ENDS and promised in ("queued", "calling"))
    return ORDER.index(state) >= ORDER.index(promised)


@pytest.fixture
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(request.node.name)
    monkeypatch.setattr(sqlite3, "connect", disk.connect)
    return disk


def broken(run: Run, n: int, place: Path) -> list[str]:
    """The promises that were made before the cut and are not kept after it."""
    due = [(job, state) for at, job, state in run.promised if at <= n]
    found = states(place / "ledger.sqlite") if due else {}
    return [f"{job}: {state}, found {found.get(job)}" for job, state in due if not kept(found.get(job), state)]


async def test_whatever_the_power_cut_takes_all_that_was_promised_is_there(tmp_path: Path, disk: Disk) -> None:
    ledger, run = Ledger(tmp_path / "ledger.sqlite"), Run(disk.log)
    await work(ledger, run, jobs=16)
    await ledger.close()
    assert sum(op.what == "sync" and op.file == "ledger.sqlite" for op in run.log) > 3  # checkpoints were met
    tried = 0
    for n, place in cuts(run.log, tmp_path, seed=6):
        assert broken(run, n, place) == [], place.name
        tried += n > run.promised[0][0]
    assert tried > 100


async def test_a_disk_that_lies_about_its_syncs_is_found_out(tmp_path: Path, disk: Disk) -> None:
    """So the test above would notice a ledger that does not sync."""
    ledger, run = Ledger(tmp_path / "ledger.sqlite"), Run(disk.log)
    await work(ledger, run, jobs=1)
    disk.lies = True
    await run.returned(ledger.accept(device="d", job="late", body=BODY, expires_at=1e9, now=0), "late", "queued")
    await ledger.close()
    wreck, place = Wreck(), tmp_path / "left"
    place.mkdir()
    for op in disk.log[: run.promised[-1][0]]:
        wreck.take(op)
    wreck.leave(place, "all", random.Random(0))
    assert broken(run, len(disk.log), place) == ["late: queued, found None"]


async def test_a_ledger_that_the_power_cut_met_at_any_moment_goes_on(tmp_path: Path, disk: Disk) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    await work(ledger, Run(disk.log), jobs=1)
    await ledger.close()
    for _, place in cuts(disk.log, tmp_path, seed=7):  # from the first byte of the file on
        ledger = Ledger(place / "ledger.sqlite")
        receipt = await ledger.accept(device="lamp", job="after", body=BODY, expires_at=1e9, now=0)
        assert receipt.new
        await ledger.close()


async def test_a_full_disk_is_an_error_to_the_caller_and_the_ledger_goes_on_when_there_is_room(
    tmp_path: Path, disk: Disk
) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")

    async def accept(n: int) -> None:
        await ledger.accept(device="lamp", job=str(n), body=BODY, expires_at=1e9, now=0)

    await accept(0)
    for room in (0, 100, 5000):  # not even the frame's head; in the middle of a page; one page of several
        disk.room = room
        with pytest.raises(LedgerError, match="full"):
            await accept(1)
        assert ledger.open == 1
    disk.room = None
    await accept(1)
    assert ledger.open == 2
    await ledger.close()
    assert states(tmp_path / "ledger.sqlite") == {"0": "queued", "1": "queued"}
