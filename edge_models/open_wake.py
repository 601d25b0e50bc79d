"""openWakeWord (https://github.com/dscripka/openWakeWord): speech embeddings with a small classifier a phrase."""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.micro_pass import int16
from edge_models.onnx_session import open_session
from edge_models.wake_hit import Rearm, WakeHit, check_phrases

_STEP_MS = 80
"""openWakeWord makes one score of each."""
_STEP_SAMPLES = _STEP_MS * 16
_MEL_OVERLAP_SAMPLES = 480
"""The mel windows (25 ms every 10 ms) of a step reach back into the step before."""
_MEL_FRAMES_A_STEP = 8
_MEL_FRAMES_AN_EMBEDDING = 76
_EMBEDDINGS_A_SCORE = 16
_THRESHOLD = 0.5


class OpenWakeWord:
    """openWakeWord as an engine of its own (`process`), or asked for its scores by another (`scores`).

        80 ms of audio -> 8 mel frames -> 1 embedding of the last 76 frames -> 1 score of the last 16 embeddings

    Its pretrained phrases are licensed CC BY-NC-SA 4.0: not for commercial use.
    """

    def __init__(
        self, directory: Path, phrases: tuple[str, ...], *, thresholds: dict[str, float] | None = None
    ) -> None:
        """`directory`: where the model `openwakeword` is installed. Raises ValueError for an unknown phrase.

        `thresholds`: other scores than 0.5 that a phrase must reach.
        """
        files = open_wake_phrases(directory)
        check_phrases(phrases, known=files)
        self._mel = open_session(directory / "melspectrogram.onnx")
        self._embedding = open_session(directory / "embedding_model.onnx")
        self._models = {phrase: open_session(files[phrase]) for phrase in phrases}
        self._thresholds = {phrase: (thresholds or {}).get(phrase, _THRESHOLD) for phrase in phrases}
        # The silence before the first sound: without it a phrase in the stream's first second would be missed.
        self._after_silence: tuple[NDArray[np.float32], tuple[NDArray[np.float32], ...]] | None = None
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._waiting = np.zeros(0, np.int16)
        self._overlap = np.zeros(_MEL_OVERLAP_SAMPLES, np.float32)
        self._frames = np.ones((_MEL_FRAMES_AN_EMBEDDING, 32), np.float32)
        self._embeddings: deque[NDArray[np.float32]] = deque(maxlen=_EMBEDDINGS_A_SCORE)
        self._rearm = {phrase: Rearm(limit / 2, score_ms=_STEP_MS) for phrase, limit in self._thresholds.items()}
        if self._after_silence is None:
            for _ in self.scores(np.zeros(_EMBEDDINGS_A_SCORE * _STEP_SAMPLES, np.int16)):
                pass
            self._after_silence = self._frames, tuple(self._embeddings)
        self._frames = self._after_silence[0]
        self._embeddings.extend(self._after_silence[1])

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        hits: list[WakeHit] = []
        for scores in self.scores(int16(samples)):
            for phrase, score in scores.items():
                if self._rearm[phrase].armed(score) and score > self._thresholds[phrase]:
                    self._rearm[phrase].hit()
                    hits.append(WakeHit(phrase, score))
        return hits

    def scores(self, samples: NDArray[np.int16]) -> Iterator[dict[str, float]]:
        """Hear the next (n,) int16 `samples` at 16 kHz; yield for every 80 ms each phrase's score, 0 to 1."""
        self._waiting = np.concatenate((self._waiting, samples))
        while self._waiting.size >= _STEP_SAMPLES:
            step, self._waiting = self._waiting[:_STEP_SAMPLES], self._waiting[_STEP_SAMPLES:]
            yield self._step(step)

    def _step(self, step: NDArray[np.int16]) -> dict[str, float]:
        # The models were trained on the values of 16-bit samples.
        heard = np.concatenate((self._overlap, step.astype(np.float32)))
        self._overlap = heard[-_MEL_OVERLAP_SAMPLES:]
        (mel,) = self._mel.run(None, {"input": heard[np.newaxis]})
        frames = np.asarray(mel).reshape(-1, 32)[-_MEL_FRAMES_A_STEP:] / 10 + 2
        self._frames = np.concatenate((self._frames, frames))[-_MEL_FRAMES_AN_EMBEDDING:]
        (embedding,) = self._embedding.run(None, {"input_1": self._frames[np.newaxis, :, :, np.newaxis]})
        self._embeddings.append(np.asarray(embedding).reshape(96))
        if len(self._embeddings) < _EMBEDDINGS_A_SCORE:
            return {}
        window = np.stack(self._embeddings)[np.newaxis]
        return {phrase: self._score(phrase, window) for phrase in self._models}

    def _score(self, phrase: str, window: NDArray[np.float32]) -> float:
        model = self._models[phrase]
        (score,) = model.run(None, {model.get_inputs()[0].name: window})
        return float(np.asarray(score).item())


def open_wake_phrases(directory: Path) -> dict[str, Path]:
    """The phrases that the model `openwakeword`, installed in `directory`, knows, each with its classifier."""
    return {path.stem.removesuffix("_v0.1").replace("_", " "): path for path in sorted(directory.glob("*_v*.onnx"))}
