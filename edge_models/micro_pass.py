"""One hearing of a stream by microWakeWord's models (https://github.com/kahrendt/microWakeWord): scores, no more."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray
from pymicro_wakeword import MicroWakeWord as MicroModel
from pymicro_wakeword import MicroWakeWordFeatures

RATE_HZ = 16_000
FRAME_MS = 10
"""Of each the models get 40 features, that look at the 30 ms up to its end."""
STEP_MS = 30
"""The models answer every three frames; a score is the mean of their last five answers."""


class MicroPass:
    """Hears a stream, as it is or at another speed, and scores every phrase every 30 ms.

    A model is 50 kB; one second of audio costs 0.8 ms for the features and 1 ms a phrase (one core, 2026-11).
    """

    def __init__(self, files: Mapping[str, Path], *, speed: float = 1.0) -> None:
        """`files`: each phrase's model description (.json). `speed`: 1.1 hears all a tenth faster and higher."""
        self._features = MicroWakeWordFeatures()
        self._models = {phrase: MicroModel.from_config(file) for phrase, file in files.items()}
        self._speed = speed
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._features.reset()
        for model in self._models.values():
            model.reset()
        self._frames = 0
        self._resampler = None
        if self._speed != 1:
            # Low quality: it is quick and late by less than a frame, and the features don't hear the difference.
            self._resampler = soxr.ResampleStream(RATE_HZ, RATE_HZ / self._speed, 1, dtype="int16", quality="LQ")

    def scores(self, samples: NDArray[np.int16]) -> Iterator[dict[str, float]]:
        """Hear the next (n,) int16 `samples` at 16 kHz; yield for every step in them each phrase's score, 0 to 1."""
        heard = self._resampler.resample_chunk(samples) if self._resampler else samples
        for features in self._features.process_streaming(heard.tobytes()):
            self._frames += 1
            answers = {phrase: model.process_streaming_prob(features) for phrase, model in self._models.items()}
            # Between its steps a model answers 0: that is "not yet", not a score.
            if self._frames % (STEP_MS // FRAME_MS) == 0:
                yield {phrase: answer or 0.0 for phrase, answer in answers.items()}


def int16(samples: NDArray[np.floating]) -> NDArray[np.int16]:
    """Return `samples`, floats in [-1, 1], as 16-bit numbers: no number is silence, too loud is clipped."""
    bounded = np.clip(np.nan_to_num(samples, nan=0.0), -1.0, 1.0)
    return np.clip(np.rint(bounded * 32768), -32768, 32767).astype(np.int16)
