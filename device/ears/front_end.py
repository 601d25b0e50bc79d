"""What everything that listens gets to hear: the microphone without the device's own voice, and loud enough."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, Block
from hw.audio.echo import EchoCanceller

_POLE = 0.99
"""A high-pass at 25 Hz: an offset or rumble goes, no voice does."""
_QUIET_PEAK = 0.05
"""Speech whose peaks stay below it is turned up to it. The VAD noticed 80 % of sentences within 350 ms at
-56 dB of full scale, 50 % at -66 dB; turned up 100 % and 95 % (2026-11). Louder speech stays as it is."""
_MOST_GAIN = 10.0
_FORGOTTEN_DB_PER_S = 1.0


@dataclass(frozen=True, slots=True)
class Clean:
    """20 ms of sound to listen to."""

    speech: NDArray[np.float32]
    """(320,) float32 in [-1, 1] at 16 kHz, always finite."""
    sample_index: int
    """Of its first sample: that of the block, for nothing here delays the sound."""
    mostly_echo: bool
    """Whether this may well be the device's own voice: no reason to think that somebody interrupts it."""


class FrontEnd:
    """Takes off what isn't the room: an offset, the device's own voice, the level of a quiet microphone.

    ::

        microphone ──▶ bounded ──▶ high-pass 25 Hz ──▶ − echo ──▶ × gain ──▶ wake word, VAD, recognition
        reference  ──▶ bounded ────────────────────────▶┘

    One path for all listeners: a second one, with what is left of the echo suppressed, would serve none of them
    (`hw.audio.echo` has the figures). And no noise suppression: with WebRTC's, in kitchen noise at 10 dB, 92 % of the
    wake words were heard and not 96 %, and 36 % of the words were wrong and not 35 %; at 0 dB 42 and not 46, 85 and
    not 71 % (2026-11).
    """

    def __init__(self, *, echo_cancellation: bool = True) -> None:
        """Without `echo_cancellation`: for a microphone array that does it by itself."""
        self._echo = EchoCanceller() if echo_cancellation else None
        self._high_pass = _HighPass()
        self._gain = _Gain()
        self._next_index: int | None = None

    def clean(self, block: Block) -> Clean:
        """Take the next block, in order; gaps in `sample_index` are sound that was lost."""
        microphone, reference = _bounded(block.microphone), _bounded(block.reference)
        if self._echo and self._next_index not in {None, block.sample_index}:
            self._echo.lost()
        self._next_index = block.sample_index + BLOCK_SAMPLES
        heard = self._high_pass.take(microphone) if microphone.any() else microphone
        if self._echo:
            heard = self._echo.cancel(heard, reference)
        return Clean(
            speech=np.clip(self._gain.take(heard), -1.0, 1.0),
            sample_index=block.sample_index,
            mostly_echo=self._echo is not None and self._echo.mostly_echo,
        )


class _HighPass:
    """`y[n] = x[n] - x[n-1] + 0.99 y[n-1]`, a block at a time as one product with a matrix."""

    def __init__(self) -> None:
        powers = _POLE ** np.arange(BLOCK_SAMPLES + 1)
        later = np.subtract.outer(np.arange(BLOCK_SAMPLES), np.arange(BLOCK_SAMPLES))
        self._answer = np.where(later >= 0, powers[np.abs(later)], 0.0).astype(np.float32)
        self._fading = powers[1:].astype(np.float32)
        self._last_in: np.float32 | None = None
        self._last_out = np.float32(0)

    def take(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        # An offset that was there before the first sample is no step.
        before = samples[0] if self._last_in is None else self._last_in
        steps = np.diff(samples, prepend=before)
        out = (self._answer @ steps + self._fading * self._last_out).astype(np.float32)
        self._last_in, self._last_out = samples[-1], out[-1]
        return out


class _Gain:
    """Turns up what is quiet, slowly, by the loudest that was heard of late; turns down at once."""

    _kept = 10 ** (-_FORGOTTEN_DB_PER_S * BLOCK_SAMPLES / RATE_HZ / 20)

    def __init__(self) -> None:
        self._loudest = _QUIET_PEAK

    def take(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        self._loudest = max(float(np.abs(samples).max()), self._loudest * self._kept, _QUIET_PEAK / _MOST_GAIN)
        return samples if self._loudest >= _QUIET_PEAK else samples * np.float32(_QUIET_PEAK / self._loudest)


def _bounded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    if not np.isfinite(samples).all():
        samples = np.nan_to_num(samples, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.clip(samples, -1.0, 1.0)
