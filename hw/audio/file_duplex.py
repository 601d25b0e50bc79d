"""Audio files in the place of a microphone, and WAV files in that of a loudspeaker."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing, closing
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, Block
from hw.audio.files import decode
from hw.audio.play_queue import PlayQueue
from hw.audio.reply_files import ReplyFiles

_TAIL_SAMPLES = RATE_HZ
"""One second of silence behind every clip, busy or not: a wake word at its very end is found a little later."""
_SILENCE = np.zeros(BLOCK_SAMPLES, np.float32)


class FileDuplex:
    """Plays clips into the device's ear, one after the other, and keeps time between sound and wall clock.

    ::

        time that counts |====== audio ======|---- wall ----|====== audio ======|--- wall ---|== audio ==|-- wall …
        device           | idle, listening   | works, speaks| listening         | …          | idle      |
        microphone       |  clip 1  ………………………………………………………… silence while busy | clip 2 …               | silence …

    While the device only listens, blocks come as fast as they are taken, and `on_sample` tells the time of each. While
    it works (a model that takes its time is running) or the loudspeaker sounds, blocks come as fast as they would
    from a microphone, and `on_pace` said that the time is the wall's from there on. So what is measured is what
    somebody in front of the device would have seen, without waiting for the parts in which nothing is done.

    After a clip comes silence for as long as the device is busy with it, then the next clip, then silence at the
    pace of the wall clock; the stream ends when `finish` was called. What is played sounds as blocks are taken.
    """

    def __init__(
        self,
        clips: Sequence[Path] = (),
        *,
        realtime: bool = False,
        out: Path | None = None,
        busy: Callable[[], bool] = lambda: False,
        working: Callable[[], bool] = lambda: False,
        on_sample: Callable[[float], None] = lambda _: None,
        on_pace: Callable[[], None] = lambda: None,
        on_clip: Callable[[Path], None] = lambda _: None,
    ) -> None:
        """Replies are written to the directory `out`, if there is one.

        `busy` says whether the device is not done yet with what it heard, `working` whether time must be the wall's.
        `on_sample` gets the time of the end of a block that is about to come, in seconds since the stream began;
        `on_clip` is called just before the first block of each clip. `realtime`: always at the wall's pace.
        """
        self._clips = deque(clips)
        self._realtime = realtime
        self._replies = ReplyFiles(out) if out else None
        self._busy = busy
        self._working = working
        self._on_sample = on_sample
        self._on_pace = on_pace
        self._on_clip = on_clip
        self._queue = PlayQueue(RATE_HZ)
        self._silent = asyncio.Event()
        self._silent.set()
        self._muted = False
        self._finish = False
        self._over = False
        self._waiting_for_clips = False
        self._sample_index = 0
        self._clip_began = [0.0]
        self._pace_began_s: float | None = None

    def add(self, clip: Path) -> None:
        """Say one more clip when those before it are done."""
        self._clips.append(clip)

    def finish(self) -> None:
        """End the stream when the clips are through and the device is done with them."""
        self._finish = True

    def clip_began_s(self, at_s: float) -> float:
        """Return when the clip that was sounding at `at_s` began, both in seconds since the stream's start."""
        return max((began for began in self._clip_began if began <= at_s), default=0.0)

    async def blocks(self) -> AsyncIterator[Block]:
        """The clips and the silence around them. Raises AudioFault at a clip that can't be read."""
        try:
            async with aclosing(self._sound()) as sound:
                async for heard in sound:
                    await self._keep_time(self._sample_index + BLOCK_SAMPLES)
                    yield self._block(heard)
        finally:
            self._over = True
            self.stop()
            # What the device still does from here on takes the wall's time.
            self._on_pace()

    def _block(self, heard: NDArray[np.float32]) -> Block:
        block = Block(
            microphone=_SILENCE if self._muted else heard,
            reference=self._queue.take(BLOCK_SAMPLES),
            sample_index=self._sample_index,
        )
        self._sample_index += BLOCK_SAMPLES
        if not self._queue.waiting_s:
            self._silent.set()
        return block

    async def _sound(self) -> AsyncGenerator[NDArray[np.float32], None]:
        while True:
            self._waiting_for_clips = not self._clips and not self._finish
            if self._clips:
                clip = self._clips.popleft()
                self._clip_began.append(self._sample_index / RATE_HZ)
                self._on_clip(clip)
                async with aclosing(_read(clip)) as blocks:
                    async for block in blocks:
                        yield block
                for _ in range(0, _TAIL_SAMPLES, BLOCK_SAMPLES):
                    yield _SILENCE
            elif self._finish and not (self._busy() or self._queue.waiting_s):
                return
            else:
                yield _SILENCE
            while self._busy() or self._queue.waiting_s:
                yield _SILENCE

    async def _keep_time(self, end: int) -> None:
        """Wait until the block that ends at sample `end` may come."""
        paced = self._realtime or self._waiting_for_clips or self._working() or self._queue.waiting_s > 0
        if not paced:
            self._pace_began_s = None
            self._on_sample(end / RATE_HZ)
            await asyncio.sleep(0)
            return
        now = asyncio.get_running_loop().time()
        if self._pace_began_s is None:
            self._pace_began_s = now - (end - BLOCK_SAMPLES) / RATE_HZ
            self._on_pace()
        await asyncio.sleep(max(0.0, self._pace_began_s + end / RATE_HZ - now))

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1]."""
        if self._replies:
            self._replies.add(samples, rate_hz)
        if not self._over:
            self._queue.put(samples, rate_hz)
        if self._queue.waiting_s:
            self._silent.clear()

    @property
    def waiting_s(self) -> float:
        """Seconds that have not sounded yet."""
        return self._queue.waiting_s

    async def played(self) -> None:
        """Wait until everything queued has sounded; that ends a reply, and its file is written."""
        await self._silent.wait()
        if self._replies:
            self._replies.end()

    def pause(self) -> None:
        """Be silent and keep the rest. Until it is said the stream goes on, at the wall's pace."""
        self._queue.pause()

    def resume(self) -> None:
        """Go on a little before the place of the pause."""
        self._queue.resume()

    def stop(self) -> None:
        """Silence what is playing; its file holds what was heard of it."""
        if self._replies:
            self._replies.end(unheard_s=self._queue.waiting_s)
        self._queue.clear()
        self._silent.set()

    def set_muted(self, muted: bool) -> None:
        """While muted, clips pass unheard."""
        self._muted = muted

    async def close(self) -> None:
        """Write what was being said and end the stream at the next block."""
        self.stop()
        self._clips.clear()
        self._finish = True


async def _read(clip: Path) -> AsyncGenerator[NDArray[np.float32], None]:
    """Yield the clip block by block; the file is read and decoded beside the event loop."""
    seconds = _seconds(clip)
    reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="clip")
    try:
        while (second := await asyncio.get_running_loop().run_in_executor(reader, next, seconds, None)) is not None:
            for start in range(0, second.size, BLOCK_SAMPLES):
                yield second[start : start + BLOCK_SAMPLES]
    finally:
        # In the same thread: whoever was cancelled leaves it in the middle of a read.
        reader.submit(seconds.close)
        reader.shutdown(wait=False)


def _seconds(clip: Path) -> Generator[NDArray[np.float32], None, None]:
    """Yield the clip in whole blocks, about a second at a time; silence fills up the last block."""
    waiting = np.zeros(0, np.float32)
    with closing(decode(clip)) as pieces:
        for piece in pieces:
            waiting = np.concatenate((waiting, piece))
            if waiting.size >= RATE_HZ:
                whole = waiting.size - waiting.size % BLOCK_SAMPLES
                yield waiting[:whole]
                waiting = waiting[whole:]
    if waiting.size:
        yield np.pad(waiting, (0, -waiting.size % BLOCK_SAMPLES))
