"""What the device's light shows: an observer of what happens.

::

    wake word, question      ─ ─ ─ ─   blue, quick: it listens; quicker still: just answer
    thinking                 ──  ──    amber
    speaking                 ────  ──  green, slow; dim while paused
    muted                    ───────   red and steady, whatever else happens

Nothing but "muted" is steady: it must be recognised on a light of one colour, too.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeVar

from device.bus import NO_TURN, Bus
from device.conversation import State
from device.events import Failed, Happened, Muted, SoundWorks, StateChanged
from hw.lights import Colour, Light, LightFault

log = logging.getLogger(__name__)
R = TypeVar("R")

FAULTS = frozenset({"sound", "voice"})
"""Codes of failures that a person without a phone must see."""
OFF: Colour = (0.0, 0.0, 0.0)


class Look(NamedTuple):
    """A colour that comes at once; every `half_s` seconds it sinks to a quarter, or comes back. None: it is steady."""

    colour: Colour
    half_s: float | None = None


IDLE = Look(OFF)
MUTED = Look((1.0, 0.0, 0.0))
FAULT = Look((1.0, 0.25, 0.0), 0.15)
FOLLOW_UP = Look((0.0, 0.6, 1.0), 0.25)
PAUSED = Look((0.0, 0.2, 0.05), 1.2)
LOOKS = {
    State.IDLE: IDLE,
    State.LISTENING: Look((0.1, 0.3, 1.0), 0.5),
    State.THINKING: Look((1.0, 0.6, 0.0), 0.8),
    State.SPEAKING: Look((0.0, 0.8, 0.2), 1.2),
}


@dataclass(slots=True)
class Seen:
    """What of the device is worth a light."""

    state: State = State.IDLE
    reason: str | None = None
    muted: bool = False
    faulty: bool = False
    """Until it works again, or the device turns to somebody."""

    def note(self, happened: Happened) -> None:
        """Take in an event."""
        match happened.event:
            case StateChanged(state=state, reason=reason):
                self.state, self.reason = State(state), reason
                self.faulty = self.faulty and self.state is State.IDLE
            case Muted(muted=muted):
                self.muted = muted
            case Failed(code=code) if code in FAULTS:
                self.faulty = True
            case SoundWorks():
                self.faulty = False

    @property
    def look(self) -> Look:
        """How that is shown."""
        if self.muted:
            return MUTED
        if self.faulty:
            return FAULT
        if self.state is State.LISTENING and self.reason == "follow_up":
            return FOLLOW_UP
        if self.state is State.SPEAKING and self.reason == "barge_in":
            return PAUSED
        return LOOKS[self.state]


class Lights:
    """Shows on one light what the device does. A light that fails is said once; nothing waits for it."""

    def __init__(self, open_light: Callable[[], Light], bus: Bus) -> None:
        self._open_light = open_light
        self._bus = bus
        self._seen = Seen()
        self._changed = asyncio.Event()
        self._writing = ThreadPoolExecutor(1, "light")
        self._said = False
        bus.observe(self._note)

    async def run(self) -> None:
        """Shine until cancelled, then go dark."""
        light: Light | None = None
        try:
            while True:
                self._changed.clear()
                look = self._seen.look
                try:
                    light = light or await self._do(self._open_light)
                    await self._shine(light, look)
                except LightFault as fault:
                    light = None
                    self._say_once(str(fault))
                    await self._changed.wait()
        finally:
            if light:
                self._writing.submit(light.show, OFF)
            self._writing.shutdown(wait=False)

    async def _shine(self, light: Light, look: Look) -> None:
        """Show `look` until another is to be seen."""
        bright = True
        while self._seen.look == look:
            self._changed.clear()
            red, green, blue = look.colour
            await self._do(partial(light.show, look.colour if bright else (red / 4, green / 4, blue / 4)))
            try:
                async with asyncio.timeout(look.half_s):
                    while self._seen.look == look:
                        await self._changed.wait()
                        self._changed.clear()
            except TimeoutError:
                bright = not bright

    async def _do(self, call: Callable[[], R]) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._writing, call)

    def _note(self, happened: Happened) -> None:
        self._seen.note(happened)
        self._changed.set()

    def _say_once(self, sentence: str) -> None:
        if not self._said:
            self._said = True
            log.warning("%s", sentence)
            self._bus.publish(NO_TURN, Failed(code="light", text=sentence))
