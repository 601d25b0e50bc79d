"""A command spoken on the spot, for the demo, the benchmarks and the tests.

`python -m edge_models.spoken VOICE_DIRECTORY PATH TEXT` writes one and prints the second at which its last word ends.
"""

import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

RATE_HZ = 16_000
VOICE = "piper-en-us-joe"
"""Of the catalogue: speaks English clearly enough to be understood by our own recogniser."""
RAISED = 1.12
"""How much higher than the reply's voice it sounds. Debian's free voices (espeak-ng, flite) don't wake the wake word
model or are misheard in most settings; this one is heard."""


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


def spoken_clip_apart(text: str, path: Path, *, voice_directory: Path) -> float:
    """What `spoken_clip` does, in a process of its own: a device measured here has neither its work nor its memory."""
    command = [sys.executable, "-m", "edge_models.spoken", str(voice_directory), str(path), text]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def spoken_clip(text: str, path: Path, *, voice_directory: Path, lead_s: float = 0.5, tail_s: float = 0.5) -> float:
    """Write `text` as a 16-bit WAV file with quiet around it; returns the second at which the last word ends."""
    said = speak(text, voice_directory=voice_directory)
    loud = np.flatnonzero(np.abs(said) > 0.01)
    said = said[loud[0] : loud[-1] + 1]
    lead, tail = (np.zeros(round(RATE_HZ * seconds), np.float32) for seconds in (lead_s, tail_s))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        samples = np.concatenate([lead, said, tail])
        file.writeframes(np.rint(np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return lead_s + said.size / RATE_HZ


if __name__ == "__main__":
    sys.stdout.write(f"{spoken_clip(sys.argv[3], Path(sys.argv[2]), voice_directory=Path(sys.argv[1]))}\n")
