"""Pictures by content, behind signed links that expire."""

import asyncio
import hashlib
import os
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from bridge_parts import png

from cloud_bridge.listen import serve
from cloud_bridge.media import Media
from cloud_bridge.picture import NotAPicture, look_at
from cloud_bridge.private import keep_secret
from cloud_bridge.protocol import ArtifactRef

PICTURE = png()


class Time:
    now = 1_000_000.0


@pytest.fixture
async def media(tmp_path: Path) -> AsyncIterator[Media]:
    media = Media(tmp_path / "media", secret=b"s" * 32, link_valid_s=60, now=lambda: Time.now)
    app = web.Application()
    app.add_routes(media.routes())
    async with serve(app, host="127.0.0.1", port=0) as url:
        media.base_url = url
        yield media


async def fetch(url: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.read(), dict(answer.headers)


async def test_a_picture_comes_back_as_it_was_stored(media: Media) -> None:
    artifact = await media.store(look_at(PICTURE))
    assert artifact.sha256 == hashlib.sha256(PICTURE).hexdigest()
    assert (artifact.width, artifact.height, artifact.size_bytes) == (128, 96, len(PICTURE))
    status, body, headers = await fetch(artifact.url)
    assert (status, body) == (200, PICTURE)
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_the_same_picture_is_stored_once(media: Media, tmp_path: Path) -> None:
    await asyncio.gather(*(media.store(look_at(PICTURE)) for _ in range(10)))
    files = [path for path in (tmp_path / "media").rglob("*") if path.is_file()]
    assert [path.name for path in files] == [f"{hashlib.sha256(PICTURE).hexdigest()}.png"]


async def test_a_part_of_a_picture_can_be_fetched(media: Media) -> None:
    artifact = await media.store(look_at(PICTURE))
    status, body, headers = await fetch(artifact.url, Range="bytes=10-19")
    assert (status, body) == (206, PICTURE[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(PICTURE)}"


def aged(directory: Path, seconds: float) -> None:
    for path in directory.rglob("*.*"):
        os.utime(path, (Time.now - seconds, Time.now - seconds))


async def test_old_pictures_are_swept_away_unless_they_are_needed(media: Media, tmp_path: Path) -> None:
    old, needed, again = [await media.store(look_at(png(colour=colour))) for colour in ("red", "blue", "green")]
    aged(tmp_path, 100)
    await media.store(look_at(png(colour="green")))
    new = await media.store(look_at(png(colour="white")))
    await media.sweep(keep={needed.sha256}, before=Time.now - 50)
    assert [media.has(artifact) for artifact in (old, needed, again, new)] == [False, True, True, True]


async def test_what_a_killed_process_had_begun_is_deleted(media: Media, tmp_path: Path) -> None:
    artifact = await media.store(look_at(PICTURE))
    (tmp_path / "media" / "begun" / "half a picture").write_bytes(b"x")
    after = Media(tmp_path / "media", secret=b"s" * 32, link_valid_s=60)
    assert list((tmp_path / "media" / "begun").iterdir()) == []
    assert after.has(artifact)


def tampered(artifact: ArtifactRef) -> list[str]:
    url = artifact.url
    other = artifact.sha256[:-1] + ("0" if artifact.sha256[-1] != "0" else "1")
    return [
        url.replace("expires=", "expires=9"),
        url[:-1] + ("0" if url[-1] != "0" else "1"),
        url.replace(artifact.sha256, other),
        url.split("?")[0],
        url.split("&")[0],
        url.replace("expires=1000060", "expires=never"),
        url.replace("signature=", "signature=%C3%A4%ED%A0%80"),
    ]


async def test_a_link_that_was_changed_is_not_honoured(media: Media) -> None:
    artifact = await media.store(look_at(PICTURE))
    for url in tampered(artifact):
        status, body, _ = await fetch(url)
        assert (status, body) == (403, b"This link was not made by this bridge.\n"), url


async def test_a_link_expires_and_a_fresh_one_works(media: Media, monkeypatch: pytest.MonkeyPatch) -> None:
    artifact = await media.store(look_at(PICTURE))
    assert artifact.expires_at == Time.now + 60
    monkeypatch.setattr(Time, "now", Time.now + 61)
    status, body, _ = await fetch(artifact.url)
    assert (status, body) == (403, b"This link has expired; ask the bridge for a new one.\n")
    renewed = media.renew(artifact)
    assert renewed.expires_at == Time.now + 60
    assert (await fetch(renewed.url))[0] == 200


async def test_a_picture_that_is_gone_is_not_found(media: Media, tmp_path: Path) -> None:
    artifact = await media.store(look_at(PICTURE))
    for path in (tmp_path / "media").rglob("*.png"):
        path.unlink()
    assert (await fetch(artifact.url))[0] == 404


@pytest.mark.parametrize("path", ["/media/..%2f..%2fmedia.secret", "/media/abc", "/media/", "/"])
async def test_nothing_else_is_served(media: Media, path: str) -> None:
    assert (await fetch(media.base_url + path))[0] == 404


def test_the_secret_is_kept_and_private(tmp_path: Path) -> None:
    first = keep_secret(tmp_path / "secret")
    assert len(first) == 32
    assert keep_secret(tmp_path / "secret") == first
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_picture_is_what_its_bytes_say() -> None:
    picture = look_at(PICTURE)
    assert (picture.media_type, picture.width, picture.height) == ("image/png", 128, 96)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "can't be decoded"),
        (b"<html>", "can't be decoded"),
        (PICTURE[: len(PICTURE) // 2], "can't be decoded"),
        (png((63, 128)), "63 x 128 pixels"),
        (png((4097, 64)), "4097 x 64 pixels"),
        (b"GIF89a" + b"\0" * 100, "can't be decoded"),
    ],
)
def test_what_is_no_picture_of_ours_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(NotAPicture, match=sentence):
        look_at(data)


@pytest.mark.parametrize(("side", "sentence"), [(9_000, "9000 x 9000 pixels"), (50_000, "can't be decoded")])
def test_a_decompression_bomb_is_refused_by_its_head(side: int, sentence: str) -> None:
    bomb = bytearray(png((64, 64)))
    bomb[16:24] = side.to_bytes(4, "big") * 2
    bomb[29:33] = zlib.crc32(bomb[12:29]).to_bytes(4, "big")
    with pytest.raises(NotAPicture, match=sentence):
        look_at(bytes(bomb))
