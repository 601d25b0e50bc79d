"""The sound card's microphone, from its opening to its closing."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.audio.cards import portaudio
from hw.audio.microphone_health import Health, mono
from hw.audio.our_rate import OurRate
from hw.audio.streams import opened, settings, shut

_BUFFER_S = 0.1
"""How late the callback may come without a loss. It costs no time: pieces of 20 ms come as soon as they are there."""


class Microphone:
    """One opening. After `close_gate` nothing comes out, whatever PortAudio's thread still has in hand."""

    def __init__(
        self,
        name: str | int | None,
        loop: asyncio.AbstractEventLoop,
        *,
        heard: Callable[[NDArray[np.float32], float], None],
        ended: Callable[[], None],
    ) -> None:
        """Open it and let it run; `heard` gets (n,) float32 at 16 kHz and the card's time of the first sample.

        `heard` and `ended` (the card went away) are called in the loop's thread. Raises AudioFault.
        """
        self._heard = heard
        self._ended = ended
        self._open = True
        self.health = Health()
        self.name, asked = settings(name, "input")
        self._rate_hz = int(asked["samplerate"])
        self._our_rate = OurRate(self._rate_hz)

        def on_sound(samples: NDArray[np.float32], _frames: int, time: Any, _status: object) -> None:
            with suppress(RuntimeError):  # The loop is closed: the device is going down.
                loop.call_soon_threadsafe(self._take, mono(samples), time.inputBufferAdcTime)

        def on_end() -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end)

        asked |= {"callback": on_sound, "finished_callback": on_end}
        asked |= {"latency": _BUFFER_S, "blocksize": self._rate_hz // 50}
        self._stream = opened(portaudio().InputStream, asked)

    def _take(self, samples: NDArray[np.float32], at_s: float) -> None:
        if self._open and samples.size:
            self.health.hear(samples, self._rate_hz)
            self._heard(*self._our_rate.take(samples - np.float32(self.health.offset), at_s))

    def _end(self) -> None:
        if self._open:
            self._ended()

    def close_gate(self) -> None:
        """From now on nothing is heard. To be called in the loop's thread; `close` follows in PortAudio's."""
        self._open = False

    def close(self) -> None:
        """Close the stream. It may take a while."""
        shut(self._stream)
