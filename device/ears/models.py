"""The models that hear, each in a thread of its own, and what happens when one of them fails."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from device.ears.front_end import FrontEnd
from device.ears.speaker import KnownVoices, Match
from edge_models.expected import Expected
from edge_models.stt import Transcription, Whisper
from edge_models.turn import SmartTurn
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake import WakeHit
from hw.audio.duplex import Block

log = logging.getLogger(__name__)
R = TypeVar("R")

FRAME_S = FRAME_SAMPLES / 16_000


class WakeEngine(Protocol):
    """MicroWakeWord and OpenWakeWord."""

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Take (n,) samples at 16 kHz and return the phrases that ended in them."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


@dataclass(frozen=True, slots=True)
class Heard:
    """A block of sound, after the always-on part of the work."""

    samples: NDArray[np.float32]
    """(320,) float32 at 16 kHz, without the device's own voice."""
    mostly_echo: bool
    """Whether they may well be the device's own voice all the same."""
    hits: list[WakeHit]


class Models:
    """Front end, wake word and VAD on one thread, in the order of the sound; the others each on their own.

    Wake engine or VAD may fail on a block: that is logged once, they begin anew, and `deaf` says so until they work
    again. Smart Turn's failure counts as "not finished yet"; Whisper's is the caller's.
    """

    def __init__(
        self,
        *,
        wake: WakeEngine,
        vad: SileroVad,
        smart_turn: SmartTurn,
        stt: Whisper,
        front_end: FrontEnd | None = None,
        expected: Expected | None = None,
        voices: KnownVoices | None = None,
    ) -> None:
        """Without a `front_end` they hear the microphone as it is; `expected` is what Whisper may expect to hear.

        `voices` are those that are called by their names; None: nobody listens for that.
        """
        self._voices = voices
        self._front_end = front_end
        self._expected = expected
        self._wake = wake
        self._vad = vad
        self._smart_turn = smart_turn
        self._stt = stt
        self._hearing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ears")
        self._judging = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart-turn")
        self._transcribing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stt")
        self._recognising = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voices")
        self._transcriptions: set[Future[Transcription]] = set()
        self._frame = np.zeros(0, np.float32)
        self._failed: set[str] = set()

    @property
    def deaf(self) -> bool:
        """Whether wake engine or VAD failed at what they were given last."""
        return bool(self._failed)

    @property
    def transcribing(self) -> bool:
        """Whether Whisper is at work."""
        return bool(self._transcriptions)

    def hear(self, block: Block, *, anew: bool = False) -> asyncio.Future[Heard]:
        """Listen for the wake word in the next block; `anew`: what was before it is forgotten."""
        return _in(self._hearing, self._hear, block, anew)

    def attend(self, before: NDArray[np.float32]) -> asyncio.Future[None]:
        """Begin to tell speech from other sounds; `before`: (n,) samples of the last moments, to get used to."""
        return _in(self._hearing, self._attend, before)

    def speech(self, samples: NDArray[np.float32]) -> asyncio.Future[list[float]]:
        """Return the probability of speech for each VAD frame that (n,) more samples complete."""
        return _in(self._hearing, self._speech, samples)

    def complete(self, audio: NDArray[np.float32]) -> asyncio.Future[float]:
        """Return how finished (n,) samples of a turn sound, 0 to 1."""
        return _in(self._judging, self._complete, audio)

    def words(self, audio: NDArray[np.float32], *, whole: bool = True) -> asyncio.Future[Transcription]:
        """Transcribe (n,) samples. One after the other: cancel what is no longer wanted.

        Not `whole`: more is to come, so that what sounds like a command may be half of something else.
        """
        words = self._transcribing.submit(self._stt.transcribe, audio, self._expected if whole else None)
        # Its own future, not asyncio's: that one is done when it is cancelled, though Whisper may be at work on it.
        self._transcriptions.add(words)
        words.add_done_callback(self._transcriptions.discard)
        return asyncio.wrap_future(words)

    def whose(self, audio: NDArray[np.float32]) -> asyncio.Future[Match | None]:
        """Say whose voice is in (n,) samples; None: no voices are known, or there is too little speech to tell by.

        Takes 15 ms a second of sound. A voice encoder that fails knows nobody.
        """
        if self._voices is None:
            nobody: asyncio.Future[Match | None] = asyncio.get_running_loop().create_future()
            nobody.set_result(None)
            return nobody
        return _in(self._recognising, self._who, self._voices, audio)

    def close(self) -> None:
        """Let the threads end."""
        for executor in (self._hearing, self._judging, self._transcribing, self._recognising):
            executor.shutdown(wait=False, cancel_futures=True)

    def _hear(self, block: Block, anew: bool) -> Heard:
        if anew:
            self._wake.reset()
        samples, mostly_echo = block.microphone, False
        if self._front_end:
            clean = self._front_end.clean(block)
            samples, mostly_echo = clean.speech, clean.mostly_echo
        hits = self._trying("the wake engine", self._wake.reset, self._wake.process, samples)
        return Heard(samples, mostly_echo, hits or [])

    def _attend(self, before: NDArray[np.float32]) -> None:
        self._vad.reset()
        self._frame = np.zeros(0, np.float32)
        self._speech(before[before.size % FRAME_SAMPLES :])

    def _speech(self, samples: NDArray[np.float32]) -> list[float]:
        waiting = np.concatenate((self._frame, samples))
        whole = waiting.size - waiting.size % FRAME_SAMPLES
        self._frame = waiting[whole:]
        frames = [waiting[at : at + FRAME_SAMPLES] for at in range(0, whole, FRAME_SAMPLES)]
        found = (self._trying("the VAD", self._vad.reset, self._vad.probability, frame) for frame in frames)
        return [probability or 0.0 for probability in found]

    def _trying(self, name: str, reset: Callable[[], None], call: Callable[..., R], samples: object) -> R | None:
        try:
            result = call(samples)
        except Exception:
            if name not in self._failed:
                log.exception("%s failed", name)
                self._failed.add(name)
            reset()
            return None
        self._failed.discard(name)
        return result

    @staticmethod
    def _who(voices: KnownVoices, audio: NDArray[np.float32]) -> Match | None:
        try:
            return voices.who(audio)
        except Exception:
            log.exception("the voice encoder failed")
            return Match(None, 0.0, obeyed=not voices.only)

    def _complete(self, audio: NDArray[np.float32]) -> float:
        try:
            return self._smart_turn.complete(audio)
        except Exception:
            log.exception("Smart Turn failed")
            return 0.0


def _in(executor: ThreadPoolExecutor, call: Callable[..., R], *args: object) -> asyncio.Future[R]:
    return asyncio.get_running_loop().run_in_executor(executor, call, *args)
