"""Has the first words of a likely reply made while the person is still being listened to."""

import logging
from collections.abc import Callable

from device.bus import Bus
from device.clock import local_now
from device.context.engine import ContextEngine
from device.context.surroundings import Surroundings
from device.events import Happened, Partial
from device.skills import Skills
from device.voice import SilentVoice, Voice

log = logging.getLogger(__name__)


class Foretelling:
    """Looks at what was understood so far.

    ::

        person    | what time is it |                     ▼ end of turn
        partial            ▲ "what time"   ▲ "what time is it"
        voice                               └ makes "It's noon." ┘ speaks it

    While somebody speaks, only a command that nothing can follow is worth the synthesiser's work, which takes the cores
    from Whisper; in a pause, each is. A guess that was wrong is thrown away, and is never heard.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        context: ContextEngine,
        skills: Skills,
        voice: Voice | SilentVoice,
        online: Callable[[], bool],
    ) -> None:
        self._context = context
        self._skills = skills
        self._voice = voice
        self._online = online
        bus.observe(self._note)

    def foretell(self, text: str) -> None:
        """Prepare the reply to `text`, a whole command or one whose speaker pauses. Takes 2 ms and never raises."""
        surroundings = Surroundings(now=local_now(), online=self._online())
        try:
            step = self._context.understand(text, surroundings=surroundings).steps[0]
            if reply := self._skills.foretell(step, surroundings):
                self._voice.prepare(reply)
        except Exception:
            log.exception("no reply could be foretold")

    def _note(self, happened: Happened) -> None:
        match happened.event:
            case Partial(text=text) if self._context.whole(text):
                self.foretell(text)
