"""Text to speech: Piper (https://github.com/OHF-Voice/piper1-gpl, GPL-3.0-or-later) with ONNX Runtime."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import numpy as np
import piper
from numpy.typing import NDArray

from edge_models.onnx_session import open_session

_THREADS = 2


class SpeakingVoice(Protocol):
    """What speaks: `PiperVoice`, or `espeak.EspeakVoice`."""

    rate_hz: int
    """Samples a second of what `speak` yields."""

    def speak(self, sentence: str) -> Iterator[NDArray[np.float32]]:
        """Yield the speech for `sentence`, a piece for each sentence in it: (n,) float32 in [-1, 1] at `rate_hz`.

        Nothing is yielded where there is nothing to say.
        """
        ...


class PiperVoice:
    """One voice. Numbers, abbreviations and punctuation are read as Piper reads them."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where a Piper voice is installed: one `.onnx` file and its `.onnx.json`."""
        model = next(directory.glob("*.onnx"))
        config = json.loads(model.with_name(f"{model.name}.json").read_text(encoding="utf-8"))
        self._voice = piper.PiperVoice(
            session=open_session(model, threads=_THREADS), config=piper.PiperConfig.from_dict(config)
        )
        self.rate_hz: int = self._voice.config.sample_rate
        """Samples a second of what `speak` yields."""

    def speak(self, sentence: str) -> Iterator[NDArray[np.float32]]:
        """Yield the speech for `sentence`, a piece for each sentence in it: (n,) float32 in [-1, 1] at `rate_hz`.

        Nothing is yielded where there is nothing to say.
        """
        for chunk in self._voice.synthesize(sentence):
            yield chunk.audio_float_array.astype(np.float32, copy=False)
