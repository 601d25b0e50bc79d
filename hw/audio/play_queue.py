"""What waits for the loudspeaker."""

from collections import deque
from threading import Lock

import numpy as np
import soxr
from numpy.typing import NDArray


class PlayQueue:
    """Samples in the order they were queued, at the loudspeaker's rate.

    Safe to fill from one thread and to empty from another: a sound card asks from its own.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._lock = Lock()
        self._pieces: deque[NDArray[np.float32]] = deque()
        self._waiting = 0

    @property
    def waiting_s(self) -> float:
        """Seconds of sound not taken yet."""
        return self._waiting / self.rate_hz

    def put(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono `samples`, (n,) float32 in [-1, 1] at `rate_hz`."""
        if rate_hz != self.rate_hz:
            samples = soxr.resample(samples, rate_hz, self.rate_hz)
        piece = np.clip(samples, -1.0, 1.0).astype(np.float32, copy=False)
        if piece.size:
            with self._lock:
                self._pieces.append(piece)
                self._waiting += piece.size

    def take(self, count: int) -> NDArray[np.float32]:
        """Return the next (count,) float32 samples; silence follows the last one."""
        taken = np.zeros(count, np.float32)
        filled = 0
        with self._lock:
            while self._pieces and filled < count:
                piece = self._pieces.popleft()
                part = piece[: count - filled]
                taken[filled : filled + part.size] = part
                filled += part.size
                if part.size < piece.size:
                    self._pieces.appendleft(piece[part.size :])
            self._waiting -= filled
        return taken

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._pieces.clear()
            self._waiting = 0
