"""Devices that ask for pictures at a steady rate, whatever the bridge does: the load of the bridge's benchmark.

`python -m tools.bench.bridge_load` reads a `Load` as JSON on its standard input, and prints an `Outcome` when every job
has ended or none has for a while. One process speaks as all devices, each with a connection and an account of its own.

A job's time runs from when it was due, not from when it could be sent (no coordinated omission), to when its end came.
Every hundredth job is published twice: one half at once, the other half a second later, when it has ended long ago.
"""

import asyncio
import contextlib
import re
import sys
import time
from array import array
from collections import deque
from secrets import token_hex
from typing import Annotated

from pydantic import BaseModel, Field

from cloud_bridge import mqtt_wire as wire
from cloud_bridge.protocol import Ack, ImageCreate, device_topic, encode

WARM_UP_S = 2.0
TICK_S = 0.002
QUIET_S = 20.0
"""Without an end for so long, those that are missing are lost."""
TWICE_EVERY = 100
LATER_S = 1.0
_JOB = re.compile(rb'"job":"[0-9a-f-]{24}([0-9a-f]{12})"')
_PROMPT = "a {} fox in the snow, seen from far away in the last light of a winter's day"
_COLOURS = ("red", "white", "brown", "grey", "black", "young", "sleeping")


class Load(BaseModel):
    """What is to be done."""

    port: int
    accounts: dict[str, str]
    """Password by device."""
    rate: Annotated[float, Field(gt=0)]
    seconds: Annotated[float, Field(gt=0)]


class Outcome(BaseModel):
    """What came of it."""

    offered: int
    """Jobs; those that were sent twice count once."""
    sent_again: int
    in_time: int
    """Pictures that came before the last job was due."""
    accepted: int
    lost: int
    ended_twice: int
    """Jobs that ended in two different ways."""
    failed: dict[str, int]
    """Jobs without a picture, by code."""
    p50_ms: float
    p99_ms: float
    slowest_ms: float
    latest_send_ms: float
    """So far the load itself was behind its times, at worst: if that is much, it is this process that is too slow."""
    cpu_s: float


class _Wire(asyncio.Protocol):
    """One device's connection."""

    def __init__(self, device: str, password: str, jobs: "_Jobs") -> None:
        self._device, self._password, self._jobs = device, password, jobs
        self._asking, self._thanking = (device_topic(device, leaf).encode() for leaf in ("jobs", "acks"))
        self._packets = wire.Packets(max_bytes=128 * 1024)
        self._waiting: deque[tuple[bytes, bytes]] = deque()
        self._quota = self._number = 0
        self._out: list[bytes] = []
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        hello = wire.connect(
            self._device,
            username=self._device,
            password=self._password,
            will=None,
            keepalive_s=0,
            clean_start=True,
            session_expiry_s=0,
            receive_maximum=65535,
            max_packet_bytes=128 * 1024,
        )
        transport.write(hello + wire.subscribe(1, [device_topic(self._device, "results")]))

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.ready.done():
            self.ready.set_exception(exc or ConnectionError("The broker has ended the connection."))

    def ask(self, body: bytes) -> None:
        """Publish a job as soon as the broker lets us; `flush` sends."""
        self._waiting.append((self._asking, body))

    def flush(self) -> None:
        while self._quota and self._waiting:
            self._quota -= 1
            self._number = self._number % 65535 + 1
            topic, body = self._waiting.popleft()
            self._out.append(wire.publish(topic, body, number=self._number))
        if self._out:
            self._transport.write(b"".join(self._out))
            self._out.clear()

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        for first, body in self._packets.feed(data):
            match first >> 4:
                case wire.PUBLISH:
                    message = wire.read_publish(first, body)
                    self._out.append(wire.puback(message.number))
                    if (thanks := self._jobs.heard(message.payload, now)) is not None:
                        self._waiting.append((self._thanking, thanks))
                case wire.PUBACK:
                    self._quota += 1
                case wire.CONNACK:
                    self._quota = wire.read_connack(body).receive_maximum
                case wire.SUBACK:
                    self.ready.set_result(None)
        self.flush()


