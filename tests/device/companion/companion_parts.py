"""What a phone does: it pairs, and reads along."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from companion_device import Device

from device import events


async def pair(web: aiohttp.ClientSession, device: Device) -> aiohttp.ClientResponse:
    token = device.pairing.new_link().url.partition("#pair=")[2]
    return await web.post(f"{device.url}/api/pair", json={"token": token}, headers={"Origin": device.url})


class Stream:
    """Reads server-sent events."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self.answer = answer

    async def next(self) -> dict[str, Any]:
        """The next message that isn't a sign of life; EOFError at the end."""
        fields: dict[str, str] = {}
        while line := (await self.answer.content.readline()).decode():
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "data" in fields and fields.get("event") != "alive":
                return {"type": fields.get("event", "message"), "id": fields.get("id")} | json.loads(fields["data"])
            else:
                fields = {}
        raise EOFError

    async def rest(self) -> None:
        """Read until the stream breaks."""
        while True:
            await self.next()


@asynccontextmanager
async def listening(
    web: aiohttp.ClientSession, device: Device, query: str = "", **headers: str
) -> AsyncIterator[Stream]:
    async with web.get(f"{device.url}/events{query}", headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        await answer.content.readuntil(b"\n\n")  # the first sign of life: from here on it is subscribed
        yield Stream(answer)


def state(name: str) -> events.StateChanged:
    return events.StateChanged(name)
