"""Says that a timer is done, and rings until somebody stops it or a minute is over.

::

    timer due ──▶ nobody is being answered ──▶ "Your pasta timer is done." ♪ ♪ ♪ … 60 s, or "stop", or the wake word
"""

import asyncio
import logging
from collections.abc import Sequence

from device.bus import Bus
from device.conversation import Conversation
from device.events import Failed, Happened, StateChanged, TurnFinished
from device.skills.spoken_duration import joined, spoken_left
from device.skills.timer import label
from device.store import StoreError
from device.timers import Timer, Timers
from device.voice import SilentVoice, Voice
from device.voice.bell import RATE_HZ, bell

log = logging.getLogger(__name__)

RING_S = 60.0
LATE_S = 60.0
"""What ended longer ago than this, while the device was off or asleep, is told once and doesn't ring."""
_LOOK_S = 10.0
"""How often the clocks are looked at while a timer runs: a machine that slept has missed its alarm."""
_AGAIN_S = 10.0


class Ringing:
    """Watches the timers; a device that is off tells at its next start what ended meanwhile."""

    def __init__(self, *, timers: Timers, bus: Bus, conversation: Conversation, voice: Voice | SilentVoice) -> None:
        self._timers = timers
        self._bus = bus
        self._conversation = conversation
        self._voice = voice
        self._bell = bell()
        self._quiet = asyncio.Event()
        self._rang: list[Timer] = []
        """Those that rang last: a disk on which they can't be crossed out is no reason to ring again."""
        bus.observe(self._note)

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            try:
                await self._next()
            except StoreError as error:
                log.warning("%s", error)
                await asyncio.sleep(_AGAIN_S)

    async def _next(self) -> None:
        """Wait for what comes next, and see to it."""
        due = self._timers.due()
        if not due:
            await self._wait()
        elif due == self._rang:
            await self._timers.cancel(due)
        elif not self._conversation.quiet:
            self._quiet.clear()
            await self._quiet.wait()
        elif await self._rung(due):
            self._rang = due
            await self._timers.cancel(due)

    async def _wait(self) -> None:
        """Until a timer may be due, or there are others."""
        self._timers.changed.clear()
        left_s = [self._timers.left_s(timer) for timer in self._timers.all() if not timer.paused]
        try:
            async with asyncio.timeout(min(_LOOK_S, *left_s) if left_s else None):
                await self._timers.changed.wait()
        except TimeoutError:
            await self._timers.follow_the_wall()

    async def _rung(self, due: Sequence[Timer]) -> bool:
        """Tell and ring; False when another timer ended meanwhile and they are to be told together."""
        late_s = -max(self._timers.left_s(timer) for timer in due)
        turn, stops = self._bus.begin_turn(), self._voice.stops
        await self._voice.say(turn, told(due, late_s))
        until_s = self._timers.now() + RING_S

        def going() -> bool:
            return self._timers.now() < until_s and self._timers.due() == due

        # Not whether it was heard: a timer rings, too, when the synthesiser has failed.
        if late_s < LATE_S and self._voice.stops == stops:
            try:
                await self._voice.ring(self._bell, RATE_HZ, going)
            except TimeoutError:
                self._bus.publish(turn, Failed(code="voice", text="The loudspeaker doesn't answer."))
        # No TurnFinished: nobody asked for anything, and who waits for the end of what they asked for isn't served.
        if self._voice.stops != stops:
            self._timers.note_silenced()
            return True
        return self._timers.due() == due

    def _note(self, happened: Happened) -> None:
        if isinstance(happened.event, StateChanged | TurnFinished):
            self._quiet.set()


def told(due: Sequence[Timer], late_s: float) -> str:
    """The sentence: which are done, and since when if nobody was told in time."""
    which = joined([f"your {label(timer)}" for timer in due])
    which = which[0].upper() + which[1:]
    if late_s < LATE_S:
        return f"{which} {'are' if len(due) > 1 else 'is'} done."
    return f"{which} ended {spoken_left(late_s)} ago; I couldn't tell you then."
