"""Recordings of old messages, played to the bridge again: nothing is made, nothing is changed, no harm is done."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_desk import NOW, Desk
from bridge_parts import request

from cloud_bridge.entry import Entry
from cloud_bridge.housekeeping import JOBS_KEPT_S, tidy
from cloud_bridge.protocol import Ack, Cancel, Failed, Final, ImageCreate, device_topic, encode

JOBS = device_topic("lamp", "jobs")


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


async def over(desk: Desk) -> tuple[ImageCreate, Entry]:
    """A job that was asked for as the device does it, made, and acknowledged."""
    old = await desk.made()
    entry = await desk.ledger.find("lamp", str(old))
    assert entry is not None
    await desk.arrives(device_topic("lamp", "acks"), encode(Ack(job=old)))
    desk.sent.clear()
    return ImageCreate.model_validate_json(entry.body), entry


async def state(desk: Desk, entry: Entry) -> tuple[str, int]:
    now = await desk.ledger.find(entry.device, entry.job)
    assert now is not None
    return now.state, now.calls


async def test_an_old_job_is_answered_with_its_end_and_not_made_again(desk: Desk) -> None:
    _, entry = await over(desk)
    for _ in range(3):
        await desk.arrives(JOBS, entry.body)
    assert [type(message) for _, message in desk.sent] == [Final] * 3
    assert await desk.ledger.claim(now=NOW) is None
    assert await state(desk, entry) == ("acknowledged", 1)


async def test_an_old_job_with_other_words_is_refused_and_stays_what_it_was(desk: Desk) -> None:
    wish, entry = await over(desk)
    await desk.arrives(JOBS, encode(wish.model_copy(update={"prompt": "something else"})))
    ((_, told),) = desk.sent
    assert isinstance(told, Failed)
    assert told.code == "bad_request"
    assert await desk.ledger.claim(now=NOW) is None
    assert await state(desk, entry) == ("acknowledged", 1)


async def test_an_old_cancellation_changes_no_end(desk: Desk) -> None:
    wish, entry = await over(desk)
    await desk.arrives(JOBS, encode(Cancel(job=wish.job)))
    assert [type(message) for _, message in desk.sent] == [Final]
    assert await state(desk, entry) == ("acknowledged", 1)


async def test_an_old_acknowledgement_ends_no_job_that_is_under_way(desk: Desk) -> None:
    wish = request(valid_s=1e6)
    await desk.arrives(JOBS, encode(wish))
    await desk.arrives(device_topic("lamp", "acks"), encode(Ack(job=wish.job)))
    entry = await desk.ledger.claim(now=NOW)
    assert entry is not None
    assert entry.acknowledged_at is None


async def test_what_another_device_recorded_is_a_job_of_its_own(desk: Desk) -> None:
    wish, entry = await over(desk)
    await desk.arrives(device_topic("clock", "jobs"), encode(Cancel(job=wish.job)))
    await desk.arrives(device_topic("clock", "acks"), encode(Ack(job=wish.job)))
    assert await state(desk, entry) == ("acknowledged", 1)
    other = await desk.ledger.find("clock", str(wish.job))
    assert other is not None
    assert other.key != entry.key


async def test_a_job_is_recognised_for_thirty_days_after_its_end(desk: Desk) -> None:
    _, entry = await over(desk)
    await tidy(desk.ledger, desk.media, link_valid_s=60, now=NOW + JOBS_KEPT_S - 1)
    await desk.arrives(JOBS, entry.body)
    assert await desk.ledger.claim(now=NOW) is None
