"""nightjar bench drill: a short one, and that its count finds what it looks for."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cloud_bridge.ledger import Ledger
from device.store import Store
from tools.bench import drill, drill_street
from tools.bench.drill_count import Count, count
from tools.bench.drill_provider import Line

OUTBOX = "INSERT INTO outbox (job, turn, picture, body, expires_at, ended) VALUES ('{job}', 't', 'p', x'', 0, {ended})"
FINAL = "INSERT INTO versions VALUES ({n}, '{n}', 'p-{job}', 'final', 'x', '{n}', 'image/png', 64, 64, 0)"


class Left:
    """What a drill with one device may have left behind."""

    def __init__(self, directory: Path) -> None:
        self._directory, self._bill = directory, directory / "bill"
        self._lamp, self._ledger = directory / "lamp" / "device.sqlite", directory / "ledger.sqlite"
        self._finals = 0

    async def make(self) -> None:
        await Store.open(self._lamp).close()
        await Ledger(self._ledger).close()

    def device(self, statement: str) -> None:
        with closing(sqlite3.connect(self._lamp)) as database, database:
            database.execute(statement)

    def job(self, job: str, state: str | None, *, finals: int = 0, billed: int = 0) -> None:
        """One that a device accepted, with its state at the bridge."""
        self.device(f"INSERT INTO audit VALUES (NULL, 0, 't-{job}', '{job}', 'image.create', 'x', 'a {job}', '')")
        self.device(
            f"INSERT INTO pictures (id, turn, prompt, seed, created_at) VALUES ('p-{job}', 't-{job}', '', 1, 0)"
        )
        for _ in range(finals):
            self._finals += 1
            self.device(FINAL.format(n=self._finals, job=job))
        with self._bill.open("a") as file:
            file.writelines(Line(prompt=f"a {job}", key=None).model_dump_json() + "\n" for _ in range(billed))
        if state is not None:
            self.bridge(job, state)

    def bridge(self, job: str, state: str) -> None:
        acknowledged = "NULL" if state in ("queued", "calling") else "1"
        with closing(sqlite3.connect(self._ledger)) as database, database:
            database.execute(
                "INSERT INTO jobs (device, job, body_sha256, body, state, expires_at, accepted_at, acknowledged_at)"
                f" VALUES ('lamp', '{job}', '', x'', '{state}', 0, 0, {acknowledged})"
            )

    def count(self) -> Count:
        return count({"lamp": self._lamp.parent}, self._ledger, [self._bill])


@pytest.fixture
async def left(tmp_path: Path) -> Left:
    left = Left(tmp_path)
    await left.make()
    return left


def test_a_job_that_ended_once_at_both_ends_is_neither_lost_nor_doubled(left: Left, tmp_path: Path) -> None:
    left.job("made", "acknowledged", finals=1, billed=1)
    left.job("refused", "failed")
    left.job("asked-in-vain", "outcome_unknown", billed=1)
    left.job("taken-back", None)
    (tmp_path / "lamp" / "called-off").write_text("taken-back\n")
    found = left.count()
    assert (found.accepted, found.ended_once, found.lost, found.doubled) == (4, 4, [], [])
    assert (found.most_billed, found.unknown_billed) == (1, 1)


Wrong = Callable[[Left], None]


@pytest.mark.parametrize(
    "wrong",
    [
        lambda left: left.job("x", None),  # nobody ever heard of it, and nobody called it off
        lambda left: left.job("x", "acknowledged", finals=0, billed=1),
        lambda left: left.job("x", "failed", finals=1, billed=1),
        lambda left: left.job("x", "calling"),
        lambda left: (left.job("x", "acknowledged", finals=1), left.device(OUTBOX.format(job="x", ended=0))),
    ],
)
def test_a_job_without_the_same_end_at_both_ends_is_lost(left: Left, wrong: Wrong) -> None:
    wrong(left)
    found = left.count()
    assert (found.ended_once, len(found.lost), len(found.doubled)) == (0, 1, 0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda left: left.job("x", "acknowledged", finals=1, billed=2),
        lambda left: left.job("x", "outcome_unknown", billed=2),
        lambda left: left.job("x", "acknowledged", finals=2, billed=1),
    ],
)
def test_a_job_that_is_billed_or_finished_twice_is_doubled(left: Left, wrong: Wrong) -> None:
    wrong(left)
    found = left.count()
    assert (found.ended_once, len(found.lost), len(found.doubled)) == (0, 0, 1)


def test_a_history_that_is_not_whole_is_told(left: Left) -> None:
    left.job("made", "acknowledged", finals=1, billed=1)  # its file is not there
    left.bridge("stranger", "failed")
    assert left.count().damage == ["the picture 1.png is missing or damaged", "stranger of lamp is in no audit log"]


@pytest.mark.slow
async def test_a_short_drill_loses_nothing_and_bills_nothing_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drill, "PAUSE_S", (0.1, 0.6))
    monkeypatch.setattr(drill, "ROUND", ("broker", "bridge", "bridge", "first", "second", "lamp"))
    monkeypatch.setattr(drill_street, "DEVICES", ("lamp",))
    monkeypatch.setattr(drill_street, "REPEAT_S", 1)
    figures = await drill.measure(Path(), None, kills=6, outage_s=0)
    assert figures["kills"] == 6
    assert figures["accepted"] == figures["ended_once"] >= 6
    assert (figures["lost"], figures["doubled"], figures["history_whole"]) == (0, 0, True)
    assert figures["max_billed_per_job"] == 1
    assert figures["after_outage"]["waiting"] == 6
