"""Which of the household's people speaks, or whether it is none of them.

::

    alike (cosine)   … stranger … │ known_from │ … Lina, for defaults … │ + _CERTAIN │ … Lina, for what is locked …

Voice prints lie in `$NIGHTJAR_HOME/voices`, readable by the owner of the device alone; they never leave it.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.kept import SUFFIX, KeptError, file_stem, keep, kept
from edge_models.speaker import DIMENSIONS, FRAME_S, RATE_HZ, NoSpeech, VoiceEncoder

log = logging.getLogger(__name__)
Floats = NDArray[np.float32]

_SHAPES = {"print": ("<f4", (DIMENSIONS,)), "name": ("|u1", (-1,))}
_MAX_BYTES = 64 * 1024
_LONG_SAMPLES = 24_000
"""1.5 s."""
_ALIKE_SHORT = 0.72
_ALIKE_LONG = 0.77
"""How alike a voice must be, that was heard for less, or more, than 1.5 s, to be obeyed where only some are: where as
many strangers are let in as owners are kept out, 3.5 % and 2 % (81 voices; 2026-11). Little speech is less alike,
whoever speaks."""
_SPEECH_S = (0.7, 1.0, 1.5, 2.0, 3.0)
_KNOWN_FROM = (0.78, 0.79, 0.82, 0.83, 0.84)
"""How alike a voice must be, by seconds of speech without its pauses, to be called by its name: 1 to 2 % of strangers
are taken for one of four people then, and fewer than 1 in 1,000 of the household for another (bench own, 2026-11)."""
_APART = 0.03
"""... and so much more alike than the next: whoever sounds like two people is called by neither name."""
_CERTAIN = 0.04
_CERTAIN_APART = 0.05
"""By how much more, where a name opens something: 1 to 2 in 1,000 strangers are then taken for one of four people."""
_HEARD_SAMPLES = 4 * RATE_HZ
"""The last of what was said: more makes nobody more alike and takes its time."""
ALIKE_VOICES = 0.85
"""Two voice prints that are so alike are hard to tell apart: 4 in 1,000 pairs of people."""


@dataclass(frozen=True, slots=True)
class Match:
    """Whose voice it is."""

    name: str | None
    """None: a stranger's, or one that can't be told from another."""
    score: float
    """How alike (cosine) it is to the most alike of the known voices."""
    certain: bool = False
    """Alike enough to open what is open to `name` alone."""
    obeyed: bool = True
    """Whether its commands are carried out; False: only those of others are."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How somebody sounds."""

    name: str
    print: Floats
    """(256,) float32 of length 1."""


class KnownVoices:
    """Tells known voices from each other and from strangers'."""

    def __init__(self, encoder: VoiceEncoder, voices: Sequence[Voice], *, only: Collection[str] = ()) -> None:
        """`voices`: at least one. `only`: whose commands are carried out, by name; nobody named: everybody's."""
        self._encoder = encoder
        self._voices = tuple(voices)
        self.only = frozenset(only)

    def who(self, samples: Floats) -> Match | None:
        """Say whose voice is in `samples`, (n,) float32 in [-1, 1] at 16 kHz; None: too little speech to tell."""
        try:
            frames = self._encoder.frames(samples[-_HEARD_SAMPLES:])
            heard = self._encoder.of_frames(frames)
        except NoSpeech:
            return None
        match = named(heard, len(frames) * FRAME_S, self._voices)
        if not self.only:
            return match
        limit = _ALIKE_SHORT if samples.size < _LONG_SAMPLES else _ALIKE_LONG
        alike = any(float(voice.print @ heard) >= limit for voice in self._voices if voice.name in self.only)
        return replace(match, obeyed=alike and (match.name is None or match.name in self.only))


def named(heard: Floats, speech_s: float, voices: Sequence[Voice]) -> Match:
    """Say which of `voices` it is by the embedding, (256,) float32 of length 1, of so many seconds of speech."""
    alike = sorted(((float(voice.print @ heard), voice.name) for voice in voices), reverse=True)
    (score, name), second = alike[0], alike[1][0] if len(alike) > 1 else -1.0
    over, apart = score - known_from(speech_s), score - second
    certain = over >= _CERTAIN and apart >= _CERTAIN_APART
    return Match(name if over >= 0 and apart >= _APART else None, score, certain)


def known_from(speech_s: float) -> float:
    """How alike (cosine) a voice must be to be called by its name, after so many seconds of speech."""
    return float(np.interp(speech_s, _SPEECH_S, _KNOWN_FROM))


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


def sounds_like(voice: Voice, others: Sequence[Voice]) -> Voice | None:
    """The one of `others` that can hardly be told from `voice`; None: there is none."""
    there = [other for other in others if other.name != voice.name]
    nearest = max(there, key=lambda other: float(other.print @ voice.print), default=None)
    return nearest if nearest and float(nearest.print @ voice.print) >= ALIKE_VOICES else None


def enrolled(folder: Path) -> list[Voice]:
    """All voices in `folder` that can be read; what is wrong with the others is logged."""
    voices: list[Voice] = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            voices.append(read_voice(path))
        except KeptError as error:
            log.warning("%s", error)
    return voices


def known_voices(
    folder: Path, encoder: Callable[[], VoiceEncoder], *, only: Collection[str] = (), needed: Collection[str] = ()
) -> KnownVoices | None:
    """Everybody whose voice was learnt; None when nobody's was, and the model is not even loaded.

    `only`: whose commands are carried out; `needed`: who else is named in the settings. Raises KeptError with what to
    do for one of them that isn't there or can't be read, and what `encoder` raises where there are any.
    """
    named = dict.fromkeys((*only, *needed))
    missing = next((name for name in named if not voice_path(folder, name).is_file()), None)
    if missing is not None:
        raise KeptError(f"The voice {missing!r} is not known: run `nightjar wake enroll --voice {missing!r}`.")
    for name in named:
        read_voice(voice_path(folder, name))
    voices = enrolled(folder)
    if not voices:
        return None
    # By the names that were learnt: the settings may write them with other capitals.
    obeyed = [read_voice(voice_path(folder, name)).name for name in only]
    return KnownVoices(encoder(), voices, only=obeyed)
