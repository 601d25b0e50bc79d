"""The replies of a device without a loudspeaker, one WAV file each."""

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class ReplyFiles:
    """Writes `reply-01.wav`, `reply-02.wav`, … into a directory: mono, 16 bit, at the voice's own rate."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._pieces: list[NDArray[np.float32]] = []
        self._rate_hz = 0
        self._written = 0

    def add(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Add (n,) float32 samples to the reply that is being spoken."""
        if self._pieces and rate_hz != self._rate_hz:
            self.end()
        self._pieces.append(samples)
        self._rate_hz = rate_hz

    def end(self, *, unheard_s: float = 0.0) -> None:
        """Write the reply, without the last `unheard_s` seconds, which were cut off; without a reply, do nothing."""
        if not self._pieces:
            return
        reply = np.concatenate(self._pieces)
        self._pieces = []
        heard = reply[: max(0, reply.size - round(unheard_s * self._rate_hz))]
        if not heard.size:
            return
        self._written += 1
        self._directory.mkdir(parents=True, exist_ok=True)
        with wave.open(str(self._directory / f"reply-{self._written:02}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(self._rate_hz)
            file.writeframes(np.rint(np.clip(heard, -1.0, 1.0) * 32767).astype("<i2").tobytes())
