"""Fetching results: from where, size, and links that have expired."""

import gzip
import hashlib
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from yarl import URL

from cloud_bridge.protocol import ArtifactRef
from device.config import Broker
from device.offload._fetch import Damaged, Forbidden, LinkExpired, Unreachable, _allowed, fetch, http_session

DATA = bytes(range(256)) * 1000
HERE = Broker(host="localhost")


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
    return web.Response(body={"right": DATA, "short": DATA[:-1]}[name])


@pytest.fixture
async def place() -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_get("/{name}", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("/"))


async def test_the_right_bytes_arrive_even_if_our_clock_says_that_the_link_is_old(place: str) -> None:
    async with http_session() as session:
        assert await fetch(session, promise(place + "right"), HERE) == DATA


@pytest.mark.parametrize(
    ("name", "trouble", "words"),
    [
        ("short", Damaged, "255999 of 256000"),
        ("endless", Damaged, "more than"),
        ("squeezed", Damaged, "of 256000 bytes"),
        ("cut", Unreachable, "can't be fetched"),
        ("403", LinkExpired, "403"),
        ("401", LinkExpired, "401"),
        ("404", Damaged, "404"),
        ("410", Damaged, "410"),
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
            await fetch(session, promise(place + name), HERE)


async def test_a_server_that_is_not_there_is_unreachable() -> None:
    async with http_session() as session:
        with pytest.raises(Unreachable, match="can't be fetched"):
            await fetch(session, promise(f"http://127.0.0.1:{unused_port()}/right"), HERE)


@pytest.mark.parametrize(
    "address", ["http://[/right", "http://localhost:99999999/right", "http:///right", "http://localhost:1good"]
)
async def test_an_address_that_is_none_will_not_be_better_later(address: str) -> None:
    async with http_session() as session:
        with pytest.raises(Forbidden) as raised:
            await fetch(session, promise(address), HERE)
    assert address not in str(raised.value)


OWN = Broker(host="Bridge.example.org", media_hosts=("media.example.org",))
LOCAL = Broker(host="127.0.0.1")
SAFE = Broker(host="bridge.example.org", tls=True)


@pytest.mark.parametrize(
    ("url", "broker"),
    [
        ("http://bridge.example.org:8791/media/a?sig=1", OWN),
        ("https://BRIDGE.example.org/media/a", OWN),
        ("http://media.example.org/a", OWN),
        ("http://localhost:1/a", LOCAL),
        ("http://[::1]:1/a", LOCAL),
        ("https://bridge.example.org/a", SAFE),
    ],
)
def test_pictures_may_come_from_the_brokers_host_and_those_that_the_owner_names(url: str, broker: Broker) -> None:
    assert _allowed(url, broker) == URL(url)


@pytest.mark.parametrize(
    ("url", "broker", "words"),
    [
        ("http://192.168.1.1/reboot?sig=secret", OWN, "'192.168.1.1'"),
        ("http://127.0.0.1/secret", OWN, "'127.0.0.1'"),
        ("http://bridge.example.org@evil.example.org/secret", OWN, "'evil.example.org'"),
        ("http://bridge.example.org.evil.example.org/secret", OWN, "evil"),
        ("http://192.168.1.1/secret", LOCAL, "media_hosts"),
        ("http://bridge.example.org/secret", SAFE, "without TLS"),
    ],
)
def test_they_come_from_nowhere_else(url: str, broker: Broker, words: str) -> None:
    with pytest.raises(Forbidden, match=words) as raised:
        _allowed(url, broker)
    assert "secret" not in str(raised.value)


async def test_a_picture_that_comes_slowly_but_steadily_is_waited_for() -> None:
    async with http_session() as session:
        assert session.timeout.total is None
        assert session.timeout.sock_connect is not None
        assert session.timeout.sock_read is not None
