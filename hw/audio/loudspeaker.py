"""The sound card's loudspeaker, from its opening to its closing."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hw.audio.cards import portaudio
from hw.audio.half import Half
from hw.audio.our_rate import OurRate
from hw.audio.play_queue import PlayQueue
from hw.audio.streams import settings

BUFFERS_S = (0.03, 0.06, 0.12, 0.2)
"""What still sounds after a pause, the shortest first; a machine on which that stutters gets the next. Silence comes
28 to 39 ms after a pause with the first, 96 to 120 ms with 0.1 s (PulseAudio, 2 busy cores, 2026-11)."""
_PIECE_S = 0.01
_STUTTERS = 3
"""In one reply; a moment in which the machine is busy may happen to any buffer."""


class Loudspeaker(Half):
    """One opening."""

    def __init__(
        self,
        name: str | int | None,
        loop: asyncio.AbstractEventLoop,
        *,
        buffer_s: float,
        queue: PlayQueue | None,
        silent: Callable[[], bool],
        sounded: Callable[[NDArray[np.float32], float, bool], None],
        ended: Callable[[], None],
    ) -> None:
        """Open it and let it run. It goes on with `queue` where the rate allows.

        `sounded` gets (n,) float32 at 16 kHz that leave the loudspeaker from a time on.
        Its third argument says whether something was waiting before. It isn't called while `silent` says that nobody
        waits for the end of a reply. `sounded` and `ended` are called in the loop's thread. Raises AudioFault.
        """
        super().__init__(loop, ended)
        self._sounded = sounded
        self.name, asked = settings(name, "output")
        rate_hz = int(asked["samplerate"])
        self._our_rate = OurRate(rate_hz)
        self.queue = queue if queue and queue.rate_hz == rate_hz else PlayQueue(rate_hz)
        self._stutters = 0
        self._untold_frames = 0
        """What was given to the card since something was told; PortAudio's thread alone counts."""
        self.asked_s = monotonic()
        """When the card last asked for sound."""

        def on_sound(samples: NDArray[np.float32], frames: int, time: Any, status: Any) -> None:
            now_s = monotonic()
            late = now_s - self.asked_s > buffer_s + _PIECE_S or status.output_underflow
            self.asked_s = now_s
            if silent():
                samples.fill(0.0)
                self._untold_frames += frames
                return
            self._stutters += late
            playing = self.queue.waiting_s > 0
            said = self.queue.take(frames)
            samples[:] = said[:, np.newaxis]
            untold_s, self._untold_frames = self._untold_frames / rate_hz, 0
            self._tell(self._take, said, time.outputBufferDacTime, untold_s, playing)

        asked |= {"callback": on_sound}
        asked |= {"latency": buffer_s, "blocksize": round(_PIECE_S * rate_hz)}
        self._run(portaudio().OutputStream, asked)

    def stuttered(self) -> bool:
        """Whether the buffer proved too short since this was asked last."""
        stutters, self._stutters = self._stutters, 0
        return stutters >= _STUTTERS

    def _take(self, said: NDArray[np.float32], at_s: float, untold_s: float, playing: bool) -> None:
        if self._open:
            self._sounded(*self._our_rate.take(said, at_s, untold_s=untold_s), playing)
