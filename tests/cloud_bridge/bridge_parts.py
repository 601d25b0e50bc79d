"""A real broker, devices that speak to it, and a provider that speaks OpenAI's wire format and does as it is told."""

import asyncio
import base64
import io
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from time import time
from typing import Any, TypeVar
from uuid import UUID

from aiohttp import web
from PIL import Image
from pydantic import BaseModel
from uuid_utils import uuid7

from cloud_bridge.broker import Broker, bridge_user
from cloud_bridge.link import Link, Will
from cloud_bridge.listen import serve
from cloud_bridge.protocol import Ack, ImageCreate, ResultMessage, device_topic, encode, parse_result

M = TypeVar("M", bound=BaseModel)
WITHIN_S = 30.0


def png(size: tuple[int, int] = (128, 96), colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, colour).save(file, "PNG")
    return file.getvalue()


def request(prompt: str = "a red fox", *, valid_s: float = 600, **more: Any) -> ImageCreate:
    now = time()
    return ImageCreate(
        job=UUID(str(uuid7())), turn="t1", created_at=now, expires_at=now + valid_s, prompt=prompt, **more
    )


@asynccontextmanager
async def connected(
    broker: Broker,
    user: str,
    *subscriptions: str,
    client_id: str | None = None,
    will: Will | None = None,
    on_connect: Any = None,
) -> AsyncIterator[Link]:
    link = Link(
        host="127.0.0.1",
        port=broker.port,
        client_id=client_id or user,
        subscriptions=subscriptions,
        username=user,
        password=broker.passwords[user],
        will=will,
        on_connect=on_connect,
    )
    running = asyncio.create_task(link.run())
    try:
        async with asyncio.timeout(WITHIN_S):
            await link.wait_connected()
        yield link
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


class Device:
    """A device that keeps all results it hears."""

    def __init__(self, name: str, link: Link) -> None:
        self.name, self.link = name, link
        self.heard: list[ResultMessage] = []
        self._came = asyncio.Event()

    async def listen(self) -> None:
        async for message in self.link.incoming():
            self.heard.append(parse_result(message.payload))
            message.ack()
            self._came.set()

    async def send(self, message: BaseModel | bytes) -> None:
        body = message if isinstance(message, bytes) else encode(message)
        await self.link.publish(device_topic(self.name, "jobs"), body)

    async def ack(self, job: UUID) -> None:
        await self.link.publish(device_topic(self.name, "acks"), encode(Ack(job=job)))

    async def hears(self, kind: type[M], job: UUID, times: int = 1) -> M:
        """The last of so many messages of a kind about a job, as soon as they have come."""
        async with asyncio.timeout(WITHIN_S):
            while True:
                self._came.clear()
                found = [message for message in self.heard if isinstance(message, kind) and message.job == job]
                if len(found) >= times:
                    return found[-1]
                await self._came.wait()


@asynccontextmanager
async def device(broker: Broker, name: str = "lamp") -> AsyncIterator[Device]:
    async with connected(broker, name, device_topic(name, "results")) as link:
        device = Device(name, link)
        listening = asyncio.create_task(device.listen())
        try:
            yield device
        finally:
            listening.cancel()


Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


class Provider:
    """What the bridge calls. `answers` are given in turn, then each request gets a picture at once."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.answers: list[Answer] = []
        self.called = asyncio.Semaphore(0)
        self.left = asyncio.Semaphore(0)
        """Released when a client went away before its answer."""

    async def generations(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request, await request.json())

    async def edits(self, request: web.Request) -> web.StreamResponse:
        """The body that is kept: words as they are, files as lists of (name, media type, bytes)."""
        body: dict[str, Any] = {}
        for name, value in (await request.post()).items():
            if isinstance(value, web.FileField):
                body.setdefault(name, []).append((value.filename, value.content_type, value.file.read()))
            else:
                body[name] = value
        return await self._answer(request, body)

    async def _answer(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        self.requests.append(body)
        self.headers.append(request.headers)
        self.called.release()
        answer = self.answers.pop(0) if self.answers else whole_picture
        try:
            return await answer(request, body)
        except asyncio.CancelledError:
            self.left.release()
            raise

    async def models(self, _request: web.Request) -> web.StreamResponse:
        return await json_answer({"object": "list", "data": []})


def app_of(provider: Provider) -> web.Application:
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_post("/v1/images/generations", provider.generations)
    app.router.add_post("/v1/images/edits", provider.edits)
    app.router.add_get("/v1/models", provider.models)
    return app


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[Provider]:
    async with serve(app_of(provider), host="127.0.0.1", port=0) as url:
        provider.url = f"{url}/v1"
        yield provider


async def json_answer(body: object, status: int = 200) -> web.Response:
    return web.json_response(body, status=status)


def error(status: int, code: str | None, message: str = "Secret details.") -> Answer:
    """An error as OpenAI sends it."""
    body = {"error": {"message": message, "type": "x", "param": None, "code": code}}
    return lambda _request, _body: json_answer(body, status)


USAGE = {
    "input_tokens": 1000,
    "input_tokens_details": {"text_tokens": 1000, "image_tokens": 0},
    "output_tokens": 2000,
    "total_tokens": 3000,
}


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


async def whole_picture(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
    """The picture, in the form in which it was asked for."""
    if body.get("stream"):
        kind = "image_edit" if request.path.endswith("edits") else "image_generation"
        completed = {"type": f"{kind}.completed", "b64_json": b64(png()), "usage": USAGE}
        return await events(completed)(request, body)
    return await json_answer({"created": 1, "data": [{"b64_json": b64(png())}], "usage": USAGE})


def events(*steps: dict[str, Any] | asyncio.Event) -> Answer:
    """Server-sent events, then the end of the connection; where an asyncio.Event stands, it is waited for."""

    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for step in steps:
            if isinstance(step, asyncio.Event):
                await step.wait()
            else:
                await response.write(f"event: {step['type']}\ndata: {json.dumps(step)}\n\n".encode())
        return response

    return answer


async def never(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    """No answer, as long as the client waits."""
    await asyncio.Event().wait()
    raise AssertionError


@asynccontextmanager
async def command(*arguments: str, home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A `nightjar` command that runs until the block ends; gives its process and the URL that it printed."""
    async with started(*arguments, home=home) as (process, line):
        yield process, line["url"]


@asynccontextmanager
async def started(*arguments: str, home: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, Any]]:
    """A `nightjar` command that runs until the block ends; gives its process and what it printed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "nightjar", *arguments),
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"NIGHTJAR_HOME": str(home)},
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(WITHIN_S):
            line = json.loads(await process.stdout.readline())
        assert line["ready"] == arguments[0]
        yield process, line
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def bridge_toml(directory: Path, broker: Broker, provider_url: str, *lines: str, before: str = "") -> Path:
    """Settings for a bridge of its own; `lines` go into its [provider], `before` stands before all sections."""
    path = directory / "bridge.toml"
    path.write_text(
        f"""{before}
state = {json.dumps(str(directory / "bridge"))}
[broker]
port = {broker.port}
username = "{bridge_user("main")}"
password = "{broker.passwords[bridge_user("main")]}"
[media]
port = 0
[status]
port = 0
[provider]
name = "Painter"
base_url = "{provider_url}"
api_key = "test-key"
model = "paint-1"
partial_images = 0
{chr(10).join(lines)}
"""
    )
    return path
