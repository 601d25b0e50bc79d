"""Whether somebody is there, as far as a device can notice without a sensor for it.

::

    spoken to, typed to ──▶ there ──HERE_S, and no page open──▶ nobody ──spoken to, typed to, a page opened──▶ there

A device that has just started has noticed nobody yet.
"""

import asyncio
from collections.abc import Callable

from device.bus import NO_TURN, Bus
from device.events import Happened, PresenceChanged, SpeechStarted, Transcript

HERE_S = 600.0
"""So long after somebody was noticed the room counts as not empty."""
_LOOK_S = 5.0


class Presence:
    """Watches the conversation and the pages; publishes `PresenceChanged`."""

    def __init__(self, *, bus: Bus, watched: Callable[[], bool]) -> None:
        """`watched`: whether a page is open somewhere."""
        self._bus = bus
        self._watched = watched
        self._noticed_s: float | None = None
        self._told = False
        bus.observe(self._note)

    @property
    def somebody(self) -> bool:
        """Whether somebody was noticed lately."""
        noticed = self._noticed_s is not None and self._bus.clock.now() - self._noticed_s < HERE_S
        return noticed or self._watched()

    async def run(self) -> None:
        """Tell of changes, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(_LOOK_S)

    def look(self) -> None:
        """Tell whether somebody is there, if that has changed."""
        if self._watched():
            self._noticed_s = self._bus.clock.now()  # whoever closes the page is there for a while
        if self.somebody != self._told:
            self._told = self.somebody
            self._bus.publish(NO_TURN, PresenceChanged(self._told))

    def _note(self, happened: Happened) -> None:
        # Not the wake word: a television may have said it, and then nobody says anything.
        if isinstance(happened.event, SpeechStarted | Transcript):
            self._noticed_s = self._bus.clock.now()
            self.look()
