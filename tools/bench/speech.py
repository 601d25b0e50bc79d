"""Recordings of real people for the benchmarks: `$NIGHTJAR_SPEECH`, else `../shared/speech` beside the checkout.

Any directory with a `manifest.jsonl` of the same form will do; what is measured must not depend on which clips there
are. Word errors are counted in `words.py`, intervals in `intervals.py`.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ
from hw.audio.files import decode

Samples = NDArray[np.float32]
"""(n,) float32 in [-1, 1] at 16 kHz."""

_BESIDE = Path(__file__).parents[3] / "shared" / "speech"
_DAMPED = 0.98
"""How close to full scale a mixture may come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """One line of the manifest; None where it says nothing."""

    path: Path
    kind: str
    """wake, other_words, negative, stt, command, intent, arabic, noise, rir; there may be others."""
    seconds: float
    source: str
    """Where the recording is from, in words: `repository@commit:path`."""
    phrase: str | None
    """The wake phrase that is said."""
    text: str | None
    """What is said, word for word."""
    intent: str | None
    slots: Mapping[str, str] | None
    keyword: str | None
    speaker: str | None
    speech_start_s: float | None
    speech_end_s: float | None
    """After it comes no more speech: what counts from the end of speech counts from here."""


def speech_root() -> Path | None:
    """The directory of recordings; None when there is none."""
    root = Path(os.environ.get("NIGHTJAR_SPEECH") or _BESIDE)
    return root if (root / "manifest.jsonl").is_file() else None


def clips(root: Path, *kinds: str) -> list[Clip]:
    """The clips of these kinds, of all when none is named, in the manifest's order."""
    lines = (root / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    found = [_clip(root, json.loads(line)) for line in lines if line.strip()]
    return [clip for clip in found if not kinds or clip.kind in kinds]


def _clip(root: Path, labels: Mapping[str, object]) -> Clip:
    def word(name: str) -> str | None:
        value = labels.get(name)
        return None if value is None else str(value)

    def second(name: str) -> float | None:
        value = labels.get(name)
        return float(value) if isinstance(value, int | float) else None

    slots = labels.get("slots")
    return Clip(
        path=root / str(labels["file"]),
        kind=str(labels["kind"]),
        seconds=second("seconds") or 0.0,
        source=word("source") or "",
        phrase=word("phrase"),
        text=word("text"),
        intent=word("intent"),
        slots={str(name): str(value) for name, value in slots.items()} if isinstance(slots, Mapping) else None,
        keyword=word("keyword"),
        speaker=word("spk") or word("speaker"),
        speech_start_s=second("speech_start_s"),
        speech_end_s=second("speech_end_s"),
    )


def samples(clip: Clip | Path) -> Samples:
    """The whole sound of a clip, (n,) float32 in [-1, 1] at 16 kHz. Raises AudioFault."""
    return np.concatenate(list(decode(clip.path if isinstance(clip, Clip) else clip)))


def kitchen(root: Path) -> Samples | None:
    """Kitchen noise: the clip of the kind `noise` that says so, else the first; None when there is none."""
    noises = clips(root, "noise")
    named = [clip for clip in noises if "kitchen" in clip.source.lower() or "kitchen" in clip.path.name.lower()]
    return samples((named or noises)[0]) if noises else None


def mixed(
    speech: Samples, noise: Samples, snr_db: float, *, within_s: tuple[float, float] | None = None, seed: int = 0
) -> Samples:
    """`speech` with `noise` under all of it, from a place in `noise` that `seed` picks.

    The speech is `snr_db` louder than the noise (mean power), both measured between the seconds `within_s`: where
    somebody speaks; None: everywhere. Where the sum would overflow, both are turned down alike.
    """
    offset = int(np.random.default_rng(seed).integers(noise.size))
    under = np.take(noise, np.arange(offset, offset + speech.size), mode="wrap")
    part = slice(*(int(at * RATE_HZ) for at in within_s)) if within_s else slice(None)
    wanted = power(speech[part]) / 10 ** (snr_db / 10)
    heard = speech + under * np.sqrt(wanted / max(power(under[part]), 1e-12))
    return (heard * min(1.0, _DAMPED / max(float(np.abs(heard).max(initial=0)), 1e-12))).astype(np.float32)


def through_room(speech: Samples, impulse: Samples) -> Samples:
    """`speech` as it sounds in a room with this impulse response, as loud (mean power) as it was.

    What comes directly isn't late, so that times in `speech` hold; the reverberation makes it longer.
    """
    direct = int(np.abs(impulse).argmax())
    size = speech.size + impulse.size - 1
    transform = 1 << (size - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(speech, transform) * np.fft.rfft(impulse, transform), transform)[direct:size]
    loudness = np.sqrt(power(speech) / max(power(wet[: speech.size]), 1e-12))
    return np.clip(wet * loudness, -1, 1).astype(np.float32)


def power(signal: NDArray[np.floating]) -> float:
    """The mean square of (n,) samples; 0 for none."""
    return float(np.mean(np.square(signal, dtype=np.float64))) if signal.size else 0.0
