"""The network between two processes: a TCP relay on loopback that can be cut, stand still, or be slow."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

Fault = Literal["cut", "still", "slow"]
FAULTS: tuple[Fault, ...] = ("cut", "still", "slow")
PIECE = 16 * 1024
SLOW_PIECE, SLOW_PAUSE_S = 512, 0.02
"""25 KB a second."""


class Wire:
    """Whoever connects to `port` reaches `target`, where somebody may listen or not. One fault at a time."""

    def __init__(self, target: int) -> None:
        self.target, self.port = target, 0
        self._fault: Fault | None = None
        self._moves = asyncio.Event()
        self._moves.set()
        self._open: set[asyncio.StreamWriter] = set()

    def break_(self, fault: Fault | None) -> None:
        """Have this fault from now on; None: be whole again. A cut ends all connections."""
        self._fault = fault
        if fault == "still":
            self._moves.clear()
        else:
            self._moves.set()
        if fault == "cut":
            for writer in tuple(self._open):
                writer.transport.abort()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Relay one connection until either end closes it."""
        self._open.add(writer)
        try:
            if self._fault != "cut":
                with contextlib.suppress(OSError):
                    await self._relay(reader, writer)
        finally:
            self._open.discard(writer)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        self._open.add(far_writer)
        ways = [
            asyncio.create_task(self._carry(reader, far_writer)),
            asyncio.create_task(self._carry(far_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._open.discard(far_writer)
            far_writer.transport.abort()

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(SLOW_PIECE if self._fault == "slow" else PIECE):
            await self._moves.wait()
            if self._fault == "slow":
                await asyncio.sleep(SLOW_PAUSE_S)
            sink.write(data)
            await sink.drain()
        # Whoever has said all may still want to hear the answer; here nobody does.
        await asyncio.sleep(0)


@asynccontextmanager
async def wire(target: int) -> AsyncIterator[Wire]:
    """A wire to a port of this machine, on a free port of its own."""
    one = Wire(target)
    server = await asyncio.start_server(one.connected, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        one.break_("cut")
        server.close()
        await asyncio.sleep(0)
