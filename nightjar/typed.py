"""Commands typed into the terminal, without standing in the way of Ctrl-C."""

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator


async def typed_lines() -> AsyncIterator[str]:
    """Yield the lines of standard input as they come, without those that are blank; ends with the input."""
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str | None] = asyncio.Queue()

    def tell(line: str | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(lines.put_nowait, line)

    def read() -> None:
        # The bare descriptor: a thread that holds Python's stdin while the program ends makes the interpreter abort.
        rest = b""
        while chunk := os.read(sys.stdin.fileno(), 4096):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                tell(line.decode("utf-8", "replace"))
        tell(None)

    threading.Thread(target=read, name="typed", daemon=True).start()
    while (line := await lines.get()) is not None:
        if line.strip():
            yield line.strip()
