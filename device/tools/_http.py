"""A server at an address: streamable HTTP, every byte of an answer counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import httpx2

if TYPE_CHECKING:
    from mcp.client._transport import TransportStreams

MAX_BYTES = 4 << 20
"""Of one answer."""
_TIMEOUT = httpx2.Timeout(10.0, read=60.0)


@asynccontextmanager
async def over_http(url: str, token: str | None) -> "AsyncIterator[TransportStreams]":
    """Speak to the server for as long as the block lasts; `token` goes with it as a bearer token."""
    from mcp.client.streamable_http import streamable_http_client

    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=_TIMEOUT, transport=_Bounded()) as client,
        streamable_http_client(url, http_client=client) as streams,
    ):
        yield streams


class _Bounded(httpx2.AsyncHTTPTransport):
    """Answers no longer than `MAX_BYTES`."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        response.stream = _Counted(response.stream)
        return response


class _Counted(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream) -> None:
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_BYTES
        async for part in self._inner:
            left -= len(part)
            if left < 0:
                raise httpx2.ReadError("the server's answer is too long")
            yield part

    async def aclose(self) -> None:
        await self._inner.aclose()
