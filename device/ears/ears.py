"""From blocks of sound to what somebody said."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from device.bus import Bus
from device.conversation import Conversation, State
from device.ears.cut import REACH_SAMPLES, quietest
from device.ears.preroll import PreRoll
from device.ears.stream_time import StreamTime
from device.ears.turn_end import Limits, Reason, TurnEnd
from device.ears.wake_phrase import without_phrase
from device.events import EndOfTurn, Failed, SpeechStarted, Transcript, TurnFinished, WakeWord
from edge_models.stt import Transcription, Whisper
from edge_models.turn import SmartTurn
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake import WakeHit
from hw.audio.duplex import RATE_HZ, Block, Duplex

log = logging.getLogger(__name__)
R = TypeVar("R")

_IDLE_SAMPLES = 2 * RATE_HZ
"""What is kept while nobody speaks to the device."""
_NO_WAKE_SAMPLES = int(0.3 * RATE_HZ)
"""How far back the audio begins where there is no wake word: the VAD hears the beginning of a word late."""
_VAD_WARM_UP_SAMPLES = 16 * FRAME_SAMPLES
_REFRACTORY_SAMPLES = RATE_HZ
"""One wake word is one, however many phrases and moments match it."""
_PHRASE_TAIL_S = 0.6
"""Speech that ends sooner after the wake word was found may be its own tail; only a transcript can tell."""


class WakeEngine(Protocol):
    """MicroWakeWord and OpenWakeWord."""

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Take (n,) samples at 16 kHz and return the phrases that ended in them."""
        ...

    def reset(self) -> None:
        """Forget the stream so far."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What somebody said to the device."""

    turn: str
    text: str
    """Without the wake phrase; "" when there was speech but no word was understood."""
    language: str


@dataclass(slots=True)
class _Guess:
    """What is worked out during a pause, in case that it is the end."""

    question: tuple[int, int]
    complete: asyncio.Future[float]
    words: asyncio.Future[Transcription]


@dataclass(slots=True)
class _Listening:
    """A turn that somebody is speaking in."""

    turn: str
    phrase: str | None
    opened: int
    """The sample index from which on speech belongs to the turn."""
    cut: int
    """The sample index from which on the audio is transcribed."""
    end: TurnEnd
    frame: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """Samples that don't make a VAD frame yet."""
    warm: bool = False
    started: bool = False
    guess: _Guess | None = None


