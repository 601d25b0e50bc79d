"""What the loudspeaker was playing while something was heard."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ

_KEPT_S = 3.0
"""Longer than a sound card keeps anything waiting."""


class Reference:
    """Played sound by the card's own time, so that it can be laid beside what was heard at the same instant."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, NDArray[np.float32]]] = deque()

    def sounded(self, at_s: float, samples: NDArray[np.float32]) -> None:
        """Note that (n,) samples at 16 kHz leave the loudspeaker from `at_s` on; times only go forward."""
        self._pieces.append((at_s, samples))
        while self._pieces[0][0] + _KEPT_S < at_s:
            self._pieces.popleft()

    def at(self, at_s: float, count: int) -> NDArray[np.float32]:
        """Return (count,) float32 of what sounded from `at_s` on; zeros where nothing did."""
        found = np.zeros(count, np.float32)
        for began_s, samples in self._pieces:
            offset = round((began_s - at_s) * RATE_HZ)
            begin, end = max(0, offset), min(count, offset + samples.size)
            if begin < end:
                found[begin:end] = samples[begin - offset : end - offset]
        return found
