"""What microphone and loudspeaker of a sound card have in common: one opening, from which news stops at once."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hw.audio.streams import opened, shut


class Half:
    """One opening of one half. After `close_gate` nothing is told, whatever PortAudio's thread still has in hand."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ended: Callable[[], None]) -> None:
        """`ended` (the card went away) is called in the loop's thread."""
        self._loop = loop
        self._ended = ended
        self._open = True
        self._stream: Any = None

    def _run(self, make: Any, asked: dict[str, Any]) -> None:
        """Open the stream and let it run. Raises AudioFault."""
        self._stream = opened(make, asked | {"finished_callback": lambda: self._tell(self._end)})

    def _tell(self, call: Callable[..., None], *args: object) -> None:
        """Call in the loop's thread, from PortAudio's."""
        with suppress(RuntimeError):  # The loop is closed: the device is going down.
            self._loop.call_soon_threadsafe(call, *args)

    def _end(self) -> None:
        if self._open:
            self._ended()

    def close_gate(self) -> None:
        """From now on nothing is told. To be called in the loop's thread; `close` follows in PortAudio's."""
        self._open = False

    def close(self) -> None:
        """Close the stream. It may take a while."""
        shut(self._stream)
