"""The sound card's microphone, from its opening to its closing."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.audio.cards import portaudio
from hw.audio.half import Half
from hw.audio.microphone_health import Health, mono
from hw.audio.our_rate import OurRate
from hw.audio.streams import settings

_BUFFER_S = 0.1
"""How late the callback may come without a loss. It costs no time: pieces of 20 ms come as soon as they are there."""


class Microphone(Half):
    """One opening."""

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
        super().__init__(loop, ended)
        self._heard = heard
        self.health = Health()
        self.name, asked = settings(name, "input")
        self._rate_hz = int(asked["samplerate"])
        self._our_rate = OurRate(self._rate_hz)

        def on_sound(samples: NDArray[np.float32], _frames: int, time: Any, _status: object) -> None:
            self._tell(self._take, mono(samples), time.inputBufferAdcTime)

        asked |= {"callback": on_sound}
        asked |= {"latency": _BUFFER_S, "blocksize": self._rate_hz // 50}
        self._run(portaudio().InputStream, asked)

    def _take(self, samples: NDArray[np.float32], at_s: float) -> None:
        if self._open and samples.size:
            self.health.hear(samples, self._rate_hz)
            self._heard(*self._our_rate.take(samples - np.float32(self.health.offset), at_s))
