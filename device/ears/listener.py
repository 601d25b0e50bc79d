"""Follows what one person says, from the first word to the end of the turn, and works ahead of that end."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from device.ears.models import FRAME_S, Models
from device.ears.partials import Agreement
from device.ears.preroll import PreRoll
from device.ears.speaker import Match
from device.ears.turn_end import Limits, Reason, TurnEnd
from edge_models.stt import Transcription

_PARTIAL_FIRST_S = 1.0
"""Of speech: of less Whisper makes sentences that nobody said."""
_PARTIAL_EVERY_S = 0.7
"""A partial transcript takes about 0.1 s of two cores; the final one may have to wait for its end."""
_PARTIAL_CONFIDENCE = 0.4
"""What is less certain isn't shown."""


@dataclass(slots=True)
class _Guess:
    """What is worked out during a pause, in case that it is the end."""

    pause: int
    words: asyncio.Future[Transcription]
    voice: asyncio.Future[Match | None]
    read: bool = False
    """Whether the words have been looked at."""
    asked: int = 0
    complete: asyncio.Future[float] | None = None


class Listener:
    """One turn being spoken.

    ::

        ┌── speech ────────────────────────┐ at once: Whisper, on trial ─▶ is that a whole command? ─┐
        │                                  │ at once: whose voice is it?                             │
        └──▲──────▲──────▲──────▲──────────┘ 0.09 s: Smart Turn: does it sound finished? ───────────┴─▶ TurnEnd
           partial transcripts, when Whisper is idle

    When the person goes on, what was worked out in the pause is thrown away.
    """

    def __init__(
        self,
        models: Models,
        sound: PreRoll,
        *,
        opened: int,
        cut: int,
        limits: Limits,
        whole: Callable[[str], bool],
        voice_before: int = 0,
        meant: Callable[[str], str] = str.strip,
        partial: Callable[[str, int], object] | None = None,
        likely: Callable[[str], object] | None = None,
    ) -> None:
        """Follow speech from sample `opened` on and transcribe it from sample `cut` on.

        `whole` says whether a transcript is a command that nothing can follow; the voice is judged by the speech from
        `voice_before` samples before `cut` on; `meant` takes the wake phrase off a transcript; `partial` gets each new
        partial transcript, and how many of its first characters will stay; `likely` gets what was said before a pause
        that may be the end.
        """
        self.opened = opened
        self.end = TurnEnd(limits)
        self._models = models
        self._sound = sound
        self._cut = cut
        self._whole = whole
        self._voice_before = voice_before
        self._meant = meant
        self._partial = partial
        self._likely = likely
        self._agreement = Agreement()
        self._running: asyncio.Future[Transcription] | None = None
        self._ran_at_s = 0.0
        self._guess: _Guess | None = None

    @property
    def working(self) -> bool:
        """Whether a model is at work on what was said."""
        guess = self._guess
        waiting = (self._running, guess and guess.words, guess and guess.complete)
        return any(work is not None and not work.done() for work in waiting)

    @property
    def guessed(self) -> asyncio.Future[Transcription] | None:
        """What the speech before the present pause is being transcribed to; None when nobody pauses."""
        return self._guess.words if self._guess and self._guess.pause == self.end.pause else None

    def hear(self, probabilities: list[float]) -> Reason | None:
        """Take the VAD's probabilities for the next frames; return why the turn is over, or None while it isn't."""
        for probability in probabilities:
            self.end.hear(probability, FRAME_S)
        self._read_partial()
        if self.end.pause_s >= self.end.limits.transcribe_at_s:
            self._work_ahead()
        elif self.end.said and not self.end.pause_s:
            self._listen_along()
        return self.end.ended()

    def words(self) -> asyncio.Future[Transcription]:
        """Return the transcript of all that was said: ready, or on its way, when there was a pause before."""
        self._drop(self._running)
        guessed = self.guessed
        # No words in what the VAD took for the whole: there may be some in what it took for the pause.
        if guessed is None or ((words := _ready(guessed)) and not words.text):
            return self._models.words(self.heard())
        return guessed

    def voice(self) -> asyncio.Future[Match | None]:
        """Return whose voice that was: known, or on its way, when there was a pause before."""
        guess = self._guess
        return guess.voice if guess and guess.pause == self.end.pause else self._judge_voice()

    def heard(self) -> NDArray[np.float32]:
        """Return the sound so far that is transcribed, (n,) float32 at 16 kHz."""
        return self._sound.since(self._cut)

    def close(self) -> None:
        """Nobody wants the words any more."""
        self._drop(self._running)
        self._drop(self._guess and self._guess.words)

    def _work_ahead(self) -> None:
        guess = self._guess
        if guess is None or guess.pause != self.end.pause:
            self._drop(guess and guess.words)
            self._drop(self._running)
            guess = self._guess = _Guess(self.end.pause, self._models.words(self.heard()), self._judge_voice())
        if guess.complete is not None and guess.complete.done():
            self.end.sounds(guess.pause, guess.complete.result())
        if guess.asked < self.end.questions and (guess.complete is None or guess.complete.done()):
            guess.asked = self.end.questions
            guess.complete = self._models.complete(self.heard())
        if not guess.read and (words := _ready(guess.words)):
            guess.read = True
            self._tell(words)
            if self._likely and words.confidence >= _PARTIAL_CONFIDENCE:
                self._likely(self._meant(words.text))
            if self._whole(self._meant(words.text)):
                self.end.is_whole(guess.pause)

    def _judge_voice(self) -> asyncio.Future[Match | None]:
        return self._models.whose(self._sound.since(self._cut - self._voice_before))

    def _listen_along(self) -> None:
        due_s = self._ran_at_s + _PARTIAL_EVERY_S if self._ran_at_s else _PARTIAL_FIRST_S
        if self._partial is None or self._models.transcribing or self.end.speech_s < due_s:
            return
        self._ran_at_s = self.end.speech_s
        self._running = self._models.words(self.heard(), whole=False)

    def _read_partial(self) -> None:
        if self._running is not None and self._running.done():
            words, self._running = _ready(self._running), None
            if words:
                self._tell(words)

    def _tell(self, words: Transcription) -> None:
        if self._partial is None or words.confidence < _PARTIAL_CONFIDENCE:
            return
        before = self._agreement.text
        text, stable = self._agreement.add(self._meant(words.text))
        if text and text != before:
            self._partial(text, stable)

    @staticmethod
    def _drop(work: asyncio.Future[Transcription] | None) -> None:
        if work is not None:
            work.cancel()


def _ready(words: asyncio.Future[Transcription]) -> Transcription | None:
    """What was understood; None while it isn't known, and where Whisper failed."""
    if not words.done() or words.cancelled() or words.exception() is not None:
        return None
    return words.result()