class _Jobs:
    """What was asked for and what came of each, by number."""

    def __init__(self, count: int) -> None:
        self.due, self.took_s = array("d", [0.0]) * count, array("d", [-1.0]) * count
        self.ends: list[bytes | None] = [None] * count
        self.accepted = bytearray(count)
        self.ended_twice: set[int] = set()
        self.ended = 0
        self._came = asyncio.Event()
        self.last_news = time.monotonic()
        self._name = f"{token_hex(4)}-{token_hex(2)}-7{token_hex(2)[1:]}-8{token_hex(2)[1:]}"
        wish = ImageCreate.model_validate({
            "job": self.id(0), "turn": "bench", "created_at": time.time(), "expires_at": time.time() + 600,
            "prompt": _PROMPT.format("@"),
        })  # fmt: skip
        before, after = encode(wish).split(self.id(0).encode())
        self._before = before
        self._after = [after.replace(b"@", colour.encode()) for colour in _COLOURS]

    def id(self, number: int) -> str:
        return f"{self._name}-{number:012x}"

    def body(self, number: int) -> bytes:
        return self._before + self.id(number).encode() + self._after[number % len(_COLOURS)]

    async def end(self, quiet_s: float) -> None:
        """Return when all have ended, or none has for so long."""
        while self.ended < len(self.ends) and time.monotonic() - self.last_news < quiet_s:
            self._came.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._came.wait()

    def heard(self, payload: bytes, now: float) -> bytes | None:
        """Note a result; the acknowledgement that it asks for."""
        found = _JOB.search(payload)
        assert found is not None
        number = int(found[1], 16)
        if payload.startswith(b'{"type":"accepted"'):
            self.accepted[number] = 1
            return None
        if payload.startswith((b'{"type":"progress"', b'{"type":"partial"')):
            return None
        end = payload.partition(b'"url"')[0]  # a link is made anew each time; all before it must be the same
        known = self.ends[number]
        if known is None:
            self.ends[number], self.took_s[number] = end, now - self.due[number]
            self.ended += 1
            self.last_news = now
            self._came.set()
        elif known != end:
            self.ended_twice.add(number)
        return b'{"type":"ack","job":"%b"}' % self.id(number).encode()


async def run(load: Load) -> Outcome:
    """Ask, and wait for the ends."""
    count = round(load.rate * load.seconds)
    jobs = _Jobs(count)
    assert Ack.model_validate_json(b'{"type":"ack","job":"%b"}' % jobs.id(1).encode())
    loop = asyncio.get_running_loop()
    wires: list[_Wire] = []
    for device, password in load.accounts.items():
        _, each = await loop.create_connection(
            lambda device=device, password=password: _Wire(device, password, jobs), "127.0.0.1", load.port
        )
        await each.ready
        wires.append(each)
    behind_s = await _ask(load, jobs, wires)
    in_time = jobs.ended
    jobs.last_news = time.monotonic()
    await jobs.end(QUIET_S)
    await asyncio.sleep(LATER_S)  # for the ends of those that were sent twice, and whatever should not come
    return _outcome(load, jobs, in_time, behind_s)


async def _ask(load: Load, jobs: _Jobs, wires: list[_Wire]) -> float:
    """Publish all jobs when they are due; the worst delay."""
    again: deque[tuple[float, int]] = deque()
    began, sent, count, behind_s = time.monotonic(), 0, len(jobs.ends), 0.0
    while sent < count or again:
        now = time.monotonic()
        due = min(count, int((now - began) * load.rate) + 1)
        if sent < due:
            behind_s = max(behind_s, now - (began + sent / load.rate))
        for number in range(sent, due):
            jobs.due[number] = began + number / load.rate
            body, device = jobs.body(number), wires[number % len(wires)]
            device.ask(body)
            if number % (2 * TWICE_EVERY) == 0:
                device.ask(body)
            elif number % TWICE_EVERY == 0:
                again.append((now + LATER_S, number))
        sent = due
        while again and again[0][0] <= now:
            _, number = again.popleft()
            wires[number % len(wires)].ask(jobs.body(number))
        for each in wires:
            each.flush()
        await asyncio.sleep(TICK_S)
    return behind_s


def _outcome(load: Load, jobs: _Jobs, in_time: int, behind_s: float) -> Outcome:
    failed: dict[str, int] = {}
    warm = min(round(load.rate * WARM_UP_S), len(jobs.ends) // 2)
    took = sorted(taken for number, taken in enumerate(jobs.took_s) if taken >= 0 and number >= warm)
    for end in jobs.ends:
        if end is not None and not end.startswith(b'{"type":"final"'):
            code = re.search(rb'"code":"(\w+)"', end)
            name = code[1].decode() if code else "?"
            failed[name] = failed.get(name, 0) + 1
    return Outcome(
        offered=len(jobs.ends),
        sent_again=-(-len(jobs.ends) // TWICE_EVERY),
        in_time=in_time - sum(failed.values()),
        accepted=sum(jobs.accepted),
        lost=jobs.ends.count(None),
        ended_twice=len(jobs.ended_twice),
        failed=failed,
        p50_ms=round(1000 * took[len(took) // 2], 1) if took else 0.0,
        p99_ms=round(1000 * took[-(-99 * len(took) // 100) - 1], 1) if took else 0.0,
        slowest_ms=round(1000 * took[-1], 1) if took else 0.0,
        latest_send_ms=round(1000 * behind_s, 1),
        cpu_s=round(time.process_time(), 2),
    )


if __name__ == "__main__":
    sys.stdout.write(asyncio.run(run(Load.model_validate_json(sys.stdin.read()))).model_dump_json())
