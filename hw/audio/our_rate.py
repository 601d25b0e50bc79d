"""A card's stream at 16 kHz, with the time of its samples."""

import numpy as np
import soxr
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ

_TORN_S = 0.02
"""A step of this size is sound that was lost."""
_TREMBLE_S = 0.008
"""A card's times tremble by a few milliseconds, and two cards' clocks drift apart. Samples are counted instead, and the
count is corrected when it is off by so much on average. Times that follow the card's, however slowly, move the
reference by a sample now and then, and an echo is cancelled no more: with times that tremble by 2 ms 4 dB are taken off
it, and 35 dB with counted ones (a 20 ms stream through `echo.py`, 2026-11)."""
_AVERAGE = 0.02


class OurRate:
    """Takes what a card gives, piece by piece.

    soxr's variable-rate engine gives every 10 ms what came 12 ms ago; its other one 30 ms at a time, and later.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._stream = (
            None if rate_hz == RATE_HZ else soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="float32", vr=True)
        )
        self._inside_s = 0.0
        """Seconds of sound that were taken and not given yet."""
        self._next_s: float | None = None
        self._off_s = 0.0
        """By how much the card's times are later than the counted ones, on average."""

    def take(
        self, samples: NDArray[np.float32], at_s: float, *, untold_s: float = 0.0
    ) -> tuple[NDArray[np.float32], float]:
        """Return (n,) samples at 16 kHz and the card's time of the first; `at_s` is that of the first of `samples`.

        `untold_s`: how long the card went on before them without anything being given here.
        """
        begin_s = at_s - self._inside_s
        ours = self._stream.resample_chunk(samples) if self._stream else samples
        self._inside_s += samples.size / self._rate_hz - ours.size / RATE_HZ
        counted_s = begin_s if self._next_s is None else self._next_s + untold_s
        self._off_s += _AVERAGE * (begin_s - counted_s - self._off_s)
        if abs(begin_s - counted_s) <= _TORN_S and abs(self._off_s) <= _TREMBLE_S:
            begin_s = counted_s
        else:
            self._off_s = 0.0
        self._next_s = begin_s + ours.size / RATE_HZ
        return ours, begin_s
