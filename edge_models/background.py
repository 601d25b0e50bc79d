"""What a wake phrase is told from: everyday sentences said by the device's own voice at several pitches, and noise.

Made once, on the device, from sentences that were written for it (`everyday.txt`); the recordings of nobody are in it.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from edge_models.kept import KeptError, keep, kept
from edge_models.speech_embedding import STEP_MS, SpeechEmbedding
from edge_models.tts import SpeakingVoice
from edge_models.variations import RATE_HZ, at_speed, noise

Floats = NDArray[np.float32]

_SPEEDS = (0.8, 0.9, 1.0, 1.12, 1.25)
_SNR_DB = (5, 10, 15)
_NOISE_S = 60
_MAX_BYTES = 64 * 2**20
_SHAPES = {"embeddings": ("<f2", (-1, 96)), "speech": ("<f2", (-1,)), "made_of": ("|u1", (32,))}
_FILE = "background.npz"


@dataclass(frozen=True, slots=True)
class Background:
    """Speech and noise without the phrase."""

    embeddings: Floats
    """(n, 96), one every 80 ms."""
    speech: Floats
    """(m,) samples at 16 kHz: the sentences as they were said."""

    @property
    def hours(self) -> float:
        """How much sound it is."""
        return len(self.embeddings) * STEP_MS / 3_600_000


@cache
def _sentences() -> tuple[str, ...]:
    return tuple(Path(__file__).with_name("everyday.txt").read_text(encoding="utf-8").split("\n")[:-1])


def background(
    folder: Path, voice: SpeakingVoice, embedding: SpeechEmbedding, *, progress: Callable[[int, int], None]
) -> Background:
    """Read it from `folder`, which is `$NIGHTJAR_HOME/wake`; make it when it isn't there or isn't whole.

    `progress` gets sentences done and sentences in all. Raises KeptError when it can't be written.
    """
    path = folder / _FILE
    made_of = np.frombuffer(hashlib.sha256("\n".join(_sentences()).encode()).digest(), np.uint8)
    try:
        arrays = kept(path, _SHAPES, max_bytes=_MAX_BYTES)
        if np.array_equal(arrays["made_of"], made_of):
            return Background(arrays["embeddings"].astype(np.float32), arrays["speech"].astype(np.float32))
    except KeptError:
        pass  # Not made yet, or damaged: it is only a copy of what can be made again.
    speech = np.concatenate(list(_said(voice, progress)))
    embeddings = np.concatenate([embedding.embed(sound) for sound in _sounds(speech)])
    half = {"embeddings": embeddings.astype("<f2"), "speech": speech.astype("<f2"), "made_of": made_of}
    keep(path, half)
    return Background(embeddings, speech)


def say(voice: SpeakingVoice, text: str) -> Floats:
    """Return (n,) samples at 16 kHz of `text`."""
    said = [np.zeros(0, np.float32), *voice.speak(text)]
    return soxr.resample(np.concatenate(said), voice.rate_hz, RATE_HZ)


def _said(voice: SpeakingVoice, progress: Callable[[int, int], None]) -> Iterator[Floats]:
    pause = np.zeros(RATE_HZ // 5, np.float32)
    for number, sentence in enumerate(_sentences()):
        progress(number, len(_sentences()))
        yield say(voice, sentence)
        yield pause
    progress(len(_sentences()), len(_sentences()))


def _sounds(speech: Floats) -> Iterator[Floats]:
    """Yield what is learnt from: first all of one half of the sentences, then all of the other."""
    chance = np.random.default_rng(0)
    for half in np.array_split(speech, 2):
        for speed in _SPEEDS:
            yield at_speed(half, speed)
            noisy = at_speed(half, speed * 1.04)
            under = np.float32(noisy.std() * 10 ** (-float(chance.choice(_SNR_DB)) / 20))
            yield (noisy + noise(noisy.size, chance) * under).astype(np.float32)
        for level in (0.0, 0.02, 0.2):
            yield (noise(_NOISE_S * RATE_HZ // 6, chance) * np.float32(level)).astype(np.float32)
