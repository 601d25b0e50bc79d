"""The outbox, the sender and the inbox: everything about them that needs no broker (see test_offload_broker.py)."""

import asyncio
import hashlib
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cloud_bridge import protocol
from cloud_bridge.link import Link, LinkDown
from cloud_bridge.protocol import ArtifactRef, Cancel, ImageCreate, Renew, encode, parse_ack, parse_job
from device.bus import Bus
from device.clock import SystemClock
from device.config import Broker
from device.events import Artifact, Event, Failed, Happened, JobQueued
from device.gallery import Gallery, Picture
from device.offload import NoBridge, Offload, OutboxFull
from device.offload import _inbox as inbox_module
from device.offload._fetch import Damaged, Forbidden, LinkExpired, Unreachable
from device.offload._inbox import MAX_DAMAGED, Inbox
from device.offload._offload import CONNECTED_S
from device.offload._outbox import AuditLine, Job, Outbox
from device.offload._sender import OFFER_AGAIN_S, WINDOW, Sender, to_offer
from device.store import Store, StoreError

FAR = 4_000_000_000.0


def image(colour: str = "red") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


FINAL, FIRST, SECOND = image("red"), image("green"), image("blue")


def ref(data: bytes, url: str = "http://bridge/a") -> ArtifactRef:
    return ArtifactRef(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        media_type="image/png",
        width=64,
        height=64,
        url=url,
        expires_at=FAR,
    )


def final(job: str, url: str = "http://bridge/a") -> bytes:
    return encode(protocol.Final(job=UUID(job), engine="Studio", provider="studio", artifact=ref(FINAL, url)))


def partial(job: str, index: int, data: bytes) -> bytes:
    return encode(protocol.Partial(job=UUID(job), index=index, engine="Studio", artifact=ref(data)))


def failed(job: str) -> bytes:
    return encode(protocol.Failed(job=UUID(job), code="refused", text="That can't be drawn."))


def accepted(job: str) -> bytes:
    return encode(protocol.Accepted(job=UUID(job), position=0, wait_s=1))


class Wire(Link):
    """A link whose other end is a list."""

    def __init__(self) -> None:
        super().__init__(host="", port=0, client_id="", subscriptions=())
        self.up = True
        self.sent: list[tuple[str, bytes]] = []
        self.before: Callable[[str, bytes], Awaitable[None]] | None = None

    @property
    def connected(self) -> bool:
        return self.up

    async def wait_connected(self) -> None:
        assert self.up

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        if not self.up:
            raise LinkDown("There is no connection to the broker.")
        if self.before:
            await self.before(topic, payload)
        self.sent.append((topic, payload))

    def jobs(self) -> list[ImageCreate | Cancel | Renew]:
        return [parse_job(body) for topic, body in self.sent if topic.endswith("/jobs")]

    def acks(self) -> list[str]:
        return [str(parse_ack(body).job) for topic, body in self.sent if topic.endswith("/acks")]


@dataclass
class Device:
    """A device's offload in parts, over a real store."""

    store: Store
    gallery: Gallery
    outbox: Outbox
    inbox: Inbox
    sender: Sender
    wire: Wire
    happened: list[Happened] = field(default_factory=list)
    answers: dict[str, bytes | Exception] = field(default_factory=dict)

    def events(self, *kinds: type[Event]) -> list[Event]:
        return [one.event for one in self.happened if isinstance(one.event, kinds)]

    def ends(self) -> list[Event]:
        return [one for one in self.events(Artifact, Failed) if not isinstance(one, Artifact) or one.stage == "final"]

    async def order(self) -> tuple[str, Picture]:
        picture = await self.gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
        request = ImageCreate(job=uuid4(), turn="t", created_at=0, expires_at=FAR, prompt="a fox")
        job = str(request.job)
        await self.outbox.add(
            Job(id=job, turn="t", picture=picture.id, body=encode(request), expires_at=FAR),
            AuditLine(0, "t", job, "image.create", "bridge:1883", "a fox"),
        )
        return job, picture

    async def rows(self) -> list[tuple[int, int, int]]:
        query = "SELECT sent, cancelled, ended FROM outbox ORDER BY n"
        return await self.store.read(lambda db: db.execute(query).fetchall())

    async def stages(self, picture: Picture) -> list[str]:
        found = await self.gallery.get(picture.id)
        return [] if found is None else [version.stage for version in found.versions]


