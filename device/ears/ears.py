"""From blocks of sound to what somebody said."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, replace

from device.bus import NO_TURN, Bus
from device.conversation import Conversation, State
from device.ears.cut import REACH_SAMPLES, quietest
from device.ears.listener import Listener
from device.ears.models import Heard, Models
from device.ears.overhearing import Overhearing, Talking
from device.ears.preroll import IDLE_SAMPLES, NO_WAKE_SAMPLES, WARM_UP_SAMPLES, PreRoll
from device.ears.speaker import Match
from device.ears.stream_time import StreamTime
from device.ears.turn_end import Limits, Reason
from device.ears.wake_phrase import without_phrase
from device.events import (
    Attention,
    EndOfTurn,
    Failed,
    Partial,
    SpeechStarted,
    Stranger,
    Transcript,
    TurnFinished,
    WakeWord,
)
from device.phrases import Phrases
from edge_models.stt import Transcription
from edge_models.wake import WakeHit
from hw.audio.duplex import RATE_HZ, Duplex

log = logging.getLogger(__name__)

_REFRACTORY_SAMPLES = RATE_HZ
"""One wake word is one, however many phrases and moments match it."""
_PHRASE_TAIL_S = 0.6
"""Speech that ends sooner after the wake word was found may be its own tail; only a transcript can tell."""
_PHRASE_SAMPLES = RATE_HZ
"""A wake phrase is no longer. It is too short to tell a voice by, and so may the command be: both together do."""


async def _nothing(_text: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What somebody said to the device."""

    turn: str
    text: str
    """Without the wake phrase; "" when there was speech but no word was understood."""
    language: str
    addressed: bool = True
    """It came after a wake word. False: over the device's own voice, or where it had asked something."""
    speaker: str = ""
    """Whose voice it was; "" for a stranger's, or one that can't be told from another."""
    certain: bool = False
    """Whether that is certain enough to open what is open to `speaker` alone."""


@dataclass(slots=True)
class _Before:
    """What was said in a turn before the wake word was heard in it."""

    words: asyncio.Future[Transcription]
    voice: asyncio.Future[Match | None]


@dataclass(slots=True)
class _Listening:
    """A turn that somebody is speaking in."""

    turn: str
    phrase: str | None
    listener: Listener
    started: bool = False
    addressed: bool = True
    """As in Utterance."""
    before: _Before | None = None


