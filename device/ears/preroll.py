"""The last moments of sound, kept so that nobody has to pause after the wake word."""

from collections import deque

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ

IDLE_SAMPLES = 2 * RATE_HZ
"""What is kept while nobody speaks to the device."""
NO_WAKE_SAMPLES = int(0.3 * RATE_HZ)
"""How far back the audio begins where there is no wake word: the VAD hears the beginning of a word late."""
WARM_UP_SAMPLES = RATE_HZ // 2
"""How much the VAD hears of what was before, to get used to it."""


class PreRoll:
    """A ring of blocks, addressed by sample index.

    ::

        forgotten | kept: `capacity` samples at most        |
        ──────────┼─────────────────────────────────────────┤ end
                  start                since(index) ▲───────┘

    Lost audio (a jump of the index) becomes silence when it is short; what lies before a longer hole is forgotten.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.end = 0
        """The sample index after the newest sample."""
        self._blocks: deque[NDArray[np.float32]] = deque()
        self._held = 0

    @property
    def start(self) -> int:
        """The sample index of the oldest sample that is kept."""
        return self.end - self._held

    def add(self, samples: NDArray[np.float32], sample_index: int) -> None:
        """Append (n,) samples whose first one has `sample_index`."""
        hole = sample_index - self.end
        if hole < 0 or hole > self.capacity:
            self.clear()
        elif hole and self._held:
            self._push(np.zeros(hole, np.float32))
        self.end = sample_index
        self._push(samples)

    def _push(self, samples: NDArray[np.float32]) -> None:
        self._blocks.append(samples)
        self._held += samples.size
        self.end += samples.size
        while self._held - self._blocks[0].size >= self.capacity:
            self._held -= self._blocks.popleft().size

    def since(self, sample_index: int) -> NDArray[np.float32]:
        """Return what was heard from `sample_index` on, (n,) float32, as far back as it is kept."""
        if not self._blocks:
            return np.zeros(0, np.float32)
        heard = np.concatenate(self._blocks)
        return heard[max(0, sample_index - self.start) :]

    def clear(self) -> None:
        """Forget everything."""
        self._blocks.clear()
        self._held = 0
