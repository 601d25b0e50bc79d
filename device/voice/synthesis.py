"""Sentences as sound: made in a thread of its own, and kept for a while, because devices repeat themselves."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from edge_models.tts import SpeakingVoice

_QUIET = 0.003
"""-50 dBFS: what stays below at a sentence's edges is the synthesiser's own pause."""
_LEAD_S = 0.01
PAUSE_S = 0.2
"""Behind each part of a reply."""
_KEPT_BYTES = 8 * 2**20
"""A minute and a half of speech."""


class Synthesis:
    """The synthesiser's thread and what it made lately. All calls from the event loop's thread."""

    def __init__(self, tts: SpeakingVoice) -> None:
        self._tts = tts
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="tts")
        self._kept: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._kept_bytes = 0
        self._guess: tuple[str, asyncio.Future[NDArray[np.float32]]] | None = None

    def made(self, parts: Sequence[str]) -> list[asyncio.Future[NDArray[np.float32]]]:
        """Return each part's sound, now or soon: (n,) float32 in [-1, 1] at the voice's rate, a short pause behind it.

        All are queued at once: the thread makes the next while the last one sounds.
        """
        guess = self._take_guess(parts[0] if parts else "")
        made = [self._make(part) for part in parts[1 if guess else 0 :]]
        return [guess, *made] if guess else made

    def prepare(self, part: str) -> None:
        """Make what may be wanted soon. Only the last guess counts, and it gives way to what is really said."""
        if not (self._guess and self._guess[0] == part):
            self._take_guess("")
            self._guess = part, self._make(part)

    def _take_guess(self, wanted: str) -> asyncio.Future[NDArray[np.float32]] | None:
        """Return the guess that is under way if it is what is `wanted`; else call it off."""
        guess, self._guess = self._guess, None
        if guess is None:
            return None
        if guess[0] == wanted and not guess[1].cancelled():
            return guess[1]
        guess[1].cancel()
        return None

    def _make(self, part: str) -> asyncio.Future[NDArray[np.float32]]:
        loop = asyncio.get_running_loop()
        if (kept := self._kept.get(part)) is not None:
            self._kept.move_to_end(part)
            ready: asyncio.Future[NDArray[np.float32]] = loop.create_future()
            ready.set_result(kept)
            return ready
        making = loop.run_in_executor(self._thread, self._synthesise, part)
        making.add_done_callback(partial(self._keep, part))
        return making

    def _keep(self, part: str, made: asyncio.Future[NDArray[np.float32]]) -> None:
        # A guess that failed is asked for its exception here: nobody else may ever do it.
        if made.cancelled() or made.exception() or part in self._kept:
            return
        self._kept[part] = made.result()
        self._kept_bytes += made.result().nbytes
        while self._kept_bytes > _KEPT_BYTES:
            _, oldest = self._kept.popitem(last=False)
            self._kept_bytes -= oldest.nbytes

    def _synthesise(self, part: str) -> NDArray[np.float32]:
        pieces = list(self._tts.speak(part))
        return trimmed(np.concatenate(pieces) if pieces else np.zeros(0, np.float32), self._tts.rate_hz)

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)


def trimmed(samples: NDArray[np.float32], rate_hz: int) -> NDArray[np.float32]:
    """Return (n,) samples with hardly any silence before them and one short pause behind."""
    loud = np.flatnonzero(np.abs(samples) > _QUIET)
    if not loud.size:
        return np.zeros(0, np.float32)
    first = max(0, int(loud[0]) - int(_LEAD_S * rate_hz))
    return np.concatenate((samples[first : int(loud[-1]) + 1], np.zeros(int(PAUSE_S * rate_hz), np.float32)))
