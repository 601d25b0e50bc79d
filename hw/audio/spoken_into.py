"""A sound card into whose microphone files can be spoken: the demo's first command, before the person's own."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import BLOCK_SAMPLES, Block, Duplex
from hw.audio.files import decode


class SpokenInto:
    """The card as it is, but while a clip sounds its samples take the microphone's place."""

    def __init__(self, card: Duplex) -> None:
        self._card = card
        self._waiting: deque[Path] = deque()
        self._muted = False

    def add(self, clip: Path) -> None:
        """Say `clip` when those before it are done; it must fit into memory."""
        self._waiting.append(clip)

    async def blocks(self) -> AsyncIterator[Block]:
        """The microphone. Raises AudioFault, also for a clip that can't be read."""
        sounding = np.zeros(0, np.float32)
        async for block in self._card.blocks():
            if not sounding.size and self._waiting:
                sounding = await asyncio.to_thread(_whole, self._waiting.popleft())
            if sounding.size:
                yield block if self._muted else replace(block, microphone=sounding[:BLOCK_SAMPLES])
                sounding = sounding[BLOCK_SAMPLES:]
            else:
                yield block

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1]."""
        self._card.play(samples, rate_hz)

    @property
    def waiting_s(self) -> float:
        """Seconds that have not gone to the loudspeaker."""
        return self._card.waiting_s

    async def played(self) -> None:
        """Wait until everything queued has sounded."""
        await self._card.played()

    def pause(self) -> None:
        """Silence the loudspeaker for now."""
        self._card.pause()

    def resume(self) -> None:
        """Go on."""
        self._card.resume()

    def stop(self) -> None:
        """Silence the loudspeaker."""
        self._card.stop()

    def set_muted(self, muted: bool) -> None:
        """Close or open the microphone's gate; while it is closed clips, too, pass unheard."""
        self._muted = muted
        self._card.set_muted(muted)

    async def close(self) -> None:
        """Give the card back."""
        await self._card.close()


def _whole(clip: Path) -> NDArray[np.float32]:
    samples = np.concatenate(list(decode(clip)))
    return np.concatenate([samples, np.zeros(-samples.size % BLOCK_SAMPLES, np.float32)])
