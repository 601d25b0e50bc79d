"""Fetch a picture by its reference, or put one: at a place that may be asked, every byte counted."""

import ipaddress
import ssl
from io import BytesIO
from pathlib import Path

import aiohttp
from yarl import URL

from cloud_bridge.protocol import ArtifactRef
from device.config import Broker

# No limit for the whole: a slow line takes as long as it takes, and the size is known.
_TIMEOUTS = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=20)
_RENEW = frozenset({401, 403})
_MISSING = frozenset({404, 410})
_NEVER = frozenset({400, 404, 413, 415, 422})
_SLOWEST = 10_000
"""Bytes a second, of a line that pictures are still sent over."""


class FetchError(Exception):
    """The picture is not here; the text is one plain sentence, without the signed link: that is a key."""


class Unreachable(FetchError):
    """The server didn't answer as it should; later it may."""


class LinkExpired(FetchError):
    """The link is not good any more; the bridge can make a new one."""


class Damaged(FetchError):
    """What came is not what was promised, or nothing is there."""


class Forbidden(FetchError):
    """The device doesn't fetch from there, now or later."""


class NotTaken(FetchError):
    """The bridge doesn't take this picture, now or later."""


def http_session(ca_file: Path | None = None) -> aiohttp.ClientSession:
    """A session for `fetch`: no cookies, no compression, no proxies from the environment.

    `ca_file`: who is trusted by https beside the system's authorities. Raises OSError.
    """
    trusted: ssl.SSLContext | bool = True
    if ca_file is not None:
        trusted = ssl.create_default_context()
        trusted.load_verify_locations(ca_file)
    headers = {"Accept-Encoding": "identity", "User-Agent": "nightjar-device"}
    return aiohttp.ClientSession(
        timeout=_TIMEOUTS,
        headers=headers,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        connector=aiohttp.TCPConnector(ssl=trusted),
    )


async def fetch(session: aiohttp.ClientSession, ref: ArtifactRef, broker: Broker) -> bytes:
    """As many bytes of `ref` as were promised; their SHA-256 is the caller's to check. Raises FetchError.

    Whether a link has expired is the server's to say: a board's clock may be wrong.
    """
    place = _allowed(ref.url, broker)
    try:
        # No redirects: the signed link is the place.
        async with session.get(place, allow_redirects=False) as response:
            if response.status in _RENEW:
                raise LinkExpired(f"The picture's link is not good any more ({response.status}).")
            if response.status in _MISSING:
                raise Damaged(f"The picture is not where it should be ({response.status}).")
            if response.status != 200:
                raise Unreachable(f"The picture's server answered {response.status}.")
            data = bytearray()
            async for piece in response.content.iter_chunked(64 * 1024):
                data += piece
                if len(data) > ref.size_bytes:
                    raise Damaged(f"The picture has more than the {ref.size_bytes} bytes it should have.")
    except (aiohttp.InvalidURL, ValueError) as error:
        raise Forbidden(f"The picture's address can't be used ({type(error).__name__}).") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(f"The picture can't be fetched ({type(error).__name__}).") from None
    if len(data) < ref.size_bytes:
        raise Damaged(f"The picture has {len(data)} of {ref.size_bytes} bytes.")
    return bytes(data)


async def put(session: aiohttp.ClientSession, url: str, data: bytes, media_type: str, broker: Broker) -> None:
    """Put a picture where the bridge has said. Raises FetchError."""
    place = _allowed(url, broker)
    # While it leaves, nothing comes back.
    patience = aiohttp.ClientTimeout(total=None, sock_connect=10, sock_read=30 + len(data) / _SLOWEST)
    headers = {"Content-Type": media_type, "Content-Length": str(len(data))}
    try:
        async with session.put(
            place, data=BytesIO(data), headers=headers, timeout=patience, allow_redirects=False
        ) as response:
            status = response.status
    except (aiohttp.InvalidURL, ValueError) as error:
        raise Forbidden(f"The picture's address can't be used ({type(error).__name__}).") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(f"The picture can't be sent ({type(error).__name__}).") from None
    if status in _RENEW:
        raise LinkExpired(f"The picture's link is not good any more ({status}).")
    if status in _NEVER:
        raise NotTaken(f"The bridge does not take the picture ({status}).")
    if status not in (200, 201, 204):
        raise Unreachable(f"The picture's server answered {status}.")


def _allowed(url: str, broker: Broker) -> URL:
    """The address, if its host is one that the owner named. Raises Forbidden.

    A bridge that is taken over must not send the device around the owner's network.
    """
    try:
        place = URL(url)
        host = place.host or ""
    except ValueError:
        raise Forbidden("The picture's address can't be used.") from None
    if host not in {name.lower() for name in (broker.host, *broker.media_hosts)} and not (
        _is_loopback(host) and _is_loopback(broker.host)
    ):
        raise Forbidden(f"The bridge keeps the picture at {host[:100]!r}, which is not among broker.media_hosts.")
    if broker.tls and place.scheme != "https":
        raise Forbidden("The bridge offers the picture without TLS, which the broker's settings ask for.")
    return place


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
