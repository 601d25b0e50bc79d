"""Ctrl-C, SIGTERM and a closed terminal as the normal end of a command that runs until it is told to stop."""

import asyncio
import signal
from collections.abc import Coroutine


def run_until_stopped(command: Coroutine[None, None, int]) -> int:
    """Run `command`; each of the signals cancels it, lets it clean up and makes the exit code 0."""

    async def main() -> int:
        this = asyncio.current_task()
        assert this is not None
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, this.cancel)
        try:
            return await command
        except asyncio.CancelledError:
            return 0

    return asyncio.run(main())
