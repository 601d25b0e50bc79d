"""Whether turns are through: the reply spoken, and the pictures that were promised there or refused."""

import asyncio
from collections import Counter

from device.bus import Bus
from device.events import Answered, Artifact, Failed, Happened, JobQueued, Transcript, TurnFinished


class Progress:
    """Watches one turn, or all that begin from now on; what an earlier run of the device left behind doesn't count."""

    def __init__(self, turn: str | None = None) -> None:
        """`turn` None: every turn."""
        self._turn = turn
        self._changed = asyncio.Event()
        self._open: Counter[str] = Counter()
        self.finished = 0
        """Turns that published TurnFinished."""
        self.heard = 0
        """Transcripts, spoken or typed."""
        self.finals: list[Artifact] = []
        """Finished pictures, in the order they came."""

    @property
    def settled(self) -> bool:
        """Some turn has finished and no job of those watched is open."""
        return self.finished > 0 and not self._open.total()

    def __call__(self, happened: Happened) -> None:
        """Observe the bus."""
        turn = happened.turn
        if self._turn is not None and turn != self._turn:
            return
        match happened.event:
            case JobQueued():
                self._open[turn] += 1
            case Artifact(stage="final") as final if self._open[turn]:
                self._open[turn] -= 1
                self.finals.append(final)
            case Failed(job=job) | Answered(job=job) if job is not None and self._open[turn]:
                self._open[turn] -= 1
            case Transcript():
                self.heard += 1
            case TurnFinished():
                self.finished += 1
            case _:
                return
        self._changed.set()

    async def until_finished(self) -> None:
        """Return when a turn has finished."""
        while not self.finished:
            await self._next()

    async def until_settled(self, wait_s: float) -> bool:
        """Return True when all is settled, False after `wait_s` seconds."""
        try:
            async with asyncio.timeout(wait_s):
                while not self.settled:
                    await self._next()
        except TimeoutError:
            return False
        return True

    async def _next(self) -> None:
        self._changed.clear()
        await self._changed.wait()


def watch(bus: Bus, turn: str | None = None) -> Progress:
    """A Progress that observes `bus` from now on."""
    progress = Progress(turn)
    bus.observe(progress)
    return progress
