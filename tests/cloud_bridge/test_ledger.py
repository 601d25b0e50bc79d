"""The ledger: states, duplicates, and what a crash leaves behind."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest

from cloud_bridge.accounts import Accounts, Budget, Terms, spending
from cloud_bridge.entry import Ended, Entry, LedgerError, Receipt
from cloud_bridge.ledger import CLAIM, Ledger
from cloud_bridge.ledger_schema import STEPS, TABLE, VERSION
from cloud_bridge.protocol import Failed, Usage, encode
from cloud_bridge.waiting import Kind

NOW = 1000.0
_COLUMNS_SINCE_2 = ("rank", "conversation", "trace", "provider", "tokens", "cost_microusd")


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger
    await ledger.close()


async def accept(ledger: Ledger, job: str = "j1", *, device: str = "lamp", body: bytes = b"body") -> Receipt:
    return await ledger.accept(device=device, job=job, body=body, expires_at=NOW + 60, now=NOW)


async def claim(ledger: Ledger) -> Entry:
    entry = await ledger.claim(now=NOW)
    assert entry is not None
    return entry


async def state_of(ledger: Ledger, job: str = "j1", device: str = "lamp") -> str:
    entry = await ledger.find(device, job)
    assert entry is not None
    return entry.state


async def test_a_job_goes_through_its_states_once(ledger: Ledger) -> None:
    receipt = await accept(ledger)
    assert (receipt.new, receipt.position, receipt.entry.state) == (True, 0, "queued")
    entry = await claim(ledger)
    assert (entry.state, entry.calls) == ("calling", 1)
    ended = await ledger.end(entry, "stored", b"final", now=NOW)
    assert ended is not None
    assert (ended.state, ended.result) == ("stored", b"final")
    await ledger.delivered(ended, now=NOW)
    assert await state_of(ledger) == "delivered"
    await ledger.acknowledge("lamp", "j1", now=NOW)
    assert await state_of(ledger) == "acknowledged"


async def test_the_same_job_again_is_the_same_job(ledger: Ledger) -> None:
    await accept(ledger)
    again = await accept(ledger)
    assert (again.new, again.same_body) == (False, True)
    assert ledger.open == 1


async def test_the_same_job_with_another_body_changes_nothing(ledger: Ledger) -> None:
    await accept(ledger, body=b"one")
    other = await accept(ledger, body=b"two")
    assert (other.new, other.same_body) == (False, False)
    assert (await claim(ledger)).body == b"one"


async def test_two_devices_may_use_the_same_number(ledger: Ledger) -> None:
    await accept(ledger, device="lamp")
    assert (await accept(ledger, device="clock")).new
    first, second = await claim(ledger), await claim(ledger)
    assert {first.device, second.device} == {"lamp", "clock"}
    assert first.key != second.key


async def test_the_oldest_job_is_claimed_first_and_each_by_one(ledger: Ledger) -> None:
    for number in range(20):
        await accept(ledger, f"j{number}")
    claimed = await asyncio.gather(*(ledger.claim(now=NOW) for _ in range(30)))
    assert [entry.job for entry in claimed if entry] == [f"j{number}" for number in range(20)]


async def test_the_position_counts_the_jobs_before(ledger: Ledger) -> None:
    receipts = [await accept(ledger, f"j{number}") for number in range(3)]
    assert [receipt.position for receipt in receipts] == [0, 1, 2]
    await claim(ledger)
    assert (await accept(ledger, "j2")).position == 2


@pytest.mark.parametrize("first", ["stored", "failed", "cancelled", "outcome_unknown"])
async def test_a_job_ends_once(ledger: Ledger, first: Ended) -> None:
    await accept(ledger)
    entry = await claim(ledger)
    assert await ledger.end(entry, first, b"first", now=NOW)
    for second in ("stored", "failed", "cancelled", "expired", "outcome_unknown"):
        assert await ledger.end(entry, second, b"second", now=NOW) is None
    known = await ledger.find("lamp", "j1")
    assert known is not None
    assert (known.state, known.result) == (first, b"first")


async def test_a_job_that_is_overdue_is_not_claimed(ledger: Ledger) -> None:
    await accept(ledger)
    assert await ledger.claim(now=NOW + 61) is None
    assert [entry.job for entry in await ledger.overdue(now=NOW + 61)] == ["j1"]
    assert await ledger.overdue(now=NOW + 59) == []


async def test_what_is_acknowledged_is_not_repeated(ledger: Ledger) -> None:
    for job in ("j1", "j2"):
        await accept(ledger, job)
        await ledger.end(await claim(ledger), "stored", b"final", now=NOW)
    assert [entry.job for entry in await ledger.unacknowledged()] == ["j1", "j2"]
    await ledger.acknowledge("lamp", "j1", now=NOW)
    assert [entry.job for entry in await ledger.unacknowledged()] == ["j2"]
    assert await ledger.unacknowledged(device="clock") == []


async def test_a_failure_is_repeated_until_acknowledged_and_stays_a_failure(ledger: Ledger) -> None:
    await accept(ledger)
    ended = await ledger.end(await claim(ledger), "failed", b"why", now=NOW)
    assert ended is not None
    await ledger.delivered(ended, now=NOW)
    assert [entry.job for entry in await ledger.unacknowledged()] == ["j1"]
    await ledger.acknowledge("lamp", "j1", now=NOW)
    assert await ledger.unacknowledged() == []
    assert await state_of(ledger) == "failed"


async def test_an_acknowledgement_of_a_job_that_has_not_ended_does_nothing(ledger: Ledger) -> None:
    await accept(ledger)
    await ledger.acknowledge("lamp", "j1", now=NOW)
    await ledger.acknowledge("lamp", "unknown", now=NOW)
    assert await state_of(ledger) == "queued"


async def test_a_call_is_on_the_disk_before_it_is_made(ledger: Ledger, tmp_path: Path) -> None:
    await accept(ledger)
    await claim(ledger)
    other = sqlite3.connect(tmp_path / "ledger.sqlite")
    assert other.execute("SELECT state FROM jobs").fetchall() == [("calling",)]
    assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    other.close()
    assert ledger._database.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL


async def test_the_next_process_finds_interrupted_calls(ledger: Ledger, tmp_path: Path) -> None:
    await accept(ledger, "j1")
    await accept(ledger, "j2")
    await claim(ledger)
    await ledger.close()
    after = Ledger(tmp_path / "ledger.sqlite")
    assert [entry.job for entry in await after.interrupted()] == ["j1"]
    await after.requeue((await after.interrupted())[0], called=True)
    entry = await after.claim(now=NOW)
    assert entry is not None
    assert (entry.job, entry.calls) == ("j1", 2)
    await after.close()


async def test_a_call_that_reached_nobody_does_not_count(ledger: Ledger) -> None:
    await accept(ledger)
    await ledger.requeue(await claim(ledger), called=False)
    assert await state_of(ledger) == "queued"
    assert (await claim(ledger)).calls == 1


async def test_the_open_jobs_are_counted_without_looking(ledger: Ledger, tmp_path: Path) -> None:
    assert [(await accept(ledger, job)).position for job in ("j1", "j2", "j3")] == [0, 1, 2]
    assert (await accept(ledger, "j2")).position == 1
    entry = await claim(ledger)
    assert ledger.open == 3
    await ledger.requeue(entry, called=True)
    for _ in range(2):
        await ledger.end(entry, "cancelled", b"end", now=NOW)
    assert ledger.open == 2
    assert (await accept(ledger, "j4")).position == 2
    await ledger.close()
    after = Ledger(tmp_path / "ledger.sqlite")
    assert after.open == 3
    await after.close()


async def test_looking_up_what_a_device_is_owed_does_not_read_the_others(ledger: Ledger) -> None:
    for device, job in (("clock", "j1"), ("lamp", "j2"), ("clock", "j3"), ("lamp", "j4")):
        await accept(ledger, job, device=device)
        await ledger.end(await claim(ledger), "failed", b"why", now=NOW)
    queries: list[str] = []
    ledger._database.set_trace_callback(queries.append)
    assert [entry.job for entry in await ledger.unacknowledged(device="lamp")] == ["j2", "j4"]
    everybody = await ledger.unacknowledged()
    assert [entry.job for entry in everybody] == ["j1", "j3", "j2", "j4"]
    assert [entry.job for entry in await ledger.unacknowledged(after=everybody[1])] == ["j2", "j4"]
    assert [entry.job for entry in await ledger.unacknowledged(device="lamp", after=everybody[2])] == ["j4"]
    ledger._database.set_trace_callback(None)
    for query in queries:
        if query.startswith("SELECT"):
            plan = str(ledger._database.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
            assert "INDEX jobs_owed (device" in plan, plan
            assert "TEMP B-TREE" not in plan, plan


async def test_a_picture_that_is_lost_before_its_device_has_it_becomes_a_failure_once(ledger: Ledger) -> None:
    for job in ("j1", "j2"):
        await accept(ledger, job)
        await ledger.end(await claim(ledger), "stored", b"final", now=NOW)
    await ledger.acknowledge("lamp", "j2", now=NOW)
    for job, result in (("j1", b"lost"), ("j2", b"final")):
        for message in (b"lost", b"lost again"):
            entry = await ledger.find("lamp", job)
            assert entry is not None
            assert (await ledger.lose(entry, message)).result == result
    assert (await state_of(ledger, "j1"), await state_of(ledger, "j2")) == ("failed", "acknowledged")


async def test_pictures_are_needed_until_a_while_after_their_acknowledgement(ledger: Ledger) -> None:
    for number, job in enumerate(("old", "new", "owed")):
        await accept(ledger, job)
        await ledger.end(await claim(ledger), "stored", b'{"sha256":"%064d"}' % number, now=NOW)
    await ledger.acknowledge("lamp", "old", now=NOW)
    await ledger.acknowledge("lamp", "new", now=NOW + 10)
    assert await ledger.pictures(since=NOW + 5) == {f"{1:064}", f"{2:064}"}


async def test_jobs_are_forgotten_a_while_after_their_acknowledgement(ledger: Ledger) -> None:
    for job in ("old", "new", "owed"):
        await accept(ledger, job)
        await ledger.end(await claim(ledger), "failed", b"why", now=NOW)
    await ledger.acknowledge("lamp", "old", now=NOW)
    await ledger.acknowledge("lamp", "new", now=NOW + 10)
    assert not await ledger.forget(before=NOW + 5)
    assert [await ledger.find("lamp", job) is None for job in ("old", "new", "owed")] == [True, False, False]


async def test_many_writes_share_a_commit(ledger: Ledger) -> None:
    commits: list[str] = []
    ledger._database.set_trace_callback(lambda sql: commits.append(sql) if sql == "COMMIT" else None)
    receipts = await asyncio.gather(*(accept(ledger, f"j{number}") for number in range(400)))
    assert all(receipt.new for receipt in receipts)
    assert 1 <= len(commits) < 100


async def test_one_bad_write_does_not_harm_those_beside_it(ledger: Ledger) -> None:
    unstorable = "\ud800"  # SQLite takes no lone surrogates
    outcomes = await asyncio.gather(
        accept(ledger, "j1"), accept(ledger, unstorable), accept(ledger, "j3"), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes] == [Receipt, LedgerError, Receipt]
    assert ledger.open == 2


async def test_a_ledger_that_is_no_ledger_is_one_plain_sentence(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    path.write_bytes(b"this is not a database, whatever its name says" * 100)
    with pytest.raises(LedgerError, match=r"^The ledger .* can't be opened: file is not a database\.$"):
        Ledger(path)


async def test_a_ledger_of_the_future_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LedgerError, match="newer Nightjar"):
        Ledger(path)


@pytest.mark.parametrize("version", [1, 2])
async def test_a_ledger_of_an_edition_before_is_taken_over_with_its_jobs(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(path)) as old:
        old.executescript(TABLE)
        since = {1: ("kind", *_COLUMNS_SINCE_2), 2: _COLUMNS_SINCE_2}[version]
        for column in since:
            old.execute(f"ALTER TABLE jobs DROP COLUMN {column}")
        old.execute("CREATE INDEX jobs_open ON jobs (state, seq) WHERE state IN ('queued', 'calling')")
        old.execute(f"PRAGMA user_version = {version}")
        for seq, (device, job) in enumerate((("clock", "j1"), ("clock", "j2"), ("clock", "j3"), ("lamp", "j4"))):
            old.execute(
                "INSERT INTO jobs (device, job, body_sha256, body, state, expires_at, accepted_at)"
                " VALUES (?, ?, 'aa', x'7b7d', ?, ?, ?)",
                (device, job, "calling" if seq == 0 else "queued", NOW + 60, NOW),
            )
        old.commit()
    ledger = Ledger(path)
    try:
        assert ledger.open == 4
        assert [entry.job for entry in await ledger.interrupted()] == ["j1"]
        assert await ledger.claim(now=NOW, kind="answer") is None
        assert [entry.job for entry in await ledger.claim_many(now=NOW, most=9)] == ["j2", "j4", "j3"]
    finally:
        await ledger.close()


def test_every_version_has_a_way_to_the_next() -> None:
    assert sorted(STEPS) == list(range(1, VERSION))


async def test_each_kind_of_job_has_a_queue_of_its_own(ledger: Ledger) -> None:
    jobs: dict[str, Kind] = {"p1": "image", "p2": "image", "a1": "answer"}
    for job, kind in jobs.items():
        receipt = await ledger.accept(device="lamp", job=job, body=b"{}", expires_at=NOW + 60, now=NOW, kind=kind)
        assert receipt.position == (1 if job == "p2" else 0)
    assert ledger.open == 3
    claimed = await ledger.claim(now=NOW, kind="answer")
    assert claimed is not None
    assert (claimed.job, claimed.kind) == ("a1", "answer")
    assert [entry.job for entry in await ledger.interrupted("answer")] == ["a1"]
    assert await ledger.interrupted() == []
    assert [entry.job for entry in await ledger.overdue(now=NOW + 61)] == ["p1", "p2"]


async def test_a_flood_from_one_device_does_not_starve_another(ledger: Ledger) -> None:
    await asyncio.gather(*(accept(ledger, f"j{number}", device="flood") for number in range(1000)))
    claimed = await ledger.claim_many(now=NOW, most=100)
    assert [entry.job for entry in claimed] == [f"j{number}" for number in range(100)]
    receipt = await accept(ledger, "mine")
    assert receipt.position <= 100 + 2  # behind those that are being called
    next_few = await ledger.claim_many(now=NOW, most=3)
    assert "lamp" in {entry.device for entry in next_few}


async def test_devices_take_turns_by_their_weights(ledger: Ledger) -> None:
    for number in range(12):
        for device, weight in (("light", 1.0), ("heavy", 3.0)):
            await ledger.accept(device=device, job=f"j{number}", body=b"", expires_at=NOW, now=NOW, weight=weight)
    claimed = await ledger.claim_many(now=NOW, most=12)
    assert sum(entry.device == "heavy" for entry in claimed) == 9
    assert sum(entry.device == "heavy" for entry in claimed[:4]) == 3


async def test_a_device_that_was_away_gains_nothing_by_it(ledger: Ledger) -> None:
    for number in range(50):
        await accept(ledger, f"j{number}", device="busy")
    await ledger.claim_many(now=NOW, most=40)
    for number in range(10):
        await accept(ledger, f"j{number}", device="back")
    claimed = await ledger.claim_many(now=NOW, most=10)
    assert sum(entry.device == "back" for entry in claimed) in {4, 5, 6}


async def test_turns_are_kept_by_the_next_process(ledger: Ledger, tmp_path: Path) -> None:
    for number in range(6):
        await accept(ledger, f"f{number}", device="flood")
    await ledger.claim_many(now=NOW, most=2)
    await accept(ledger, "l0")
    await ledger.close()
    after = Ledger(tmp_path / "ledger.sqlite")
    try:
        for job in ("l1", "l2"):
            await accept(after, job)
        claimed = await after.claim_many(now=NOW, most=9)
        assert [entry.job for entry in claimed] == ["f2", "l0", "f3", "l1", "f4", "l2", "f5"]
    finally:
        await after.close()


async def test_a_job_that_goes_back_keeps_its_turn(ledger: Ledger) -> None:
    for job in ("j1", "j2", "j3"):
        await accept(ledger, job)
    first = await claim(ledger)
    await ledger.requeue(first, called=False)
    assert [entry.job for entry in await ledger.claim_many(now=NOW, most=9)] == ["j1", "j2", "j3"]


async def test_jobs_of_a_conversation_go_one_after_the_other(ledger: Ledger) -> None:
    for job, device, conversation in (
        ("a1", "lamp", "a"),
        ("a2", "lamp", "a"),
        ("b1", "lamp", "b"),
        ("x1", "lamp", ""),
        ("x2", "lamp", ""),
        ("a3", "clock", "a"),
    ):
        await ledger.accept(device=device, job=job, body=b"", expires_at=NOW, now=NOW, conversation=conversation)
    first = await ledger.claim_many(now=NOW, most=9)
    assert {entry.job for entry in first} == {"a1", "b1", "x1", "x2", "a3"}
    assert await ledger.claim(now=NOW) is None
    (a1,) = [entry for entry in first if entry.job == "a1"]
    await ledger.requeue(a1, called=False)
    assert (await claim(ledger)).job == "a1"
    await ledger.end(a1, "failed", b"why", now=NOW)
    assert (await claim(ledger)).job == "a2"


async def test_finding_whose_turn_it_is_does_not_read_all_jobs(ledger: Ledger) -> None:
    await accept(ledger)
    plan = [row[3] for row in ledger._database.execute("EXPLAIN QUERY PLAN " + CLAIM.replace("?", "1"))]
    assert not [step for step in plan if step.startswith("SCAN") or "B-TREE" in step], plan


async def test_a_job_that_somebody_objects_to_has_ended_and_stays_so(ledger: Ledger) -> None:
    job = UUID(int=7)
    failed = Failed(job=job, code="over_budget", text="It is all spent.")
    asked: list[sqlite3.Connection] = []

    def object_to_it(database: sqlite3.Connection) -> Failed:
        asked.append(database)
        assert database.in_transaction
        return failed

    for new in (True, False):
        receipt = await ledger.accept(
            device="lamp", job=str(job), body=b"", expires_at=NOW, now=NOW, objection=object_to_it
        )
        assert (receipt.new, receipt.entry.state, receipt.entry.result) == (new, "failed", encode(failed))
    assert len(asked) == 1
    assert ledger.open == 0
    assert await ledger.claim(now=NOW) is None


async def test_what_a_job_cost_is_written_down_with_its_end(tmp_path: Path) -> None:
    accounts = Accounts(terms=lambda _device: Terms(budget=Budget(device_jobs_a_day=2)), now=lambda: NOW)
    ledger = Ledger(tmp_path / "ledger.sqlite", accounts=accounts)
    usage = Usage(input_tokens=10, output_tokens=20, cost_usd=0.0123)
    jobs = [str(UUID(int=number)) for number in range(3)]
    try:
        receipts = [await accept(ledger, job) for job in jobs]
        assert [receipt.entry.state for receipt in receipts] == ["queued", "queued", "failed"]
        entry = await claim(ledger)
        for _ in range(2):
            await ledger.end(entry, "stored", b"final", now=NOW, provider="Painter", usage=usage)
        await ledger.end(await claim(ledger), "cancelled", b"why", now=NOW)
        database = ledger._database
        rows = database.execute("SELECT job, provider, tokens, cost_microusd FROM jobs ORDER BY seq").fetchall()
        assert rows == [(jobs[0], "Painter", 30, 12300), (jobs[1], None, None, None), (jobs[2], None, None, None)]
        assert [(spent.jobs, spent.tokens, spent.usd) for spent in spending(database)] == [(2, 30, 0.0123)]
    finally:
        await ledger.close()


async def test_what_did_not_reach_the_disk_is_not_counted(ledger: Ledger) -> None:
    def break_down(_database: sqlite3.Connection) -> None:
        raise RuntimeError

    outcomes = await asyncio.gather(
        accept(ledger, "j1"),
        ledger.accept(device="lamp", job="j2", body=b"", expires_at=NOW, now=NOW, objection=break_down),
        accept(ledger, "j3"),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [Receipt, LedgerError, Receipt]
    assert (ledger.open, ledger.waiting("image")) == (2, 2)
    assert [entry.job for entry in await ledger.claim_many(now=NOW, most=9)] == ["j1", "j3"]
    assert (ledger.open, ledger.waiting("image")) == (2, 0)
