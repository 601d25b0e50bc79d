"""A simulated room: what the loudspeaker plays comes back into the microphone, as it does in front of a person."""

from collections.abc import AsyncIterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import RATE_HZ, Block, Duplex


class Room:
    """Turns what is played into its echo, piece by piece, of any length (overlap-add)."""

    def __init__(
        self, impulse: NDArray[np.float32], *, gain: float = 1.0, delay_s: float = 0.0, speaker_limit: float = 1.0
    ) -> None:
        """`impulse`: the room's impulse response, (m,) float32 at 16 kHz, of any loudness.

        With `gain` 1 an echo has about the energy of what was played. `delay_s` is what sound card and air add in
        front of the impulse response. A loudspeaker cuts off what exceeds `speaker_limit`: such an echo is no linear
        image of what was played.
        """
        energy = float(np.sqrt(np.sum(np.square(impulse, dtype=np.float64))))
        late = np.zeros(round(delay_s * RATE_HZ), np.float32)
        self._impulse = np.concatenate((late, impulse * np.float32(gain / max(energy, 1e-9))))
        self._speaker_limit = speaker_limit
        self._tail = np.zeros(0, np.float32)
        self._spectra: dict[int, NDArray[np.complex64]] = {}

    def echo(self, played: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what comes back while `played` sounds, both (n,) float32 at 16 kHz."""
        count = played.size
        echo = self._tail
        if played.any():
            sounding = self._sounding(np.clip(played, -self._speaker_limit, self._speaker_limit))
            sounding[: echo.size] += echo
            echo = sounding
        self._tail = echo[count:]
        return np.pad(echo[:count], (0, max(0, count - echo.size)))

    def _sounding(self, played: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return all that comes of `played`, now and later."""
        length = played.size + self._impulse.size - 1
        size = 1 << (length - 1).bit_length()
        if size not in self._spectra:
            self._spectra[size] = np.fft.rfft(self._impulse, size).astype(np.complex64)
        return np.fft.irfft(np.fft.rfft(played, size) * self._spectra[size], size)[:length].astype(np.float32)


class InRoom:
    """Another `Duplex` in a room: each block's microphone hears the echo of what is and was played."""

    def __init__(self, duplex: Duplex, room: Room) -> None:
        self._duplex = duplex
        self._room = room
        self._muted = False

    async def blocks(self) -> AsyncIterator[Block]:
        """The microphone. Raises AudioFault."""
        async for block in self._duplex.blocks():
            echo = self._room.echo(block.reference)
            heard = block.microphone if self._muted else np.clip(block.microphone + echo, -1.0, 1.0)
            yield replace(block, microphone=heard)

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1]."""
        self._duplex.play(samples, rate_hz)

    @property
    def waiting_s(self) -> float:
        """Seconds that are queued and have not gone to the loudspeaker."""
        return self._duplex.waiting_s

    async def played(self) -> None:
        """Wait until everything queued has sounded."""
        await self._duplex.played()

    def pause(self) -> None:
        """Silence the loudspeaker and keep what is queued; what is in the air dies away."""
        self._duplex.pause()

    def resume(self) -> None:
        """Go on."""
        self._duplex.resume()

    def stop(self) -> None:
        """Silence the loudspeaker; what is in the air dies away."""
        self._duplex.stop()

    def set_muted(self, muted: bool) -> None:
        """Close or open the microphone's gate: closed, it doesn't hear the echo either."""
        self._muted = muted
        self._duplex.set_muted(muted)

    async def close(self) -> None:
        """Give the device back."""
        await self._duplex.close()
