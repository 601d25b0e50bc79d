"""What waits for the loudspeaker."""

from collections import deque
from threading import Lock

import numpy as np
import soxr
from numpy.typing import NDArray

_FADE_S = 0.005
"""Short enough to be at once, long enough not to click."""
_BACK_S = (0.15, 0.45)
"""A reply goes on at the quietest moment of this stretch before the pause: mostly between two words."""
_HUSH_S = 0.02


class PlayQueue:
    r"""Samples in the order they were queued, at the loudspeaker's rate.

    ::

        queued  | one  two  thr|ee  four
        sounds  | one  two  thr\______/three  four
                            pause     resume

    Safe to fill from one thread and to empty from another: a sound card asks from its own.
    """

    def __init__(self, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self._lock = Lock()
        self._pieces: deque[NDArray[np.float32]] = deque()
        self._waiting = 0
        self._paused = False
        self._fade = round(_FADE_S * rate_hz)
        self._faded = self._fade
        """How far the fade into a pause is."""
        self._sounded: deque[NDArray[np.float32]] = deque()
        """What was taken last without a gap, for as long as a pause goes back."""

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
        """Return the next (count,) float32 samples; silence follows the last one, and is all there is in a pause."""
        taken = np.zeros(count, np.float32)
        with self._lock:
            if not self._paused:
                if not self._next(taken):
                    self._sounded.clear()
            elif self._faded < self._fade:
                last = taken[: self._fade - self._faded]
                self._next(last)
                last *= 1 - np.arange(self._faded, self._faded + last.size, dtype=np.float32) / self._fade
                self._faded += last.size
        return taken

    def _next(self, into: NDArray[np.float32]) -> int:
        """Move what comes next to the beginning of `into`; return how many samples that were."""
        filled = 0
        while self._pieces and filled < into.size:
            piece = self._pieces.popleft()
            part = piece[: into.size - filled]
            into[filled : filled + part.size] = part
            filled += part.size
            self._sounded.append(part)
            if part.size < piece.size:
                self._pieces.appendleft(piece[part.size :])
        self._waiting -= filled
        kept = sum(part.size for part in self._sounded)
        while self._sounded and kept - self._sounded[0].size >= _BACK_S[1] * self.rate_hz:
            kept -= self._sounded.popleft().size
        return filled

    def pause(self) -> None:
        """Give silence from now on, after a very short fade, and keep what waits."""
        with self._lock:
            if not self._paused:
                self._paused = True
                self._faded = 0 if self._sounded else self._fade

    def resume(self) -> None:
        """Go on a little before the place of the pause, at the beginning of a word where one can be made out."""
        with self._lock:
            if not self._paused:
                return
            self._paused = False
            if not (self._sounded and self._waiting):
                return
            before = np.concatenate(self._sounded)
            again = before[_hush(before, self.rate_hz) :].copy()
            rising = again[: self._fade]
            rising *= np.arange(1, rising.size + 1, dtype=np.float32) / rising.size
            self._sounded = deque([before[: before.size - again.size]])
            self._pieces.appendleft(again)
            self._waiting += again.size

    def clear(self) -> None:
        """Drop everything, and end a pause."""
        with self._lock:
            self._pieces.clear()
            self._sounded.clear()
            self._waiting = 0
            self._paused = False


def _hush(before: NDArray[np.float32], rate_hz: int) -> int:
    """Return where in (n,) `before` to go on: the middle of the quietest moment of its last part."""
    earliest, latest = (max(0, before.size - round(back_s * rate_hz)) for back_s in reversed(_BACK_S))
    width = round(_HUSH_S * rate_hz)
    if latest - earliest < width:
        return earliest
    loudness = np.concatenate(([0.0], np.cumsum(np.square(before[earliest:latest], dtype=np.float64))))
    return earliest + int(np.argmin(loudness[width:] - loudness[:-width])) + width // 2
