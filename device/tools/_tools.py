"""All servers of the settings, and of each the tools that the owner has allowed."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from device.audit import AuditLine
from device.config import Mcp
from device.data import Data
from device.policy import Decision
from device.store import Store
from device.tools._server import Server
from device.tools._tool import Tool, ToolError

log = logging.getLogger(__name__)

Allowed = Mapping[str, Mapping[str, str]]
"""Of each server its tools, to the fingerprint of what was allowed."""


MayLeave = Callable[[frozenset[Data], str], Awaitable[Decision]]
"""As `Turn.may_leave`."""


class Tools:
    """Nothing is called that was not allowed, or that describes itself differently since."""

    def __init__(
        self,
        servers: Mapping[str, Mcp],
        allowed: Allowed,
        *,
        store: Store,
        unix_time: Callable[[], float] = time.time,
    ) -> None:
        """`unix_time` gives Unix seconds, for the audit log."""
        self._allowed = {name: dict(allowed[name]) for name in servers if allowed.get(name)}
        self._servers = {name: Server(name, servers[name]) for name in self._allowed}
        self._store = store
        self._unix_time = unix_time

    @property
    def servers(self) -> dict[str, Mcp]:
        """Those of which something is allowed."""
        return {name: server.config for name, server in self._servers.items()}

    def allowed(self, server: str) -> frozenset[str]:
        """The names of the server's tools that may be used."""
        return frozenset(self._allowed.get(server, ()))

    def server_with(self, tool: str) -> str | None:
        """The server of which this tool is allowed."""
        return next((server for server, tools in self._allowed.items() if tool in tools), None)

    def known(self) -> list[Tool]:
        """The tools that can be called as things stand: allowed, unchanged, their server there."""
        return [
            tool
            for name, server in self._servers.items()
            for tool in server.known
            if self._allowed[name].get(tool.name) == tool.fingerprint
        ]

    async def find(self, server: str, name: str) -> Tool:
        """The tool, as it is described now. Raises ToolError when it may not be used, or its server isn't there."""
        if name not in self.allowed(server):
            raise ToolError(lambda phrases: phrases("tools-not-allowed", tool=name))
        tool = next((tool for tool in await self._servers[server].tools() if tool.name == name), None)
        if tool is None:
            raise ToolError(lambda phrases: phrases("tools-gone", tool=name, server=server))
        if tool.fingerprint != self._allowed[server][name]:
            log.warning("%s of %s was changed; `nightjar tools allow %s %s` allows it", name, server, server, name)
            raise ToolError(lambda phrases: phrases("tools-changed", tool=name))
        return tool

    async def call(self, tool: Tool, arguments: Mapping[str, Any], *, turn: str, may_leave: MayLeave) -> str:
        """Use it; what it answered. What is said to an address needs permission, and is written down before it leaves.

        Raises ToolError, StoreError.
        """
        given = tool.arguments(arguments)
        server = self._servers[tool.server]
        if server.config.url:
            words = json.dumps(given, ensure_ascii=False)
            decision = await may_leave(frozenset({Data.TEXT}), words)
            if decision.permission is None:
                raise ToolError(lambda _: decision.said)
            host = urlsplit(server.config.url).netloc.rpartition("@")[2]
            line = AuditLine(self._unix_time(), turn, "", tool.intent, host, words, decision.reason)
            await self._store.write(line.write)
        return await server.call(tool.name, given)

    async def run(self) -> None:
        """Get to know the servers, so that the first call needn't wait; end them when cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for server in self._servers.values():
                    group.create_task(_greet(server), name=f"tools-greet-{server.name}")
            await asyncio.Event().wait()
        finally:
            await asyncio.gather(*(server.close() for server in self._servers.values()), return_exceptions=True)


async def _greet(server: Server) -> None:
    try:
        await server.tools()
    except ToolError as error:
        log.warning("%s", error)
