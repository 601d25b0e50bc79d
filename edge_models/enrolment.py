"""Learns a wake phrase from a few recordings of it, in seconds, without a training framework.

The recordings are varied (speed, room, noise, other speech around them), and so is what the device's own voice makes
of the phrase. The detector is Fisher's linear discriminant: the direction in which windows that end with the phrase are
furthest from all others, measured by how much the others vary. On 150 recordings of "jarvis" and 163 of "alexa" by as
many people it was as good as logistic regression that takes thirty times as long (2026-11).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from edge_models.background import Background
from edge_models.own_phrase import OwnPhrase
from edge_models.speech_embedding import EMBEDDINGS_A_WINDOW, SpeechEmbedding, heard_s, windows
from edge_models.variations import at_speed, variations
from edge_models.wake_hit import Rearm

Floats = NDArray[np.float32]

VARIATIONS = 16
"""Of each recording."""
_SPOKEN_VARIATIONS = 2
_SPOKEN_SPEEDS = (0.85, 0.92, 1.0, 1.08, 1.18, 1.3)
_AFTER_S = (0.02, 0.26)
"""A window that ends so long after the phrase has the whole of it, and is soon enough."""
_BEFORE_S = 0.15
"""A window that ends so long before the end of the phrase is not yet it."""
_MANY = 5000
_EVERY = 2
"""Of so many windows every other says as much about how they vary: they overlap."""
_SHRINK = 0.5
_OWN_SPREAD = 0.3
_RARE = 0.999
"""What so much of the background stays under; its very highest may be a word that sounds like the phrase by chance."""
_MARGIN = 0.5
"""Where the threshold lies between that and the middle of what the owner reaches, ..."""
_LEAST_MARGIN = 7.0
"""... but at least so far over the former: 1.2 h of real speech reach 6 to 8 more about once (2026-11)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Windows of one recording and its variations."""

    phrase: tuple[Floats, ...]
    """For each variation (n, 768): those that end with the phrase."""
    other: Floats
    """(n, 768): those that end before it, and parts of it."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A phrase, and how well it is told."""

    own: OwnPhrase
    found: int
    """Of the recordings, each by a detector that learnt from the others alone."""
    of: int
    varied_found: int
    """Of their variations, likewise."""
    varied_of: int
    strangers: tuple[int, ...]
    """Numbers of the recordings that are too different from the others."""
    false_hits: int
    """In the half of the background that the detector did not learn from, for either half."""
    hours: float


def sample(recording: Floats, background: Background, embedding: SpeechEmbedding, *, seed: int) -> Sample:
    """Vary a recording of the phrase, (n,) float32 at 16 kHz without quiet around it."""
    phrase, other = _varied(recording, background, embedding, VARIATIONS, seed)
    half = recording.size // 2
    parts = (recording[::-1], recording[:half], recording[half:], np.roll(recording, half))
    quiet, tail = np.zeros(16_000, np.float32), np.zeros(8_000, np.float32)
    other += [windows(embedding.embed(np.concatenate((quiet, part, tail)))) for part in parts]
    return Sample(tuple(phrase), np.concatenate(other))


def spoken_sample(said: Floats, background: Background, embedding: SpeechEmbedding) -> Sample:
    """Vary the phrase as the device's own voice says it, (n,) float32 at 16 kHz without quiet around it."""
    phrase: list[Floats] = []
    for number, speed in enumerate(_SPOKEN_SPEEDS):
        phrase += _varied(at_speed(said, speed), background, embedding, _SPOKEN_VARIATIONS, number)[0]
    return Sample(tuple(phrase), np.zeros((0, phrase[0].shape[1]), np.float32))


