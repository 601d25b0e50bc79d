"""A provider for the drill, in a process of its own: OpenAI's wire format for pictures, and a bill on the disk.

Every picture that it makes is one line of the bill, synced before a byte of the answer goes out: at the beginning of
the work or at its end. Now and then it refuses, with each of the ways in which the real ones do. `idempotent`: an
Idempotency-Key that is on the bill gets the same picture and no second line, over restarts too.
"""

import asyncio
import base64
import hashlib
import io
import json
import os
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Literal

from aiohttp import web
from PIL import Image
from pydantic import BaseModel

WORK_S = (0.02, 0.25)
SIDE = 64
PREVIEW = (1, 1, 1)


class Settings(BaseModel):
    """Read from the file that the command line names."""

    port: int
    bill: Path
    idempotent: bool
    seed: int


class Line(BaseModel):
    """One line of the bill."""

    prompt: str
    key: str | None
    """The Idempotency-Key, where one came."""


class Bill:
    """What was made and is to be paid, one line each."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.keys = {line.key for line in read_bill(path)}
        self._lock = asyncio.Lock()

    async def add(self, line: Line) -> None:
        """On the disk when this returns."""
        async with self._lock:
            await asyncio.to_thread(self._append, line)
            self.keys.add(line.key)

    def _append(self, line: Line) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(line.model_dump_json().encode() + b"\n")
            os.fsync(file.fileno())


def read_bill(path: Path) -> list[Line]:
    """The bill. Each line is one write, so that no kill leaves half of one."""
    return [Line.model_validate_json(text) for text in path.read_bytes().splitlines()] if path.exists() else []


def billed(path: Path) -> Counter[str]:
    """How often each prompt was billed."""
    return Counter(line.prompt for line in read_bill(path))


def colour_of(prompt: str) -> tuple[int, int, int]:
    """Each prompt's own."""
    red, green, blue = hashlib.sha256(prompt.encode()).digest()[:3]
    return red, green, blue


def picture(colour: tuple[int, int, int]) -> str:
    """A PNG of one colour, in base64."""
    file = io.BytesIO()
    Image.new("RGB", (SIDE, SIDE), colour).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


class Provider:
    """Answers as it was seeded."""

    def __init__(self, settings: Settings) -> None:
        self._idempotent = settings.idempotent
        self._bill = Bill(settings.bill)
        self._rng = random.Random(settings.seed)  # noqa: S311 - chance, not secrecy
        self._keys: dict[str, asyncio.Lock] = {}

    async def generations(self, request: web.Request) -> web.StreamResponse:
        """`POST /v1/images/generations`, streamed or not."""
        body: dict[str, Any] = await request.json()
        if (refusal := self._refusal()) is not None:
            return refusal
        key = request.headers.get("Idempotency-Key")
        line = Line(prompt=body["prompt"], key=key)
        if key is not None and self._idempotent:
            async with self._keys.setdefault(key, asyncio.Lock()):
                return await self._made(request, body, line, known=key in self._bill.keys)
        return await self._made(request, body, line, known=False)

    async def _made(self, request: web.Request, body: dict[str, Any], line: Line, *, known: bool) -> web.StreamResponse:
        stream: web.StreamResponse | None = None
        billed_first = self._rng.random() < 0.5
        if not known and billed_first:
            await asyncio.shield(self._bill.add(line))
        if body.get("stream"):
            stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
            await stream.prepare(request)
            await _send(stream, type="image_generation.partial_image", b64_json=picture(PREVIEW), partial_image_index=0)
        await asyncio.sleep(self._rng.uniform(*WORK_S))
        if not known and not billed_first:
            await asyncio.shield(self._bill.add(line))
        b64 = picture(colour_of(line.prompt))
        if stream is None:
            return web.json_response({"created": 1, "data": [{"b64_json": b64}]})
        await _send(stream, type="image_generation.completed", b64_json=b64)
        return stream

    def _refusal(self) -> web.Response | None:
        """Nothing was done, and so it says."""
        chance = self._rng.random()
        if chance < 0.02:
            return _error(429, "rate_limit_exceeded", headers={"Retry-After": "1"})
        if chance < 0.03:
            return _error(503, None)
        if chance < 0.04:
            return _error(400, "moderation_blocked")
        return None

    async def models(self, _request: web.Request) -> web.Response:
        """`GET /v1/models`: whether it works."""
        return web.json_response({"object": "list", "data": []})


def _error(status: Literal[400, 429, 503], code: str | None, headers: dict[str, str] | None = None) -> web.Response:
    body = {"error": {"message": "No.", "type": "x", "param": None, "code": code}}
    return web.json_response(body, status=status, headers=headers)


async def _send(stream: web.StreamResponse, **event: object) -> None:
    await stream.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())


async def serve(settings: Settings) -> None:
    """For ever; prints `ready` when it can be asked."""
    provider, app = Provider(settings), web.Application()
    app.router.add_post("/v1/images/generations", provider.generations)
    app.router.add_get("/v1/models", provider.models)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port, reuse_address=True).start()
    print('{"ready": "provider"}', flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(Settings.model_validate_json(Path(sys.argv[1]).read_bytes())))
