"""Fetch a picture by its reference: every byte counted, the whole compared with its SHA-256."""

import hashlib

import aiohttp

from cloud_bridge.protocol import ArtifactRef

_TIMEOUTS = aiohttp.ClientTimeout(total=120, sock_connect=10, sock_read=20)
_NO_LONGER = frozenset({401, 403, 404, 410})


class FetchError(Exception):
    """The picture is not here; the text is one plain sentence."""


class Unreachable(FetchError):
    """The server didn't answer as it should; later it may."""


class LinkExpired(FetchError):
    """The link is not good any more; the bridge can make a new one."""


class Damaged(FetchError):
    """What came is not what was promised."""


def http_session() -> aiohttp.ClientSession:
    """A session for `fetch`: no cookies, no compression, no proxies from the environment."""
    headers = {"Accept-Encoding": "identity", "User-Agent": "nightjar-device"}
    return aiohttp.ClientSession(
        timeout=_TIMEOUTS, headers=headers, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
    )


async def fetch(session: aiohttp.ClientSession, ref: ArtifactRef) -> bytes:
    """The bytes of `ref`, at most `ref.size_bytes` of them in memory. Raises FetchError.

    Whether a link has expired is the server's to say: a board's clock may be wrong.
    """
    try:
        # No redirects: the signed link is the place.
        async with session.get(ref.url, allow_redirects=False) as response:
            if response.status in _NO_LONGER:
                raise LinkExpired(f"The picture's link is not good any more ({response.status}).")
            if response.status != 200:
                raise Unreachable(f"The picture's server answered {response.status}.")
            data = bytearray()
            async for piece in response.content.iter_chunked(64 * 1024):
                data += piece
                if len(data) > ref.size_bytes:
                    raise Damaged(f"The picture has more than the {ref.size_bytes} bytes it should have.")
    except (aiohttp.InvalidURL, ValueError) as error:
        raise Damaged(f"The picture's address can't be used ({error}).") from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Unreachable(f"The picture can't be fetched ({type(error).__name__}: {error}).") from None
    if len(data) < ref.size_bytes:
        raise Damaged(f"The picture has {len(data)} of {ref.size_bytes} bytes.")
    if hashlib.sha256(data).hexdigest() != ref.sha256:
        raise Damaged("The picture's bytes are not the ones that the bridge promised.")
    return bytes(data)
