"""Too many jobs: who is turned away, and that it is told, once and for all."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from bridge_desk import NOW, Desk
from bridge_parts import request

from cloud_bridge import delivery
from cloud_bridge.crowding import Bounds
from cloud_bridge.entry import Receipt
from cloud_bridge.ledger import Ledger
from cloud_bridge.protocol import Accepted, Failed, device_topic, encode, parse_result
from cloud_bridge.waiting import Kind


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger.sqlite", bounds=Bounds(of_all=6, of_a_device=4))
    yield ledger
    await ledger.close()


async def ask(ledger: Ledger, number: int, device: str, *, kind: Kind = "image", weight: float = 1.0) -> Receipt:
    return await ledger.accept(
        device=device,
        job=str(UUID(int=number)),
        body=b"",
        expires_at=NOW,
        now=NOW,
        kind=kind,
        weight=weight,
        again_s=60,
    )


def told(body: bytes | None) -> Failed:
    assert body is not None
    failed = parse_result(body)
    assert isinstance(failed, Failed)
    return failed


async def test_a_device_that_asks_for_too_much_hears_so_and_the_others_wait_as_before(ledger: Ledger) -> None:
    receipts = [await ask(ledger, number, "flood") for number in range(5)]
    assert [receipt.entry.state for receipt in receipts] == ["queued"] * 4 + ["failed"]
    failed = told(receipts[4].entry.result)
    assert (failed.code, failed.retryable, failed.retry_after_s) == ("too_busy", True, 60)
    assert (await ask(ledger, 9, "lamp")).entry.state == "queued"
    assert [entry.device for entry in await ledger.claim_many(now=NOW, most=9)].count("flood") == 4


async def test_who_was_turned_away_stays_so_when_the_same_job_comes_again(ledger: Ledger) -> None:
    for number in range(5):
        await ask(ledger, number, "flood")
    await ledger.claim_many(now=NOW, most=9)
    again = await ask(ledger, 4, "flood")
    assert (again.new, again.entry.state) == (False, "failed")
    assert await ledger.claim(now=NOW) is None


async def test_a_newcomer_gets_the_place_of_the_last_job_of_whoever_asked_for_the_most(ledger: Ledger) -> None:
    for number in range(4):
        await ask(ledger, number, "flood")
    for number in (4, 5):
        await ask(ledger, number, "clock")
    receipt = await ask(ledger, 6, "lamp")
    assert receipt.entry.state == "queued"
    assert receipt.shed is not None
    assert (receipt.shed.device, receipt.shed.job) == ("flood", str(UUID(int=3)))
    failed = told(receipt.shed.result)
    assert (failed.job, failed.code, failed.retry_after_s) == (UUID(int=3), "too_busy", 60)
    assert ledger.open == 6
    assert [entry.job for entry in await ledger.unacknowledged()] == [receipt.shed.job]


async def test_whoever_would_be_last_is_turned_away_itself(ledger: Ledger) -> None:
    for number in range(6):
        await ask(ledger, number, ("flood", "clock")[number % 2])
    receipt = await ask(ledger, 6, "flood")
    assert (receipt.entry.state, receipt.shed) == ("failed", None)


async def test_the_heavier_device_is_shed_last(ledger: Ledger) -> None:
    for number in range(3):
        await ask(ledger, number, "light")
    for number in range(3, 6):
        await ask(ledger, number, "heavy", weight=4.0)
    receipt = await ask(ledger, 6, "heavy", weight=4.0)
    assert receipt.shed is not None
    assert receipt.shed.device == "light"


async def test_an_answer_is_not_turned_away_while_pictures_wait_and_a_picture_never_sheds_an_answer(
    ledger: Ledger,
) -> None:
    await ask(ledger, 0, "lamp")
    await ask(ledger, 1, "lamp", kind="edit")
    for number in range(2, 6):
        await ask(ledger, number, "flood", kind="answer")
    for number in (6, 7):
        receipt = await ask(ledger, number, "clock", kind="answer")
        assert receipt.shed is not None
        assert receipt.shed.kind in {"image", "edit"}
    assert (await ask(ledger, 8, "new")).entry.state == "failed"
    last = await ask(ledger, 9, "new", kind="answer")
    assert last.shed is not None
    assert (last.shed.device, last.shed.kind) == ("flood", "answer")


async def test_both_hear_of_it_at_once(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.ledger._bounds = Bounds(of_all=2, of_a_device=10)
    try:
        wishes = [request(valid_s=1000) for _ in range(3)]
        for wish, device in zip(wishes, ("flood", "flood", "lamp"), strict=True):
            await desk.arrives(device_topic(device, "jobs"), encode(wish))
        said = [(topic.split("/")[3], type(message), message.job) for topic, message in desk.sent]
        assert said[2:] == [("flood", Failed, wishes[1].job), ("lamp", Accepted, wishes[2].job)]
    finally:
        await desk.close()


async def test_who_is_turned_away_hears_it_though_there_is_too_much_to_tell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    desk.ledger._bounds = Bounds(of_all=10, of_a_device=1)
    try:
        wishes = [request(valid_s=1000) for _ in range(2)]
        await desk.arrives(device_topic("flood", "jobs"), encode(wishes[0]))
        desk.sent.clear()
        monkeypatch.setattr(delivery, "MOST_TELLING", 0)
        await desk.arrives(device_topic("flood", "jobs"), encode(wishes[1]))
        assert [(type(message), message.job) for _, message in desk.sent] == [(Failed, wishes[1].job)]
    finally:
        await desk.close()
