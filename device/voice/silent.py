"""The voice of a device without a loudspeaker: what it says is only written."""

from collections.abc import Awaitable, Callable

import numpy as np
from numpy.typing import NDArray

from device.bus import Bus
from device.events import Reply


class SilentVoice:
    """Replies as `Voice` does, without a sound."""

    def __init__(self, *, bus: Bus) -> None:
        self._bus = bus
        self.volume = 80
        """0 to 100; remembered for the voice that sounds."""
        self.last_said = ""
        """The last reply."""
        self.stops = 0
        """How often it was silenced."""

    def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
        """Return the `say` of a turn."""
        return lambda text: self.say(turn, text)

    async def say(self, turn: str, text: str) -> bool:
        """Publish the reply; always heard to its end."""
        self._bus.publish(turn, Reply(text))
        self.last_said = text
        return True

    async def ring(self, sound: NDArray[np.float32], rate_hz: int, going: Callable[[], bool]) -> None:
        """Nothing sounds."""
        del sound, rate_hz, going

    @property
    def heard_so_far(self) -> str:
        """All of the last reply."""
        return self.last_said

    @property
    def cut_off(self) -> bool:
        """Nothing sounds that could be."""
        return False

    @property
    def left_unsaid(self) -> str:
        """Nothing ever is."""
        return ""

    def prepare(self, text: str) -> None:
        """Nothing has to be."""

    def pause(self) -> None:
        """Nothing sounds."""

    def resume(self) -> None:
        """Nothing was paused."""

    def stop(self) -> None:
        """Nothing sounds; who would be interrupted, is."""
        self.stops += 1

    def close(self) -> None:
        """Nothing to let go."""
