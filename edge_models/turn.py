"""Has the speaker finished? Smart Turn v3 (https://github.com/pipecat-ai/smart-turn) with ONNX Runtime.

The model listens to intonation and words, not to the length of a pause:

    "draw a red fox under ..."   -> close to 0: more is to come, wait
    "draw a red fox."            -> close to 1: answer
"""

from pathlib import Path

import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from numpy.typing import NDArray

from edge_models.onnx_session import open_session

_RATE_HZ = 16_000
_SECONDS = 8
_WINDOW_SAMPLES = _SECONDS * _RATE_HZ
_VARIANCE_FLOOR = 1e-7


class SmartTurn:
    """The probability that a turn is complete."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where the model `smart-turn-v3` is installed."""
        self._session = open_session(directory / "smart-turn-v3.2-cpu.onnx")
        self._features = FeatureExtractor(feature_size=80, chunk_length=_SECONDS)

    def complete(self, samples: NDArray[np.float32]) -> float:
        """Return how likely it is, 0 to 1, that the speaker is done.

        `samples`: the turn so far up to now, pause included, (n,) float32 in [-1, 1] at 16 kHz. The last 8 s count.
        Ask when the speaker has paused for about 200 ms: the model was trained on turns that end so.
        A turn in which nothing was said yet (n = 0) is not complete: 0.
        """
        if samples.size == 0:
            return 0.0
        (probability,) = self._session.run(None, {"input_features": self._log_mel(samples)[np.newaxis]})
        return float(np.asarray(probability).item())

    def _log_mel(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the model's input: (80, 800) float32, Whisper's log-mel of the last 8 s.

        The speech stands at the end with silence before it, and the whole window, silence included, is brought to
        mean 0 and variance 1 first: so the model was trained.
        """
        window = np.zeros(_WINDOW_SAMPLES, np.float32)
        last = samples[-_WINDOW_SAMPLES:]
        window[_WINDOW_SAMPLES - last.size :] = last
        window = (window - window.mean()) / np.sqrt(window.var() + _VARIANCE_FLOOR)
        return self._features(window, padding=0).astype(np.float32)
