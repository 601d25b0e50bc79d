"""The listener for whoever runs the bridge: is it alive, is it ready, and what does it count.

::

    GET /live      200 while process and event loop live
    GET /ready     200, or 503 with the reasons as JSON
    GET /metrics   Prometheus text
    GET /          the status page; /status.json and /incidents.rss say the same

    POST /jobs/{device}/{job}/cancel, …/requeue    for `nightjar bridge jobs` on this machine, with the key in
                                                   `operations.json` of the state directory

With a token in the settings everything asks for it; without one only this machine gets in.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable

from aiohttp import web

from cloud_bridge.by_hand import ByHand, Refused
from cloud_bridge.entry import LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.metrics import Metrics
from cloud_bridge.status_page import STYLE, Status, as_html, as_json, as_rss

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
JOB = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
OPERATIONS = "operations.json"
"""In the state directory: where this bridge listens for whoever runs it, and the key that lets him change jobs."""
LEDGER_WITHIN_S = 5.0


class Readiness:
    """Why the bridge can't do its work, if it can't."""

    def __init__(self, *, ledger: Ledger, broker_trouble: Callable[[], str | None], any_up: Callable[[], bool]) -> None:
        """`broker_trouble`: why there is no broker. `any_up`: whether any of the capabilities works."""
        self._ledger, self._broker_trouble, self._any_up = ledger, broker_trouble, any_up
        self.going = False
        """The process has been asked to end."""

    async def reasons(self) -> list[str]:
        """In plain sentences; empty when it is ready."""
        found = ["The bridge is about to stop."] if self.going else []
        try:
            async with asyncio.timeout(LEDGER_WITHIN_S):
                await self._ledger.prove()
        except LedgerError as error:
            found.append(str(error))
        except TimeoutError:
            found.append(f"The ledger has not been written for {LEDGER_WITHIN_S:.0f} s.")
        if (trouble := self._broker_trouble()) is not None:
            found.append(trouble)
        if not self._any_up():
            found.append("No provider works.")
        return found


def operations(
    readiness: Readiness,
    metrics: Metrics,
    status: Callable[[], Status],
    by_hand: ByHand,
    *,
    token: str | None,
    key: str,
) -> web.Application:
    """The listener's application. `status` may read from the disk: it is called in a thread.

    `token`: what everybody has to show, if anything. `key`: what whoever changes jobs has to show.
    """
    app = web.Application(middlewares=[_guard(token, key)])

    async def live(_request: web.Request) -> web.Response:
        return web.Response(text="alive\n")

    async def ready(_request: web.Request) -> web.Response:
        reasons = await readiness.reasons()
        return web.json_response({"ready": not reasons, "reasons": reasons}, status=503 if reasons else 200)

    async def numbers(_request: web.Request) -> web.Response:
        return web.Response(body=metrics.text(), headers={"Content-Type": PROMETHEUS})

    async def page(_request: web.Request) -> web.Response:
        found = await asyncio.to_thread(status)
        return web.Response(text=as_html(found), content_type="text/html", headers=SAFE)

    async def style(_request: web.Request) -> web.Response:
        return web.Response(body=STYLE, content_type="text/css", headers=SAFE)

    async def for_programs(_request: web.Request) -> web.Response:
        return web.json_response(as_json(await asyncio.to_thread(status)), headers=SAFE)

    async def feed(request: web.Request) -> web.Response:
        text = as_rss(await asyncio.to_thread(status), url=str(request.url.with_path("/")))
        return web.Response(text=text, content_type="application/rss+xml", headers=SAFE)

    async def change(request: web.Request) -> web.Response:
        device, job, what = (request.match_info[name] for name in ("device", "job", "what"))
        try:
            if what == "cancel":
                return web.json_response({"done": await by_hand.cancel(device, job)})
            again = request.query.get("may_be_billed_again") == "yes"
            return web.json_response({"done": await by_hand.requeue(device, job, may_be_billed_again=again)})
        except (Refused, LedgerError) as error:
            return web.json_response({"refused": str(error)}, status=409)

    app.router.add_post(f"/jobs/{{device:[a-z0-9-]{{1,63}}}}/{{job:{JOB}}}/{{what:cancel|requeue}}", change)
    app.router.add_get("/", page)
    app.router.add_get("/status.css", style)
    app.router.add_get("/status.json", for_programs)
    app.router.add_get("/incidents.rss", feed)
    app.router.add_get("/live", live)
    app.router.add_get("/ready", ready)
    app.router.add_get("/metrics", numbers)
    return app


def _guard(token: str | None, key: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    @web.middleware
    async def admit(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        needed = key if request.method == "POST" else token
        shown = _shown(request.headers.get("Authorization", ""))
        if needed is not None and not hmac.compare_digest(shown.encode("utf-8", "replace"), needed.encode()):
            asks = {"WWW-Authenticate": 'Basic realm="Nightjar", charset="UTF-8"'}
            raise web.HTTPUnauthorized(text="The token of this bridge's status is needed.\n", headers=asks)
        return await handler(request)

    return admit


def _shown(header: str) -> str:
    """The token in an Authorization header: a Bearer's, or the password that a browser asked for; "" without one."""
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(rest.strip(), validate=True).decode().partition(":")[2]
    except (binascii.Error, ValueError):
        return ""
