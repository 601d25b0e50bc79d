"""What happens, as it happens, for any number of readers.

::

    reader   subscribe ──▶ journal.after(3): 4 5 6 7 ──▶ its queue: 7 8 9 …      (7 is known already and left out)

Subscribing comes first, so nothing is missing; numbers make sure that nothing comes twice.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from device.bus import Bus
from device.events import Happened

QUEUE = 256
MAX_READERS = 32


class TooManyReaders(Exception):
    """There are `MAX_READERS` already."""


class Reader:
    """One reader's queue. A reader that doesn't keep up is cut off, not waited for; it comes back and resumes."""

    def __init__(self, cut: Callable[[], None]) -> None:
        self._queue: asyncio.Queue[Happened | None] = asyncio.Queue(QUEUE)
        self._cut = cut
        self._ended = False

    def put(self, happened: Happened) -> None:
        """Hand over an event (called by the bus; never waits)."""
        if self._ended:
            return
        try:
            self._queue.put_nowait(happened)
        except asyncio.QueueFull:
            self._ended = True
            self._cut()

    def end(self) -> None:
        """Let the reader finish: the device stops."""
        self._ended = True
        with suppress(asyncio.QueueFull):
            self._queue.put_nowait(None)

    async def next(self) -> Happened | None:
        """The next event, or None at the end."""
        return await self._queue.get()


class Live:
    """Observes the bus for the whole life of the companion."""

    def __init__(self, bus: Bus) -> None:
        self._readers: set[Reader] = set()
        self._stop_observing = bus.observe(self._happened)

    def subscribe(self, cut: Callable[[], None]) -> Reader:
        """A new reader that gets everything from now on; `cut` is called when it falls `QUEUE` events behind.

        Raises TooManyReaders.
        """
        if len(self._readers) >= MAX_READERS:
            raise TooManyReaders
        reader = Reader(cut)
        self._readers.add(reader)
        return reader

    def unsubscribe(self, reader: Reader) -> None:
        """No more for this one."""
        self._readers.discard(reader)

    def close(self) -> None:
        """End every reader."""
        self._stop_observing()
        for reader in self._readers:
            reader.end()

    def _happened(self, happened: Happened) -> None:
        for reader in tuple(self._readers):
            reader.put(happened)
