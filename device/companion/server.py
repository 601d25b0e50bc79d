"""The companion page's server: the page, what it shows, what happens live, and the way in for typed commands.

The routes are listed in `Companion._page_app`; the refusals are made in `guard.py`, the pairing in `pairing.py`.
"""

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any, TypedDict

from aiohttp import web

from device import config as settings
from device.bus import Bus
from device.by_hand import ByHand
from device.companion import control, guard, views
from device.companion.guard import COOKIE, SESSION, json_body, sentence
from device.companion.live import Live, Reader, TooManyReaders
from device.companion.pairing import Pairing, PairingRefused, TooManyAttempts
from device.companion.phone_names import spoken_name
from device.companion.pictures import PictureRoutes
from device.companion.records import Records
from device.gallery import Gallery
from device.recorder import Journal, Recorder
from device.skills.picture_send import Phone

log = logging.getLogger(__name__)

HEARTBEAT_S = 15.0
ALIVE = b"event: alive\ndata: {}\n\n"
"""Not a comment: the page has to notice when nothing comes any more, and comments don't reach it."""
EVENT_STREAM = "text/event-stream; charset=utf-8"
SNAPSHOT_EVENTS = 300
"""How far back the page's conversation goes when it is opened."""
RESUME_EVENTS = 2000
"""A page that was away for more than this loads anew instead of catching up."""
MAX_TEXT = 2000
MAX_NAME = 40
YEAR_S = 365 * 24 * 3600
PAGE = {
    **dict.fromkeys(
        (
            "/app.js",
            "/coming.js",
            "/developer.js",
            "/dom.js",
            "/grid.js",
            "/lines.js",
            "/live.js",
            "/memory.js",
            "/microphone.js",
            "/model.js",
            "/papers.js",
            "/pair.js",
            "/stage.js",
            "/talk.js",
            "/part.js",
            "/photo.js",
            "/viewer.js",
        ),
        "text/javascript",
    ),
    "/style.css": "text/css",
    "/icon.svg": "image/svg+xml",
    "/manifest.webmanifest": "application/manifest+json",
}
PUBLIC = frozenset({"/", "/pair.js", "/style.css", "/icon.svg", "/manifest.webmanifest", "/api/pair"})


class Status(TypedDict):
    """What the page shows of the device beside events."""

    name: str
    """The device's name."""
    state: str
    """idle, listening, thinking or speaking."""
    reason: str | None
    """What began it, as `StateChanged` has it."""
    muted: bool
    """The microphone's gate is closed."""
    sound_fault: str | None
    """What is wrong with microphone or loudspeaker, in a sentence."""
    online: bool
    """The bridge can be reached."""
    do_not_disturb: bool
    """Nothing is said that nobody asked for."""
    somebody: bool
    """Somebody was noticed lately: spoke, typed, or has a page open."""
    child: bool
    """Child mode is on."""
    private: bool
    """Nothing may leave the device."""
    phrases: list[str]
    """The wake phrases."""