@asynccontextmanager
async def device_in(directory: Path) -> AsyncIterator[Device]:
    store = Store.open(directory / "device.sqlite")
    gallery, outbox, bus, wire = Gallery(store, directory / "pictures"), Outbox(store), Bus(SystemClock()), Wire()
    by_hash = {hashlib.sha256(data).hexdigest(): data for data in (FINAL, FIRST, SECOND)}

    async def fetch(artifact: ArtifactRef) -> bytes:
        answer = device.answers.get(artifact.url, by_hash[artifact.sha256])
        if isinstance(answer, Exception):
            raise answer
        return answer

    inbox = Inbox(outbox=outbox, gallery=gallery, bus=bus, fetch=fetch)
    device = Device(store, gallery, outbox, inbox, Sender(outbox=outbox, link=wire, device="d"), wire)
    bus.observe(device.happened.append)
    await outbox.load()
    try:
        yield device
    finally:
        await store.close()


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


# What the bridge says, once and in order


async def test_a_job_goes_from_order_to_picture_to_acknowledgement(device: Device) -> None:
    job, picture = await device.order()
    await device.sender.send_what_is_due()
    await device.inbox.handle(accepted(job))
    await device.inbox.handle(encode(protocol.Progress(job=UUID(job), fraction=0.5)))
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    assert await device.inbox.fetch_finals() is None
    assert await device.rows() == [(1, 0, 1)]
    await device.sender.send_what_is_due()

    assert [message.type for message in device.wire.jobs()] == ["image.create"]
    assert device.wire.acks() == [job]
    assert [one.event.name for one in device.happened] == ["job_progress", "artifact", "artifact"]
    assert await device.stages(picture) == ["partial", "final"]
    assert await device.rows() == []
    found = await device.gallery.get(picture.id)
    assert found is not None
    assert found.best is not None
    assert device.events(Artifact)[-1] == Artifact(
        artifact=found.best.id,
        picture=picture.id,
        stage="final",
        engine="Studio",
        path=str(found.best.path),
        width=64,
        height=64,
    )


async def test_a_refusal_is_told_in_its_sentence_and_acknowledged(device: Device) -> None:
    job, _ = await device.order()
    await device.inbox.handle(failed(job))
    await device.sender.send_what_is_due()
    assert device.events(Failed) == [Failed("refused", "That can't be drawn.", job)]
    assert device.wire.acks() == [job]
    assert await device.rows() == []


async def test_nothing_is_acknowledged_before_it_is_stored(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    await device.sender.send_what_is_due()
    assert device.wire.acks() == []
    assert await device.stages(picture) == []

    seen: list[list[str]] = []

    async def look(topic: str, body: bytes) -> None:
        if topic.endswith("/acks"):
            seen.append(await device.stages(picture))

    device.wire.before = look
    device.answers.clear()
    await device.inbox.handle(final(job, "http://bridge/b"))  # a new link is tried at once
    await device.inbox.fetch_finals()
    await device.sender.send_what_is_due()
    assert seen == [["final"]]


async def test_an_end_that_is_repeated_after_it_was_forgotten_is_acknowledged_again(device: Device) -> None:
    job, picture = await device.order()
    for _ in range(3):
        await device.inbox.handle(final(job))
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    stranger = str(uuid4())
    await device.inbox.handle(failed(stranger))
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job, job, job, stranger]
    assert len(device.ends()) == 1
    assert await device.stages(picture) == ["final"]


