"""The drill's processes, each of which can be killed at any moment and comes back."""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Protocol

from cloud_bridge.broker import Broker, end_with_this_process

STARTS_WITHIN_S = 120.0


class Startable(Protocol):
    """Something that runs."""

    async def start(self) -> None:
        """Return when it works, or was killed."""
        ...

    async def kill(self) -> bool:
        """SIGKILL, and return when it is gone; whether there was anything to kill."""
        ...


class Program:
    """A child process that says in a line on stdout that it is ready."""

    def __init__(self, arguments: Iterable[str], *, log: Path, env: Mapping[str, str] | None = None) -> None:
        """`arguments`: those of `python -m`."""
        self._arguments, self._log, self._env = tuple(arguments), log, os.environ | (env or {})
        self._spawning: asyncio.Task[asyncio.subprocess.Process] | None = None

    async def start(self) -> None:
        """Return when it is ready, or was killed. Raises RuntimeError when it ends by itself before."""
        self._spawning = spawning = asyncio.create_task(self._spawn())
        process = await spawning
        assert process.stdout is not None
        ready, ended = asyncio.create_task(process.stdout.readline()), asyncio.create_task(process.wait())
        async with asyncio.timeout(STARTS_WITHIN_S):
            await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        ready.cancel()  # a grandchild may keep the pipe open for longer than the child lives
        if process.returncode is not None and self._spawning is spawning:
            last = self._log.read_text(encoding="utf-8").splitlines()[-3:]
            raise RuntimeError(f"{self._arguments[0]} did not start: {' | '.join(last)}")

    async def kill(self) -> bool:
        """At whatever moment of its life."""
        spawning, self._spawning = self._spawning, None
        if spawning is None:
            return False
        process = await spawning
        alive = process.returncode is None
        if alive:
            process.kill()
        await process.wait()
        return alive

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._log.open("a", encoding="utf-8") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", *self._arguments),
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=self._env,
                preexec_fn=end_with_this_process(),
            )


class BrokerProgram:
    """mosquitto. Its start is not interrupted: it takes a moment, and a half of it could not be found again."""

    def __init__(self, broker: Broker) -> None:
        self._broker, self._lock = broker, asyncio.Lock()
        self._up = False

    async def start(self) -> None:
        """Return when it accepts connections."""
        async with self._lock:
            self._up = True
            await self._broker.start()

    async def kill(self) -> bool:
        """Without giving it time to write its state."""
        async with self._lock:
            up, self._up = self._up, False
            await self._broker.stop(kill=True)
            return up


class Victim:
    """Keeps one of them running: whenever it is killed, it comes back after a while."""

    def __init__(self, name: str, program: Startable) -> None:
        self.name, self._program = name, program
        self._asleep = False
        self._coming: asyncio.Task[None] | None = None

    def begin(self, after_s: float = 0.0) -> None:
        """Start it, and return at once."""
        self._coming = asyncio.create_task(self._come(after_s))

    async def works(self) -> None:
        """Return when it works. Raises what its start raised."""
        assert self._coming is not None
        await self._coming

    async def kill(self) -> bool:
        """SIGKILL, also while it starts; whether there was anything to kill. Raises what its start raised."""
        coming, self._coming = self._coming, None
        if coming is not None and self._asleep:
            coming.cancel()
        killed = await self._program.kill()
        if coming is not None:
            await asyncio.wait({coming})
            if not coming.cancelled():
                coming.result()
        return killed

    async def _come(self, after_s: float) -> None:
        self._asleep = True
        try:
            await asyncio.sleep(after_s)
        finally:
            self._asleep = False
        await self._program.start()
