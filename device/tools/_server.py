"""One server: connected at the first call, dropped when it hangs or dies, and tried again after a while.

::

    call ──▶ connect (6 s) ──▶ list its tools ──▶ call (12 s) ──▶ answer
                ▲  not sooner than 1, 2, 4 … 60 s after it failed     │ dies, hangs, says too much
                └─────────────────────────────────────────────────────┘
"""

import asyncio
import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from device.config import TOOL, Mcp
from device.tools._pipe import pipe, program
from device.tools._tool import MAX_DESCRIPTION, Tool, ToolError

if TYPE_CHECKING:
    from mcp import Client
    from mcp.types import Tool as Described

log = logging.getLogger(__name__)

CONNECT_S = 6.0
CALL_S = 12.0
"""Together below what a skill may take."""
LET_GO_S = 6.0
"""More than a program is given to end by itself."""
_LONGEST_WAIT_S = 60.0
_MAX_TOOLS = 200
_MAX_PAGES = 10
_MAX_SCHEMA = 20_000
_MAX_ANSWER = 50_000
"""Characters of an answer that are looked at."""


@dataclass(slots=True)
class _Connection:
    client: "Client"
    tools: tuple[Tool, ...]
    holder: asyncio.Task[None]
    closing: asyncio.Event


class Server:
    """A server of the settings. For one event loop; calls may overlap."""

    def __init__(self, name: str, config: Mcp, *, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds of a clock that never goes back."""
        self.name = name
        self.config = config
        self._called = name[:1].upper() + name[1:]
        self._now = now
        self._connection: _Connection | None = None
        self._connecting = asyncio.Lock()
        self._failures, self._not_before = 0, 0.0

    @property
    def alive(self) -> bool:
        """Whether it is connected."""
        return self._connection is not None and not self._connection.holder.done()

    @property
    def known(self) -> tuple[Tool, ...]:
        """Its tools as far as they were listed; none while it isn't connected."""
        return self._connection.tools if self._connection else ()

    async def tools(self) -> tuple[Tool, ...]:
        """What it offers. Raises ToolError when it can't be reached."""
        return (await self._connected()).tools

    async def call(self, tool: str, arguments: Mapping[str, Any]) -> str:
        """Use one of its tools; what it answered in text. Raises ToolError, also for what the tool says went wrong."""
        from mcp import MCPError
        from mcp_types import CONNECTION_CLOSED

        connection = await self._connected()
        try:
            async with asyncio.timeout(CALL_S):
                result = await connection.client.call_tool(tool, dict(arguments))
        except TimeoutError:
            await self._failed(connection)
            raise ToolError(lambda phrases: phrases("tools-slow", server=self._called)) from None
        except MCPError as error:
            log.warning("%s refused %s: %s", self.name, tool, error)
            if error.code == CONNECTION_CLOSED or self.config.url:
                # At an address the session may be over, which every server says in its own way.
                await self._failed(connection)
            if error.code == CONNECTION_CLOSED:
                raise ToolError(lambda phrases: phrases("tools-broke-off", server=self._called)) from None
            raise ToolError(lambda phrases: phrases("tools-refused", server=self._called)) from None
        except Exception as error:  # noqa: BLE001
            # Whatever the SDK raises for an answer of another form than was promised, or for a pipe that is gone.
            log.warning("%s could not be used for %s (%s: %s)", self.name, tool, type(error).__name__, error)
            await self._failed(connection)
            raise ToolError(lambda phrases: phrases("tools-senseless", server=self.name)) from None
        text = "\n".join(part.text for part in result.content if part.type == "text")[:_MAX_ANSWER]
        if result.is_error:
            log.warning("%s failed at %s: %s", self.name, tool, text[:500])
            raise ToolError(lambda phrases: phrases("tools-failed", server=self._called))
        return text

    async def close(self) -> None:
        """Disconnect, and end its program."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await _let_go(connection.holder, connection.closing)

    async def _connected(self) -> _Connection:
        async with self._connecting:
            if self._connection is not None and self.alive:
                return self._connection
            self._connection = None
            if self._now() < self._not_before:
                raise ToolError(lambda phrases: phrases("tools-waiting", server=self._called))
            try:
                self._connection = await self._connect()
            except ToolError:
                self._back_off()
                raise
            self._failures = 0
            return self._connection

    async def _connect(self) -> _Connection:
        closing = asyncio.Event()
        ready: asyncio.Future[tuple[Client, tuple[Tool, ...]]] = asyncio.get_running_loop().create_future()
        holder = asyncio.create_task(self._hold(ready, closing), name=f"tools-{self.name}")
        try:
            async with asyncio.timeout(CONNECT_S):
                client, tools = await ready
        except BaseException as error:
            holder.cancel()
            await _let_go(holder, closing)
            if isinstance(error, ToolError | asyncio.CancelledError):
                raise
            log.warning("%s can't be reached (%s: %s)", self.name, type(error).__name__, error)
            raise ToolError(lambda phrases: phrases("tools-unreachable", server=self._called)) from None
        return _Connection(client, tools, holder, closing)

    async def _hold(self, ready: "asyncio.Future[tuple[Client, tuple[Tool, ...]]]", closing: asyncio.Event) -> None:
        """Be connected from the beginning to the end: the SDK wants both in one task."""
        try:
            await asyncio.to_thread(import_module, "mcp")  # half a second, in which the device goes on listening
            from mcp import Client
        except ImportError:
            command = "pip install 'nightjar[mcp]'"
            ready.set_exception(ToolError(lambda phrases: phrases("tools-package", command=command)))
            return
        ended = asyncio.Event()
        try:
            async with AsyncExitStack() as stack:
                if self.config.command:
                    # Held here and not by the SDK's client, which may be called off while it connects.
                    process = await stack.enter_async_context(program(self.config.command, self.config.env))
                    transport = pipe(process, ended)
                else:
                    from device.tools._http import over_http

                    transport = over_http(self.config.url, self.config.token)
                client = await stack.enter_async_context(Client(transport, cache=None, read_timeout_seconds=2 * CALL_S))
                ready.set_result((client, await self._listed(client)))
                await _first_of(closing, ended)
        except BaseException as error:
            if not ready.done():
                ready.set_exception(error)
            elif isinstance(error, asyncio.CancelledError):
                raise
            else:
                log.info("%s is gone (%s: %s)", self.name, type(error).__name__, error)

    async def _listed(self, client: "Client") -> tuple[Tool, ...]:
        tools: dict[str, Tool] = {}
        cursor: str | None = None
        for _ in range(_MAX_PAGES):
            page = await client.list_tools(cursor=cursor)
            for described in page.tools:
                tool = _tool(self.name, described)
                if tool is not None and len(tools) < _MAX_TOOLS:
                    tools.setdefault(tool.name, tool)
            cursor = page.next_cursor
            if not cursor:
                break
        return tuple(tools.values())

    async def _failed(self, connection: _Connection) -> None:
        if self._connection is connection:
            self._connection = None
        self._back_off()
        await _let_go(connection.holder, connection.closing)

    def _back_off(self) -> None:
        self._not_before = self._now() + min(_LONGEST_WAIT_S, 2.0**self._failures)
        self._failures += 1


def _tool(server: str, described: "Described") -> Tool | None:
    """The tool, None when it isn't described as one can be."""
    schema = described.input_schema
    if not re.fullmatch(TOOL, described.name) or len(json.dumps(schema)) > _MAX_SCHEMA:
        log.warning("%s has a tool that can't be used: %.60r", server, described.name)
        return None
    notes = described.annotations
    title = described.title or (notes.title if notes else None) or described.name
    return Tool(
        server=server,
        name=described.name,
        title=" ".join(title.split())[:80],
        description=(described.description or "")[:MAX_DESCRIPTION],
        schema=schema,
        reads=bool(notes and notes.read_only_hint),
    )


async def _first_of(*events: asyncio.Event) -> None:
    waiting = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()


async def _let_go(holder: asyncio.Task[None], closing: asyncio.Event) -> None:
    """Let the connection end by itself, or end it."""
    closing.set()
    with suppress(TimeoutError):
        async with asyncio.timeout(LET_GO_S):
            await asyncio.wait({holder}, timeout=1.0)
            if not holder.done():
                holder.cancel()
            await asyncio.gather(holder, return_exceptions=True)
