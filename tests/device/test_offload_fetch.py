"""Fetching results: size, hash and links that have expired."""

import gzip
import hashlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port

from cloud_bridge.protocol import ArtifactRef
from device.offload._fetch import Damaged, LinkExpired, Unreachable, fetch, http_session

DATA = bytes(range(256)) * 1000


def promise(url: str, data: bytes = DATA) -> ArtifactRef:
    return ArtifactRef(
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        media_type="image/png",
        width=64,
        height=64,
        url=url,
        expires_at=0,  # long ago by our clock, which may be wrong
    )


async def cut(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Length": str(len(DATA))})
    await response.prepare(request)
    await response.write(DATA[:1000])
    assert request.transport is not None
    request.transport.abort()
    return response


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(DATA)
    return response


async def answer(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name in ("cut", "endless"):
        return await {"cut": cut, "endless": endless}[name](request)
    if name == "elsewhere":
        raise web.HTTPFound("/right")
    if name == "squeezed":
        return web.Response(body=gzip.compress(DATA), headers={"Content-Encoding": "gzip"})
    if name.isdigit():
        return web.Response(status=int(name), body=DATA)
    return web.Response(body={"right": DATA, "wrong": DATA[::-1], "short": DATA[:-1]}[name])


@pytest.fixture
async def place() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{name}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


async def test_the_right_bytes_arrive_even_if_our_clock_says_that_the_link_is_old(place: str) -> None:
    async with http_session() as session:
        assert await fetch(session, promise(place + "right")) == DATA


@pytest.mark.parametrize(
    ("name", "trouble", "words"),
    [
        ("wrong", Damaged, "not the ones"),
        ("short", Damaged, "255999 of 256000"),
        ("endless", Damaged, "more than"),
        ("squeezed", Damaged, "of 256000 bytes"),
        ("cut", Unreachable, "can't be fetched"),
        ("403", LinkExpired, "403"),
        ("410", LinkExpired, "410"),
        ("404", LinkExpired, "404"),
        ("500", Unreachable, "500"),
        ("206", Unreachable, "206"),
        ("elsewhere", Unreachable, "302"),
    ],
)
async def test_anything_else_is_told_apart_by_what_helps(
    place: str, name: str, trouble: type[Exception], words: str
) -> None:
    async with http_session() as session:
        with pytest.raises(trouble, match=words):
            await fetch(session, promise(place + name))


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with http_session() as session:
        with pytest.raises(Unreachable, match="can't be fetched"):
            await fetch(session, promise(f"http://127.0.0.1:{unused_port()}/right"))


@pytest.mark.parametrize(
    "address", ["http://[/right", "http://host:99999999/right", "http:///right", "http://bridge:1good"]
)
async def test_an_address_that_is_none_will_not_be_better_later(address: str) -> None:
    async with http_session() as session:
        with pytest.raises(Damaged, match="address"):
            await fetch(session, promise(address))
