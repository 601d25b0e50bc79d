"""What the bridge had no room for is asked for again, as a new job in the old one's place."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from offload_parts import Device, accepted, device_in, failed, permission
from phrase_parts import ARABIC, ENGLISH
from test_offload import Time, codes, offload_in, submit
from test_offload_edits import change, taken

from cloud_bridge.protocol import Failed, FailureCode, ImageCreate, Upload, encode
from device import events
from device.offload import Offload
from device.offload._again import MOST, PAUSE_S, Again
from device.offload._ages import Ages
from device.offload._sender import Sender
from device.trace import traceparent


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


def busy(job: str, *, retry_after_s: float | None = 30, code: FailureCode = "too_busy") -> bytes:
    return encode(Failed(job=UUID(job), code=code, text="No.", retryable=True, retry_after_s=retry_after_s))


class Desk:
    """A device's offload with its sender and its inbox, by a clock of the test's."""

    def __init__(self, device: Device) -> None:
        self.device, self.time = device, Time()
        self.offload: Offload = offload_in(device, time=self.time)
        self.outbox = self.offload._outbox = device.outbox
        ages = Ages(unix_time=lambda: self.time.wall, monotonic=lambda: self.time.monotonic)
        self.inbox = device.inbox
        self.inbox._again = Again(outbox=self.outbox, ages=ages)
        self.sender = Sender(outbox=self.outbox, link=device.wire, device="d", monotonic=ages.monotonic)
        self.sender.bridge_changed(away=False)

    async def send(self) -> list[str]:
        """The ids of the jobs that leave now."""
        self.device.wire.sent.clear()
        await self.sender.send_what_is_due()
        return [str(message.job) for message in self.device.wire.jobs()]

    async def after(self, seconds: float) -> list[str]:
        self.time.pass_s(seconds)
        return await self.send()


@pytest.fixture
def desk(device: Device) -> Desk:
    return Desk(device)


async def test_a_busy_bridge_is_asked_again_after_its_pause_with_a_new_job_and_the_old_one_is_acknowledged(
    device: Device, desk: Desk
) -> None:
    first = await submit(desk.offload, device)
    assert await desk.send() == [first]
    (was,) = device.wire.jobs()
    await desk.inbox.handle(busy(first))
    assert await desk.send() == []
    assert device.wire.acks() == [first]
    assert await desk.after(29) == []
    (second,) = await desk.after(1)
    assert second != first
    (now,) = device.wire.jobs()
    assert isinstance(was, ImageCreate)
    assert isinstance(now, ImageCreate)
    assert now == was.model_copy(update={"job": now.job, "trace": traceparent("t", now.job)})
    assert codes(device) == []
    assert len(device.events(events.JobQueued)) == 1
    lines = await device.store.read(lambda db: db.execute("SELECT job, what, content FROM audit ORDER BY n").fetchall())
    assert lines == [(first, "image.create", "a fox"), (second, "image.create", "a fox")]


async def test_it_is_asked_three_times_more_and_then_its_end_is_told(device: Device, desk: Desk) -> None:
    await submit(desk.offload, device)
    for _ in range(MOST):
        (job,) = await desk.after(PAUSE_S)
        await desk.inbox.handle(busy(job, retry_after_s=None))
        assert codes(device) == []
    (job,) = await desk.after(PAUSE_S)
    await desk.inbox.handle(busy(job))
    assert codes(device) == ["too_busy"]
    assert desk.offload.pending() == 0


async def test_it_is_not_asked_again_when_its_time_would_be_over_by_then(device: Device, desk: Desk) -> None:
    job = await submit(desk.offload, device)
    await desk.after(23 * 3600)
    await desk.inbox.handle(busy(job, retry_after_s=3600))
    assert codes(device) == ["too_busy"]


async def test_asking_again_makes_nobody_wait_for_longer_than_a_day(device: Device, desk: Desk) -> None:
    job = await submit(desk.offload, device)
    await desk.after(23 * 3600)
    await desk.inbox.handle(busy(job))
    (again,) = desk.outbox.open()
    assert (again.expires_at, again.id != job) == (1000.0 + 24 * 3600, True)
    desk.time.pass_s(3601)
    await desk.offload.end_expired()
    assert codes(device) == ["expired"]
    assert await device.rows() == []


async def test_a_restart_finds_the_new_job_alone_and_the_old_end_is_acknowledged_when_it_comes_again(
    device: Device, desk: Desk, tmp_path: Path
) -> None:
    first = await submit(desk.offload, device)
    await desk.send()
    await desk.inbox.handle(busy(first))
    await device.store.close()
    async with device_in(tmp_path) as restarted:
        await restarted.sender.send_what_is_due()
        (request,) = restarted.wire.jobs()
        assert str(request.job) != first
        await restarted.inbox.handle(busy(first))
        await restarted.sender.send_what_is_due()
        assert restarted.wire.acks() == [first]
        assert restarted.outbox.find_open(str(request.job)) is not None


async def test_its_family_waits_with_it_and_keeps_its_order(device: Device, desk: Desk) -> None:
    picture = await device.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    first, second = [
        await desk.offload.submit(permission=permission("a fox"), turn="t", picture=picture, prompt="a fox", seed=1)
        for _ in range(2)
    ]
    assert await desk.send() == [first]
    await desk.inbox.handle(busy(first))
    assert await desk.send() == []
    (again,) = await desk.after(30)
    assert again not in (first, second)
    await desk.inbox.handle(accepted(again))
    assert await desk.send() == [second]


@pytest.mark.parametrize("waited_s", [0, 30])
async def test_who_calls_it_off_by_its_first_name_stops_it(device: Device, desk: Desk, waited_s: int) -> None:
    first = await submit(desk.offload, device)
    await desk.send()
    for _ in range(2):
        (job,) = [job.id for job in desk.outbox.open()]
        await desk.inbox.handle(busy(job))
        await desk.after(waited_s)
    (job,) = desk.outbox.open()
    assert await desk.offload.cancel(first)
    if waited_s:  # it has left again
        assert job.cancelled
        assert await desk.send() == [job.id]
        await desk.inbox.handle(busy(job.id))  # it was on its way: nobody asks again
        assert codes(device) == ["too_busy"]
    else:
        assert codes(device) == ["cancelled"]
    assert desk.outbox.open() == []


async def test_pictures_that_go_along_are_sent_for_the_new_job(device: Device, desk: Desk) -> None:
    job = await change(device, await taken(device))
    assert await desk.send() == [job]
    (wish,) = device.wire.jobs()
    assert isinstance(wish, Upload)
    await desk.inbox.handle(busy(job))
    assert await desk.send() == []
    (again,) = await desk.after(30)
    (wish,) = device.wire.jobs()
    assert isinstance(wish, Upload)
    assert again != job
    new = desk.outbox.jobs[again]
    assert await desk.outbox.picture(new, new.inputs[0])


async def test_a_spent_budget_is_told_at_once_with_when_it_is_over(device: Device, desk: Desk) -> None:
    for phrases in (ENGLISH, ARABIC):
        desk.inbox._phrases = phrases
        job = await submit(desk.offload, device)
        await desk.send()
        await desk.inbox.handle(busy(job, code="over_budget", retry_after_s=5 * 3600))
    assert [event.text for event in device.events(events.Failed) if isinstance(event, events.Failed)] == [
        "No. It can be asked for again in 5 hours.",
        "استُنفد ما يجوز إنفاقه، فلم تكتمل الصورة. يمكن طلبها من جديد بعد خمس ساعات.",
    ]
    assert desk.offload.pending() == 0


async def test_other_ends_are_ends(device: Device, desk: Desk) -> None:
    job = await submit(desk.offload, device)
    await desk.send()
    await desk.inbox.handle(failed(job))
    assert codes(device) == ["refused"]
