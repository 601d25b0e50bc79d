"""How much of what is said is misheard, and what is heard where nobody speaks.

- Word error rate: of all words of the clips of a kind together, brought to one spelling (`words.py`). `stt` and
  `command` are what the device wrote, clip by clip, as its ears hear them: in blocks, on trial in the pauses.
  `stt_offline` and `command_offline` are the same recogniser on the whole of each clip at once, with the same expected
  commands. Clips without a text are left out; a kind without clips is None.
- Noise: pieces of 2, 4 and 8 s from all over each clip of the kind `noise`, as recorded, turned down to a tenth and
  turned up until they all but clip; the share in which the recogniser writes something. Nobody speaks in them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

import numpy as np

from hw.audio.duplex import RATE_HZ
from tools.bench.speech import Clip, Samples, samples
from tools.bench.words import word_errors

KINDS = ("stt", "command")
Transcribe = Callable[[Samples], str]
"""What is said in (n,) float32 at 16 kHz."""

_PIECES_S = (2, 4, 8)
_PIECES = 4
_FULL = 0.95


class Wer(TypedDict):
    """Word error rates, 0 to 1 and rarely beyond; None where there is nothing to count."""

    stt: float | None
    stt_offline: float | None
    command: float | None
    command_offline: float | None


def wer(clips: Sequence[Clip], streamed: Mapping[Path, str], transcribe: Transcribe) -> Wer:
    """Return the word error rates of `clips`.

    `streamed`: what the device heard in each clip, by its path; a clip that is missing is one where it heard nothing.
    `transcribe`: the device's own recogniser.
    """
    spoken = {kind: [clip for clip in clips if clip.kind == kind and clip.text] for kind in KINDS}
    heard = {
        kind: (
            error_rate((clip.text or "", streamed.get(clip.path, "")) for clip in found),
            error_rate((clip.text or "", transcribe(samples(clip))) for clip in found),
        )
        for kind, found in spoken.items()
    }
    return Wer(
        stt=heard["stt"][0],
        stt_offline=heard["stt"][1],
        command=heard["command"][0],
        command_offline=heard["command"][1],
    )


def error_rate(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Return the word error rate of pairs of what was said and what was heard; None when nothing was said."""
    counted = [word_errors(said, heard) for said, heard in pairs]
    words = sum(said for _, said in counted)
    return sum(errors for errors, _ in counted) / words if words else None


def text_from_noise(clips: Sequence[Clip], transcribe: Transcribe) -> float | None:
    """Return the share, 0 to 1, of pieces of noise in which `transcribe` finds words; None without noise."""
    heard = [bool(transcribe(piece)) for clip in clips if clip.kind == "noise" for piece in noises(samples(clip))]
    return sum(heard) / len(heard) if heard else None


def noises(noise: Samples) -> Iterator[Samples]:
    """Yield the pieces of a noise clip that are listened to."""
    for seconds in _PIECES_S:
        length = min(noise.size, seconds * RATE_HZ)
        for begin in np.linspace(0, noise.size - length, _PIECES, dtype=int):
            piece = noise[begin : begin + length]
            yield piece
            yield 0.1 * piece
            yield piece * (_FULL / max(float(np.abs(piece).max(initial=0)), 1e-9))