class Ears:
    """Waits for a wake word, keeps what is said after it, notices the end, transcribes.

    ::

        "hey jarvis draw a red fox under a full moon"
         ──────────┬────────────────────────────────┐ 0.2 s ┌─ Smart Turn: complete? ─┐
         pre-roll  wake word found                  └───────┴─ Whisper, on trial ─────┴─▶ Utterance

    While idle only the wake engine runs; it hears the wake word in every state. While the device speaks, the VAD
    listens too: who talks over it makes it pause, and go on when that was nothing to it (`device.ears.barge_in`).
    """

    def __init__(
        self,
        *,
        duplex: Duplex,
        models: Models,
        voice: Talking,
        bus: Bus,
        conversation: Conversation,
        limits: Limits | None = None,
        whole: Callable[[str], bool] = lambda _: False,
        understood: Callable[[str], Awaitable[bool]] = _nothing,
        own_words: Callable[[str], bool] = lambda _: False,
        likely: Callable[[str], object] = lambda _: None,
        turn_began_s: Callable[[float], float] = lambda at_s: at_s,
        phrases: Phrases | None = None,
    ) -> None:
        """`whole` says whether words are a command that nothing can follow: then the turn's end is settled sooner.

        `understood` says whether words are a command at all: what is said over the device's own voice without a wake
        word is carried out only then; `own_words`, whether they are what the device is saying itself. `likely` gets
        what was said before a pause that may be the end. `turn_began_s` maps the time at which listening begins to
        that from which the turn's events count. `phrases` are those of the device's language, English by default.
        """
        self._duplex = duplex
        self._models = models
        self._voice = voice
        self._bus = bus
        self._conversation = conversation
        self._limits = limits or Limits()
        self._whole = whole
        self._likely = likely
        self._understood = understood
        self._turn_began_s = turn_began_s
        self._phrases = phrases or Phrases()
        self._sound = PreRoll(IDLE_SAMPLES)
        self._time = StreamTime()
        self._listening: _Listening | None = None
        self._overhearing = Overhearing(
            voice=voice,
            models=models,
            sound=self._sound,
            whole=whole,
            understood=understood,
            own_words=own_words,
            heard=self._interrupted,
        )
        self._finishing: asyncio.Task[None] | None = None
        self._said: asyncio.Queue[Utterance | None] = asyncio.Queue()
        self._last_wake = -_REFRACTORY_SAMPLES
        self._forget = True  # Whatever the models heard before was another microphone's.
        self._deaf = False

    @property
    def working(self) -> bool:
        """Whether a model is at work on what was said: time that the person would notice is passing."""
        following = self._listening is not None and self._listening.listener.working
        finishing = self._finishing is not None and not self._finishing.done()
        return following or finishing or self._overhearing.working

    async def utterances(self) -> AsyncGenerator[Utterance, None]:
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
            self._overhearing.ignore()

    def listen(self, *, patience_s: float | None = None, reason: Attention | None = None) -> str | None:
        """Open a turn without a wake word and return its id; None when the device is in the middle of one.

        `patience_s`: how long to wait for the first word, if not as long as after a wake word.
        """
        if self._listening or not self._conversation.go(State.LISTENING, reason):
            return None
        self._overhearing.ignore()  # What somebody began to say over the question is its answer, and is heard once.
        now_s = self._bus.clock.now()
        turn = self._bus.begin_turn(self._turn_began_s(now_s))
        limits = self._limits if patience_s is None else replace(self._limits, nothing_said_s=patience_s)
        self._open(turn, None, self._sound.end - NO_WAKE_SAMPLES, limits)
        assert self._listening is not None
        self._listening.addressed = reason != "follow_up"
        return turn

    def set_muted(self, muted: bool) -> None:
        """Close (True) or open the microphone's gate. Closing forgets what was heard and ends the listening."""
        self._duplex.set_muted(muted)
        self._sound.clear()
        self._forget = True
        self._overhearing.ignore()
        if self._listening is None:
            self._voice.resume()
        elif muted:
            self._nothing_said(self._listening)

    def close(self) -> None:
        """Let the models' threads end."""
        self._models.close()

    async def _listen(self) -> None:
        async for block in self._duplex.blocks():
            end = block.sample_index + block.microphone.size
            self._time.seen(end, self._bus.clock.now())
            anew, self._forget = self._forget, False
            heard = await self._models.hear(block, anew=anew)
            self._say_when_deaf()
            if self._forget:
                continue  # Muted meanwhile.
            self._sound.add(heard.samples, block.sample_index)
            if heard.hits and end - self._last_wake >= _REFRACTORY_SAMPLES:
                await self._woken(max(heard.hits, key=lambda hit: hit.score), end)
            elif self._listening:
                await self._follow(self._listening, heard)
            else:
                await self._overhearing.hear(heard, speaking=self._conversation.state is State.SPEAKING)
        if self._listening:
            self._end(self._listening, "end_of_audio")
        if self._finishing:
            await self._finishing
        await self._overhearing.judged()

    def _say_when_deaf(self) -> None:
        if self._models.deaf and not self._deaf:
            self._bus.publish(NO_TURN, Failed(code="hearing", text=self._phrases("fault-deaf")))
        self._deaf = self._models.deaf

    async def _woken(self, hit: WakeHit, end: int) -> None:
        self._last_wake = end
        self._drop_utterance()
        self._overhearing.ignore()
        self._voice.pause()
        # Said twice before anything else: one turn, heard from the second time on.
        begun = self._listening
        turn = begun.turn if begun else self._bus.begin_turn(self._turn_began_s(self._time.at_s(end)))
        self._bus.publish(turn, WakeWord(phrase=hit.phrase, score=hit.score))
        self._conversation.go(State.LISTENING, "wake")
        before = None
        if begun and begun.listener.end.said:
            before = _Before(self._models.words(begun.listener.heard()), begun.listener.voice())
        self._open(turn, hit.phrase, self._phrase_end(), self._limits, before)

    def _phrase_end(self) -> int:
        """Return the sample index at which the wake phrase, just found, probably ended."""
        last = self._sound.since(self._sound.end - REACH_SAMPLES)
        return self._sound.end - last.size + quietest(last)

    def _open(
        self,
        turn: str,
        phrase: str | None,
        cut: int,
        limits: Limits,
        before: _Before | None = None,
    ) -> None:
        self._conversation.begin(turn)
        if self._listening:
            self._listening.listener.close()
        # From here to the turn's end the ring keeps everything that is said.
        self._sound.capacity = IDLE_SAMPLES + int(limits.longest_turn_s * RATE_HZ)
        self._models.attend(self._sound.since(self._sound.end - WARM_UP_SAMPLES))
        listener = Listener(
            self._models,
            self._sound,
            opened=self._sound.end,
            cut=cut,
            limits=limits,
            meant=lambda text: _without(phrase, text),
            whole=self._whole,
            voice_before=_PHRASE_SAMPLES if phrase else 0,
            partial=lambda text, stable: self._bus.publish(turn, Partial(text=text, stable=stable)),
            likely=self._likely,
        )
        self._listening = _Listening(turn, phrase, listener, before=before)

    async def _follow(self, listening: _Listening, heard: Heard) -> None:
        """Take one more block of a turn."""
        listener = listening.listener
        probabilities = await self._models.speech(heard.samples)
        if listening is not self._listening:
            return  # Muted meanwhile.
        reason = listener.hear(probabilities)
        if listener.end.said and not listening.started:
            listening.started = True
            self._bus.publish(listening.turn, SpeechStarted())
        if await self._was_said_before(listening):
            return
        if reason == "nothing_said":
            self._nothing_said(listening)
        elif reason and self._has_words(listening, reason):
            self._end(listening, reason)

    async def _was_said_before(self, listening: _Listening) -> bool:
        """End a turn whose command was over when a wake word, that nobody had said, was heard in it."""
        before, end = listening.before, listening.listener.end
        if before is None or not before.words.done() or end.said or end.elapsed_s < end.limits.settled_s:
            return False
        listening.before = None
        if before.words.cancelled() or before.words.exception():
            return False
        heard, match = before.words.result(), await before.voice
        text = _without(listening.phrase, heard.text)
        if (
            not text
            or (match and not match.obeyed)
            or not await self._understood(text)
            or listening is not self._listening
        ):
            return False
        self._close_turn()
        listening.listener.close()
        self._bus.publish(listening.turn, EndOfTurn(reason="command"))
        self._conversation.go(State.THINKING)
        self._hand_over(listening.turn, text, heard, match, addressed=listening.addressed)
        return True

    def _has_words(self, listening: _Listening, reason: Reason) -> bool:
        """Whether what ends was a turn: not the tail of the wake word before a pause for thought, not half a word."""
        end, words = listening.listener.end, listening.listener.guessed
        if words is None or reason not in {"command", "complete", "silence"}:
            return True
        tail = listening.phrase is not None and end.speech_ended_s < _PHRASE_TAIL_S
        if not words.done():
            return not tail
        # Where Whisper failed, there may have been words: the person is told, when the turn has ended.
        if words.exception() or _without(listening.phrase, words.result().text):
            return True
        if tail:
            end.forget_speech()
            return False
        return end.pause_s >= end.limits.longest_pause_s

    def _nothing_said(self, listening: _Listening) -> None:
        self._close_turn()
        listening.listener.close()
        self._bus.publish(listening.turn, EndOfTurn(reason="nothing_said"))
        self._conversation.finish(listening.turn)
        self._conversation.rest()
        self._give_up(listening.turn)

    def _end(self, listening: _Listening, reason: Reason) -> None:
        listener = listening.listener
        if not listener.end.said:
            self._nothing_said(listening)
            return
        words, voice = listener.words(), listener.voice()
        self._close_turn()
        self._bus.speech_ended(listening.turn, self._ended_s(listener))
        self._bus.publish(listening.turn, EndOfTurn(reason=reason))
        self._conversation.go(State.THINKING)
        self._finishing = asyncio.create_task(self._finish(listening, words, voice), name="transcript")

    def _ended_s(self, listener: Listener) -> float:
        return self._time.at_s(listener.opened + int(listener.end.speech_ended_s * RATE_HZ))

    async def _finish(
        self, listening: _Listening, words: asyncio.Future[Transcription], voice: asyncio.Future[Match | None]
    ) -> None:
        try:
            heard, match = await asyncio.gather(words, voice)
        except asyncio.CancelledError:
            self._finish_turn(listening.turn)
            raise
        except Exception:
            log.exception("transcription failed")
            self._bus.publish(listening.turn, Failed(code="transcription", text=self._phrases("fault-not-made-out")))
            self._give_up(listening.turn)
            return
        text = _without(listening.phrase, heard.text)
        if match and not match.obeyed:
            self._bus.publish(listening.turn, Stranger(score=round(match.score, 2)))
            self._give_up(listening.turn)
        elif text or listening.phrase:
            self._hand_over(listening.turn, text, heard, match, addressed=listening.addressed)
        else:  # Without a wake word, a sound that was no word was not for the device.
            self._give_up(listening.turn)

    def _give_up(self, turn: str) -> None:
        self._finish_turn(turn)
        self._voice.resume()

    def _finish_turn(self, turn: str) -> None:
        self._conversation.finish(turn)
        self._bus.publish(turn, TurnFinished(latency={}))

    def _hand_over(self, turn: str, text: str, heard: Transcription, match: Match | None, *, addressed: bool) -> None:
        speaker, certain = (match.name, match.certain) if match else (None, False)
        self._bus.publish(
            turn, Transcript(text=text, language=heard.language, confidence=heard.confidence, speaker=speaker)
        )
        self._said.put_nowait(Utterance(turn, text, heard.language, addressed, speaker or "", certain))

    def _interrupted(self, listener: Listener, reason: Reason, heard: Transcription, match: Match | None) -> None:
        """Somebody said a command over the device's own voice: that is a turn like any other."""
        self._drop_utterance()
        turn = self._bus.begin_turn(self._turn_began_s(self._time.at_s(listener.opened)))
        self._conversation.begin(turn)
        self._conversation.go(State.LISTENING, "barge_in")
        self._bus.publish(turn, SpeechStarted())
        self._bus.speech_ended(turn, self._ended_s(listener))
        self._bus.publish(turn, EndOfTurn(reason=reason))
        self._conversation.go(State.THINKING)
        self._hand_over(turn, heard.text, heard, match, addressed=False)

    def _close_turn(self) -> None:
        self._listening = None
        self._sound.capacity = IDLE_SAMPLES

    def _drop_utterance(self) -> None:
        """Somebody speaks anew: what is still being transcribed is no longer wanted."""
        if self._finishing:
            self._finishing.cancel()
            self._finishing = None


def _without(phrase: str | None, text: str) -> str:
    return without_phrase(text, phrase) if phrase else text
