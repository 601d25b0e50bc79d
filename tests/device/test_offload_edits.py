"""Changes of pictures: what leaves is written down first, uploaded, and only then the job is sent."""

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from offload_parts import FAR, Device, accepted, device_in, final, permission
from PIL import Image

from cloud_bridge import protocol
from cloud_bridge.protocol import Cancel, ImageEdit, Upload, UploadTo, encode, parse_job
from device.bus import Bus
from device.clock import SystemClock
from device.config import Broker
from device.events import Failed, JobQueued
from device.gallery import BadPicture, Picture, Region, read_region
from device.offload import NotPermitted, Offload, OutboxFull
from device.offload._fetch import FetchError, Forbidden, LinkExpired, NotTaken, Unreachable, http_session, put
from device.offload._inbox import MAX_MISSED, Inbox
from device.offload._outbox import Job
from device.offload._sender import Sender
from device.offload._upload import Uploader
from device.policy import Data
from edge_models.image.scene import Scene

PART = read_region({"region": [0, 0, 0.5, 1]})
SECRET = b"Rosenweg 12"
LINK = "http://127.0.0.1/media/x?signature=y"


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


def offload_in(device: Device) -> Offload:
    bus = Bus(SystemClock())
    bus.observe(device.happened.append)
    broker = Broker(host="127.0.0.1", port=1)
    offload = Offload(store=device.store, gallery=device.gallery, bus=bus, device="d", broker=broker)
    assert offload._way is not None
    offload._way.link, offload._outbox = device.wire, device.outbox
    return offload


async def taken(device: Device, colour: str = "red", *, scene: Scene | None = None, side: int = 96) -> Picture:
    """A photo; with a scene, a drawing."""
    file = BytesIO()
    Image.new("RGB", (side, 64), colour).save(file, "JPEG", comment=SECRET)
    picture = await device.gallery.new(turn="t", prompt="a photo", scene=scene, seed=1)
    await device.gallery.add(picture.id, stage="final", engine="Photo", data=file.getvalue())
    return await device.gallery.get(picture.id) or picture


async def change(device: Device, *inputs: Picture, part: Region | None = None, **other: Any) -> str:
    drawn = await device.gallery.new(turn="t", prompt="a hat", scene=Scene(), seed=1)
    given = permission_for_photos("a hat")
    return await offload_in(device).submit_edit(
        **({"permission": given, "turn": "t", "prompt": "a hat", "seed": 7} | other),
        picture=drawn,
        inputs=inputs,
        part=part,
    )


def permission_for_photos(words: str) -> Any:
    from device.config import Privacy
    from device.policy import Policy, Wish

    kinds = frozenset({Data.TEXT, Data.PHOTO})
    return Policy(Privacy(allow=kinds)).decide(Wish("t", "picture.edit", kinds, kinds, words)).permission


