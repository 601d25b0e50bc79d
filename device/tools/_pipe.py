"""A server that is a program on this machine: started without a shell, spoken to through its pipes, ended with us.

The SDK's own way collects whatever a server writes without an end of line; here every line is bounded, and so is all
that comes before the device says something itself. The program leads a process group of its own, so that what it
starts ends with it; should the device die, its pipe closes, which tells it to end.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
    from mcp.client._transport import TransportStreams
    from mcp.shared.message import SessionMessage

    Incoming = MemoryObjectSendStream[SessionMessage | Exception]
    Outgoing = MemoryObjectReceiveStream[SessionMessage]

MAX_LINE = 1 << 20
"""Bytes of one message."""
MAX_UNASKED = 4 << 20
"""Bytes that a server may send while nobody asks it anything."""
_ENDS_IN_S = 1.0
_PASSED_ON = ("HOME", "LANG", "LOGNAME", "PATH", "TZ", "USER")
"""Of the environment; the rest may hold secrets that are none of a server's business."""


@asynccontextmanager
async def program(command: Sequence[str], env: Mapping[str, str]) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a server for as long as the block lasts, however that ends. Raises OSError when it can't be started."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**passed_on, **env},
        start_new_session=True,
        limit=MAX_LINE,
    )
    try:
        yield process
    finally:
        ending = asyncio.ensure_future(_end(process))
        while not ending.done():  # three seconds at most; whoever cancels this once more waits as well
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ending)


@asynccontextmanager
async def pipe(process: asyncio.subprocess.Process, ended: asyncio.Event) -> "AsyncIterator[TransportStreams]":
    """Speak to a program for as long as the block lasts; `ended` is set when nothing more will come from it."""
    import anyio
    from mcp.shared.message import SessionMessage

    incoming, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    sending, outgoing = anyio.create_memory_object_stream[SessionMessage](0)
    budget = [MAX_UNASKED]
    try:
        async with (
            _told_when_it_exits(process.pid, ended),
            incoming,
            received,
            sending,
            outgoing,
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(_read, process, incoming, budget, ended)
            tasks.start_soon(_write, process, outgoing, incoming, budget)
            try:
                yield received, sending
            finally:
                tasks.cancel_scope.cancel()
    finally:
        ended.set()


@asynccontextmanager
async def _told_when_it_exits(pid: int, ended: asyncio.Event) -> AsyncIterator[None]:
    """Set `ended` when the process is gone, though its pipe may be open yet: a child of it may hold the other end."""
    loop = asyncio.get_running_loop()
    exited = os.pidfd_open(pid)

    def gone() -> None:
        loop.remove_reader(exited)
        ended.set()

    loop.add_reader(exited, gone)
    try:
        yield
    finally:
        loop.remove_reader(exited)
        os.close(exited)


async def _read(
    process: asyncio.subprocess.Process, incoming: "Incoming", budget: list[int], ended: asyncio.Event
) -> None:
    """Hand on one message a line, until the server ends or says too much."""
    import anyio
    from mcp.shared.message import SessionMessage
    from mcp_types import jsonrpc_message_adapter

    assert process.stdout is not None
    with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError, ValueError):  # ValueError: beyond MAX_LINE
        async with incoming:
            while line := await process.stdout.readline():
                budget[0] -= len(line)
                if budget[0] < 0:
                    break
                try:
                    message = jsonrpc_message_adapter.validate_json(line, by_name=False)
                except ValueError:
                    continue  # no message of the protocol: a program that prints
                await incoming.send(SessionMessage(message))
    ended.set()


async def _write(
    process: asyncio.subprocess.Process, outgoing: "Outgoing", incoming: "Incoming", budget: list[int]
) -> None:
    import anyio

    assert process.stdin is not None
    try:
        async with outgoing:
            async for message in outgoing:
                budget[0] = MAX_UNASKED
                process.stdin.write(message.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n")
                await process.stdin.drain()
    except (OSError, anyio.ClosedResourceError, anyio.BrokenResourceError):
        await incoming.aclose()  # whoever waits for an answer is told that none will come


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its pipe, ask it to end, end it; and whatever it has started. At once when this is called off."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        for sign in (None, signal.SIGTERM):
            if sign is not None:
                _signal(process, sign)
            with suppress(TimeoutError):
                async with asyncio.timeout(_ENDS_IN_S):
                    # Not wait(): that waits for the pipes too, which a child of the program may hold.
                    while process.returncode is None:  # noqa: ASYNC110
                        await asyncio.sleep(0.01)
    finally:
        _signal(process, signal.SIGKILL)
        transport = getattr(process, "_transport", None)
        if transport is not None:
            transport.close()


def _signal(process: asyncio.subprocess.Process, sign: signal.Signals) -> None:
    """To the program and all of its group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, sign)
