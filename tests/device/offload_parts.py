"""A device's offload over a real store, and what a bridge says to it."""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from uuid import UUID, uuid4

from phrase_parts import ENGLISH
from PIL import Image

from cloud_bridge import protocol
from cloud_bridge.link import Link, LinkDown
from cloud_bridge.protocol import ArtifactRef, ImageCreate, JobMessage, encode, parse_ack, parse_job
from device.audit import AuditLine
from device.bus import Bus
from device.clock import SystemClock
from device.events import Artifact, Event, Failed, Happened
from device.gallery import Gallery, Picture
from device.offload._inbox import Inbox
from device.offload._outbox import Job, Outbox
from device.offload._sender import Sender
from device.policy import Data, Permission, Policy, Wish
from device.store import Store

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


def permission(prompt: str, *data: Data, turn: str = "t") -> Permission:
    """The policy's, as a skill gets it."""
    kinds = frozenset(data or {Data.TEXT})
    decision = Policy().decide(Wish(turn, "picture.create", kinds, kinds, prompt))
    assert decision.permission is not None
    return decision.permission


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

    def jobs(self) -> list[JobMessage]:
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

    inbox = Inbox(outbox=outbox, gallery=gallery, bus=bus, fetch=fetch, phrases=ENGLISH)
    device = Device(store, gallery, outbox, inbox, Sender(outbox=outbox, link=wire, device="d"), wire)
    bus.observe(device.happened.append)
    await outbox.load()
    try:
        yield device
    finally:
        await store.close()
