"""Whether it is one of the owner's people who speaks.

Voice prints lie in `$NIGHTJAR_HOME/voices`, readable by the owner of the device alone; they never leave it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.kept import SUFFIX, KeptError, file_stem, keep, kept
from edge_models.speaker import DIMENSIONS, RATE_HZ, NoSpeech, VoiceEncoder

Floats = NDArray[np.float32]

_SHAPES = {"print": ("<f4", (DIMENSIONS,)), "name": ("|u1", (-1,))}
_MAX_BYTES = 64 * 1024
_LONG_SAMPLES = 24_000
"""1.5 s."""
_ALIKE_SHORT = 0.72
_ALIKE_LONG = 0.77
"""How alike a voice must be that was heard for less, or more, than 1.5 s: where as many strangers are let in as owners
are kept out, 3.5 % and 2 % (81 voices; 2026-11). Little speech is less alike, whoever speaks."""


@dataclass(frozen=True, slots=True)
class Match:
    """Whose voice it is."""

    name: str | None
    """None: a stranger's."""
    score: float
    """How alike (cosine) it is to the most alike of the known voices."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody sounds."""

    name: str
    print: Floats
    """(256,) float32 of length 1."""


class KnownVoices:
    """Tells known voices from strangers'."""

    def __init__(self, encoder: VoiceEncoder, voices: Sequence[Voice]) -> None:
        self._encoder = encoder
        self._voices = tuple(voices)

    def who(self, samples: Floats) -> Match | None:
        """Say whose voice is in `samples`, (n,) float32 in [-1, 1] at 16 kHz; None: too little speech to tell."""
        try:
            heard = self._encoder.embed(samples)
        except NoSpeech:
            return None
        score, name = max((float(voice.print @ heard), voice.name) for voice in self._voices)
        limit = _ALIKE_SHORT if samples.size < _LONG_SAMPLES else _ALIKE_LONG
        return Match(name if score >= limit else None, score)


def learn_voice(encoder: VoiceEncoder, name: str, recordings: Sequence[Floats]) -> Voice:
    """Make a voice print of recordings, each (n,) float32 in [-1, 1] at 16 kHz. Raises NoSpeech."""
    pause = np.zeros(RATE_HZ // 10, np.float32)
    return Voice(name, encoder.embed(np.concatenate([part for each in recordings for part in (each, pause)])))


def voice_path(folder: Path, name: str) -> Path:
    """Return where somebody's voice print lies in `folder`, which is `$NIGHTJAR_HOME/voices`."""
    return folder / f"{file_stem(name)}{SUFFIX}"


def keep_voice(folder: Path, voice: Voice) -> None:
    """Write a voice print. Raises KeptError."""
    name = np.frombuffer(voice.name.encode(), np.uint8)
    keep(voice_path(folder, voice.name), {"print": voice.print.astype("<f4"), "name": name})


def read_voice(path: Path) -> Voice:
    """Read one. Raises KeptError."""
    arrays = kept(path, _SHAPES, max_bytes=_MAX_BYTES)
    return Voice(arrays["name"].tobytes().decode("utf-8", "replace"), arrays["print"])


def known_voices(folder: Path, names: Sequence[str], encoder: VoiceEncoder) -> KnownVoices:
    """Read the voices of `names`. Raises KeptError with what to do for one that isn't there or can't be read."""
    missing = next((name for name in names if not voice_path(folder, name).is_file()), None)
    if missing is not None:
        raise KeptError(f"The voice {missing!r} is not known: run `nightjar wake enroll --voice {missing!r}`.")
    return KnownVoices(encoder, [read_voice(voice_path(folder, name)) for name in names])
