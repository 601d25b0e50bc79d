"""Who may ask the page's server for what: the checks that every request passes, and the headers of every answer.

- Host: only names that are ours, so that a web page elsewhere can't reach us through a name of its own (DNS rebinding).
- Origin: what changes something must come from our own page (CSRF).
- Cookie: with pairing on, everything but the page that explains pairing needs a session.
"""

import ipaddress
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Middleware

from device.companion.pairing import Pairing, Session

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Refused(Exception):
    """The device can't take a command just now; the text is one plain sentence for whoever asked."""


COOKIE = "nightjar_session"
SESSION = web.RequestKey("session", Session)
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
HEADERS = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


async def harden(request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer, streams and refusals too, the security headers (an `on_response_prepare` signal)."""
    del request
    response.headers.update(HEADERS)


def sentence(status: int, text: str) -> web.Response:
    """A refusal in one plain sentence."""
    return web.json_response({"error": text}, status=status)


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object. Raises the HTTP error that says what is wrong with it."""
    # Only this content type: a form of another site can't send it without asking the browser's permission first.
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType
    try:
        body = json.loads(await request.text())
    except ValueError:
        raise web.HTTPBadRequest from None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest
    return body


def guard(*, pairing: Pairing | None, host: str | None, public: frozenset[str]) -> Middleware:
    """The middleware with all checks. `host`: the name phones use; `public`: paths that need no session."""

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not _is_our_name(request, host):
            return sentence(421, "This address is not the device's own.")
        if request.method not in ("GET", "HEAD") and not _is_our_origin(request):
            return sentence(403, "This must come from the device's own page.")
        if pairing is not None:
            session = pairing.session(request.cookies.get(COOKIE, ""))
            if session is not None:
                request[SESSION] = session
            elif request.path not in public:
                return sentence(401, "This phone is not paired with the device.")
        return await handler(request)

    return check


@web.middleware
async def plain_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into one sentence; the log has the rest."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        text = {404: "There is nothing here.", 405: "That can't be done here.", 413: "That is too long."}
        return sentence(error.status, text.get(error.status, "The device didn't understand that."))
    except Refused as error:
        return sentence(503, str(error))
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return sentence(500, "Something went wrong on the device; try again.")


def _is_our_name(request: web.Request, host: str | None) -> bool:
    name = _host_name(request.headers.get("Host", ""))
    if name in LOOPBACK_NAMES:
        return True
    if host is not None and name == host.lower():
        return True
    # The address that the connection came in on is ours by definition, also after the router gave out a new one.
    ours = request.transport.get_extra_info("sockname") if request.transport else None
    return bool(ours) and _same_address(name, str(ours[0]))


def _is_our_origin(request: web.Request) -> bool:
    # Browsers send Origin with every POST; other programs use the socket file.
    origin = urlsplit(request.headers.get("Origin", ""))
    return origin.scheme in ("http", "https") and origin.netloc.lower() == request.headers.get("Host", "").lower()


def _host_name(header: str) -> str:
    try:
        return (urlsplit(f"//{header}").hostname or "").lower()
    except ValueError:
        return ""


def _same_address(name: str, address: str) -> bool:
    try:
        return ipaddress.ip_address(name) == ipaddress.ip_address(address)
    except ValueError:
        return False
