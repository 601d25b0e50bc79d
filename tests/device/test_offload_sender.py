"""The sender: what leaves, when, and again after which silence."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from offload_parts import FAR, Device, accepted, device_in, failed

from cloud_bridge.link import LinkDown
from cloud_bridge.protocol import Cancel, parse_job
from device.offload._outbox import Job
from device.offload._patience import OFFER_AGAIN_S
from device.offload._sender import WINDOW, to_offer


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


# What is sent, and when


def jobs(number: int) -> list[Job]:
    return [Job(id=str(n), turn="t", picture="p", body=b"", expires_at=FAR) for n in range(number)]


def ids(chosen: list[Job]) -> list[int]:
    return [int(job.id) for job in chosen]


def test_only_a_few_jobs_are_under_way_and_the_oldest_go_first() -> None:
    backlog = jobs(30)
    first = to_offer(backlog, now=1, bridge_away=False)
    assert ids(first) == list(range(WINDOW))
    for job in first:
        job.offered_at = 1
    assert to_offer(backlog, now=2, bridge_away=False) == []
    backlog[3].accepted = backlog[5].accepted = True
    assert ids(to_offer(backlog, now=3, bridge_away=False)) == [WINDOW, WINDOW + 1]


def test_a_job_that_is_not_accepted_in_time_is_offered_again_but_after_those_that_never_were() -> None:
    backlog = jobs(WINDOW + 2)
    for job in backlog[:WINDOW]:
        job.offered_at = 1
    later = 1 + OFFER_AGAIN_S
    assert ids(to_offer(backlog, now=later, bridge_away=False)) == [WINDOW, WINDOW + 1, *range(WINDOW - 2)]


def test_while_the_bridge_is_away_nothing_is_offered_twice() -> None:
    backlog = jobs(2)
    backlog[0].offered_at = 1
    assert ids(to_offer(backlog, now=1 + 100 * OFFER_AGAIN_S, bridge_away=True)) == [1]


async def test_a_backlog_leaves_as_the_bridge_accepts_it(device: Device) -> None:
    orders = [(await device.order())[0] for _ in range(WINDOW + 3)]
    await device.sender.send_what_is_due()
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == orders[:WINDOW]
    for job in orders[:WINDOW]:
        await device.inbox.handle(accepted(job))
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == orders


async def test_what_has_not_ended_is_sent_again_on_a_new_connection_and_when_the_bridge_comes_back(
    device: Device,
) -> None:
    first, second = (await device.order())[0], (await device.order())[0]
    await device.sender.send_what_is_due()
    await device.inbox.handle(accepted(first))
    device.sender.bridge_changed(away=True)
    device.sender.bridge_changed(away=False)
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == [first, second, second]
    device.sender.begin_connection()
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()][3:] == [first, second]


async def test_what_a_broker_without_memory_dropped_before_the_bridge_came_is_sent_when_it_comes(
    device: Device,
) -> None:
    device.sender.bridge_changed(away=False)
    job, _ = await device.order()
    device.sender.bridge_changed(away=None)  # the broker was restarted
    device.sender.begin_connection()
    await device.sender.send_what_is_due()
    device.sender.bridge_changed(away=False)
    await device.sender.send_what_is_due()
    device.sender.bridge_changed(away=False)  # its status is told again and again
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == [job, job]


async def test_what_is_sent_again_after_a_restart_is_the_same_to_the_byte(device: Device, tmp_path: Path) -> None:
    await device.order()
    await device.sender.send_what_is_due()
    await device.store.close()
    async with device_in(tmp_path) as restarted:
        await restarted.sender.send_what_is_due()
        assert restarted.wire.sent == device.wire.sent


async def test_an_acknowledgement_that_is_owed_survives_a_restart(device: Device, tmp_path: Path) -> None:
    job, _ = await device.order()
    await device.inbox.handle(failed(job))
    device.wire.up = False
    await device.sender.send_what_is_due()
    await device.store.close()
    async with device_in(tmp_path) as restarted:
        await restarted.sender.send_what_is_due()
        assert restarted.wire.acks() == [job]
        assert restarted.wire.jobs() == []
        assert await restarted.rows() == []


async def test_a_message_that_the_broker_refuses_does_not_hold_up_the_others(device: Device) -> None:
    first, second = (await device.order())[0], (await device.order())[0]

    async def refuse_the_first(topic: str, body: bytes) -> None:
        if str(parse_job(body).job) == first:
            raise LinkDown("The broker refuses the message.")

    device.wire.before = refuse_the_first
    await device.sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == [second]


async def test_a_cancelled_job_is_not_sent_again_and_its_end_is_asked_for(device: Device, tmp_path: Path) -> None:
    job, _ = await device.order()
    await device.sender.send_what_is_due()
    await device.outbox.cancel(device.outbox.jobs[job])
    device.sender.begin_connection()
    await device.sender.send_what_is_due()
    await device.sender.send_what_is_due()
    assert [message.type for message in device.wire.jobs()] == ["image.create", "cancel"]
    await device.store.close()
    async with device_in(tmp_path) as restarted:
        await restarted.sender.send_what_is_due()
        assert [message.type for message in restarted.wire.jobs()] == ["cancel"]


async def test_a_job_that_is_cancelled_while_it_is_about_to_leave_stays(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = await device.order()
    mark_sent = device.outbox.mark_sent

    async def cancelled_meanwhile(job: Job) -> bool:
        await device.outbox.cancel(job)
        return await mark_sent(job)

    monkeypatch.setattr(device.outbox, "mark_sent", cancelled_meanwhile)
    await device.sender.send_what_is_due()
    assert device.wire.jobs() == [Cancel(job=UUID(job))]
