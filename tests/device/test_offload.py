"""Offload as others use it: submit, cancel, expire."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from offload_parts import Device, device_in, permission
from test_news import Room, passed

from cloud_bridge.protocol import ImageCreate, parse_job
from device.bus import Bus
from device.clock import SystemClock
from device.config import Broker
from device.events import Failed, JobQueued
from device.offload import NoBridge, NotPermitted, Offload, OutboxFull
from device.offload._offload import CONNECTED_S
from device.offload._sender import Sender
from device.policy import Permission
from device.trace import traceparent


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


# Offload as others use it


class Time:
    """Both clocks of a board: the wall's may jump."""

    def __init__(self) -> None:
        self.wall, self.monotonic = 1000.0, 50.0

    def pass_s(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def offload_in(device: Device, *, host: str = "127.0.0.1", time: Time | None = None) -> Offload:
    time = time or Time()
    bus = Bus(SystemClock())
    bus.observe(device.happened.append)
    offload = Offload(
        store=device.store,
        gallery=device.gallery,
        bus=bus,
        device="d",
        broker=Broker(host=host, port=1),
        unix_time=lambda: time.wall,
        monotonic=lambda: time.monotonic,
    )
    if offload._way is not None:
        offload._way.link = device.wire
    return offload


async def submit(offload: Offload, device: Device, prompt: str = "a fox") -> str:
    picture = await device.gallery.new(turn="t", prompt=prompt, scene=None, seed=7)
    return await offload.submit(permission=permission(prompt), turn="t", picture=picture, prompt=prompt, seed=7)


async def test_a_submitted_job_and_its_audit_line_are_on_the_disk_before_it_is_announced(device: Device) -> None:
    offload = offload_in(device)
    job = await submit(offload, device)
    (row,) = await device.store.read(lambda db: db.execute("SELECT job, turn, body FROM outbox").fetchall())
    assert row[:2] == (job, "t")
    request = parse_job(row[2])
    assert isinstance(request, ImageCreate)
    assert (request.prompt, request.seed, request.width, request.created_at) == ("a fox", 7, 1024, 1000.0)
    assert request.trace == traceparent("t", request.job)
    audit = await device.store.read(lambda db: db.execute("SELECT * FROM audit").fetchall())
    why = "text may leave: [privacy] allow"
    assert audit == [(1, 1000.0, "t", job, "image.create", "127.0.0.1:1", "a fox", why)]
    assert device.events(JobQueued) == [JobQueued(job, "image")]
    assert offload.pending() == 1
    assert not offload.online


async def test_without_a_broker_nothing_is_taken(device: Device) -> None:
    offload = offload_in(device, host="")
    with pytest.raises(NoBridge, match="No bridge is configured"):
        await submit(offload, device)
    assert await device.rows() == []
    assert device.happened == []


@pytest.mark.parametrize("given", [permission("a cat", turn="u"), permission("a fox", turn="another")])
async def test_a_permission_for_something_else_sends_nothing(device: Device, given: Permission) -> None:
    offload = offload_in(device)
    picture = await device.gallery.new(turn="u", prompt="a fox", scene=None, seed=7)
    with pytest.raises(NotPermitted):
        await offload.submit(permission=given, turn="u", picture=picture, prompt="a fox", seed=7)
    assert await device.rows() == []


async def test_what_waits_does_not_leave_while_nothing_may(device: Device) -> None:
    offload = offload_in(device)
    offload._sender = sender = Sender(outbox=offload._outbox, link=device.wire, device="d")
    offload.hold(True)
    job = await submit(offload, device)
    await sender.send_what_is_due()
    assert device.wire.sent == []
    assert await device.rows() == [(0, 0, 0)]
    offload.hold(False)
    await sender.send_what_is_due()
    assert [str(message.job) for message in device.wire.jobs()] == [job]


async def test_too_much_waiting_is_refused(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.offload._quota.MAX_PENDING", 2)
    time = Time()
    offload = offload_in(device, time=time)
    await submit(offload, device)
    time.pass_s(3 * 3600)
    await submit(offload, device)
    assert offload.oldest_s() == 3 * 3600
    with pytest.raises(OutboxFull, match="2 pictures are waiting for the bridge already, the oldest for 3 hours"):
        await submit(offload, device)
    assert len(await device.rows()) == 2


async def test_a_turn_that_is_broken_off_while_it_submits_still_leaves_a_whole_job(device: Device) -> None:
    offload = offload_in(device)
    picture = await device.gallery.new(turn="t", prompt="p", scene=None, seed=7)
    queued = asyncio.Event()
    offload._bus.observe(lambda happened: queued.set())
    task = asyncio.create_task(
        offload.submit(permission=permission("p"), turn="t", picture=picture, prompt="p", seed=7)
    )
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await queued.wait()
    assert offload.pending() == 1


async def test_a_job_that_never_left_is_cancelled_on_the_spot(device: Device) -> None:
    offload = offload_in(device)
    job = await submit(offload, device)
    assert await offload.cancel(job)
    assert [one.code for one in device.events(Failed) if isinstance(one, Failed)] == ["cancelled"]
    assert await device.rows() == []
    assert not await offload.cancel(job)
    assert not await offload.cancel(str(uuid4()))


async def test_a_job_that_may_have_left_is_cancelled_by_the_bridge(device: Device) -> None:
    offload = offload_in(device)
    job = await submit(offload, device)
    sender = Sender(outbox=offload._outbox, link=device.wire, device="d")
    await sender.send_what_is_due()
    assert await offload.cancel(job)
    assert device.events(Failed) == []
    await sender.send_what_is_due()
    await sender.send_what_is_due()
    sender.begin_connection()
    await sender.send_what_is_due()
    assert [message.type for message in device.wire.jobs()] == ["image.create", "cancel", "cancel"]


async def test_all_that_is_being_made_of_a_picture_is_stopped(device: Device) -> None:
    offload = offload_in(device)
    await submit(offload, device)
    (picture,) = [job.picture for job in offload._outbox.open()]
    assert offload.working_on(picture)
    await offload.cancel_picture("another")
    assert offload.working_on(picture)
    await offload.cancel_picture(picture)
    assert not offload.working_on(picture)
    assert offload.pending() == 0


def codes(device: Device) -> list[str]:
    return [one.code for one in device.events(Failed) if isinstance(one, Failed)]


async def test_a_job_that_could_not_be_sent_in_time_ends_as_expired(device: Device) -> None:
    time = Time()
    offload = offload_in(device, time=time)
    job = await submit(offload, device)
    time.pass_s(24 * 3600)
    await offload.end_expired()
    assert device.events(Failed) == []
    time.pass_s(1)
    await offload.end_expired()
    await offload.end_expired()
    (told,) = device.events(Failed)
    assert isinstance(told, Failed)
    assert (told.code, told.job) == ("expired", job)
    assert offload.pending() == 0
    assert await device.rows() == []


async def test_ten_pictures_that_expired_together_are_told_in_one_spoken_sentence(device: Device) -> None:
    time, room = Time(), Room(device.store)
    offload = offload_in(device, time=time)
    offload._bus = room.bus
    for _ in range(10):
        await submit(offload, device)
    speaking = asyncio.create_task(room.news.run())
    time.pass_s(24 * 3600 + 1)
    await offload.end_expired()
    await passed()
    assert room.said == ["The bridge could not be reached in time, so the finished picture was not made."]
    assert offload.pending() == 0
    speaking.cancel()
    await asyncio.gather(speaking, return_exceptions=True)


async def test_a_job_that_left_waits_for_the_bridge_and_ends_as_unknown_a_week_after_its_time(device: Device) -> None:
    time = Time()
    offload = offload_in(device, time=time)
    await submit(offload, device)
    await Sender(outbox=offload._outbox, link=device.wire, device="d").send_what_is_due()
    time.pass_s(8 * 24 * 3600)
    await offload.end_expired()
    assert codes(device) == []
    time.pass_s(1)
    await offload.end_expired()
    assert codes(device) == ["outcome_unknown"]
    assert offload.pending() == 0


@pytest.mark.parametrize("sent", [False, True])
async def test_a_clock_that_is_set_right_ends_no_job(device: Device, sent: bool) -> None:
    time = Time()
    offload = offload_in(device, time=time)
    await submit(offload, device)
    if sent:
        await Sender(outbox=offload._outbox, link=device.wire, device="d").send_what_is_due()
    time.wall = 1.8e9
    await offload.end_expired()
    assert codes(device) == []
    assert offload.pending() == 1


async def test_an_old_job_is_unknown_only_after_the_bridge_could_have_said_more(device: Device) -> None:
    time = Time()
    await submit(offload_in(device, time=time), device)
    await device.store.write(lambda db: db.execute("UPDATE outbox SET sent = 1"))
    restarted = offload_in(device, time=time)
    await restarted._outbox.load()
    time.wall = 1.8e9
    device.wire.up = False
    time.monotonic += CONNECTED_S
    await restarted.end_expired()
    device.wire.up = True
    time.monotonic += CONNECTED_S - 1
    await restarted.end_expired()
    assert codes(device) == []
    time.monotonic += 1
    await restarted.end_expired()
    assert codes(device) == ["outcome_unknown"]
