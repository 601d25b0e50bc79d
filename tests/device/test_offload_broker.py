"""The device's offload against a real mosquitto, a real HTTP server, and a bridge of forty lines."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from offload_parts import permission
from PIL import Image

from cloud_bridge import broker
from cloud_bridge.broker import Broker as Mosquitto
from cloud_bridge.broker import bridge_user
from cloud_bridge.link import Link, LinkDown, Will
from cloud_bridge.protocol import (
    Accepted,
    ArtifactRef,
    BridgeStatus,
    Cancel,
    Failed,
    Final,
    JobMessage,
    Partial,
    Renew,
    bridge_topic,
    device_topic,
    encode,
    parse_ack,
    parse_job,
)
from device import events
from device.bus import Bus
from device.clock import SystemClock
from device.config import Broker
from device.gallery import Gallery, Picture
from device.offload import Offload
from device.store import Store

RESULTS = device_topic("fox", "results")


def image(colour: str) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


class Log:
    """What was seen so far, and a way to wait until it says something."""

    def __init__(self) -> None:
        self.lines: list[object] = []
        self._more = asyncio.Event()

    def add(self, line: object) -> None:
        self.lines.append(line)
        self._more.set()

    async def until(self, reached: Callable[[list[object]], object]) -> None:
        async with asyncio.timeout(30):
            while not reached(self.lines):
                self._more.clear()
                await self._more.wait()


class Bridge:
    """Makes red pictures; remembers what it has taken, repeats ends, renews links. Its ledger is a dictionary."""

    def __init__(self, port: int, password: str, server: str) -> None:
        self.log = Log()
        self.server = server
        self.take = True
        self.busy = 0
        """Jobs for which there is no room just now."""
        self.link_name = "good"
        self.finals: dict[UUID, Final] = {}
        self.cancelled: set[UUID] = set()
        self.link = Link(
            host="127.0.0.1",
            port=port,
            client_id=bridge_user("main"),
            username=bridge_user("main"),
            password=password,
            subscriptions=(device_topic("+", "jobs"), device_topic("+", "acks"), device_topic("+", "status")),
            will=Will(bridge_topic("main"), encode(BridgeStatus(online=False))),
            on_connect=self.hello,
        )

    async def hello(self) -> None:
        await self.link.publish(bridge_topic("main"), encode(BridgeStatus(online=True, image="up")), retain=True)

    async def goodbye(self) -> None:
        await self.link.publish(bridge_topic("main"), encode(BridgeStatus(online=False)), retain=True)

    def reference(self, name: str, data: bytes) -> ArtifactRef:
        sha256 = hashlib.sha256(data).hexdigest()
        facts = {"sha256": sha256, "size_bytes": len(data), "width": 64, "height": 64, "expires_at": 0}
        return ArtifactRef(media_type="image/png", url=f"{self.server}{name}", **facts)

    async def say(self, message: Accepted | Partial | Final | Failed) -> None:
        await self.link.publish(RESULTS, encode(message))

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.link.run())
            async for message in self.link.incoming():
                with suppress(LinkDown):
                    if message.topic.endswith("/jobs"):
                        await self.job(parse_job(message.payload))
                    elif message.topic.endswith("/acks"):
                        self.log.add(("ack", parse_ack(message.payload).job))
                    else:
                        self.log.add(("status", message.payload))
                message.ack()

    async def job(self, message: JobMessage) -> None:
        self.log.add((message.type, message.job))
        if isinstance(message, Renew):
            final = self.finals[message.job]
            await self.say(final.model_copy(update={"artifact": self.reference("good/renewed", image("red"))}))
        elif isinstance(message, Cancel):
            await self.say(Failed(job=message.job, code="cancelled", text="It is cancelled."))
        elif self.busy:
            self.busy -= 1
            await self.say(
                Failed(job=message.job, code="too_busy", text="There is no room.", retryable=True, retry_after_s=0)
            )
        elif self.take:
            await self.say(Accepted(job=message.job, position=0, wait_s=0))
            await self.say(
                Partial(job=message.job, index=0, engine="Test", artifact=self.reference("half", image("pink")))
            )
            artifact = self.reference(self.link_name, image("red"))
            final = Final(job=message.job, engine="Test", provider="test", artifact=artifact)
            self.finals[message.job] = final
            await self.say(final)
            await self.say(final)  # everything may come twice


async def serve(request: web.Request) -> web.StreamResponse:
    if request.path == "/expired":
        raise web.HTTPForbidden
    return web.Response(body=image("pink" if request.path == "/half" else "red"))


class World:
    """A broker, a bridge with its server, and a device, all for one test."""

    def __init__(self, *, mosquitto: Mosquitto, bridge: Bridge, store: Store, directory: Path) -> None:
        self.mosquitto, self.bridge, self.store = mosquitto, bridge, store
        self.gallery = Gallery(store, directory / "pictures")
        self.log = Log()
        bus = Bus(SystemClock())
        bus.observe(lambda happened: self.log.add(happened.event))
        settings = Broker(host="127.0.0.1", port=mosquitto.port, username="fox", password=mosquitto.passwords["fox"])
        self.offload = Offload(store=store, gallery=self.gallery, bus=bus, device="fox", broker=settings)

    async def submit(self, prompt: str = "a fox") -> tuple[UUID, Picture]:
        picture = await self.gallery.new(turn="t", prompt=prompt, scene=None, seed=1)
        job = await self.offload.submit(permission=permission(prompt), turn="t", picture=picture, prompt=prompt, seed=1)
        return UUID(job), picture

    async def finals(self) -> list[str]:
        pictures = await self.gallery.list(limit=99)
        return [version.stage for picture in pictures for version in picture.versions if version.stage == "final"]

    async def all_forgotten(self) -> None:
        """Return when the bridge has been told of every end."""
        async with asyncio.timeout(30):
            while await self.store.read(lambda db: db.execute("SELECT 1 FROM outbox").fetchone()):  # noqa: ASYNC110 - the disk rings no bell
                await asyncio.sleep(0.02)


@asynccontextmanager
async def running(*parts: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(part()) for part in parts]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for outcome in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    application = web.Application()
    application.router.add_get("/{name:.*}", serve)
    store = Store.open(tmp_path / "device.sqlite")
    async with TestServer(application) as server, Mosquitto(tmp_path / "broker", devices=("fox",)) as mosquitto:
        bridge = Bridge(mosquitto.port, mosquitto.passwords[bridge_user("main")], str(server.make_url("/")))
        yield World(mosquitto=mosquitto, bridge=bridge, store=store, directory=tmp_path)
    await store.close()


async def test_a_job_becomes_a_picture_and_the_bridge_is_told(world: World) -> None:
    job, picture = await world.submit()  # before there is any connection
    async with running(world.bridge.run, world.offload.run):
        await world.bridge.log.until(lambda seen: ("ack", job) in seen)
        await world.log.until(lambda seen: events.LinkChanged(online=True) in seen)
        assert world.offload.online
    stages = [event.stage for event in world.log.lines if isinstance(event, events.Artifact)]
    assert stages[-1] == "final"
    assert stages.count("final") == 1
    assert await world.finals() == ["final"]
    found = await world.gallery.get(picture.id)
    assert found is not None
    assert found.best is not None
    assert found.best.path.read_bytes() == image("red")
    assert world.offload.pending() == 0
    assert [line for line in world.bridge.log.lines if line[0] == "status"] != []  # pyright: ignore[reportIndexIssue]
    assert not world.offload.online


async def test_the_retained_status_says_offline_when_the_device_stops(world: World) -> None:
    def statuses(seen: list[object]) -> list[bytes]:
        return [line[1] for line in seen if isinstance(line, tuple) and line[0] == "status"]

    async with running(world.bridge.run):
        async with running(world.offload.run):
            await world.bridge.log.until(
                lambda seen: statuses(seen)[-1:] == [b'{"type":"device.status","online":true}']
            )
        await world.bridge.log.until(lambda seen: statuses(seen)[-1:] == [b'{"type":"device.status","online":false}'])


async def test_an_expired_link_is_renewed_over_the_wire(world: World) -> None:
    world.bridge.link_name = "expired"
    job, _ = await world.submit()
    async with running(world.bridge.run, world.offload.run):
        await world.bridge.log.until(lambda seen: ("ack", job) in seen)
    assert ("renew", job) in world.bridge.log.lines
    assert await world.finals() == ["final"]


async def test_a_job_is_cancelled_by_the_bridge_that_has_it(world: World) -> None:
    world.bridge.take = False
    async with running(world.bridge.run, world.offload.run):
        job, _ = await world.submit()
        await world.bridge.log.until(lambda seen: ("image.create", job) in seen)
        assert await world.offload.cancel(str(job))
        await world.bridge.log.until(lambda seen: ("ack", job) in seen)
    assert events.Failed("cancelled", "It is cancelled.", str(job)) in world.log.lines


async def test_a_poisoned_message_is_set_aside_and_the_next_one_heard(world: World) -> None:
    async with running(world.bridge.run, world.offload.run):
        await world.log.until(lambda seen: events.LinkChanged(online=True) in seen)
        for poison in (b"", b"\xff\xfe", b"{}", b'{"type":"final","job":1}', b"[" * 60_000, b"x" * 100_000):
            await world.bridge.link.publish(RESULTS, poison)
        await world.bridge.link.publish(bridge_topic("main"), b"not a status")
        job, _ = await world.submit()
        await world.bridge.log.until(lambda seen: ("ack", job) in seen)
    assert await world.finals() == ["final"]


async def test_the_device_knows_whether_the_bridge_is_there(world: World) -> None:
    async with running(world.offload.run):
        async with running(world.bridge.run):
            await world.log.until(lambda seen: seen == [events.LinkChanged(online=True)])
            await world.bridge.goodbye()
            await world.log.until(lambda seen: seen[1:] == [events.LinkChanged(online=False)])
            assert not world.offload.online
            await world.bridge.hello()
            await world.log.until(lambda seen: seen[2:] == [events.LinkChanged(online=True)])
        await world.mosquitto.stop()
        await world.log.until(lambda seen: seen[3:] == [events.LinkChanged(online=False)])


async def test_while_nothing_may_leave_there_is_no_connection_and_afterwards_what_waited_goes(world: World) -> None:
    async with running(world.bridge.run, world.offload.run):
        await world.log.until(lambda seen: events.LinkChanged(online=True) in seen)
        world.offload.hold(True)
        job, _ = await world.submit()
        await world.log.until(lambda seen: events.LinkChanged(online=False) in seen)
        await world.bridge.log.until(lambda seen: ("status", b'{"type":"device.status","online":false}') in seen)
        assert ("image.create", job) not in world.bridge.log.lines
        world.offload.hold(False)
        await world.bridge.log.until(lambda seen: ("ack", job) in seen)
    assert await world.finals() == ["final"]


async def test_jobs_survive_a_killed_broker_and_end_once_each(world: World) -> None:
    async with running(world.bridge.run, world.offload.run):
        await world.log.until(lambda seen: events.LinkChanged(online=True) in seen)
        world.bridge.take = False
        lost, _ = await world.submit()
        await world.bridge.log.until(lambda seen: ("image.create", lost) in seen)
        await world.mosquitto.stop(kill=True)  # with it goes what it has confirmed
        await world.log.until(lambda seen: seen[-1] == events.LinkChanged(online=False))
        world.bridge.take = True
        offline = [(await world.submit())[0] for _ in range(3)]
        await world.mosquitto.start()
        await world.bridge.log.until(lambda seen: all(("ack", job) in seen for job in (lost, *offline)))
    assert await world.finals() == ["final"] * 4
    finals = [event for event in world.log.lines if isinstance(event, events.Artifact) and event.stage == "final"]
    assert len(finals) == 4


async def test_a_bridge_that_was_away_gets_what_was_asked_for_meanwhile(world: World) -> None:
    async with running(world.offload.run):
        jobs = [(await world.submit())[0] for _ in range(12)]
        async with running(world.bridge.run):
            await world.bridge.log.until(lambda seen: all(("ack", job) in seen for job in jobs))
    assert await world.finals() == ["final"] * 12


async def test_a_restarted_device_finishes_what_it_had_asked_for(world: World, tmp_path: Path) -> None:
    world.bridge.take = False
    async with running(world.bridge.run):
        async with running(world.offload.run):
            job, _ = await world.submit()
            await world.bridge.log.until(lambda seen: ("image.create", job) in seen)
        world.bridge.take = True
        again = World(mosquitto=world.mosquitto, bridge=world.bridge, store=world.store, directory=tmp_path)
        async with running(again.offload.run):
            await world.bridge.log.until(lambda seen: ("ack", job) in seen)
            await again.log.until(lambda seen: any(isinstance(event, events.Artifact) for event in seen))
    assert world.bridge.log.lines.count(("image.create", job)) >= 2
    assert await world.finals() == ["final"]


async def test_a_job_that_the_broker_ends_the_connection_at_is_set_aside_and_the_others_go_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.mosquitto.stop()
    small = broker.BOUNDS.replace("max_packet_size 131072", "max_packet_size 1500")
    assert small != broker.BOUNDS
    monkeypatch.setattr(broker, "BOUNDS", small)
    poison, _ = await world.submit("a fox " * 500)
    others = [(await world.submit())[0] for _ in range(3)]
    await world.mosquitto.start()
    async with running(world.bridge.run, world.offload.run):
        await world.bridge.log.until(lambda seen: all(("ack", job) in seen for job in (*others, poison)))
        later, _ = await world.submit()
        await world.bridge.log.until(lambda seen: ("ack", later) in seen)
        await world.all_forgotten()
    told = [event for event in world.log.lines if isinstance(event, events.Failed)]
    assert [(event.code, event.job) for event in told] == [("set_aside", str(poison))]
    assert ("image.create", poison) not in world.bridge.log.lines
    assert world.bridge.log.lines.index(("cancel", poison)) < world.bridge.log.lines.index(("ack", poison))
    assert await world.finals() == ["final"] * 4


async def test_a_bridge_that_had_no_room_gets_the_job_again_under_a_new_name(world: World) -> None:
    world.bridge.busy = 1
    async with running(world.bridge.run, world.offload.run):
        job, _ = await world.submit()
        await world.bridge.log.until(lambda seen: sum(line[0] == "ack" for line in seen) == 2)  # pyright: ignore[reportIndexIssue]
        await world.all_forgotten()
    assert ("ack", job) in world.bridge.log.lines
    assert await world.finals() == ["final"]
    assert not any(isinstance(event, events.Failed) for event in world.log.lines)