async def test_a_result_for_a_picture_that_was_deleted_ends_the_job_without_a_picture(
    device: Device, tmp_path: Path
) -> None:
    job, picture = await device.order()
    await device.gallery.delete(picture.id)
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    await device.inbox.fetch_finals()
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job]
    assert device.happened == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_an_expired_link_is_renewed_once_and_the_new_one_fetched(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/old"] = LinkExpired("The picture's link is not good any more (403).")
    await device.inbox.handle(final(job, "http://bridge/old"))
    await device.inbox.fetch_finals()
    for _ in range(2):
        await device.sender.send_what_is_due()
    assert [message for message in device.wire.jobs() if isinstance(message, Renew)] == [Renew(job=UUID(job))]

    await device.inbox.handle(final(job, "http://bridge/new"))
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


async def test_a_result_that_is_damaged_again_and_again_ends_the_job(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Damaged("The picture's bytes are not the ones that the bridge promised.")
    await device.inbox.handle(final(job))
    for _ in range(MAX_DAMAGED - 1):
        await device.inbox.fetch_finals()
    assert device.happened == []
    await device.inbox.fetch_finals()
    assert [one.code for one in device.events(Failed) if isinstance(one, Failed)] == ["damaged"]
    await device.sender.send_what_is_due()
    assert device.wire.acks() == [job]
    assert await device.stages(picture) == []


async def test_a_picture_that_is_nowhere_is_asked_for_a_few_times_and_no_link_helps(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, _ = await device.order()
    device.answers["http://bridge/a"] = Damaged("The picture is not where it should be (404).")
    await device.inbox.handle(final(job))
    for _ in range(MAX_DAMAGED):
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    assert [one.text for one in device.events(Failed) if isinstance(one, Failed)] == [
        "The finished picture was missing or damaged every time it was fetched."
    ]
    assert [message for message in device.wire.jobs() if isinstance(message, Renew)] == []


async def test_a_server_that_is_away_for_days_is_asked_for_days(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(final(job))
    for _ in range(1100):
        assert await device.inbox.fetch_finals() is not None
    device.answers.clear()
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


async def test_links_that_are_no_good_one_after_the_other_are_not_tried_as_fast_as_they_come(device: Device) -> None:
    job, picture = await device.order()
    for number in range(9):
        url = f"http://bridge/{number}"
        device.answers[url] = LinkExpired("The picture's link is not good any more (403).")
        await device.inbox.handle(final(job, url))
        await device.inbox.fetch_finals()
        await device.sender.send_what_is_due()
    assert len([message for message in device.wire.jobs() if isinstance(message, Renew)]) == 2
    assert await device.stages(picture) == []


async def test_a_place_that_may_not_be_asked_ends_the_job_at_once_in_a_sentence(device: Device) -> None:
    job, _ = await device.order()
    device.answers["http://bridge/a"] = Forbidden("The bridge keeps the picture at 'router'.")
    await device.inbox.handle(final(job))
    assert await device.inbox.fetch_finals() is None
    assert device.events(Failed) == [Failed("forbidden_address", "The bridge keeps the picture at 'router'.", job)]


async def test_other_bytes_than_promised_are_damage_and_leave_nothing(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = SECOND
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    assert await device.stages(picture) == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_bytes_with_the_right_hash_that_are_no_picture_are_damage(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = b"the bridge hashed a web page"
    await device.inbox.handle(final(job))
    assert (await device.inbox.fetch_finals() or 0) > 0
    assert await device.stages(picture) == []
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_a_preview_that_can_not_be_fetched_is_skipped(device: Device) -> None:
    job, picture = await device.order()
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    device.answers.clear()
    await device.inbox.handle(partial(job, 1, SECOND))
    await device.inbox.fetch_partial()
    assert await device.stages(picture) == ["partial"]
    assert len(device.events(Artifact)) == 1


async def test_of_previews_that_come_faster_than_they_are_fetched_the_latest_is_shown(device: Device) -> None:
    job, picture = await device.order()
    await device.inbox.handle(partial(job, 1, SECOND))
    await device.inbox.handle(partial(job, 0, FIRST))  # overtaken
    await device.inbox.fetch_partial()
    await device.inbox.fetch_partial()
    found = await device.gallery.get(picture.id)
    assert found is not None
    assert [version.sha256 for version in found.versions] == [hashlib.sha256(SECOND).hexdigest()]


# What the bridge says, in any order and any number of times

STEPS = (
    "accepted",
    "progress",
    "partial 0",
    "partial 1",
    "final",
    "final renewed",
    "failed",
    "fetch",
    "preview",
    "send",
)


async def live(steps: list[str]) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with device_in(Path(directory)) as device:
            job, picture = await device.order()
            messages = {
                "accepted": accepted(job),
                "progress": encode(protocol.Progress(job=UUID(job), fraction=0.5)),
                "partial 0": partial(job, 0, FIRST),
                "partial 1": partial(job, 1, SECOND),
                "final": final(job),
                "final renewed": final(job, "http://bridge/b"),
                "failed": failed(job),
            }
            actions = {
                "fetch": device.inbox.fetch_finals,
                "preview": device.inbox.fetch_partial,
                "send": device.sender.send_what_is_due,
            }

            async def only_after_the_end(topic: str, body: bytes) -> None:
                assert topic.endswith("/jobs") or device.ends()

            device.wire.before = only_after_the_end
            for step in steps:
                await (device.inbox.handle(messages[step]) if step in messages else actions[step]())
            for finish in ("fetch", "preview", "send"):
                await actions[finish]()

            told_end = any(step in ("final", "final renewed", "failed") for step in steps)
            assert len(device.ends()) == (1 if told_end else 0)
            assert (await device.rows() == []) == told_end
            assert (device.wire.acks() != []) == told_end
            has_final = "final" in await device.stages(picture)
            assert has_final == any(isinstance(end, Artifact) for end in device.ends())
            if told_end:
                assert device.happened[-1].event == device.ends()[0]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(STEPS), max_size=14))
def test_in_whatever_order_messages_come_a_job_ends_once_and_is_acknowledged_after_that(steps: list[str]) -> None:
    asyncio.run(live(steps))


async def test_a_failure_and_a_picture_that_meet_end_the_job_once(device: Device, tmp_path: Path) -> None:
    job, picture = await device.order()
    await device.inbox.handle(final(job))
    await asyncio.gather(device.inbox.fetch_finals(), device.inbox.handle(failed(job)))
    assert len(device.ends()) == 1
    files = list((tmp_path / "pictures").iterdir())
    assert len(files) == len(await device.stages(picture))


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


# A disk that refuses


class Full:
    """A disk without room, until `stop`."""

    def __init__(self, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
        self._device, self._monkeypatch = device, monkeypatch
        self.refused = asyncio.Event()
        monkeypatch.setattr(device.store, "write", self._refuse)

    async def _refuse(self, fn: object) -> None:
        self.refused.set()
        raise StoreError("The device's store can't be used: database or disk is full.")

    def stop(self) -> None:
        self._monkeypatch.undo()


async def until(reached: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - whatever it waits for says nothing itself
            await asyncio.sleep(0.01)


async def test_the_sender_outlives_a_full_disk(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = await device.order()
    full = Full(device, monkeypatch)
    task = asyncio.create_task(device.sender.run())
    await full.refused.wait()
    full.stop()
    device.outbox.changed.set()
    await until(lambda: task.done() or device.wire.jobs())
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert [str(message.job) for message in device.wire.jobs()] == [job]


async def test_the_inbox_outlives_a_full_disk_and_the_picture_comes(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    full = Full(device, monkeypatch)
    device.answers["http://bridge/a"] = Forbidden("The bridge keeps the picture elsewhere.")
    await device.inbox.handle(final(job))
    task = asyncio.create_task(device.inbox.run())
    await full.refused.wait()
    full.refused.clear()
    device.answers.clear()
    await full.refused.wait()
    full.stop()
    await until(lambda: task.done() or device.ends())
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert await device.stages(picture) == ["final"]


async def test_what_nobody_thought_of_does_not_end_the_inbox(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = ZeroDivisionError("a mistake")
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    await device.inbox.fetch_finals()
    device.answers.clear()
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


@pytest.mark.parametrize("part", ["sender", "inbox"])
async def test_what_is_stopped_just_as_something_changes_stops(device: Device, part: str) -> None:
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    job, _ = await device.order()
    await device.inbox.handle(final(job))
    task = asyncio.create_task(device.sender.run() if part == "sender" else device.inbox.run())
    changed = device.outbox.changed if part == "sender" else device.inbox._finals_changed
    async with asyncio.timeout(5):
        while changed.is_set():  # noqa: ASYNC110 - a few turns of the loop, until it has taken up what there was
            await asyncio.sleep(0)
    await device.rows()
    changed.set()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done


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
    if host:
        offload._link = device.wire
    return offload


async def submit(offload: Offload, device: Device, prompt: str = "a fox") -> str:
    picture = await device.gallery.new(turn="t", prompt=prompt, scene=None, seed=7)
    return await offload.submit(turn="t", picture=picture, prompt=prompt, seed=7)


async def test_a_submitted_job_and_its_audit_line_are_on_the_disk_before_it_is_announced(device: Device) -> None:
    offload = offload_in(device)
    job = await submit(offload, device)
    (row,) = await device.store.read(lambda db: db.execute("SELECT job, turn, body FROM outbox").fetchall())
    assert row[:2] == (job, "t")
    request = parse_job(row[2])
    assert isinstance(request, ImageCreate)
    assert (request.prompt, request.seed, request.width, request.created_at) == ("a fox", 7, 1024, 1000.0)
    audit = await device.store.read(lambda db: db.execute("SELECT * FROM audit").fetchall())
    assert audit == [(1, 1000.0, "t", job, "image.create", "127.0.0.1:1", "a fox")]
    assert device.events(JobQueued) == [JobQueued(job, "image")]
    assert offload.pending() == 1
    assert not offload.online


async def test_without_a_broker_nothing_is_taken(device: Device) -> None:
    offload = offload_in(device, host="")
    with pytest.raises(NoBridge, match="No bridge is configured"):
        await submit(offload, device)
    assert await device.rows() == []
    assert device.happened == []


async def test_too_much_waiting_is_refused(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.offload._offload.MAX_PENDING", 2)
    offload = offload_in(device)
    await submit(offload, device)
    await submit(offload, device)
    with pytest.raises(OutboxFull):
        await submit(offload, device)


async def test_a_turn_that_is_broken_off_while_it_submits_still_leaves_a_whole_job(device: Device) -> None:
    offload = offload_in(device)
    picture = await device.gallery.new(turn="t", prompt="p", scene=None, seed=7)
    queued = asyncio.Event()
    offload._bus.observe(lambda happened: queued.set())
    task = asyncio.create_task(offload.submit(turn="t", picture=picture, prompt="p", seed=7))
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


# A power cut at the worst moment

CHILD = """
import asyncio, hashlib, os, pathlib, signal, sys
sys.path.insert(0, sys.argv[2])
import test_offload as t

async def main():
    async with t.device_in(pathlib.Path(sys.argv[1])) as device:
        job, picture = await device.order()
        write = device.store.write
        async def cut(fn):
            def half(db):
                fn(db)
                os.kill(os.getpid(), signal.SIGKILL)  # file renamed, rows written, nothing committed
            return await write(half)
        await device.inbox.handle(t.final(job))
        device.store.write = cut
        await device.inbox.fetch_finals()

asyncio.run(main())
"""


async def test_a_power_cut_before_the_commit_of_a_result_leaves_the_job_unfinished(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)]
    killed = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False, timeout=60)
    assert killed.returncode == -9, killed.stderr.decode()
    async with device_in(tmp_path) as device:
        assert await device.rows() == [(0, 0, 0)]
        assert await device.gallery.sweep() == 1
        (job,) = device.outbox.jobs
        wanted = device.outbox.find_open(job)
        assert wanted is not None
        picture = await device.gallery.get(wanted.picture)
        assert picture is not None
        assert picture.versions == ()
        await device.inbox.handle(final(job))
        await device.inbox.fetch_finals()
        assert await device.stages(picture) == ["final"]
        assert len(device.ends()) == 1
