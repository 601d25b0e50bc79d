"""A card's stream at 16 kHz, with the time of its samples."""

import numpy as np
import soxr
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ

_TORN_S = 0.02
"""A card's times tremble by a few milliseconds; a step of this size is sound that was lost."""
_FOLLOW = 0.02
"""How quickly times follow the card's: its clock drifts slowly, and a trembling reference can't be cancelled."""


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

    def take(self, samples: NDArray[np.float32], at_s: float) -> tuple[NDArray[np.float32], float]:
        """Return (n,) samples at 16 kHz and the card's time of the first; `at_s` is that of the first of `samples`."""
        begin_s = at_s - self._inside_s
        ours = self._stream.resample_chunk(samples) if self._stream else samples
        self._inside_s += samples.size / self._rate_hz - ours.size / RATE_HZ
        if self._next_s is None or abs(begin_s - self._next_s) > _TORN_S:
            self._next_s = begin_s
        else:
            begin_s = self._next_s + _FOLLOW * (begin_s - self._next_s)
        self._next_s = begin_s + ours.size / RATE_HZ
        return ours, begin_s
