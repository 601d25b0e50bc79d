"""A microphone and a loudspeaker, through PortAudio."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from time import monotonic
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, AudioFault, Block
from hw.audio.loudspeaker import BUFFERS_S, Loudspeaker
from hw.audio.microphone import Microphone
from hw.audio.own_thread import in_own_thread
from hw.audio.play_queue import PlayQueue
from hw.audio.reference import Reference
from hw.audio.streams import look_again

log = logging.getLogger(__name__)
R = TypeVar("R")

_STALLED_S = 2.0
"""A microphone that gives nothing for so long was unplugged or hangs."""
_DEAF_S = 2.5
"""So does a loudspeaker that asks for nothing for so long while something waits for it."""
_HANGS_S = 10.0
"""PortAudio closes and opens a card in 0.1 s; for a driver that hangs nobody waits."""
_RETRY_S = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0)
_WAITING_BLOCKS = 250
"""5 s: what may wait for a device that is busy; then the oldest is lost."""
_SILENCE = np.zeros(BLOCK_SAMPLES, np.float32)
_BLOCK_S = BLOCK_SAMPLES / RATE_HZ

STALLED = "The sound card stopped answering; trying to open it again."
HANGS = "The sound card hangs; unplug it and plug it in again."


class SoundCard:
    """A microphone and a loudspeaker with one time base.

    ::

        PortAudio's threads           event loop
        Microphone ──▶ call_soon ──▶ 16 kHz ──▶ 20 ms blocks ──▶ blocks()
        Loudspeaker ◀── PlayQueue ◀── play()
                    └─ what sounded, with its time ──▶ Reference ──▶ each block's `reference`

    A card that stalls or is unplugged is opened again, for as long as it takes; `on_fault` gets the sentence, and
    None when it works again. Meanwhile, and while it is muted, blocks of silence come at the pace of the wall clock.
    While muted the microphone's stream is closed, for the operating system too: not even a fault of ours could hear
    anything. `on_complaint` gets what is wrong with a microphone that works, once.
    """

    def __init__(
        self,
        microphone: str | int | None = None,
        speaker: str | int | None = None,
        *,
        on_fault: Callable[[str | None], None] = lambda _: None,
        on_complaint: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Take the devices by PortAudio's name or number; None: the system's default. Nothing is opened yet."""
        self._asked = (microphone, speaker)
        self._on_fault = on_fault
        self._on_complaint = on_complaint
        self._calls = asyncio.Lock()
        """Held for each call into PortAudio: they block, and must not overlap."""
        self._microphone: Microphone | None = None
        self._speaker: Loudspeaker | None = None
        self._queue: PlayQueue | None = None
        self._buffer = 0
        """Which of `BUFFERS_S` the loudspeaker has."""
        self._stutters = False
        self._reference = Reference()
        self._pending = np.zeros(0, np.float32)
        self._blocks: deque[Block] = deque()
        self._next_index = 0
        self._last_s = 0.0
        self._arrival = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._muted = False
        self._paused = False
        self._said: str | None = None
        self._complained: set[str] = set()
        self._opened = asyncio.Event()
        self._closing: set[asyncio.Task[None]] = set()
        self._lost = False
        self._attempts = 0
        self._needed = asyncio.Event()
        """Something has to be opened or closed."""
        self._keeper: asyncio.Task[None] | None = None

    async def blocks(self) -> AsyncIterator[Block]:
        """The microphone, for ever. Raises AudioFault when it can't be opened at the start."""
        loop = asyncio.get_running_loop()
        await self._open()
        self._keeper = asyncio.create_task(self._keep_open(), name="sound-card")
        self._last_s = loop.time()
        while True:
            if self._blocks:
                self._last_s = loop.time()
                yield self._blocks.popleft()
            elif self._microphone is None or self._lost:
                # In its pace; behind a microphone that stalled, what was missed comes first.
                self._last_s += _BLOCK_S
                self._arrival.clear()
                await self._arrives(within_s=self._last_s - loop.time())
                if not self._blocks:
                    yield self._numbered(_SILENCE, _SILENCE)
            else:
                self._arrival.clear()
                if not await self._arrives(within_s=_STALLED_S) and self._microphone:
                    self._lose()
            if self._speaker and not self._silent.is_set() and monotonic() - self._speaker.asked_s > _DEAF_S:
                self._lose()

    async def _arrives(self, *, within_s: float) -> bool:
        try:
            # Not wait_for: Python 3.11's swallows a cancellation that comes together with its event.
            async with asyncio.timeout(within_s):
                await self._arrival.wait()
        except TimeoutError:
            # Where the loop itself was held up, both have come.
            return self._arrival.is_set()
        return True

    async def opened(self) -> tuple[str, str]:
        """Wait until the card is open; return the names of microphone ("" while it is muted) and loudspeaker."""
        await self._opened.wait()
        return self._microphone.name if self._microphone else "", self._speaker.name if self._speaker else ""

    def _numbered(self, microphone: NDArray[np.float32], reference: NDArray[np.float32]) -> Block:
        block = Block(microphone, reference, self._next_index)
        self._next_index += BLOCK_SAMPLES
        return block

    def _lose(self) -> None:
        """Give up a card that doesn't answer: it is opened again."""
        if not self._lost:
            self._lost = True
            if not self._said:
                self._fault(STALLED)
            self._needed.set()
            self._arrival.set()

    async def _keep_open(self) -> None:
        """Open what was lost, and what has to be opened because it was muted or stuttered, until cancelled."""
        while True:
            await self._needed.wait()
            self._needed.clear()
            try:
                if self._lost:
                    await asyncio.sleep(_RETRY_S[min(self._attempts, len(_RETRY_S) - 1)])
                    self._attempts += 1
                    await self._close_all()
                    await self._call(look_again)
                    self._lost = False
                elif self._stutters and self._silent.is_set():
                    self._stutters = False
                    self._buffer += 1
                    log.info("the loudspeaker stutters: its buffer is %.2f s from now on", BUFFERS_S[self._buffer])
                    await self._close(speaker=True)
                await self._open()
            except AudioFault as fault:
                self._lost = True
                self._fault(str(fault))
                self._needed.set()
            else:
                if self._muted:
                    self._fault(None)

    async def _open(self) -> None:
        """Open what isn't open and should be. Raises AudioFault."""
        loop = asyncio.get_running_loop()
        microphone, speaker = self._asked

        def open_speaker() -> Loudspeaker:
            return Loudspeaker(
                speaker,
                loop,
                buffer_s=BUFFERS_S[self._buffer],
                queue=self._queue,
                silent=self._silent.is_set,
                sounded=self._sounded,
                ended=self._lose,
            )

        def open_microphone() -> Microphone:
            return Microphone(microphone, loop, heard=self._heard, ended=self._lose)

        if self._speaker is None:
            self._speaker = await self._call(open_speaker)
            self._queue = self._speaker.queue
            if self._paused:
                self._queue.pause()
        if self._microphone is None and not self._muted:
            opened = await self._call(open_microphone)
            if self._muted:  # meanwhile
                opened.close_gate()
                await self._call(opened.close)
            else:
                self._microphone, self._pending = opened, np.zeros(0, np.float32)
        self._opened.set()

    async def _call(self, call: Callable[[], R]) -> R:
        """Let PortAudio do something. Raises AudioFault when it takes for ever."""
        async with self._calls:
            try:
                async with asyncio.timeout(_HANGS_S):
                    return await in_own_thread(call)
            except TimeoutError:
                raise AudioFault(HANGS) from None

    def _fault(self, sentence: str | None) -> None:
        """Say what is wrong, or that nothing is any more; the same thing once."""
        if sentence == self._said:
            return
        if sentence:
            log.warning("%s", sentence)
        self._said = sentence
        self._on_fault(sentence)

    def _heard(self, samples: NDArray[np.float32], at_s: float) -> None:
        if self._microphone is None:
            return  # It gives its first sound before it is known to be open.
        self._attempts = 0
        self._fault(self._microphone.health.fault)
        for complaint in self._microphone.health.complaints:
            if complaint not in self._complained:
                self._complained.add(complaint)
                self._on_complaint(complaint)
        at_s -= self._pending.size / RATE_HZ
        self._pending = np.concatenate((self._pending, samples))
        while self._pending.size >= BLOCK_SAMPLES:
            reference = self._reference.at(at_s, BLOCK_SAMPLES)
            self._blocks.append(self._numbered(self._pending[:BLOCK_SAMPLES], reference))
            self._pending = self._pending[BLOCK_SAMPLES:]
            at_s += _BLOCK_S
        while len(self._blocks) > _WAITING_BLOCKS:
            self._blocks.popleft()
        if self._blocks:
            self._arrival.set()

    def _sounded(self, samples: NDArray[np.float32], at_s: float, playing: bool) -> None:
        self._reference.sounded(at_s, samples)
        if not (playing or self.waiting_s):
            # A whole buffer of silence went out behind it: the last sample has sounded.
            self._fall_silent()

    def _fall_silent(self) -> None:
        self._silent.set()
        if self._speaker and self._speaker.stuttered() and self._buffer + 1 < len(BUFFERS_S):
            self._stutters = True
            self._needed.set()

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1]. Without a card that works, nothing sounds."""
        if self._queue and samples.size:
            self._silent.clear()
            self._queue.put(samples, rate_hz)

    @property
    def waiting_s(self) -> float:
        """Seconds that have not gone to the card; nothing waits for a card that is lost."""
        return self._queue.waiting_s if self._queue else 0.0

    async def played(self) -> None:
        """Wait until everything queued has sounded, was stopped, or was lost with the card."""
        await self._silent.wait()

    def pause(self) -> None:
        """Keep what is queued; at most the card's own buffer still sounds."""
        self._paused = True
        if self._queue:
            self._queue.pause()

    def resume(self) -> None:
        """Go on a little before the place of the pause."""
        self._paused = False
        if self._queue:
            self._queue.resume()

    def stop(self) -> None:
        """Drop what is queued; at most the card's own buffer still sounds."""
        self._paused = False
        self._drop()

    def _drop(self) -> None:
        if self._queue:
            self._queue.clear()
        self._fall_silent()

    def set_muted(self, muted: bool) -> None:
        """Close the microphone's stream, or open it anew. The loudspeaker goes on."""
        if muted == self._muted:
            return
        self._muted = muted
        self._blocks.clear()
        self._pending = np.zeros(0, np.float32)
        self._arrival.set()
        if not muted:
            self._needed.set()
        elif self._microphone:
            closing = asyncio.create_task(self._close(microphone=True), name="mute")
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)

    def _close(self, *, microphone: bool = False, speaker: bool = False) -> Coroutine[None, None, None]:
        """Shut the gates now; what is returned closes the streams. Never raises AudioFault."""
        streams: list[Microphone | Loudspeaker] = []
        if microphone and self._microphone:
            streams.append(self._microphone)
            self._microphone = None
        if speaker and self._speaker:
            streams.append(self._speaker)
            self._speaker = None
        for stream in streams:
            stream.close_gate()

        async def close() -> None:
            for stream in streams:
                try:
                    await self._call(stream.close)
                except AudioFault as fault:
                    self._fault(str(fault))

        return close()

    async def _close_all(self) -> None:
        self._drop()
        self._queue = None
        await self._close(microphone=True, speaker=True)

    async def close(self) -> None:
        """Give the card back."""
        if self._keeper:
            self._keeper.cancel()
        await self._close_all()
