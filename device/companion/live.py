"""What happens, as it happens, for any number of readers: the newest events in memory, the older ones from the journal.

::

    journal   1 2 3 4 5 6 7 8              everything, also from before the last start
    memory              5 6 7 8 9          the newest; 9 may not have reached the journal yet
    reader          after(3) ──▶ 4 from the journal, 5 to 9 from memory, then the queue: nothing missing, nothing twice
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from device.bus import Bus
from device.events import Happened

MEMORY = 512
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

    def __init__(self, *, bus: Bus, older: Callable[[int], Awaitable[Sequence[Happened]]]) -> None:
        """`older(seq)` reads the journal: the events after `seq`, in order."""
        self._memory: deque[Happened] = deque(maxlen=MEMORY)
        self._older = older
        self._readers: set[Reader] = set()
        self._stop_observing = bus.observe(self._happened)

    def subscribe(self, cut: Callable[[], None]) -> Reader:
        """A new reader that gets everything from now on; `cut` is called when it falls `QUEUE` events behind."""
        if len(self._readers) >= MAX_READERS:
            raise TooManyReaders
        reader = Reader(cut)
        self._readers.add(reader)
        return reader

    def unsubscribe(self, reader: Reader) -> None:
        """No more for this one."""
        self._readers.discard(reader)

    async def after(self, seq: int) -> list[Happened]:
        """All events after `seq` until now, in order."""
        older: Sequence[Happened] = ()
        if not self._memory or self._memory[0].seq > seq + 1:
            older = await self._older(seq)
        newer = tuple(self._memory)
        first = newer[0].seq if newer else None
        return [event for event in older if first is None or event.seq < first] + [e for e in newer if e.seq > seq]

    def close(self) -> None:
        """End every reader."""
        self._stop_observing()
        for reader in self._readers:
            reader.end()

    def _happened(self, happened: Happened) -> None:
        self._memory.append(happened)
        for reader in tuple(self._readers):
            reader.put(happened)
