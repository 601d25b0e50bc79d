"""What the device says."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from device.bus import Bus
from device.conversation import Conversation, State
from device.events import Failed, Reply, ReplyAudioStarted
from device.phrases import Phrases
from device.voice.progress import Progress
from device.voice.sentences import parts
from device.voice.synthesis import Synthesis
from edge_models.tts import SpeakingVoice
from hw.audio.duplex import Duplex

log = logging.getLogger(__name__)

_LATE_S = 2.0
"""A loudspeaker that needs so much longer than the reply lasts is dead."""
_PAUSED_AT_MOST_S = 10.0
"""Somebody who speaks for so long doesn't wait for the rest; "go on" still says it."""
RING_PERCENT = 40
_JUST_S = 10.0
"""A command that begins within this time after the voice was silenced may be about what it was saying."""
_REMEMBERED_S = 180.0
"""Whoever says "go on" later than this means something else."""


class Voice:
    """Speaks replies one after the other, sentence by sentence.

    ::

        synthesis | 1 |  2  | 3 |
        speaker       | sentence 1 | sent_____ntence 2 | sentence 3 |
                      ▲ ReplyAudioStarted │   │
                                     pause()  resume()

    `pause`, `resume` and `stop` may come at any time, in any order, and twice.
    """

    def __init__(
        self,
        *,
        tts: SpeakingVoice,
        duplex: Duplex,
        bus: Bus,
        conversation: Conversation,
        phrases: Phrases | None = None,
    ) -> None:
        """`phrases` are those of the device's language, English by default."""
        self._rate_hz = tts.rate_hz
        self._synthesis = Synthesis(tts)
        self._duplex = duplex
        self._bus = bus
        self._conversation = conversation
        self._phrases = phrases or Phrases()
        self._turn_to_speak = asyncio.Lock()
        self._volume = 80
        self._reply = Progress()
        self._turn = ""
        """The turn that the reply belongs to."""
        self._speaking = False
        self._unheard_s = 0.0
        """What had not sounded of the last reply when it ended."""
        self._going = asyncio.Event()
        """Not set while paused."""
        self._going.set()
        self._dead: asyncio.Timeout | None = None
        self._giving_up: asyncio.TimerHandle | None = None
        self._rest = ""
        self._rest_turn = ""
        self._rest_s = 0.0
        self.stops = 0
        """How often it was silenced."""
        self.last_said = ""
        """The last reply that was begun; all of it, also when only the rest of it was said last."""

    @property
    def volume(self) -> int:
        """0 (silent) to 100 (as loud as the loudspeaker goes); holds from the next sentence on."""
        return self._volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self._volume = min(100, max(0, percent))

    @property
    def heard_so_far(self) -> str:
        """The last reply up to the last word that has sounded, told by the samples played."""
        return self._reply.heard(self._duplex.waiting_s if self._speaking else self._unheard_s)

    @property
    def cut_off(self) -> bool:
        """Whether somebody has just talked over it, or does now: "stop" is about that."""
        loop = asyncio.get_running_loop()
        return not self._going.is_set() or bool(self._rest and loop.time() - self._rest_s < _JUST_S)

    @property
    def left_unsaid(self) -> str:
        """The rest of the reply that was cut off last, from the beginning of a clause on; "" when there is none."""
        recent = self._rest and asyncio.get_running_loop().time() - self._rest_s < _REMEMBERED_S
        return self._rest if recent else ""

    def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
        """Return the `say` of a turn that begins now: after the next `stop`, what it says is only written."""
        stops = self.stops
        return lambda text: self._say(turn, text, stops)

    async def say(self, turn: str, text: str) -> bool:
        """Speak `text` once what is being said is said; return True when it was heard to its end.

        False: it was stopped, or a person is speaking to the device and must not be talked over.
        """
        return await self._say(turn, text, self.stops)

    def prepare(self, text: str) -> None:
        """Make the first words of a reply that may be wanted soon; nothing is said, and the last such text counts."""
        if likely := parts(text):
            self._synthesis.prepare(likely[0])

    async def _say(self, turn: str, text: str, stops: int) -> bool:
        self._bus.publish(turn, Reply(text=text))
        async with self._turn_to_speak:
            if stops != self.stops:
                if self._rest and turn == self._rest_turn:
                    self._rest = f"{self._rest} {text}"
                return False
            if not self._may_speak():
                return False
            if text == self.left_unsaid:
                self._rest = ""
            else:
                self.last_said = text
            try:
                return await self._speak(turn, text, stops)
            except Exception:
                log.exception("speaking failed")
                self._bus.publish(turn, Failed(code="voice", text=self._phrases("fault-voice")))
                return False
            finally:
                if self._conversation.state is State.SPEAKING:
                    self._conversation.rest()

    async def ring(self, sound: NDArray[np.float32], rate_hz: int, going: Callable[[], bool]) -> None:
        """Play `sound`, (n,) float32 in [-1, 1], again and again while `going`; a stop or a person speaking ends it.

        Not softer than RING_PERCENT: who made the voice silent still wants to hear that the pasta is done. Raises
        TimeoutError when the loudspeaker is dead.
        """
        stops = self.stops
        async with self._turn_to_speak:
            try:
                while stops == self.stops and going() and self._may_speak():
                    self._begun("", ())
                    self._duplex.play(sound * (max(self._volume, RING_PERCENT) / 100) ** 2, rate_hz)
                    await self._ended()
            finally:
                if self._conversation.state is State.SPEAKING:
                    self._conversation.rest()

    def pause(self) -> None:
        """Be silent at once and keep the rest of the reply for `resume`; without one, it is stopped some time."""
        if not (self._speaking and self._going.is_set()):
            return
        self._going.clear()
        self._duplex.pause()
        self._conversation.go(State.SPEAKING, "barge_in")
        self._giving_up = asyncio.get_running_loop().call_later(_PAUSED_AT_MOST_S, self.stop)
        if self._dead and not self._dead.expired():
            self._dead.reschedule(None)

    def resume(self) -> None:
        """Go on with a paused reply, a little before the place of the pause; not while a person is listened to."""
        if self._going.is_set() or not self._may_speak():
            return
        self._end_pause()
        self._duplex.resume()
        self._conversation.go(State.SPEAKING)
        if self._dead and not self._dead.expired():
            self._dead.reschedule(asyncio.get_running_loop().time() + self._duplex.waiting_s + _LATE_S)

    def stop(self) -> None:
        """Be silent at once; the rest, and replies that wait, are not said."""
        self.stops += 1
        self._silence()

    def _silence(self) -> None:
        """Let nothing sound, and remember how far the reply came."""
        if self._speaking:
            self._speaking = False
            self._unheard_s = self._duplex.waiting_s
            if rest := self._reply.left(self._unheard_s):
                self._rest, self._rest_turn = rest, self._turn
                self._rest_s = asyncio.get_running_loop().time()
        self._end_pause()
        self._duplex.stop()

    def _end_pause(self) -> None:
        self._going.set()
        if self._giving_up:
            self._giving_up.cancel()
            self._giving_up = None

    def close(self) -> None:
        """Be silent and let the synthesis thread end."""
        self.stop()
        self._synthesis.close()

    def _may_speak(self) -> bool:
        return self._conversation.state is State.SPEAKING or self._conversation.go(State.SPEAKING)

    async def _speak(self, turn: str, text: str, stops: int) -> bool:
        said = parts(text)
        made = self._synthesis.made(said)
        self._begun(turn, said)
        try:
            for part in made:
                samples = await part
                await self._going.wait()
                if stops != self.stops:
                    return False
                self._duplex.play(samples * (self._volume / 100) ** 2, self._rate_hz)
                if samples.size and not self._reply.queued_s:
                    self._bus.publish(turn, ReplyAudioStarted())
                self._reply.queued(samples.size / self._rate_hz)
            await self._ended()
        finally:
            self._silence()
            for part in made:
                part.cancel()
        return stops == self.stops

    def _begun(self, turn: str, said: Sequence[str]) -> None:
        self._reply, self._turn, self._speaking = Progress(said), turn, True

    async def _ended(self) -> None:
        """Wait until all has sounded. Raises TimeoutError when the loudspeaker is dead; a pause doesn't count."""
        late_s = self._duplex.waiting_s + _LATE_S
        try:
            async with asyncio.timeout(late_s if self._going.is_set() else None) as self._dead:
                await self._duplex.played()
        finally:
            self._dead = None
            self._silence()
