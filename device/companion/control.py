"""The way in for programs on this machine: a socket file in the home directory that only its owner can open.

`POST /ask {"text": …, "wait_s": …}` answers with the turn's events, one JSON object a line, until `turn_finished`;
with `wait_s` above 0 on until the turn's last picture is final or has failed, or that many seconds later.
`POST /pair` makes a link for one more phone. `nightjar ask` and `nightjar pair` speak to it.
"""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from device.companion import guard
from device.companion.live import Live, Reader, TooManyReaders
from device.companion.pairing import Pairing
from device.events import Happened
from device.progress import Progress

SOCKET_NAME = "device.sock"
MAX_WAIT_S = 3600.0


class _AskBody(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    text: Annotated[str, Field(min_length=1, max_length=2000)]
    wait_s: Annotated[float, Field(ge=0, le=MAX_WAIT_S)] = 0.0


def listening_socket(path: Path) -> socket.socket:
    """A bound Unix socket that only this user can open; one left by a dead device is replaced. Raises OSError."""
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(str(path))
        # Before listen(): until then nobody can connect, so there is no moment in which others could.
        path.chmod(0o600)
    except OSError:
        listener.close()
        raise
    return listener


def app(*, ask: Callable[[str], str], live: Live, pairing: Pairing | None) -> web.Application:
    """The web application behind the socket file."""

    async def post_ask(request: web.Request) -> web.StreamResponse:
        try:
            body = _AskBody.model_validate_json(await request.read())
        except ValidationError:
            return guard.sentence(400, "Give a text of at most 2000 characters and a wait_s from 0 to 3600.")
        transport = request.transport
        assert transport is not None
        try:
            reader = live.subscribe(transport.abort)
        except TooManyReaders:
            return guard.sentence(503, "Too many programs are listening; try again later.")
        try:
            # Subscribed before asking, so that the turn's first event is not missed.
            turn = ask(body.text)
            response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
            await response.prepare(request)
            async for happened in _turn(reader, turn, body.wait_s):
                await response.write(json.dumps(happened.as_json(), ensure_ascii=False).encode() + b"\n")
            return response
        finally:
            live.unsubscribe(reader)

    async def post_pair(request: web.Request) -> web.Response:
        del request
        if pairing is None:
            return guard.sentence(409, "Pairing is off; set pairing = true under [companion] in config.toml.")
        link = pairing.new_link()
        answer: dict[str, Any] = {"url": link.url, "qr": link.qr_terminal, "expires_at": link.expires_at}
        return web.json_response(answer)

    application = web.Application(middlewares=[guard.plain_errors], client_max_size=64 * 1024)
    application.router.add_post("/ask", post_ask)
    application.router.add_post("/pair", post_pair)
    return application


async def _turn(reader: Reader, turn: str, wait_s: float) -> AsyncIterator[Happened]:
    """The turn's events until it is finished and, for up to `wait_s` more, until its jobs have ended."""
    progress = Progress(turn)
    until: float | None = None
    while not (progress.settled or (progress.finished and wait_s == 0)):
        try:
            async with asyncio.timeout_at(until):
                happened = await reader.next()
        except TimeoutError:
            return
        if happened is None:
            return
        progress(happened)
        if happened.turn == turn:
            yield happened
        if progress.finished and until is None:
            until = asyncio.get_running_loop().time() + wait_s
