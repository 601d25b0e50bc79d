"""What is wrong with what a microphone gives. PortAudio itself reports nothing."""

import numpy as np
from numpy.typing import NDArray

_DEAD_S = 5.0
"""A live microphone doesn't give the very same value for so long: it is switched off, or its cable is out."""
_FULL = 0.985
_CLIPPED_SHARE = 0.01
_CLIPPED_S = 2.0
"""Speech at a fair level never reaches full scale; a door that slams does for a moment."""
_OFF_CENTRE = 0.05
_OFF_CENTRE_S = 3.0

DEAD = "The microphone gives nothing but dead silence: is it switched off or unplugged?"
CLIPPED = "The microphone is far too loud and distorts what you say; turn its level down."
OFF_CENTRE = "The microphone's signal is off centre, which mostly means a bad plug or cable."


class Health:
    """Takes what a microphone gives, as it gives it."""

    def __init__(self) -> None:
        self._still_s = 0.0
        self._still = 0.0
        self._clipped_s = 0.0
        self._off_centre_s = 0.0
        self.offset = 0.0
        """What silence is for this microphone; it should be 0. Follows within seconds."""
        self._begun = False

    def hear(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Take (n,) samples, n > 0."""
        seconds = samples.size / rate_hz
        still = bool((samples == self._still).all())
        self._still = float(samples[-1])
        self._still_s = self._still_s + seconds if still else 0.0
        clipped = np.count_nonzero(np.abs(samples) >= _FULL) > _CLIPPED_SHARE * samples.size
        self._clipped_s = min(_CLIPPED_S, max(0.0, self._clipped_s + (seconds if clipped else -0.1 * seconds)))
        mean = float(samples.mean())
        self.offset += (mean - self.offset) * (min(1.0, seconds) if self._begun else 1.0)
        self._begun = True
        self._off_centre_s = self._off_centre_s + seconds if abs(self.offset) > _OFF_CENTRE else 0.0

    @property
    def fault(self) -> str | None:
        """Why nothing can be heard, in one sentence."""
        return DEAD if self._still_s >= _DEAD_S else None

    @property
    def complaints(self) -> list[str]:
        """What makes hearing worse, a sentence each."""
        found = {CLIPPED: self._clipped_s >= _CLIPPED_S, OFF_CENTRE: self._off_centre_s >= _OFF_CENTRE_S}
        return [sentence for sentence, true in found.items() if true and not self.fault]


def mono(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (n,) of (n, channels): what of a card's channels is listened to. Never a view of `samples`.

    Of two, the mean, without one that is dead. Of more, the first that is alive: microphone arrays put there what they
    made of all (ReSpeaker, XMOS), and the reference of their own echo cancellation behind.
    """
    alive = samples[:, samples.any(axis=0)]
    if alive.shape[1] == 0:
        return np.zeros(samples.shape[0], np.float32)
    if samples.shape[1] > 2 or alive.shape[1] == 1:
        return alive[:, 0].copy()
    mean = alive.mean(axis=1)
    # A microphone wired in opposite phase to the two channels would cancel itself.
    cancelled = np.square(mean).mean() < 0.01 * np.square(alive).mean()
    return alive[:, 0].copy() if cancelled else mean
