"""What is said while the device speaks: it falls silent at once, and goes on when that was nothing to it."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from typing import Protocol

from device.ears.barge_in import BargeIn
from device.ears.listener import Listener
from device.ears.models import FRAME_S, FRAME_SAMPLES, Heard, Models
from device.ears.preroll import IDLE_SAMPLES, NO_WAKE_SAMPLES, WARM_UP_SAMPLES, PreRoll
from device.ears.speaker import Match
from device.ears.turn_end import Limits, Reason
from edge_models.stt import Transcription
from hw.audio.duplex import RATE_HZ

log = logging.getLogger(__name__)
_WORD = re.compile(r"\w+")

LIMITS = Limits(settled_s=0.3, longest_pause_s=0.7, longest_turn_s=8.0, nothing_said_s=0.5)
"""What is said while the device speaks is short; and the device waits for its end to go on."""


_WORD_S = 0.2
"""No command is shorter; a cough is, and so is an echo that ended when the voice did."""
_GONE_S = 0.22
"""Such a sound is over after this."""


class Talking(Protocol):
    """The voice, as far as somebody who speaks is in its way."""

    def pause(self) -> None:
        """Be silent now, and remember the rest."""
        ...

    def resume(self) -> None:
        """Go on, if there is a rest."""
        ...


class Overhearing:
    """Listens without a wake word for as long as the device speaks.

    Who begins to speak pauses the voice. What is then said is transcribed when it ends; a command ends the reply and is
    handed over, anything else (a cough, other people talking, what is left of the device's own voice) resumes it.
    """

    def __init__(
        self,
        *,
        voice: Talking,
        models: Models,
        sound: PreRoll,
        whole: Callable[[str], bool],
        understood: Callable[[str], Awaitable[bool]],
        own_words: Callable[[str], bool],
        heard: Callable[[Listener, Reason, Transcription, Match | None], None],
    ) -> None:
        """`sound` is what is heard; `whole`, `understood`, `own_words` are those of Ears; `heard` gets each command."""
        self._voice = voice
        self._models = models
        self._sound = sound
        self._whole = whole
        self._understood = understood
        self._own_words = own_words
        self._heard = heard
        self._barge_in: BargeIn | None = None
        self._following: Listener | None = None
        self._judging: asyncio.Task[None] | None = None

    @property
    def working(self) -> bool:
        """Whether a model is at work on what was said."""
        following = self._following is not None and self._following.working
        return following or (self._judging is not None and not self._judging.done())

    async def hear(self, heard: Heard, *, speaking: bool) -> None:
        """Take what was heard in the next block, the last in `sound` already; `speaking`: whether the device is."""
        if not (speaking or self._following):
            self._barge_in = None
        elif self._barge_in is None:
            self._barge_in = BargeIn()
            self._models.attend(self._sound.since(self._sound.end - WARM_UP_SAMPLES))
        else:
            barge_in, following = self._barge_in, self._following
            for probability in await self._models.speech(heard.samples):
                if following is not self._following or barge_in is not self._barge_in:
                    return  # Ignored meanwhile, or its end was found.
                if following:
                    self._follow(following, probability)
                elif (run := barge_in.hear(0.0 if heard.mostly_echo else probability, FRAME_S)) and not self.working:
                    self._begin(run, pause=barge_in.silences)

    def ignore(self) -> None:
        """Forget what is being said; the voice stays as it is."""
        self._barge_in = None
        if self._following:
            self._following.close()
            self._following = None
            self._sound.capacity = IDLE_SAMPLES
        if self._judging:
            self._judging.cancel()
            self._judging = None

    async def judged(self) -> None:
        """Wait until what was said last is understood or not."""
        if self._judging:
            await self._judging

    def _begin(self, run: list[float], *, pause: bool) -> None:
        if pause:
            self._voice.pause()
        opened = self._sound.end - len(run) * FRAME_SAMPLES
        self._sound.capacity = IDLE_SAMPLES + int(LIMITS.longest_turn_s * RATE_HZ)
        self._following = Listener(
            self._models, self._sound, opened=opened, cut=opened - NO_WAKE_SAMPLES, limits=LIMITS, whole=self._whole
        )
        self._following.hear(run)

    def _follow(self, following: Listener, probability: float) -> None:
        reason = following.hear([probability])
        if following.end.speech_s < _WORD_S and following.end.pause_s >= _GONE_S:
            reason = "nothing_said"
        if reason is None:
            return
        self._following = None
        if reason == "nothing_said":
            following.close()
            self._go_on()
        else:
            judging = self._judge(following, reason, following.words(), following.voice())
            self._judging = asyncio.create_task(judging, name="overheard")
        self._sound.capacity = IDLE_SAMPLES

    async def _judge(
        self,
        following: Listener,
        reason: Reason,
        words: asyncio.Future[Transcription],
        voice: asyncio.Future[Match | None],
    ) -> None:
        try:
            heard, match = await words, await voice
            echo = self._own_words(heard.text)
            obeyed = match is None or match.obeyed
            meant = obeyed and not echo and await self._understood(heard.text)
        except Exception:
            log.exception("what was said over the reply could not be transcribed")
            self._go_on()
            return
        if meant:
            self._heard(following, reason, heard, match)
        else:
            self._go_on(echo=echo)

    def _go_on(self, *, echo: bool = False) -> None:
        if self._barge_in:
            self._barge_in.mistaken(echo=echo)
        self._voice.resume()


def is_echo(heard: str, said: str) -> bool:
    """Whether all the words of `heard` stand in `said`, one after the other: what is left of the device's own voice."""
    words, reply = _WORD.findall(heard.lower()), _WORD.findall(said.lower())
    return any(reply[at : at + len(words)] == words for at in range(len(reply))) if words else False
