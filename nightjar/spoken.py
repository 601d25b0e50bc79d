"""A command spoken on the spot, for the demo, the benchmarks and the tests."""

from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

RATE_HZ = 16_000
RAISED = 1.12
"""How much higher than the reply's voice it sounds. Debian's free voices (espeak-ng, flite) don't wake the wake word model
or are misheard in most settings; this one is heard."""


def speak(text: str, *, voice_directory: Path) -> NDArray[np.float32]:
    """Say `text` with the Piper voice raised in pitch, its tempo kept.

    Returns (n,) float32 in [-1, 1] at 16 kHz.
    """
    from piper import PiperVoice, SynthesisConfig

    model = next(voice_directory.glob("*.onnx"))
    voice = PiperVoice.load(model)
    # Less noise than for replies: the same words should sound alike in every run.
    style = SynthesisConfig(length_scale=RAISED, noise_scale=0.333, noise_w_scale=0.6)
    samples = np.concatenate([chunk.audio_float_array for chunk in voice.synthesize(text, style)])
    return soxr.resample(samples.astype(np.float32), voice.config.sample_rate * RAISED, RATE_HZ)
