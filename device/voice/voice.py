"""What the device says."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from device.bus import Bus
from device.conversation import Conversation, State
from device.events import Failed, Reply, ReplyAudioStarted
from device.voice.sentences import sentences
from edge_models.tts import PiperVoice
from hw.audio.duplex import Duplex

log = logging.getLogger(__name__)

_QUIET = 0.003
"""-50 dBFS: what stays below at a sentence's edges is the synthesiser's own pause."""
_LEAD_S = 0.01
_PAUSE_S = 0.2
"""Between two sentences."""
_LATE_S = 2.0
"""A loudspeaker that needs so much longer than the reply lasts is dead."""


class Voice:
    """Speaks replies one after the other, sentence by sentence.

    ::

        synthesis | 1 |  2  | 3 |
        speaker       | sentence 1 | sentence 2 | sentence 3 |
                      ▲ ReplyAudioStarted
    """

    def __init__(self, *, tts: PiperVoice, duplex: Duplex, bus: Bus, conversation: Conversation) -> None:
        self._tts = tts
        self._duplex = duplex
        self._bus = bus
        self._conversation = conversation
        self._synthesis = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tts")
        self._turn_to_speak = asyncio.Lock()
        self._stops = 0
        self._volume = 80
        self.last_said = ""
        """The last reply that was begun."""

    @property
    def volume(self) -> int:
        """0 (silent) to 100 (as loud as the loudspeaker goes); holds from the next sentence on."""
        return self._volume

    @volume.setter
    def volume(self, percent: int) -> None:
        self._volume = min(100, max(0, percent))

    def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
        """Return the `say` of a turn that begins now: after the next `stop`, what it says is only written."""
        stops = self._stops
        return lambda text: self._say(turn, text, stops)

    async def say(self, turn: str, text: str) -> bool:
        """Speak `text` once what is being said is said; return True when it was heard to its end.

        False: it was stopped, or a person is speaking to the device and must not be talked over.
        """
        return await self._say(turn, text, self._stops)

    async def _say(self, turn: str, text: str, stops: int) -> bool:
        self._bus.publish(turn, Reply(text=text))
        async with self._turn_to_speak:
            if stops != self._stops or not self._may_speak():
                return False
            self.last_said = text
            try:
                return await self._speak(turn, text, stops)
            except Exception:
                log.exception("speaking failed")
                self._bus.publish(turn, Failed(code="voice", text="The voice doesn't work; the answer is on the page."))
                return False
            finally:
                if self._conversation.state is State.SPEAKING:
                    self._conversation.rest()

    def stop(self) -> None:
        """Be silent at once; the rest, and replies that wait, are not said."""
        self._stops += 1
        self._duplex.stop()

    def close(self) -> None:
        """Be silent and let the synthesis thread end."""
        self.stop()
        self._synthesis.shutdown(wait=False, cancel_futures=True)

    def _may_speak(self) -> bool:
        return self._conversation.state is State.SPEAKING or self._conversation.go(State.SPEAKING)

    async def _speak(self, turn: str, text: str, stops: int) -> bool:
        loop = asyncio.get_running_loop()
        # All queued at once: the one thread makes the next while the last one sounds.
        made = [loop.run_in_executor(self._synthesis, self._synthesise, sentence) for sentence in sentences(text)]
        try:
            queued_s = 0.0
            for sentence in made:
                samples = await sentence
                if stops != self._stops:
                    return False
                self._duplex.play(samples * (self._volume / 100) ** 2, self._tts.rate_hz)
                if samples.size and not queued_s:
                    self._bus.publish(turn, ReplyAudioStarted())
                queued_s += samples.size / self._tts.rate_hz
            async with asyncio.timeout(queued_s + _LATE_S):
                await self._duplex.played()
        except BaseException:
            self._duplex.stop()
            raise
        finally:
            for sentence in made:
                sentence.cancel()
        return stops == self._stops

    def _synthesise(self, sentence: str) -> NDArray[np.float32]:
        pieces = list(self._tts.speak(sentence))
        return trimmed(np.concatenate(pieces) if pieces else np.zeros(0, np.float32), self._tts.rate_hz)


def trimmed(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return (n,) samples with hardly any silence before them and one short pause behind."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    if not loud.size:
        return np.zeros(0, np.float32)
    first = max(0, int(loud[0]) - int(_LEAD_S * rate_hz))
    return np.concatenate((samples[first : int(loud[-1]) + 1], np.zeros(int(_PAUSE_S * rate_hz), np.float32)))
