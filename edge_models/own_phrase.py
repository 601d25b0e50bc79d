"""Wake phrases that the owner taught the device (`edge_models.enrolment`), beside the ones that come with a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edge_models.kept import SUFFIX, KeptError, file_stem, keep, kept
from edge_models.speech_embedding import STEP_MS, WINDOW, EmbeddingStream, SpeechEmbedding
from edge_models.wake_hit import Rearm, WakeHit

Floats = NDArray[np.float32]

_MAX_BYTES = 64 * 1024
_MAX_PHRASE = 60
_SHAPES = {"weights": ("<f4", (WINDOW,)), "limits": ("<f4", (3,)), "phrase": ("|u1", (-1,))}


@dataclass(frozen=True, slots=True)
class OwnPhrase:
    """A phrase and how it is told from everything else: a weighted sum over a window of speech embeddings."""

    phrase: str
    """In lower case with single spaces."""
    weights: Floats
    """(768,) float32."""
    bias: float
    threshold: float
    """A sum over it is the phrase."""
    usual: float
    """What the owner's own recordings reach, as a median."""

    def scores(self, windows: Floats) -> Floats:
        """Return (n,) sums of (n, 768)."""
        return windows @ self.weights + np.float32(self.bias)

    def confidence(self, score: float) -> float:
        """Return 0 to 1 for a sum: 0.5 at the threshold, 0.9 where the owner's own recordings are."""
        steepness = 2.2 / max(self.usual - self.threshold, 1e-3)
        return float(0.5 + 0.5 * np.tanh(0.5 * steepness * (score - self.threshold)))


def phrase_path(folder: Path, phrase: str) -> Path:
    """Return where a phrase lies in `folder`, which is `$NIGHTJAR_HOME/wake`."""
    return folder / f"{file_stem(phrase)}{SUFFIX}"


def keep_phrase(folder: Path, own: OwnPhrase) -> None:
    """Write the phrase. Raises KeptError."""
    limits = np.array([own.bias, own.threshold, own.usual], np.float32)
    phrase = np.frombuffer(own.phrase.encode(), np.uint8)
    keep(phrase_path(folder, own.phrase), {"weights": own.weights, "limits": limits, "phrase": phrase})


def read_phrase(path: Path) -> OwnPhrase:
    """Read one. Raises KeptError."""
    arrays = kept(path, _SHAPES, max_bytes=_MAX_BYTES)
    phrase = arrays["phrase"].tobytes().decode("utf-8", "replace")
    if not 0 < len(phrase) <= _MAX_PHRASE:
        raise KeptError(f"{path} has no phrase in it: make it again.")
    bias, threshold, usual = (float(limit) for limit in arrays["limits"])
    return OwnPhrase(phrase, arrays["weights"], bias, threshold, usual)


def own_phrases(folder: Path, wanted: Sequence[str]) -> list[OwnPhrase]:
    """Return those of the phrases `wanted` that were taught. Raises KeptError for one that can't be read."""
    return [read_phrase(path) for phrase in wanted if (path := phrase_path(folder, phrase)).is_file()]


class OwnPhrases:
    """The wake engine of taught phrases. Quiet costs 0.3 % of a core, speech 1.5 % however many phrases (2026-11)."""

    def __init__(
        self, embedding: SpeechEmbedding, phrases: Sequence[OwnPhrase], *, thresholds: Mapping[str, float] | None = None
    ) -> None:
        """`thresholds`: the scores that phrases must exceed, where 0.5 isn't to be."""
        self._thresholds = thresholds or {}
        self._stream = EmbeddingStream(embedding)
        self._phrases = tuple(phrases)
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._stream.reset()
        self._rearm = {own.phrase: Rearm(0.25, score_ms=STEP_MS) for own in self._phrases}

    def process(self, samples: Floats) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        hits: list[WakeHit] = []
        for window in self._stream.windows(samples):
            for own in self._phrases:
                score = 0.0 if window is None else own.confidence(float(own.scores(window[np.newaxis])[0]))
                rearm = self._rearm[own.phrase]
                if rearm.armed(score) and score > self._thresholds.get(own.phrase, 0.5):
                    rearm.hit()
                    hits.append(WakeHit(own.phrase, score))
        return hits


class _Engine(Protocol):
    def process(self, samples: Floats) -> list[WakeHit]: ...

    def reset(self) -> None: ...


class WakeEngines:
    """Several wake engines on the same audio: what any of them hears was heard."""

    def __init__(self, *engines: _Engine) -> None:
        self._engines = engines

    def reset(self) -> None:
        """Forget the audio so far."""
        for engine in self._engines:
            engine.reset()

    def process(self, samples: Floats) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        return [hit for engine in self._engines for hit in engine.process(samples)]
