"""Pictures that devices send: only what was promised, only by whom it was promised to, and only as long as needed."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web
from bridge_desk import NOW, Desk
from bridge_parts import WITHIN_S, png

from cloud_bridge import uploads
from cloud_bridge.housekeeping import DAY_S, tidy
from cloud_bridge.listen import serve
from cloud_bridge.picture import look_at
from cloud_bridge.protocol import Accepted, Failed, ImageEdit, InputRef, Upload, UploadTo, device_topic, encode

PICTURE = png()
HASH = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    app = web.Application()
    app.add_routes(desk.media.routes())
    async with serve(app, host="127.0.0.1", port=0) as url:
        desk.media.base_url = url
        yield desk
    await desk.close()


def wish(data: bytes = PICTURE, **other: Any) -> Upload:
    said = {"sha256": hashlib.sha256(data).hexdigest(), "size_bytes": len(data), "media_type": "image/png"} | other
    return Upload(job=uuid4(), **said)


def edit(*pictures: bytes, job: UUID | None = None, **other: Any) -> ImageEdit:
    refs = tuple(InputRef(**wish(data).model_dump(exclude={"type", "job"}), width=128, height=96) for data in pictures)
    said: dict[str, Any] = {"turn": "t", "created_at": NOW, "expires_at": NOW + 600, "prompt": "make it blue"}
    return ImageEdit(job=job or uuid4(), inputs=refs, **(said | other))


async def link(desk: Desk, data: bytes = PICTURE, device: str = "lamp", **other: Any) -> str:
    told = await desk.media.uploads.ask(device, wish(data, **other))
    assert isinstance(told, UploadTo)
    assert told.url is not None
    return told.url


async def put(url: str, data: Any = PICTURE, kind: str = "image/png", **headers: str) -> tuple[int, str]:
    headers["Content-Type"] = kind
    async with aiohttp.ClientSession() as session, session.put(url, data=data, headers=headers) as answer:
        return answer.status, await answer.text()


async def until(it_is: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not it_is():  # noqa: ASYNC110 - files have no events
            await asyncio.sleep(0.005)


async def in_pieces(data: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(data), 50):
        yield data[at : at + 50]


async def test_a_device_asks_where_to_put_a_picture_puts_it_there_and_needs_not_do_it_again(desk: Desk) -> None:
    asked = wish()
    await desk.arrives(device_topic("lamp", "jobs"), encode(asked))
    (first,) = await desk.hears(UploadTo)
    assert (first.job, first.sha256, first.expires_at) == (asked.job, HASH, NOW + 60)
    assert first.url is not None
    assert await put(first.url) == (204, "")
    assert await put(first.url) == (204, "")  # an answer that got lost
    await desk.arrives(device_topic("lamp", "jobs"), encode(asked))
    _, second = await desk.hears(UploadTo, times=2)
    assert second.url is None
    (ref,) = edit(PICTURE).inputs
    assert await desk.media.read(ref, device="lamp") == PICTURE


async def test_a_picture_of_unknown_length_may_come_in_pieces(desk: Desk) -> None:
    assert await put(await link(desk), in_pieces(PICTURE)) == (204, "")


async def test_nobody_learns_what_others_have_sent_or_has_it_changed(desk: Desk) -> None:
    await put(await link(desk, device="lamp"))
    assert await link(desk, device="clock")  # a link, as if nobody had it
    await desk.arrives(device_topic("clock", "jobs"), encode(edit(PICTURE)))
    (failed,) = await desk.hears(Failed)
    assert failed.code == "input_missing"
    (ref,) = edit(PICTURE).inputs
    assert await desk.media.read(ref, device="clock") is None


async def test_a_result_of_the_bridge_is_not_taken_for_something_that_the_device_has_sent(desk: Desk) -> None:
    await desk.media.store(look_at(PICTURE))
    assert await link(desk)


async def test_a_link_is_good_for_one_method_one_device_and_one_picture(desk: Desk) -> None:
    where = await link(desk)
    to_fetch = (await desk.media.store(look_at(PICTURE))).url
    other = HASH[:-1] + ("0" if HASH[-1] != "0" else "1")
    wrong = [
        to_fetch,
        where.replace("device=lamp", "device=clock"),
        where.replace(HASH, other),
        where.replace(f"size={len(PICTURE)}", "size=1000000"),
        where.replace("type=image/png", "type=image/webp"),
        where.replace("expires=", "expires=9"),
        where + "&device=clock",
        where.partition("?")[0],
    ]
    for url in wrong:
        assert await put(url) == (403, "This link was not made by this bridge.\n"), url
    async with aiohttp.ClientSession() as session, session.get(where) as answer:
        assert answer.status == 403
    assert await put(where) == (204, "")


async def test_a_link_expires(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    where = await link(desk)
    monkeypatch.setattr(desk.media._links, "_now", lambda: NOW + 61)
    status, text = await put(where)
    assert (status, text) == (403, "This link has expired; ask the bridge for a new one.\n")


async def test_only_what_was_promised_is_kept(desk: Desk, tmp_path: Path) -> None:
    same_size = PICTURE[:-1] + b"x"
    text = b"no picture" * 30
    wrong = [
        (await link(desk), PICTURE + b"more", "image/png", 400, "This link is for"),
        (await link(desk), PICTURE[:-1], "image/png", 400, "This link is for"),
        (await link(desk), in_pieces(PICTURE + b"x" * 1_000_000), "image/png", 422, "not the bytes that were promised"),
        (await link(desk), in_pieces(PICTURE[:-1]), "image/png", 422, "not the bytes that were promised"),
        (await link(desk), same_size, "image/png", 422, "not the bytes that were promised"),
        (await link(desk), PICTURE, "text/html", 415, "This link is for image/png"),
        (await link(desk, text), text, "image/png", 422, "can't be decoded"),
        (await link(desk, png((32, 32))), png((32, 32)), "image/png", 422, "32 x 32 pixels"),
        (await link(desk, media_type="image/webp"), PICTURE, "image/webp", 422, "is a PNG, which was not promised"),
    ]
    for url, data, kind, status, sentence in wrong:
        answer = await put(url, data, kind)
        assert answer[0] == status, answer
        assert sentence in answer[1]
    assert [path for path in (tmp_path / "media").rglob("*") if path.is_file()] == []


async def test_an_upload_that_breaks_off_leaves_nothing_and_can_be_made_again(desk: Desk, tmp_path: Path) -> None:
    where = await link(desk)
    begun = tmp_path / "media" / "begun"

    async def broken() -> AsyncIterator[bytes]:
        yield PICTURE[:100]
        await until(lambda: bool(list(begun.glob("*"))))
        raise ConnectionResetError

    with pytest.raises((ConnectionResetError, aiohttp.ClientError)):
        await put(where, broken())
    await until(lambda: not list(begun.glob("*")))
    assert await put(where) == (204, "")


async def test_an_upload_of_which_nothing_comes_any_more_is_given_up(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(uploads, "STALLED_S", 0.05)
    over = asyncio.Event()

    async def stalled() -> AsyncIterator[bytes]:
        yield PICTURE[:100]
        await over.wait()

    status, _ = await put(await link(desk), stalled())
    assert status == 408
    assert list((tmp_path / "media" / "begun").glob("*")) == []


async def test_a_full_disk_is_told_and_nothing_is_left_of_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    where = await link(desk)
    with monkeypatch.context() as patch:
        patch.setattr(uploads, "_synced", full)
        assert await put(where) == (507, "The bridge can't keep a picture now.\n")
    assert list((tmp_path / "media" / "begun").glob("*")) == []
    assert await put(where) == (204, "")


async def test_one_device_can_not_fill_the_bridge(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_PICTURES", 2)
    colours = [png(colour=colour) for colour in ("red", "green", "blue")]
    third = await link(desk, colours[2])
    for data in colours[:2]:
        await put(await link(desk, data), data)
    told = await desk.media.uploads.ask("lamp", wish(colours[2]))
    assert isinstance(told, Failed)
    assert (told.code, told.retryable) == ("too_busy", True)
    assert (await put(third, colours[2]))[0] == 429
    assert (await put(await link(desk, colours[2], device="clock"), colours[2]))[0] == 204
    monkeypatch.setattr(uploads, "MOST_PICTURES", 9)
    monkeypatch.setattr(uploads, "MOST_BYTES", 2 * len(PICTURE))
    assert isinstance(await desk.media.uploads.ask("lamp", wish(colours[2])), Failed)


async def test_one_device_sends_a_few_pictures_at_the_same_time(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST_AT_ONCE", 1)
    go_on = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield PICTURE[:100]
        await go_on.wait()
        yield PICTURE[100:]

    where = await link(desk)
    first = asyncio.create_task(put(where, slow()))
    await until(lambda: bool(desk.media.uploads._at_once["lamp"]))
    assert (await put(where))[0] == 429
    go_on.set()
    assert await first == (204, "")


async def test_a_change_is_taken_on_only_if_all_that_it_needs_is_here(desk: Desk) -> None:
    mask = png(colour="black")
    changed = edit(PICTURE, mask=edit(mask).inputs[0])
    await put(await link(desk))
    await desk.arrives(device_topic("lamp", "jobs"), encode(changed))
    (failed,) = await desk.hears(Failed)
    assert (failed.job, failed.code, failed.retryable) == (changed.job, "input_missing", True)
    assert await desk.ledger.find("lamp", str(changed.job)) is None
    await put(await link(desk, mask), mask)
    await desk.arrives(device_topic("lamp", "jobs"), encode(changed))
    (accepted,) = await desk.hears(Accepted)
    assert accepted.job == changed.job


async def test_a_change_that_was_taken_on_is_recognised_when_its_pictures_are_gone(desk: Desk, tmp_path: Path) -> None:
    changed = edit(PICTURE)
    await put(await link(desk))
    await desk.arrives(device_topic("lamp", "jobs"), encode(changed))
    for path in (tmp_path / "media" / "uploads").rglob("*.png"):
        path.unlink()
    await desk.arrives(device_topic("lamp", "jobs"), encode(changed))
    await desk.hears(Accepted, times=2)


async def test_a_picture_stays_while_a_job_that_needs_it_is_open_and_a_day(desk: Desk, tmp_path: Path) -> None:
    unused, used = png(colour="white"), PICTURE
    changed = edit(used)
    for data in (unused, used):
        await put(await link(desk, data), data)
    await desk.arrives(device_topic("lamp", "jobs"), encode(changed))

    async def left(after_s: float) -> set[str]:
        now = NOW + after_s
        desk.media.uploads._now = lambda: now
        await tidy(desk.ledger, desk.media, link_valid_s=60, now=now)
        return {path.stem for path in (tmp_path / "media" / "uploads").rglob("*.png")}

    both = {hashlib.sha256(data).hexdigest() for data in (unused, used)}
    assert await left(DAY_S) == both
    assert await left(DAY_S + 1) == {HASH}
    assert await left(10 * DAY_S) == {HASH}
    entry = await desk.ledger.find("lamp", str(changed.job))
    assert entry is not None
    failed = Failed(job=changed.job, code="expired", text="It had to wait too long.")
    await desk.ledger.end(entry, "expired", encode(failed), now=NOW)
    assert await left(11 * DAY_S) == {HASH}
    assert await left(11 * DAY_S + 1) == set()


async def test_a_picture_that_was_damaged_on_the_disk_is_not_given_to_anybody(desk: Desk, tmp_path: Path) -> None:
    await put(await link(desk))
    (path,) = (tmp_path / "media" / "uploads").rglob("*.png")
    path.write_bytes(PICTURE[:-1] + b"x")
    (ref,) = edit(PICTURE).inputs
    assert await desk.media.read(ref, device="lamp") is None


async def test_pictures_are_private_to_the_bridge(desk: Desk, tmp_path: Path) -> None:
    await put(await link(desk))
    (path,) = (tmp_path / "media" / "uploads").rglob("*.png")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "media" / "begun").glob("*")) == []
