"""What was heard and what was being played at the same instant."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 16_000
BLOCK_SAMPLES = 320
"""20 ms."""


class AudioFault(Exception):
    """The sound device can't be opened or stopped, or a file can't be read; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Block:
    """20 ms of sound."""

    microphone: NDArray[np.float32]
    """(320,) float32 in [-1, 1] at 16 kHz."""
    reference: NDArray[np.float32]
    """(320,) what the loudspeaker was playing then, same form; zeros in silence."""
    sample_index: int
    """Of the block's first sample, counted from the stream's start at 16 kHz; a gap means lost audio."""


class Duplex(Protocol):
    """Microphone and loudspeaker with one time base."""

    def blocks(self) -> AsyncIterator[Block]:
        """The microphone. Ends when the source does (a file), never for a sound card. Raises AudioFault."""
        ...

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1], for the loudspeaker; returns at once."""
        ...

    @property
    def waiting_s(self) -> float:
        """Seconds that are queued and have not gone to the loudspeaker."""
        ...

    async def played(self) -> None:
        """Wait until everything queued has sounded, or was stopped; a pause is waited out."""
        ...

    def pause(self) -> None:
        """Silence the loudspeaker now and keep what is queued, and what will be. Whoever pauses resumes or stops."""
        ...

    def resume(self) -> None:
        """Go on a little before the place of the pause; without one, do nothing."""
        ...

    def stop(self) -> None:
        """Silence the loudspeaker now and drop what is queued; what is played next sounds, paused or not."""
        ...

    def set_muted(self, muted: bool) -> None:
        """Close (True) or open the microphone's gate: while closed it gives silence and hears nothing."""
        ...

    async def close(self) -> None:
        """Give the device back."""
        ...
