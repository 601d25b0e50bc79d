"""Our own image server: OpenAI's interface in front of the engine that draws scenes from vector art.

`POST /v1/images/generations`, `POST /v1/images/edits`, `GET /v1/models`, `GET /health`.
"""

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from time import time
from typing import Any

from aiohttp import web

from cloud_bridge.config import is_loopback
from cloud_bridge.listen import ListenError, serve, stop_signal
from cloud_bridge.studio.easel import Commission, Done, Easel, Painted, Progress
from cloud_bridge.studio.edits import edit_of, understood
from cloud_bridge.studio.form import read_form
from cloud_bridge.studio.piece import Drawing
from cloud_bridge.studio.wire import (
    MODEL,
    Edit,
    Generation,
    Refused,
    described,
    encoded,
    event,
    parse_generation,
    usage,
)
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene

log = logging.getLogger(__name__)

MAX_REQUEST_BYTES = 256 * 1024
MAX_KEY = 255

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def run_studio(
    *, host: str, port: int, api_key: str | None, ready: Callable[[str], None] = lambda _url: None
) -> None:
    """Run until SIGTERM or SIGINT. `ready` hears the URL when the studio works. Raises ListenError."""
    if not is_loopback(host) and api_key is None:
        raise ListenError(f"Anybody could use the studio at {host}: give it a key with --api-key-file.")
    stop = stop_signal()
    studio = Studio(api_key=api_key)
    async with serve(studio.app(), host=host, port=port) as url:
        ready(url)
        await stop.asked.wait()
        studio.easel.close()


class Studio:
    """The HTTP side."""

    def __init__(self, *, api_key: str | None) -> None:
        self.easel = Easel()
        self._expected = None if api_key is None else f"Bearer {api_key}".encode()
        self._began = int(time())

    def app(self) -> web.Application:
        """All that it serves."""

        @web.middleware
        async def door(request: web.Request, handler: Handler) -> web.StreamResponse:
            try:
                self._admit(request)
                return await handler(request)
            except Refused as refused:
                return web.json_response(refused.body(), status=refused.status, headers=refused.headers)
            except web.HTTPException as error:
                refused = Refused(error.status, "invalid_request", f"{request.method} {request.path}: {error.reason}.")
                return web.json_response(refused.body(), status=error.status)

        app = web.Application(middlewares=[door], client_max_size=MAX_REQUEST_BYTES)
        app.router.add_post("/v1/images/generations", self._generations)
        app.router.add_post("/v1/images/edits", self._edits)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/health", self._health)
        return app

    def _admit(self, request: web.Request) -> None:
        if self._expected is None or request.path == "/health":
            return
        given = request.headers.get("Authorization", "").encode("utf-8", "replace")
        if not hmac.compare_digest(given, self._expected):
            raise Refused(401, "invalid_api_key", "This API key is not the studio's.")

    async def _generations(self, request: web.Request) -> web.StreamResponse:
        if request.content_type != "application/json":  # also keeps out the forms of foreign web pages
            raise Refused(400, "invalid_request", "The request must be JSON.")
        try:
            body = await request.json()
        except (ValueError, RecursionError):
            raise Refused(400, "invalid_request", "The request is not JSON.") from None
        wanted = parse_generation(body)
        scene = await asyncio.to_thread(_understand, wanted.prompt)
        return await self._answer(request, self.easel.order(Drawing(scene, wanted.pixels), wanted, key=_key(request)))

    async def _edits(self, request: web.Request) -> web.StreamResponse:
        self._not_from_a_web_page(request)
        key = _key(request)
        async with read_form(request) as form:
            wanted = edit_of(form)
            commission = self.easel.known(wanted, key=key)
            if commission is None:
                piece = await asyncio.to_thread(understood, form, wanted)
                commission = self.easel.order(piece, wanted, key=key)
        return await self._answer(request, commission)

    def _not_from_a_web_page(self, request: web.Request) -> None:
        """A page of anybody's may send a form to this machine; whoever shows the key isn't just anybody."""
        if self._expected is None and "Origin" in request.headers:
            raise Refused(403, "forbidden", "Forms of web pages are not taken.")

    async def _answer(self, request: web.Request, commission: Commission) -> web.StreamResponse:
        if commission.request.stream:
            return await self._stream(request, commission)
        return web.json_response(await _whole(commission))

    async def _stream(self, request: web.Request, commission: Commission) -> web.StreamResponse:
        about = _described(commission) | {"created_at": int(time())}
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"})
        async with aclosing(commission.watch()) as steps:
            await response.prepare(request)
            async for step in steps:
                for body in _events(step, commission.request, about):
                    await response.write(event(body))
        await response.write_eof()
        return response

    async def _models(self, _request: web.Request) -> web.StreamResponse:
        model = {"id": MODEL, "object": "model", "created": self._began, "owned_by": "nightjar"}
        return web.json_response({"object": "list", "data": [model]})

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok", "waiting": self.easel.waiting})


def _key(request: web.Request) -> str | None:
    """Whose commission this is: the client's Idempotency-Key, for this client."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY:
        raise Refused(400, "invalid_idempotency_key", f"An Idempotency-Key has 1 to {MAX_KEY} characters.")
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _understand(prompt: str) -> Scene:
    """The scene. Raises Refused when nothing of it can be drawn."""
    scene = parse_prompt(prompt)
    if scene.place is not None or any(subject.known for subject in scene.subjects):
        return scene
    words = [*(subject.noun for subject in scene.subjects), *scene.unknown]
    message = f"I don't know how to draw {_listed(words)}." if words else "There is nothing in this that I can draw."
    raise Refused(400, "unknown_subject", message, param="prompt")


def _listed(words: list[str]) -> str:
    quoted = [f"“{word}”" for word in dict.fromkeys(words)][:4]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + " or " + quoted[-1]


def _described(commission: Commission) -> dict[str, Any]:
    return described(commission.request, commission.size, transparent=commission.transparent)


async def _whole(commission: Commission) -> dict[str, Any]:
    """The answer without a stream. Raises Refused."""
    pictures: list[dict[str, str]] = []
    joules: list[float] = []
    async with aclosing(commission.watch()) as steps:
        async for step in steps:
            match step:
                case Painted(data, None, took):
                    pictures.append({"b64_json": encoded(data)})
                    joules += [] if took is None else [took]
                case Done(Refused() as refused):
                    raise refused
                case _:
                    pass
    return {"created": int(time()), "data": pictures, "usage": usage(sum(joules) if joules else None)} | _described(
        commission
    )


def _events(step: Progress | Painted | Done, request: Generation | Edit, about: dict[str, Any]) -> list[dict[str, Any]]:
    """What a step is on the wire."""
    kind = "image_edit" if isinstance(request, Edit) else "image_generation"
    match step:
        case Progress(fraction):
            return [{"type": "nightjar.progress", "fraction": round(fraction, 3)}] if request.progress else []
        case Painted(data, None, joules):
            return [{"type": f"{kind}.completed", "b64_json": encoded(data), "usage": usage(joules)} | about]
        case Painted(data, index):
            partial = {"type": f"{kind}.partial_image", "b64_json": encoded(data)}
            return [partial | {"partial_image_index": index} | about]
        case Done(Refused() as refused):
            return [{"type": "error"} | refused.body()]
        case _:
            return []