class Companion:
    """Serves the page for phones and browsers, and the socket file for programs on this machine."""

    def __init__(
        self,
        *,
        config: settings.Companion,
        home: Path,
        bus: Bus,
        gallery: Gallery,
        by_hand: ByHand,
        journal: Journal,
        recorder: Recorder,
        records: Records,
        ask: Callable[[str], str],
        mute: Callable[[bool], Awaitable[None]],
        status: Callable[[], Status],
        routes: Iterable[web.RouteDef] = (),
    ) -> None:
        """`ask` begins a turn from typed words and returns its id, or raises Refused; `status` says how it is now.

        `mute` closes (True) or opens the microphone's gate; `routes` are those of other parts of the page.
        """
        self._config = config
        self._home = home
        self._bus = bus
        self._gallery = gallery
        self._by_hand = by_hand
        self._journal = journal
        self._recorder = recorder
        self._records = records
        self._ask = ask
        self._mute = mute
        self._status = status
        self._routes = tuple(routes)
        self._port = config.port
        self._live = Live(bus)
        self._watching: Counter[str] = Counter()
        """How many pages each phone has open, by its session."""
        self._page = files("device.companion") / "page"
        self.pairing = (
            Pairing(path=home / "companion-sessions.json", base_url=self._url_for_phones) if config.pairing else None
        )
        """None while pairing is off: then the page is for this machine alone."""

    async def run(self, started: Callable[[str], None]) -> None:
        """Serve until cancelled; `started` gets the page's address once it can be opened. Raises OSError."""
        runners: list[web.AppRunner] = []
        try:
            # A closed tab ends its stream's handler at once instead of at the next heartbeat.
            page = web.AppRunner(self._page_app(), handler_cancellation=True, shutdown_timeout=2.0, access_log=None)
            runners.append(page)
            await page.setup()
            await web.TCPSite(page, "0.0.0.0" if self._config.pairing else "127.0.0.1", self._config.port).start()  # noqa: S104
            self._port = page.addresses[0][1]
            programs = web.AppRunner(
                control.app(ask=self._ask, live=self._live, pairing=self.pairing),
                handler_cancellation=True,
                shutdown_timeout=2.0,
                access_log=None,
            )
            runners.append(programs)
            await programs.setup()
            await web.SockSite(programs, control.listening_socket(self._home / control.SOCKET_NAME)).start()
            started(self._url_for_phones() if self._config.pairing else f"http://127.0.0.1:{self._port}")
            await asyncio.Event().wait()
        finally:
            self._live.close()
            for runner in reversed(runners):
                await runner.cleanup()
            (self._home / control.SOCKET_NAME).unlink(missing_ok=True)

    def _page_app(self) -> web.Application:
        checks = guard.guard(pairing=self.pairing, host=self._config.host, public=PUBLIC)
        app = web.Application(middlewares=[checks, guard.plain_errors], client_max_size=64 * 1024)
        app.on_response_prepare.append(guard.harden)
        app.router.add_get("/", self._get_page)
        for path in PAGE:
            app.router.add_get(path, self._get_file)
        app.router.add_get("/api/state", self._get_state)
        app.router.add_get("/api/pictures", self._get_pictures)
        app.router.add_get("/api/pictures/{id}", self._get_picture)
        PictureRoutes(self._by_hand).add(app.router)
        app.router.add_get("/api/turns", self._get_turns)
        app.router.add_get("/media/{version}", self._get_media)
        app.router.add_get("/events", self._get_events)
        app.router.add_routes(self._routes)
        app.router.add_post("/api/ask", self._post_ask)
        app.router.add_post("/api/mute", self._post_mute)
        app.add_routes(self._records.routes())
        if self.pairing is not None:
            app.router.add_post("/api/pair", self._post_pair)
            app.router.add_get("/api/phones", self._get_phones)
            app.router.add_post("/api/phones/link", self._post_link)
            app.router.add_post("/api/phones/{id}/revoke", self._post_revoke)
            app.router.add_post("/api/phones/{id}/name", self._post_name)
        return app

    async def _get_page(self, request: web.Request) -> web.Response:
        paired = self.pairing is None or SESSION in request
        return self._file("index.html" if paired else "pair.html", "text/html")

    async def _get_file(self, request: web.Request) -> web.Response:
        return self._file(request.path.removeprefix("/"), PAGE[request.path])

    def _file(self, name: str, content_type: str) -> web.Response:
        # no-cache: the phone asks each time, so that an updated device is never shown through an old page.
        return web.Response(
            body=(self._page / name).read_bytes(),
            content_type=content_type,
            charset="utf-8",
            headers={"Cache-Control": "no-cache"},
        )

    async def _get_state(self, request: web.Request) -> web.Response:
        # The number first: what happens while the rest is read comes over /events.
        seq = self._bus.last_seq
        events = await self._journal.after(max(0, seq - SNAPSHOT_EVENTS))
        current, newest = await self._by_hand.current(), await self._gallery.latest()
        return _json(
            {
                **self._status(),
                "pairing": self.pairing is not None,
                "phone": request[SESSION].id if SESSION in request else None,
                "seq": seq,
                "events": [views.event_json(event) for event in events if event["seq"] <= seq],
                "picture": views.picture_json(current) if current else None,
                "newest": newest[0].id if newest else None,
            }
        )

    async def _get_pictures(self, request: web.Request) -> web.Response:
        limit = _bounded_int(request.query.get("limit", "24"), 1, 100)
        if limit is None:
            return sentence(400, "The limit must be a number from 1 to 100.")
        pictures = await self._gallery.list(limit=limit, before=request.query.get("before"))
        return _json({"pictures": [views.picture_json(picture) for picture in pictures]})

    async def _get_picture(self, request: web.Request) -> web.Response:
        picture = await self._gallery.get(request.match_info["id"])
        if picture is None:
            return sentence(404, "There is no such picture.")
        return _json(views.picture_json(picture))

    async def _get_turns(self, _request: web.Request) -> web.Response:
        return _json({"turns": [views.turn_json(turn) for turn in self._recorder.recent()]})

    async def _get_media(self, request: web.Request) -> web.StreamResponse:
        version = await self._gallery.version(request.match_info["version"])
        if version is None or not version.path.is_file():
            return sentence(404, "There is no such picture.")
        # A version never changes under its id; private: shared caches must not hold a person's pictures.
        headers = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Type": version.media_type}
        return web.FileResponse(version.path, headers=headers)

    async def _get_events(self, request: web.Request) -> web.StreamResponse:
        after = _bounded_int(
            request.headers.get("Last-Event-ID") or request.query.get("after", str(self._bus.last_seq)), 0, 2**53
        )
        if after is None:
            return sentence(400, "The number to resume from must be a whole number.")
        assert request.transport is not None
        try:
            reader = self._live.subscribe(request.transport.abort)
        except TooManyReaders:
            return sentence(503, "Too many pages are open; close one and try again.")
        session = request.get(SESSION)
        self._watching[session.id if session else ""] += 1
        try:
            response = web.StreamResponse(headers={"Content-Type": EVENT_STREAM, "Cache-Control": "no-store"})
            await response.prepare(request)
            with suppress(ConnectionError):
                await self._stream(request, response, reader, after)
            return response
        finally:
            self._watching[session.id if session else ""] -= 1
            self._live.unsubscribe(reader)

    async def _stream(self, request: web.Request, response: web.StreamResponse, reader: Reader, after: int) -> None:
        """Write what the reader missed, then what happens, until the device stops or the phone is unpaired."""
        if not 0 <= self._bus.last_seq - after <= RESUME_EVENTS:
            await response.write(b"event: reset\ndata: {}\n\n")
            return
        sent = after
        # At once and not only with the first event: the phone then knows that the line stands.
        await response.write(ALIVE)
        for event in await self._journal.after(after):
            await response.write(views.event_sse(event))
            sent = event["seq"]
        while True:
            try:
                async with asyncio.timeout(HEARTBEAT_S):
                    happened = await reader.next()
            except TimeoutError:
                happened = ALIVE
            if happened is None or not self._may_read(request):
                return
            if isinstance(happened, bytes):
                await response.write(happened)
            elif happened.seq > sent:
                await response.write(views.event_sse({"seq": happened.seq} | happened.as_json()))
                sent = happened.seq

    def _may_read(self, request: web.Request) -> bool:
        """False once the phone was unpaired while it read along."""
        return self.pairing is None or self.pairing.session(request.cookies.get(COOKIE, "")) is not None

    async def _post_ask(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        text = body.get("text")
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            return sentence(400, f"Type a command of at most {MAX_TEXT} characters.")
        return _json({"turn": self._ask(text.strip())})

    async def _post_mute(self, request: web.Request) -> web.Response:
        muted = (await json_body(request)).get("muted")
        if not isinstance(muted, bool):
            return sentence(400, "Say whether the microphone is to be muted: true or false.")
        await self._mute(muted)
        return _json({"muted": muted})

    async def _post_pair(self, request: web.Request) -> web.Response:
        body = await json_body(request)
        token = body.get("token")
        if self.pairing is None or not isinstance(token, str) or len(token) > 200:
            return sentence(400, "This is not a pairing code.")
        try:
            cookie = self.pairing.redeem(
                token, address=request.remote or "", name=request.headers.get("User-Agent", "A phone")
            )
        except PairingRefused as error:
            return sentence(403, str(error))
        except TooManyAttempts as error:
            return sentence(429, str(error))
        response = _json({"paired": True})
        response.set_cookie(
            COOKIE, cookie, max_age=YEAR_S, httponly=True, samesite="Strict", secure=request.secure, path="/"
        )
        return response

    async def _get_phones(self, request: web.Request) -> web.Response:
        assert self.pairing is not None
        this = request[SESSION].id
        return _json({"phones": [views.phone_json(phone, this=this) for phone in self.pairing.sessions()]})

    async def _post_link(self, _request: web.Request) -> web.Response:
        assert self.pairing is not None
        link = self.pairing.new_link()
        return _json({"url": link.url, "svg": link.qr_svg, "expires_at": link.expires_at})

    async def _post_revoke(self, request: web.Request) -> web.Response:
        assert self.pairing is not None
        if not self.pairing.revoke(request.match_info["id"]):
            return sentence(404, "There is no such phone.")
        return _json({"revoked": True})

    async def _post_name(self, request: web.Request) -> web.Response:
        assert self.pairing is not None
        name = (await json_body(request)).get("name")
        if not isinstance(name, str) or len(name) > MAX_NAME or not name.isprintable():
            return sentence(400, f"Give the phone a name of at most {MAX_NAME} characters.")
        if not self.pairing.rename(request.match_info["id"], " ".join(name.split())):
            return sentence(404, "There is no such phone.")
        return _json({"called": " ".join(name.split())})

    @property
    def watched(self) -> bool:
        """Whether a page is open somewhere."""
        return any(self._watching.values())

    def phones(self) -> tuple[Phone, ...]:
        """The paired phones and displays, as they are spoken of; the newest first."""
        sessions = self.pairing.sessions() if self.pairing else ()
        return tuple(Phone(each.id, spoken_name(each), self._watching[each.id] > 0) for each in sessions)

    def _url_for_phones(self) -> str:
        host = self._config.host or _own_address()
        return f"http://{f'[{host}]' if ':' in host else host}:{self._port}"


def _json(body: dict[str, Any]) -> web.Response:
    return web.json_response(body, headers={"Cache-Control": "no-store"})


def _bounded_int(text: str, lowest: int, highest: int) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > 16:
        return None
    return number if lowest <= (number := int(text)) <= highest else None


def _own_address() -> str:
    """The address that this machine has in its network; loopback when it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1: the kernel picks the interface it would use
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])
