"""The HTTP client through which strangers' answers come: no redirects, nothing compressed, and only so many bytes.

OpenAI's client reads an answer whole, and follows redirects, where nobody asks it not to: a provider that has gone mad
could fill the memory, and one that has moved would have a person's photo sent on to whoever it names.
"""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from cloud_bridge.picture import MAX_BYTES

MOST_BYTES = 4 * (MAX_BYTES * 4 // 3) + 1024 * 1024
"""A picture and three partial ones, all as large as may be, in base64."""
MOST_ERROR_BYTES = 1024 * 1024


class BoundedClient(httpx2.AsyncClient):
    """For one account. The keys and time limits are those of each request."""

    def __init__(self) -> None:
        super().__init__(
            follow_redirects=False, headers={"Accept-Encoding": "identity"}, limits=httpx2.Limits(keepalive_expiry=5.0)
        )

    async def send(self, request: httpx2.Request, *, stream: bool = False, **how: Any) -> httpx2.Response:
        """As the client does it, but whoever reads the answer gets at most so many bytes of it, and then an error."""
        request.headers["Accept-Encoding"] = "identity"
        response = await super().send(request, stream=True, **how)
        try:
            if response.headers.get("Content-Encoding", "identity") != "identity":
                raise httpx2.DecodingError("The answer is compressed, which it was asked not to be.", request=request)
            assert isinstance(response.stream, httpx2.AsyncByteStream)
            most = MOST_BYTES if response.is_success else MOST_ERROR_BYTES
            response.stream = _Bounded(response.stream, most, request)
            if not stream:
                await response.aread()
        except BaseException:
            await response.aclose()
            raise
        return response


class _Bounded(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int, request: httpx2.Request) -> None:
        self._inner, self._left, self._request = inner, most, request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._inner:
            self._left -= len(piece)
            if self._left < 0:
                raise httpx2.ReadError("The answer is too long.", request=self._request)
            yield piece

    async def aclose(self) -> None:
        await self._inner.aclose()
