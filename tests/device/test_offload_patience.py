"""Which job is given up so that it holds up no other, and which is not, though it looks like one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from offload_parts import Device, accepted, device_in

from cloud_bridge.link import LinkDown
from cloud_bridge.protocol import parse_ack, parse_job
from device.offload._outbox import Job
from device.offload._patience import MOST_BROKEN, MOST_OFFERS, OFFER_AGAIN_S, Patience
from device.offload._sender import Sender


class Time:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def patience(time: Time) -> Patience:
    return Patience(time)


def test_a_job_at_which_three_connections_end_is_hopeless(patience: Patience) -> None:
    for _ in range(MOST_BROKEN):
        assert not patience.hopeless("a")
        patience.broke("a")
        assert patience.suspect == "a"
    assert patience.hopeless("a")
    assert not patience.hopeless("b")


def test_a_network_that_breaks_under_whatever_is_sent_is_no_jobs_fault(patience: Patience) -> None:
    for _ in range(MOST_BROKEN * 3):
        for job in ("a", "b"):
            patience.broke(job)
            assert not patience.hopeless(job)


def test_a_job_that_gets_through_after_all_is_forgiven(patience: Patience) -> None:
    for _ in range(3):
        for _ in range(MOST_BROKEN - 1):
            patience.broke("a")
        patience.confirmed("b")
        assert patience.suspect == "a"
        patience.confirmed("a")
        assert patience.suspect == ""
    assert not patience.hopeless("a")


def offer(patience: Patience, time: Time, job: str, times: int) -> None:
    for _ in range(times):
        patience.offered(job)
        time.now += OFFER_AGAIN_S


def take(patience: Patience, *jobs: str) -> None:
    for job in jobs:
        patience.offered(job)
        patience.accepted(job)


def test_a_job_that_the_bridge_never_accepts_is_hopeless_when_it_accepts_later_ones(
    patience: Patience, time: Time
) -> None:
    offer(patience, time, "a", MOST_OFFERS - 1)
    take(patience, "b")
    assert not patience.hopeless("a")
    offer(patience, time, "a", 1)
    assert patience.hopeless("a")
    patience.accepted("a")
    assert not patience.hopeless("a")


def test_the_last_offer_is_given_its_time(patience: Patience, time: Time) -> None:
    offer(patience, time, "a", MOST_OFFERS)
    take(patience, "b")
    time.now -= 1
    assert not patience.hopeless("a")


def test_a_bridge_that_takes_nothing_new_on_sets_no_job_aside(patience: Patience, time: Time) -> None:
    take(patience, "old")
    patience.offered("as old")
    time.now += 1
    offer(patience, time, "a", MOST_OFFERS * 2)
    take(patience, "old", "as old", "old")  # it says so again on every connection
    assert not patience.hopeless("a")
    take(patience, "new")
    assert patience.hopeless("a")


def test_offers_of_one_minute_are_one_however_often_the_connection_is_new(patience: Patience, time: Time) -> None:
    for _ in range(MOST_OFFERS * 2):
        patience.offered("a")
    time.now += OFFER_AGAIN_S
    take(patience, "b")
    assert not patience.hopeless("a")


def test_what_is_over_is_forgotten(patience: Patience, time: Time) -> None:
    offer(patience, time, "a", MOST_OFFERS)
    patience.broke("a")
    take(patience, "b")
    assert patience.hopeless("a")
    patience.keep(["b"])
    assert patience.suspect == ""
    assert not patience.hopeless("a")


# In the sender


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


class Office:
    """A sender whose connection ends at one job."""

    def __init__(self, device: Device, time: Time) -> None:
        self.device, self.time, self.poison = device, time, ""
        self.told: list[Job] = []
        self.sender = Sender(
            outbox=device.outbox, link=device.wire, device="d", monotonic=time, set_aside=self.told.append
        )
        self.sender.bridge_changed(away=False)
        device.wire.before = self.before

    async def before(self, topic: str, body: bytes) -> None:
        if (
            topic.endswith("/jobs")
            and (message := parse_job(body)).type != "cancel"
            and str(message.job) == self.poison
        ):
            self.device.wire.up = False
            raise LinkDown("The connection went before the broker confirmed the message.")

    async def connect(self) -> list[tuple[str, str]]:
        """What leaves on a new connection."""
        self.device.wire.up = True
        self.device.wire.sent.clear()
        self.sender.begin_connection()
        await self.sender.send_what_is_due()
        sent = [
            (topic, parse_ack(body) if topic.endswith("/acks") else parse_job(body))
            for topic, body in self.device.wire.sent
        ]
        return [(message.type, str(message.job)) for _, message in sent]


async def test_others_get_past_a_job_that_ends_the_connection_and_it_is_called_off_before_it_is_forgotten(
    device: Device, time: Time
) -> None:
    office = Office(device, time)
    poison, other = (await device.order())[0], (await device.order())[0]
    office.poison = poison
    assert await office.connect() == []
    for _ in range(MOST_BROKEN - 1):
        assert await office.connect() == [("image.create", other)]
        assert office.told == []
    assert await office.connect() == [("cancel", poison), ("ack", poison), ("image.create", other)]
    assert [job.id for job in office.told] == [poison]
    assert poison not in device.outbox.jobs


async def test_a_job_that_is_set_aside_is_called_off_after_a_restart_too(device: Device, tmp_path: Path) -> None:
    job, _ = await device.order()
    await device.sender.send_what_is_due()
    assert await device.outbox.set_aside(device.outbox.jobs[job])
    assert not await device.outbox.set_aside(device.outbox.jobs[job])
    assert device.outbox.open() == []
    await device.store.close()
    async with device_in(tmp_path) as restarted:
        await restarted.sender.send_what_is_due()
        assert [message.type for message in restarted.wire.jobs()] == ["cancel"]
        assert restarted.wire.acks() == [job]
        assert await restarted.rows() == []


async def test_a_job_that_is_never_accepted_is_set_aside_while_others_are(device: Device, time: Time) -> None:
    office = Office(device, time)
    stuck, _ = await device.order()
    for _ in range(MOST_OFFERS):
        await office.sender.send_what_is_due()
        time.now += OFFER_AGAIN_S
    other, _ = await device.order()
    assert office.told == []
    await office.sender.send_what_is_due()
    assert office.told == []  # nobody else has been accepted either
    await device.inbox.handle(accepted(other))
    time.now += OFFER_AGAIN_S
    await office.sender.send_what_is_due()
    assert [job.id for job in office.told] == [stuck]


async def test_a_connection_that_is_given_up_on_purpose_speaks_against_no_job(device: Device, time: Time) -> None:
    office = Office(device, time)
    job, _ = await device.order()

    async def hold(topic: str, body: bytes) -> None:
        office.sender.held = True
        device.wire.up = False
        raise LinkDown("The connection went before the broker confirmed the message.")

    device.wire.before = hold
    for _ in range(MOST_BROKEN + 1):
        office.sender.held = False
        assert await office.connect() == []
    assert office.told == []
    assert device.outbox.find_open(job) is not None
