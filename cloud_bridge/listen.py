"""Listening for HTTP, and for the signals that ask a process to end: what the bridge and the studio share."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


class ListenError(Exception):
    """Nothing can be served there; the text is one plain sentence."""


def stop_signal() -> asyncio.Event:
    """Set when the process is asked to end (SIGTERM, SIGINT)."""
    stopped = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stopped.set)
    return stopped


@asynccontextmanager
async def serve(app: web.Application, *, host: str, port: int) -> AsyncIterator[str]:
    """Serve while the block lasts; gives the URL. A request whose client has gone is cancelled. Raises ListenError."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port).start()
        except OSError as error:
            raise ListenError(f"Can't listen at {host}:{port}: {os.strerror(error.errno or 0)}.") from None
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