class Way:
    """The way from the device to a bridge: what was put there, and what the next uploads come to."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.there: list[bytes] = []
        self.troubles: list[FetchError] = []
        self.open = asyncio.Event()
        self.open.set()
        self.sender = Sender(outbox=device.outbox, link=device.wire, device="d")
        self.sender.bridge_changed(away=False)
        self.uploader = Uploader(outbox=device.outbox, put=self.put, give_up=self.give_up)
        self.inbox: Inbox = device.inbox
        self.inbox._upload_to = self.uploader.take

    async def put(self, url: str, data: bytes, media_type: str) -> None:
        assert url == LINK
        await self.open.wait()
        if self.troubles:
            raise self.troubles.pop(0)
        assert Image.open(BytesIO(data)).get_format_mimetype() == media_type
        self.there.append(data)

    async def give_up(self, job: Job, code: str, text: str) -> None:
        await self.inbox.fail(job, code=code, text=text)

    async def round(self) -> list[protocol.JobMessage]:
        """What the sender sends now."""
        before = len(self.device.wire.jobs())
        await self.sender.send_what_is_due()
        return self.device.wire.jobs()[before:]

    async def told(self, wish: protocol.JobMessage, url: str | None = LINK) -> None:
        assert isinstance(wish, Upload)
        await self.inbox.handle(encode(UploadTo(job=wish.job, sha256=wish.sha256, url=url, expires_at=FAR)))
        while self.uploader._links:
            key = next(iter(self.uploader._links))
            await self.uploader._upload(*key, self.uploader._links.pop(key))

    async def missing(self, job: str) -> None:
        text = "A picture is missing."
        await self.inbox.handle(encode(protocol.Failed(job=UUID(job), code="input_missing", text=text)))

    async def kept(self) -> int:
        query = "SELECT count(*) FROM outbox_inputs"
        (number,) = await self.device.store.read(lambda db: db.execute(query).fetchone())
        return number


async def test_job_pictures_and_audit_lines_are_on_the_disk_together_and_hold_no_metadata(device: Device) -> None:
    photo = await taken(device)
    job = await change(device, photo, part=PART)
    (row,) = await device.store.read(lambda db: db.execute("SELECT body FROM outbox").fetchall())
    request = parse_job(row[0])
    assert isinstance(request, ImageEdit)
    assert (str(request.job), request.prompt, request.seed) == (job, "a hat", 7)
    assert (request.width, request.height) == (96, 64)
    assert request.mask is not None
    rows = await device.store.read(lambda db: db.execute("SELECT sha256, data FROM outbox_inputs").fetchall())
    assert {sha256 for sha256, _ in rows} == {ref.sha256 for ref in request.pictures}
    assert not any(SECRET in data for _, data in rows)
    mask = Image.open(BytesIO(dict(rows)[request.mask.sha256]))
    assert (mask.mode, mask.size) == ("RGBA", (96, 64))
    assert [mask.getchannel("A").getpixel(at) for at in ((2, 2), (40, 60), (60, 60), (94, 2))] == [0, 0, 255, 255]
    audit = await device.store.read(lambda db: db.execute("SELECT what, content, reason FROM audit").fetchall())
    why = "photo, text may leave: [privacy] allow"
    assert audit[0] == ("image.edit", "a hat", why)
    assert audit[1:] == [
        ("upload", f"{ref.media_type} 96×64 sha256:{ref.sha256}", why) for ref in (request.inputs[0], request.mask)
    ]
    assert device.wire.sent == []
    assert device.events(JobQueued) == [JobQueued(job, "image")]


async def test_a_photo_needs_a_permission_for_photos_and_what_is_drawn_of_words_does_not(device: Device) -> None:
    for text_alone in (await taken(device), await taken(device, scene=None)):
        with pytest.raises(NotPermitted):
            await change(device, text_alone, permission=permission("a hat"))
    assert await device.rows() == []
    fox = await taken(device, scene=Scene())
    await change(device, fox, permission=permission("a hat"))
    assert await device.rows() == [(0, 0, 0)]
    with pytest.raises(NotPermitted):
        await change(device, fox, permission=permission("a hat"), prompt="a cat")


async def test_what_can_not_be_sent_or_is_too_much_is_refused_and_nothing_is_left_of_it(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = await taken(device, side=40)
    with pytest.raises(BadPicture, match="40×64 pixels"):
        await change(device, small)
    gone = await taken(device, "blue")
    assert gone.best is not None
    gone.best.path.unlink()
    with pytest.raises(BadPicture, match="not there any more"):
        await change(device, gone)
    with pytest.raises(BadPicture, match="nothing to be seen"):
        await change(device, await device.gallery.new(turn="t", prompt="p", scene=None, seed=1))
    fox = await taken(device, "green")
    monkeypatch.setattr("device.offload._quota.MAX_WAITING_BYTES", 10)
    with pytest.raises(OutboxFull):
        await change(device, fox)
    assert await device.rows() == []


async def test_the_job_is_sent_when_the_bridge_has_all_its_pictures_and_they_go_with_its_end(device: Device) -> None:
    way = Way(device)
    job = await change(device, await taken(device), part=PART)
    photo, mask = await way.round()
    assert await way.round() == []  # asked once
    assert await device.rows() == [(0, 0, 0)]
    await way.told(photo)
    assert await device.rows() == [(1, 0, 0)]  # something has left, and the audit log says so
    assert await way.round() == []
    await way.told(mask)
    (sent,) = await way.round()
    assert isinstance(sent, ImageEdit)
    assert len(way.there) == 2
    await way.inbox.handle(accepted(job))
    await way.inbox.handle(final(job))
    assert await way.kept() == 2
    await way.inbox.fetch_finals()
    assert await way.kept() == 0
    assert device.ends() != []


async def test_what_the_bridge_has_is_not_sent_again(device: Device) -> None:
    way = Way(device)
    await change(device, await taken(device))
    (photo,) = await way.round()
    await way.told(photo, url=None)
    assert way.there == []
    (sent,) = await way.round()
    assert isinstance(sent, ImageEdit)


async def test_after_a_restart_uploads_go_on_where_they_were(tmp_path: Path) -> None:
    async with device_in(tmp_path) as device:
        way = Way(device)
        job = await change(device, await taken(device), part=PART)
        photo, _ = await way.round()
        await way.told(photo)
    async with device_in(tmp_path) as device:
        way = Way(device)
        first, second = await way.round()
        await way.told(first, url=None)  # the bridge remembers
        await way.told(second)
        assert len(way.there) == 1
        (sent,) = await way.round()
        assert str(sent.job) == job


async def test_a_picture_that_the_bridge_misses_is_sent_again_but_not_for_ever(device: Device) -> None:
    way = Way(device)
    job = await change(device, await taken(device))
    for missed in range(MAX_MISSED + 1):
        (photo,) = await way.round()
        await way.told(photo)
        (sent,) = await way.round()
        assert isinstance(sent, ImageEdit)
        assert device.events(Failed) == []
        await way.missing(job)
        if missed < MAX_MISSED:
            await way.missing(job)  # everything may come twice
    assert device.events(Failed) == [Failed("input_missing", "A picture is missing.", job)]
    assert await way.kept() == 0


@pytest.mark.parametrize("trouble", [LinkExpired("It has expired."), Unreachable("The line is down.")])
async def test_an_upload_that_comes_to_nothing_is_tried_again_with_a_new_link(
    device: Device, trouble: FetchError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("device.offload._upload.PAUSES_S", (0.0, 0.0))
    way = Way(device)
    await change(device, await taken(device))
    way.troubles = [trouble, trouble]
    for _ in range(3):
        (photo,) = await way.round()
        await way.told(photo)
    assert len(way.there) == 1
    assert device.events(Failed) == []


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (NotTaken("The bridge does not take the picture (422)."), "upload_refused"),
        (Forbidden("The bridge keeps it elsewhere."), "forbidden_address"),
    ],
)
async def test_a_picture_that_can_not_be_put_there_ends_its_job_with_a_word(
    device: Device, trouble: FetchError, code: str
) -> None:
    way = Way(device)
    job = await change(device, await taken(device))
    way.troubles = [trouble]
    (photo,) = await way.round()
    await way.told(photo)
    assert device.events(Failed) == [Failed(code, str(trouble), job)]
    assert await way.kept() == 0


async def test_a_refusal_of_the_bridge_ends_the_job(device: Device) -> None:
    way = Way(device)
    job = await change(device, await taken(device))
    await way.round()
    full = protocol.Failed(job=UUID(job), code="too_busy", text="There are too many pictures.")
    await way.inbox.handle(encode(full))
    assert device.events(Failed) == [Failed("too_busy", "There are too many pictures.", job)]


async def test_nothing_is_asked_of_a_bridge_that_is_away_or_while_nothing_may_leave(device: Device) -> None:
    way = Way(device)
    await change(device, await taken(device))
    way.sender.bridge_changed(away=True)
    assert await way.round() == []
    way.sender.bridge_changed(away=False)
    way.sender.held = True
    assert await way.round() == []
    way.sender.held = False
    assert len(await way.round()) == 1


async def test_a_job_that_is_called_off_stops_its_upload_on_the_way(device: Device) -> None:
    way = Way(device)
    offload = offload_in(device)
    offload._uploader = way.uploader
    job = await change(device, await taken(device))
    (photo,) = await way.round()
    way.open.clear()
    running = asyncio.create_task(way.told(photo))
    async with asyncio.timeout(30):
        while way.uploader._putting is None:  # noqa: ASYNC110 - until it is on its way
            await asyncio.sleep(0.005)
    assert await offload.cancel(job)
    await running
    way.open.set()
    assert way.there == []
    (called_off,) = await way.round()
    assert isinstance(called_off, Cancel)
    await way.inbox.handle(encode(protocol.Failed(job=UUID(job), code="cancelled", text="It was cancelled.")))
    assert await way.kept() == 0


async def test_a_job_of_which_nothing_has_left_is_called_off_on_the_spot(device: Device) -> None:
    way = Way(device)
    job = await change(device, await taken(device))
    await way.round()
    assert await offload_in(device).cancel(job)
    assert await way.kept() == 0
    assert await way.round() == []


async def test_an_upload_stops_when_nothing_may_leave_any_more(device: Device) -> None:
    way = Way(device)
    offload = offload_in(device)
    await change(device, await taken(device))
    (photo,) = await way.round()
    way.open.clear()
    assert offload._way is not None
    running = asyncio.create_task(offload._way.while_free(way.uploader.run))
    assert isinstance(photo, Upload)
    await way.inbox.handle(encode(UploadTo(job=photo.job, sha256=photo.sha256, url=LINK, expires_at=FAR)))
    async with asyncio.timeout(30):
        while way.uploader._putting is None:  # noqa: ASYNC110 - until it is on its way
            await asyncio.sleep(0.005)
        offload.hold(True)
        while way.uploader._putting is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
    way.open.set()
    await asyncio.sleep(0)
    assert way.there == []
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(204, None), (403, LinkExpired), (422, NotTaken), (413, NotTaken), (429, Unreachable), (302, Unreachable)],
)
async def test_what_a_server_answers_to_an_upload_is_understood(status: int, trouble: type[FetchError] | None) -> None:
    came: list[tuple[str | None, bytes]] = []

    async def take(request: web.Request) -> web.Response:
        came.append((request.headers.get("Content-Type"), await request.read()))
        return web.Response(status=status, headers={"Location": "http://example.org/"})

    app = web.Application()
    app.router.add_put("/media/x", take)
    async with TestServer(app) as server, http_session() as session:
        url, broker = str(server.make_url("/media/x")), Broker(host="127.0.0.1", port=1)
        if trouble is None:
            await put(session, url, b"picture", "image/png", broker)
        else:
            with pytest.raises(trouble):
                await put(session, url, b"picture", "image/png", broker)
        assert came == [("image/png", b"picture")]


@pytest.mark.parametrize("url", ["http://elsewhere.example.org/media/x", "ftp://127.0.0.1/x", "http://[/"])
async def test_pictures_are_put_nowhere_but_at_the_bridges_place(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises((Forbidden, Unreachable)):
            await put(session, url, b"picture", "image/png", Broker(host="127.0.0.1", port=1))
