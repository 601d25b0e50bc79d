"""Links that only this bridge can make, each for one method, one path and what stands in it, until it expires.

::

    {base url}{path}?{what else it is for}&expires={unix seconds}&signature={HMAC-SHA256}

The signature covers the method too: whoever may fetch a picture can't put one there, nor the other way round.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Mapping

from aiohttp import web


class Links:
    """With one secret. `base_url` is set when it is known where the bridge serves."""

    def __init__(self, secret: bytes, *, valid_s: float, now: Callable[[], float] = time.time) -> None:
        self.base_url = ""
        self._secret, self._valid_s, self._now = secret, valid_s, now

    def make(self, method: str, path: str, **about: str) -> tuple[str, float]:
        """A link, and when it expires. `about`: what else it is for; plain words that need no quoting."""
        expires = int(self._now() + self._valid_s)
        said = about | {"expires": str(expires)}
        query = "&".join(f"{name}={value}" for name, value in said.items())
        return f"{self.base_url}{path}?{query}&signature={self._sign(method, path, said)}", float(expires)

    def admit(self, method: str, request: web.Request) -> Mapping[str, str]:
        """What the link of a request says, if it is one of ours for this method. Raises HTTPForbidden."""
        said = dict(request.query)
        signature = said.pop("signature", "")
        expected = self._sign(method, request.path, said)
        twice = len(request.query) != len(said) + 1
        if twice or not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise web.HTTPForbidden(text="This link was not made by this bridge.\n")
        if int(said["expires"]) < self._now():  # signed by us, so it is a number
            raise web.HTTPForbidden(text="This link has expired; ask the bridge for a new one.\n")
        return said

    def _sign(self, method: str, path: str, said: Mapping[str, str]) -> str:
        parts = (method, path, *(f"{name}={value}" for name, value in sorted(said.items())))
        return hmac.new(self._secret, "\n".join(parts).encode("utf-8", "replace"), hashlib.sha256).hexdigest()