class Ears:
    """Waits for a wake word, keeps what is said after it, notices the end, transcribes.

    ::

        "hey jarvis draw a red fox under a full moon"
         ──────────┬────────────────────────────────┐ 0.2 s ┌─ Smart Turn: complete? ─┐
         pre-roll  wake word found                  └───────┴─ Whisper, on trial ─────┴─▶ Utterance

    While idle only the wake engine runs. Both models are asked as soon as a pause is long enough to ask; when the
    person goes on, their answers are thrown away. The wake word is heard in every state.
    """

    def __init__(
        self,
        *,
        duplex: Duplex,
        wake: WakeEngine,
        vad: SileroVad,
        smart_turn: SmartTurn,
        stt: Whisper,
        bus: Bus,
        conversation: Conversation,
        limits: Limits | None = None,
        on_wake: Callable[[], None] = lambda: None,
        turn_began_s: Callable[[float], float] = lambda at_s: at_s,
    ) -> None:
        """`on_wake` is called at every wake word: it silences the voice.

        `turn_began_s` maps the time at which listening begins to that from which the turn's events count.
        """
        self._duplex = duplex
        self._wake = wake
        self._vad = vad
        self._smart_turn = smart_turn
        self._stt = stt
        self._bus = bus
        self._conversation = conversation
        self._limits = limits or Limits()
        self._on_wake = on_wake
        self._turn_began_s = turn_began_s
        self._hearing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="ears")
        self._judging = ThreadPoolExecutor(max_workers=1, thread_name_prefix="smart-turn")
        self._transcribing = ThreadPoolExecutor(max_workers=1, thread_name_prefix="stt")
        self._preroll = PreRoll(_IDLE_SAMPLES)
        self._time = StreamTime()
        self._listening: _Listening | None = None
        self._finishing: asyncio.Task[None] | None = None
        self._said: asyncio.Queue[Utterance | None] = asyncio.Queue()
        self._last_wake = -_REFRACTORY_SAMPLES
        self._forget = False

    @property
    def working(self) -> bool:
        """Whether a model is at work on what was said: time that the person would notice is passing."""
        guess = self._listening.guess if self._listening else None
        trying = guess is not None and not (guess.complete.done() and guess.words.done())
        return trying or (self._finishing is not None and not self._finishing.done())

    async def utterances(self) -> AsyncIterator[Utterance]:
        """Listen, and yield what is said to the device; its turn stays open in the conversation until someone ends it.

        Ends when the microphone does; raises AudioFault. Listening goes on while an utterance is being worked on, so
        that the wake word is heard meanwhile.
        """
        listening = asyncio.create_task(self._listen(), name="ears")
        listening.add_done_callback(lambda _: self._said.put_nowait(None))
        try:
            while (utterance := await self._said.get()) is not None:
                yield utterance
            await listening
        finally:
            listening.cancel()
            self._drop_utterance()

    def listen(self, *, patience_s: float | None = None) -> str | None:
        """Open a turn without a wake word and return its id; None when the device is in the middle of one.

        `patience_s`: how long to wait for the first word, if not as long as after a wake word.
        """
        if self._listening or not self._conversation.go(State.LISTENING):
            return None
        now_s = self._bus.clock.now()
        turn = self._bus.begin_turn(self._turn_began_s(now_s))
        limits = self._limits if patience_s is None else replace(self._limits, nothing_said_s=patience_s)
        self._open(turn, None, self._preroll.end - _NO_WAKE_SAMPLES, limits)
        return turn

    def set_muted(self, muted: bool) -> None:
        """Close (True) or open the microphone's gate. Closing forgets what was heard and ends the listening."""
        self._duplex.set_muted(muted)
        self._preroll.clear()
        self._forget = True
        if muted and self._listening:
            self._nothing_said(self._listening)

    def close(self) -> None:
        """Let the models' threads end."""
        for executor in (self._hearing, self._judging, self._transcribing):
            executor.shutdown(wait=False, cancel_futures=True)

    async def _listen(self) -> None:
        async for block in self._duplex.blocks():
            end = block.sample_index + block.microphone.size
            self._time.seen(end, self._bus.clock.now())
            self._preroll.add(block.microphone, block.sample_index)
            hits = await self._in(self._hearing, self._heard, block)
            if hits and end - self._last_wake >= _REFRACTORY_SAMPLES:
                self._woken(max(hits, key=lambda hit: hit.score), end)
            elif self._listening:
                await self._follow(self._listening, block)
        if self._listening:
            self._end(self._listening, "end_of_audio")
        if self._finishing:
            await self._finishing

    def _heard(self, block: Block) -> list[WakeHit]:
        if self._forget:
            self._forget = False
            self._wake.reset()
        return self._wake.process(block.microphone)

    def _woken(self, hit: WakeHit, end: int) -> None:
        self._last_wake = end
        self._drop_utterance()
        self._on_wake()
        # Said twice before anything else: one turn, heard from the second time on.
        begun = self._listening
        turn = begun.turn if begun else self._bus.begin_turn(self._turn_began_s(self._time.at_s(end)))
        self._bus.publish(turn, WakeWord(phrase=hit.phrase, score=hit.score))
        self._conversation.go(State.LISTENING)
        self._open(turn, hit.phrase, self._phrase_end(), self._limits)

    def _phrase_end(self) -> int:
        """Return the sample index at which the wake phrase, just found, probably ended."""
        last = self._preroll.since(self._preroll.end - REACH_SAMPLES)
        return self._preroll.end - last.size + quietest(last)

    def _open(self, turn: str, phrase: str | None, cut: int, limits: Limits) -> None:
        self._conversation.begin(turn)
        # From here to the turn's end the ring keeps everything that is said.
        self._preroll.capacity = _IDLE_SAMPLES + int(limits.longest_turn_s * RATE_HZ)
        self._listening = _Listening(turn, phrase, self._preroll.end, cut, TurnEnd(limits))

    async def _follow(self, listening: _Listening, block: Block) -> None:
        """Take one more block of a turn."""
        for probability in await self._in(self._hearing, self._probabilities, listening, block.microphone):
            listening.end.hear(probability, FRAME_SAMPLES / RATE_HZ)
        if listening is not self._listening:
            return  # Muted meanwhile.
        if listening.end.said and not listening.started:
            listening.started = True
            self._bus.publish(listening.turn, SpeechStarted())
        self._guess(listening)
        reason = listening.end.ended()
        if reason == "nothing_said":
            self._nothing_said(listening)
        elif reason and self._has_words(listening, reason):
            self._end(listening, reason)

    def _probabilities(self, listening: _Listening, samples: NDArray[np.float32]) -> list[float]:
        if not listening.warm:
            listening.warm = True
            self._vad.reset()
            before = self._preroll.since(listening.opened - _VAD_WARM_UP_SAMPLES)[: -samples.size]
            for start in range(before.size % FRAME_SAMPLES, before.size, FRAME_SAMPLES):
                self._vad.probability(before[start : start + FRAME_SAMPLES])
        waiting = np.concatenate((listening.frame, samples))
        whole = waiting.size - waiting.size % FRAME_SAMPLES
        listening.frame = waiting[whole:]
        return [self._vad.probability(waiting[at : at + FRAME_SAMPLES]) for at in range(0, whole, FRAME_SAMPLES)]

    def _guess(self, listening: _Listening) -> None:
        """Ask Smart Turn what is worth asking, have each new pause transcribed, and pass the answer on."""
        guess, question = listening.guess, listening.end.question
        if guess and guess.complete.done():
            listening.end.answer(guess.question, guess.complete.result())
        if not question:
            return
        same_pause = guess is not None and guess.question[0] == question[0]
        # While an answer is on its way, the same pause isn't asked about again.
        if guess and same_pause and (guess.question == question or not guess.complete.done()):
            return
        if guess and not same_pause:
            guess.words.cancel()
        audio = self._preroll.since(listening.cut)
        listening.guess = _Guess(
            question=question,
            complete=self._in(self._judging, self._complete, audio),
            words=guess.words if guess and same_pause else self._in(self._transcribing, self._stt.transcribe, audio),
        )

    def _complete(self, audio: NDArray[np.float32]) -> float:
        """Ask Smart Turn; 0 when it fails: then the longest pause decides."""
        try:
            return self._smart_turn.complete(audio)
        except Exception:
            log.exception("Smart Turn failed")
            return 0.0

    def _has_words(self, listening: _Listening, reason: Reason) -> bool:
        """Whether what ends was a turn, and not the tail of the wake word before a pause for thought."""
        guess = listening.guess
        if not (listening.phrase and guess and reason in {"complete", "silence"}):
            return True
        if listening.end.speech_ended_s >= _PHRASE_TAIL_S:
            return True
        if not guess.words.done():
            return False
        # Where Whisper failed, there may have been words: the person is told, when the turn has ended.
        if guess.words.exception() or without_phrase(guess.words.result().text, listening.phrase):
            return True
        listening.end.forget_speech()
        return False

    def _nothing_said(self, listening: _Listening) -> None:
        self._close_turn()
        self._bus.publish(listening.turn, EndOfTurn(reason="nothing_said"))
        self._conversation.finish(listening.turn)
        self._conversation.rest()
        self._bus.publish(listening.turn, TurnFinished(latency={}))

    def _end(self, listening: _Listening, reason: Reason) -> None:
        if not listening.end.said:
            self._nothing_said(listening)
            return
        guess, question = listening.guess, listening.end.question
        if guess and question and guess.question[0] == question[0]:
            words = guess.words
        else:
            words = self._in(self._transcribing, self._stt.transcribe, self._preroll.since(listening.cut))
        ended_s = self._time.at_s(listening.opened + int(listening.end.speech_ended_s * RATE_HZ))
        self._close_turn()
        self._bus.speech_ended(listening.turn, ended_s)
        self._bus.publish(listening.turn, EndOfTurn(reason=reason))
        self._conversation.go(State.THINKING)
        self._finishing = asyncio.create_task(self._finish(listening, words), name="transcript")

    async def _finish(self, listening: _Listening, words: asyncio.Future[Transcription]) -> None:
        try:
            heard = await words
        except asyncio.CancelledError:
            self._conversation.finish(listening.turn)
            self._bus.publish(listening.turn, TurnFinished(latency={}))
            raise
        except Exception:
            log.exception("transcription failed")
            self._bus.publish(listening.turn, Failed(code="transcription", text="I couldn't make out what you said."))
            self._conversation.finish(listening.turn)
            self._bus.publish(listening.turn, TurnFinished(latency={}))
            return
        text = without_phrase(heard.text, listening.phrase) if listening.phrase else heard.text
        self._bus.publish(listening.turn, Transcript(text=text, language=heard.language, confidence=heard.confidence))
        self._said.put_nowait(Utterance(turn=listening.turn, text=text, language=heard.language))

    def _close_turn(self) -> None:
        self._listening = None
        self._preroll.capacity = _IDLE_SAMPLES

    def _drop_utterance(self) -> None:
        """Somebody speaks anew: what is still being transcribed is no longer wanted."""
        if self._finishing:
            self._finishing.cancel()
            self._finishing = None

    @staticmethod
    def _in(executor: ThreadPoolExecutor, call: Callable[..., R], *args: object) -> asyncio.Future[R]:
        return asyncio.get_running_loop().run_in_executor(executor, call, *args)
