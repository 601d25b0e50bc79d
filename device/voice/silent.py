"""The voice of a device without a loudspeaker: what it says is only written."""

from collections.abc import Awaitable, Callable

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

    def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
        """Return the `say` of a turn."""
        return lambda text: self.say(turn, text)

    async def say(self, turn: str, text: str) -> bool:
        """Publish the reply; always heard to its end."""
        self._bus.publish(turn, Reply(text))
        self.last_said = text
        return True

    def stop(self) -> None:
        """Nothing sounds."""

    def close(self) -> None:
        """Nothing to let go."""
