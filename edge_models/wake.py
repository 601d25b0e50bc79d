"""Wake words: microWakeWord (the default) and openWakeWord, behind the same four names.

Both take audio in pieces of any length and report a phrase once each time it is spoken: a hit is the moment the score
climbs over the phrase's threshold, and the phrase can be hit again after its score was low for half a second:

    score   ____####_###_________________####____
    hit         ^                        ^
    low                 |<-- 0.5 s -->|
"""

from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pymicro_wakeword import MicroWakeWord as MicroModel
from pymicro_wakeword import MicroWakeWordFeatures

from edge_models.onnx_session import open_session


@dataclass(frozen=True)
class WakeHit:
    """A wake phrase was heard."""

    phrase: str
    """In lower case with spaces: `hey jarvis`."""
    score: float
    """0 to 1."""


_LOW_MS = 500


class _Trigger:
    """Turns a stream of scores into one hit each time the phrase is spoken."""

    def __init__(self, phrase: str, threshold: float, *, score_ms: int) -> None:
        self._phrase = phrase
        self._threshold = threshold
        self._lows_needed = _LOW_MS // score_ms
        self._lows = self._lows_needed

    def hit(self, score: float) -> WakeHit | None:
        armed = self._lows >= self._lows_needed
        if not armed:
            self._lows = self._lows + 1 if score < self._threshold / 2 else 0
        if not armed or score <= self._threshold:
            return None
        self._lows = 0
        return WakeHit(self._phrase, score)


_FRAME_MS = 10


class MicroWakeWord:
    """microWakeWord (https://github.com/kahrendt/microWakeWord): 50 kB a phrase, made for microcontrollers.

    The model makes one probability of every three feature frames of 10 ms; a score is the mean of the last five. The
    threshold comes with the model.
    """

    def __init__(self, directory: Path, phrases: tuple[str, ...]) -> None:
        """`directory`: where the model `microwakeword` is installed. Raises ValueError for an unknown phrase."""
        files = {path.stem.replace("_", " "): path for path in sorted(directory.glob("*.json"))}
        _check(phrases, known=tuple(files))
        self._features = MicroWakeWordFeatures()
        self._models = {phrase: MicroModel.from_config(files[phrase]) for phrase in phrases}
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._features.reset()
        for model in self._models.values():
            model.reset()
        self._frames = 0
        self._triggers = {
            phrase: _Trigger(phrase, model.probability_cutoff, score_ms=_FRAME_MS * model.stride)
            for phrase, model in self._models.items()
        }

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        hits: list[WakeHit] = []
        for features in self._features.process_streaming(_int16(samples).tobytes()):
            self._frames += 1
            for phrase, model in self._models.items():
                score = model.process_streaming_prob(features)
                # Between its steps the model answers 0: that is "not yet", not a score.
                hit = self._triggers[phrase].hit(score or 0.0) if self._frames % model.stride == 0 else None
                if hit:
                    hits.append(hit)
        return hits


_STEP_MS = 80
"""openWakeWord makes one score of each."""
_STEP_SAMPLES = _STEP_MS * 16
_MEL_OVERLAP_SAMPLES = 480
"""The mel windows (25 ms every 10 ms) of a step reach back into the step before."""
_MEL_FRAMES_A_STEP = 8
_MEL_FRAMES_AN_EMBEDDING = 76
_EMBEDDINGS_A_SCORE = 16
_OPEN_THRESHOLD = 0.5


class OpenWakeWord:
    """openWakeWord (https://github.com/dscripka/openWakeWord): speech embeddings with a small classifier a phrase.

        80 ms of audio -> 8 mel frames -> 1 embedding of the last 76 frames -> 1 score of the last 16 embeddings

    Its pretrained phrases are licensed CC BY-NC-SA 4.0: not for commercial use.
    """

    def __init__(self, directory: Path, phrases: tuple[str, ...]) -> None:
        """`directory`: where the model `openwakeword` is installed. Raises ValueError for an unknown phrase."""
        files = {
            path.stem.removesuffix("_v0.1").replace("_", " "): path for path in sorted(directory.glob("*_v*.onnx"))
        }
        _check(phrases, known=tuple(files))
        self._mel = open_session(directory / "melspectrogram.onnx")
        self._embedding = open_session(directory / "embedding_model.onnx")
        self._models = {phrase: open_session(files[phrase]) for phrase in phrases}
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._waiting = np.zeros(0, np.float32)
        self._overlap = np.zeros(_MEL_OVERLAP_SAMPLES, np.float32)
        self._frames = np.ones((_MEL_FRAMES_AN_EMBEDDING, 32), np.float32)
        self._embeddings: deque[NDArray[np.float32]] = deque(maxlen=_EMBEDDINGS_A_SCORE)
        self._triggers = {phrase: _Trigger(phrase, _OPEN_THRESHOLD, score_ms=_STEP_MS) for phrase in self._models}
        # The silence before the first sound: without it a phrase in the stream's first second would be missed.
        self.process(np.zeros(_EMBEDDINGS_A_SCORE * _STEP_SAMPLES, np.float32))

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        # The models were trained on the values of 16-bit samples.
        self._waiting = np.concatenate((self._waiting, _int16(samples).astype(np.float32)))
        hits: list[WakeHit] = []
        while self._waiting.size >= _STEP_SAMPLES:
            step, self._waiting = self._waiting[:_STEP_SAMPLES], self._waiting[_STEP_SAMPLES:]
            hits += self._step(step)
        return hits

    def _step(self, step: NDArray[np.float32]) -> list[WakeHit]:
        heard = np.concatenate((self._overlap, step))
        self._overlap = heard[-_MEL_OVERLAP_SAMPLES:]
        (mel,) = self._mel.run(None, {"input": heard[np.newaxis]})
        frames = np.asarray(mel).reshape(-1, 32)[-_MEL_FRAMES_A_STEP:] / 10 + 2
        self._frames = np.concatenate((self._frames, frames))[-_MEL_FRAMES_AN_EMBEDDING:]
        (embedding,) = self._embedding.run(None, {"input_1": self._frames[np.newaxis, :, :, np.newaxis]})
        self._embeddings.append(np.asarray(embedding).reshape(96))
        if len(self._embeddings) < _EMBEDDINGS_A_SCORE:
            return []
        window = np.stack(self._embeddings)[np.newaxis]
        hits = (self._triggers[phrase].hit(self._score(phrase, window)) for phrase in self._models)
        return [hit for hit in hits if hit]

    def _score(self, phrase: str, window: NDArray[np.float32]) -> float:
        model = self._models[phrase]
        (score,) = model.run(None, {model.get_inputs()[0].name: window})
        return float(np.asarray(score).item())


def _int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)


def _check(phrases: tuple[str, ...], *, known: tuple[str, ...]) -> None:
    for phrase in phrases:
        if phrase not in known:
            raise ValueError(f"The wake phrase {phrase!r} is not known; known are: {', '.join(known)}.")
