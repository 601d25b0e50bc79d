"""Listening for HTTP, and for the signals that ask a process to end: what the bridge and the studio share."""

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web


class ListenError(Exception):
    """Nothing can be served there; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What a process is asked for by SIGTERM and SIGINT."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """To end."""
    at_once: asyncio.Event = field(default_factory=asyncio.Event)
    """Asked again: to wait for nothing."""

    def hear(self) -> None:
        """A signal came."""
        (self.at_once if self.asked.is_set() else self.asked).set()


def stop_signal() -> Stop:
    """Hear SIGTERM and SIGINT from now on."""
    stop = Stop()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.hear)
    return stop


@asynccontextmanager
async def serve(app: web.Application, *, host: str, port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
    """Serve while the block lasts; gives the URL. A request whose client has gone is cancelled. Raises ListenError."""
    runner = web.AppRunner(app, access_log=None, handle_signals=False, handler_cancellation=True, shutdown_timeout=1.0)
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, host, port, ssl_context=tls).start()
        except OSError as error:
            raise ListenError(f"Can't listen at {host}:{port}: {os.strerror(error.errno or 0)}.") from None
        name = f"[{host}]" if ":" in host else host
        yield f"{'https' if tls else 'http'}://{name}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