def learn(phrase: str, samples: Sequence[Sample], spoken: Sample | None, background: Background) -> Learnt:
    """Learn `phrase` from at least two samples of its owner, and of the device's own voice where it can say it."""
    others = windows(background.embeddings)
    half = len(others) // 2
    halves = (_Others(others[:half]), _Others(others[half:]))
    both = halves[0].joined(halves[1])
    tops = [_detector(phrase, samples, spoken, learnt).scores(test.windows) for learnt, test in (halves, halves[::-1])]
    usually = float(np.quantile(np.concatenate(tops), _RARE))

    alone, varied, usual = [], [], []
    for number in range(len(samples)):
        rest = [sample for other, sample in enumerate(samples) if other != number]
        scores = [_best(_detector(phrase, rest, spoken, both), found) for found in samples[number].phrase]
        alone.append(scores[0])
        varied.extend(scores[1:])
        usual.extend(scores)
    middle = float(np.median(usual))
    threshold = usually + max(_MARGIN * (middle - usually), _LEAST_MARGIN)
    own = replace(_detector(phrase, samples, spoken, both), threshold=threshold, usual=max(middle, threshold + 1))
    return Learnt(
        own=own,
        found=sum(score > threshold for score in alone),
        of=len(alone),
        varied_found=sum(score > threshold for score in varied),
        varied_of=len(varied),
        strangers=tuple(
            number for number, score in enumerate(alone) if score < (usually + float(np.median(alone))) / 2
        ),
        false_hits=sum(hits(top, own) for top in tops),
        hours=background.hours,
    )


def hits(scores: Floats, own: OwnPhrase) -> int:
    """Return how often (n,) sums, one every 80 ms, would have woken the device."""
    rearm, count = Rearm(0.25, score_ms=80), 0
    for score in map(own.confidence, scores.tolist()):
        if rearm.armed(score) and score > 0.5:
            rearm.hit()
            count += 1
    return count


class _Others:
    """Windows of what isn't the phrase: their mean and how they vary."""

    def __init__(self, of: Floats) -> None:
        self.windows = of
        some = of[::_EVERY] if len(of) > _MANY else of
        self.count = len(some)
        self.mean = some.mean(axis=0, dtype=np.float64)
        centred = some - self.mean.astype(np.float32)
        self.scatter = (centred.T @ centred).astype(np.float64)

    def joined(self, other: "_Others") -> "_Others":
        """Return both, without going through the windows again."""
        new = object.__new__(_Others)
        new.windows = np.concatenate((self.windows, other.windows))
        new.count = self.count + other.count
        new.mean = (self.mean * self.count + other.mean * other.count) / new.count
        apart = self.mean - other.mean
        between = np.outer(apart, apart) * (self.count * other.count / new.count)
        new.scatter = self.scatter + other.scatter + between
        return new


def _detector(phrase: str, samples: Sequence[Sample], spoken: Sample | None, others: _Others) -> OwnPhrase:
    """Fisher's linear discriminant; its threshold is still to be set."""
    wanted = np.concatenate([found for one in (*samples, *([spoken] if spoken else ())) for found in one.phrase])
    near = _Others(np.concatenate([one.other for one in samples]))
    spread = (others.scatter + near.scatter) / (others.count + near.count)
    spread += _OWN_SPREAD * np.cov(wanted.T, dtype=np.float64)
    spread += _SHRINK * np.trace(spread) / len(spread) * np.eye(len(spread))
    mean = wanted.mean(axis=0, dtype=np.float64)
    weights = np.linalg.solve(spread, mean - others.mean)
    bias = -float(weights @ (mean + others.mean)) / 2
    return OwnPhrase(phrase, weights.astype(np.float32), bias, threshold=0.0, usual=1.0)


def _best(own: OwnPhrase, found: Floats) -> float:
    return float(own.scores(found).max())


def _varied(
    recording: Floats, background: Background, embedding: SpeechEmbedding, count: int, seed: int
) -> tuple[list[Floats], list[Floats]]:
    """Return for each variation the windows with the phrase, and those before its end."""
    phrase: list[Floats] = []
    other: list[Floats] = []
    for one in variations(recording, background.speech, count, seed):
        found = windows(embedding.embed(one.samples))
        after_s = np.array([heard_s(at + EMBEDDINGS_A_WINDOW - 1) for at in range(len(found))]) - one.end_s
        phrase.append(found[(after_s >= _AFTER_S[0]) & (after_s <= _AFTER_S[1])])
        other.append(found[after_s < -_BEFORE_S])
    return phrase, other
