"""The second stage of a wake word: the same audio heard again in several ways, and every hearing counts.

::

    stage one   score  ____▂▅▇███▇▅____________________
    check          2 s before >|^ opened … up to 0.6 s … | given up
                   heard again at four other speeds, and heard on: (score + their mean) / 2 > threshold: a hit

A phrase stays what it is when it is spoken a little faster or slower; the score of what merely resembles it breaks down
at one speed or another. Two hours of sound that wakes nobody, heard plain and in six disguises (two rooms, kitchen
noise, two speeds, quietly), with the four phrases: 66 false accepts with the models' own cut-offs, 38 with two stages
that hear "alexa" as often when it is clean (97.5 %) and oftener in kitchen noise at 10 dB (93 % and not 91 %). What is
left the model hears as the phrase at every speed; another engine's second opinion leaves 2 (2026-11). A linear detector
on speech embeddings, learnt from synthesised voices, is none: to halve them it would miss a tenth of real people.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_models.micro_pass import STEP_MS
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake_hit import Rearm, WakeHit

SPEEDS = (0.9, 0.95, 1.05, 1.1)
AGO_S = 2.0
"""How much of what was heard before is heard again: the longest phrase, and time for the features to settle."""
_BEST_STEPS = 13
"""Of what is heard again, the scores of the last 0.4 s count."""
_GIVE_UP_STEPS = 20
"""A check that was not passed after 0.6 s isn't."""
_OPENS_AT_LEAST = 0.2
_LIKELY = 0.1
"""What another engine must say at least; of its own accord it would wait for 0.5."""
_SPEAKS = 0.4
_SPEAKS_FRAMES = 8
_WARM_UP_FRAMES = 15
_VAD_FRAMES = 31
"""Of 32 ms each. "alexa" has eight in the last second in every clip with noise at 10 dB and in 90 % at 0 dB; where the
kitchen's clatter excited the model there were six."""


class Hearing(Protocol):
    """MicroPass and OpenWakeWord."""

    def reset(self) -> None:
        """Forget the audio so far."""
        ...

    def scores(self, samples: NDArray[np.int16]) -> Iterator[dict[str, float]]:
        """Hear (n,) int16 samples at 16 kHz and yield a score for every phrase, step by step."""
        ...


class _Best:
    """The best score of one hearing since a little before the check was opened."""

    def __init__(self, hearing: Hearing, phrase: str) -> None:
        self._hearing = hearing
        self._phrase = phrase
        self.score = 0.0

    def begin(self, recent: NDArray[np.int16]) -> None:
        self._hearing.reset()
        scores = [scores.get(self._phrase, 0.0) for scores in self._hearing.scores(recent)]
        self.score = max(scores[-_BEST_STEPS:], default=0.0)

    def hear(self, samples: NDArray[np.int16]) -> None:
        for scores in self._hearing.scores(samples):
            self.score = max(self.score, scores.get(self._phrase, 0.0))


class TwoStages:
    """One phrase: turns the scores of the first stage into hits that the second has confirmed."""

    def __init__(
        self,
        phrase: str,
        again: Sequence[Hearing],
        *,
        threshold: float,
        vad: SileroVad | None = None,
        second_opinion: Hearing | None = None,
    ) -> None:
        """`again`: how it is heard again, at each of SPEEDS. `threshold`: over it a check is passed.

        `vad`: must find that somebody speaks. `second_opinion`: another engine that must find the phrase likely.
        """
        self._phrase = phrase
        self._threshold = threshold
        # Whatever the other hearings say, below this the check can't be passed.
        self._opens = max(2 * threshold - 1, _OPENS_AT_LEAST)
        self._again = [_Best(hearing, phrase) for hearing in again]
        self._other = _Best(second_opinion, phrase) if second_opinion else None
        self._vad = vad
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._rearm = Rearm(self._opens / 2, score_ms=STEP_MS)
        self._steps_left = 0
        self._best = 0.0

    def hear(self, samples: NDArray[np.int16]) -> None:
        """Take the audio, (n,) int16 at 16 kHz, piece by piece; heard only while a check is open."""
        if self._steps_left:
            for best in self._hearings():
                best.hear(samples)

    def step(self, score: float, recent: Callable[[], NDArray[np.int16]]) -> WakeHit | None:
        """Take the first stage's next score; `recent` returns the last 2 s of audio, in which it was found."""
        if not self._rearm.armed(score):
            return None
        if not self._steps_left:
            if score <= self._opens:
                return None
            self._open(recent())
        self._steps_left -= 1
        self._best = max(self._best, score)
        checked = (self._best + sum(best.score for best in self._again) / len(self._again)) / 2
        if checked <= self._threshold or (self._other and self._other.score < _LIKELY):
            return None
        self._steps_left = 0
        self._rearm.hit()
        return WakeHit(self._phrase, checked) if self._vad is None or speaks(self._vad, recent()) else None

    def _open(self, recent: NDArray[np.int16]) -> None:
        self._steps_left = _GIVE_UP_STEPS
        self._best = 0.0
        for best in self._hearings():
            best.begin(recent)

    def _hearings(self) -> list[_Best]:
        return [*self._again, self._other] if self._other else self._again


def speaks(vad: SileroVad, recent: NDArray[np.int16]) -> bool:
    """Whether somebody spoke for at least a quarter of a second of the last second of `recent`, (n,) int16."""
    vad.reset()
    begin = recent.size % FRAME_SAMPLES
    frames = recent[begin:].reshape(-1, FRAME_SAMPLES).astype(np.float32) / 32768
    heard = [vad.probability(frame) for frame in frames[-_WARM_UP_FRAMES - _VAD_FRAMES :]]
    return sum(probability > _SPEAKS for probability in heard[-_VAD_FRAMES:]) >= _SPEAKS_FRAMES
