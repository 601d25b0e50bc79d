"""A microphone and a loudspeaker, through PortAudio."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from hw.audio.cards import portaudio
from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, AudioFault, Block
from hw.audio.play_queue import PlayQueue
from hw.audio.reference import Reference

log = logging.getLogger(__name__)

_STALLED_S = 2.0
"""A card that gives nothing for so long was unplugged or hangs."""
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)
_DEAD_SILENCE_S = 5.0
"""A live microphone is never exactly zero for so long: it is switched off, or its cable is out."""
_WAITING_BLOCKS = 250
"""5 s: what may wait for a device that is busy; then the oldest is lost."""
_SILENCE = np.zeros(BLOCK_SAMPLES, np.float32)

_NO_MICROPHONE = "No microphone was found{}; plug one in, or name it in config.toml under [audio]."
_NO_SPEAKER = "No loudspeaker was found{}; plug one in, or name it in config.toml under [audio]."
_DEAD = "The microphone gives nothing but dead silence: is it switched off or unplugged?"


@dataclass(slots=True)
class _Card:
    """The two streams while they are open; the microphone's is None while it is muted."""

    speaker: Any
    played_to_ours: soxr.ResampleStream
    queue: PlayQueue
    microphone: Any = None
    microphone_hz: int = RATE_HZ
    to_ours: soxr.ResampleStream | None = None


class SoundCard:
    """A microphone and a loudspeaker with one time base.

    ::

        PortAudio's thread            event loop
        microphone ──▶ call_soon ──▶ resample to 16 kHz ──▶ 20 ms blocks ──▶ blocks()
        loudspeaker ◀── PlayQueue ◀── play()
                    └─ what sounded, with its time ──▶ Reference ──▶ each block's `reference`

    A card that stalls or is unplugged is opened again, for as long as it takes; `on_fault` gets the sentence, and
    None when it works again. While it is muted the microphone's stream is closed, for the operating system too: not
    even a fault of ours could hear anything.
    """

    def __init__(
        self,
        microphone: str | int | None = None,
        speaker: str | int | None = None,
        *,
        on_fault: Callable[[str | None], None] = lambda _: None,
    ) -> None:
        """Take the devices by PortAudio's name or number; None: the system's default. Nothing is opened yet."""
        self._names = (microphone, speaker)
        self._on_fault = on_fault
        # One thread for all calls into PortAudio: they block, and must not overlap.
        self._calls = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sound-card")
        self._card: _Card | None = None
        self._blocks: deque[Block] = deque()
        self._arrival = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._muted = False
        self._paused = False
        self._said: str | None = None
        self._begin()
        self._next_index = 0
        self._last_s = 0.0

    def _begin(self) -> None:
        """Forget what belongs to one opening of the card."""
        self._reference = Reference()
        self._pending = np.zeros(0, np.float32)
        self._pending_s = 0.0
        self._dead_s = 0.0

    async def blocks(self) -> AsyncIterator[Block]:
        """The microphone, for ever. Raises AudioFault when it can't be opened at the start."""
        loop = asyncio.get_running_loop()
        await self._open()
        self._last_s = loop.time()
        while True:
            if self._muted:
                await asyncio.sleep(max(0.0, self._last_s + BLOCK_SAMPLES / RATE_HZ - loop.time()))
                self._last_s += BLOCK_SAMPLES / RATE_HZ
                yield self._numbered(_SILENCE, _SILENCE)
                continue
            if not self._blocks:
                self._arrival.clear()
                try:
                    # Not wait_for: Python 3.11's swallows a cancellation that comes together with its event.
                    async with asyncio.timeout(_STALLED_S):
                        await self._arrival.wait()
                except TimeoutError:
                    if not self._muted:
                        await self._open_again()
                continue
            self._last_s = loop.time()
            yield self._blocks.popleft()

    def _numbered(self, microphone: NDArray[np.float32], reference: NDArray[np.float32]) -> Block:
        block = Block(microphone, reference, self._next_index)
        self._next_index += BLOCK_SAMPLES
        return block

    async def _open(self) -> None:
        loop = asyncio.get_running_loop()
        self._card = card = await loop.run_in_executor(self._calls, self._open_streams, loop)
        self._calls.submit(self._gate_moved, card, loop)  # it may have been muted meanwhile

    async def _open_again(self) -> None:
        self._fault("The sound card stopped answering; trying to open it again.")
        loop = asyncio.get_running_loop()
        lost_s = self._last_s
        attempt = 0
        while True:
            await self._close_streams()
            try:
                await loop.run_in_executor(self._calls, _look_again)
                await self._open()
                break
            except AudioFault as fault:
                self._fault(str(fault))
            await asyncio.sleep(_RETRY_S[min(attempt, len(_RETRY_S) - 1)])
            attempt += 1
        # The hole keeps its length, so that sample indices stay a measure of time.
        self._next_index += round((loop.time() - lost_s) * RATE_HZ)
        self._fault(None)

    def _fault(self, sentence: str | None) -> None:
        """Say what is wrong, or that nothing is any more; the same thing once."""
        if sentence == self._said:
            return
        if sentence:
            log.warning("%s", sentence)
        self._said = sentence
        self._on_fault(sentence)

    def _open_streams(self, loop: asyncio.AbstractEventLoop) -> _Card:
        sounddevice = portaudio()
        said = _settings(sounddevice, self._names[1], "output", preferred_hz=None)
        queue = PlayQueue(int(said["samplerate"]), paused=self._paused)

        def on_speaker(samples: NDArray[np.float32], frames: int, time: Any, _status: object) -> None:
            playing = queue.waiting_s > 0
            mono = queue.take(frames)
            samples[:] = mono[:, np.newaxis]
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._sounded, mono, time.outputBufferDacTime, playing)

        try:
            speaking = sounddevice.OutputStream(callback=on_speaker, **said)
            played_to_ours = soxr.ResampleStream(said["samplerate"], RATE_HZ, 1, dtype="float32")
            card = _Card(speaking, played_to_ours, queue)
            loop.call_soon_threadsafe(self._begin)
            speaking.start()
        except sounddevice.PortAudioError as error:
            raise AudioFault(f"The sound card can't be opened: {error}.") from None
        try:
            self._follow_gate(card, loop)
        except AudioFault:
            _shut(speaking)
            raise
        return card

    def _follow_gate(self, card: _Card, loop: asyncio.AbstractEventLoop) -> None:
        """Close the microphone's stream if it is muted, open it if not. In the thread of calls; raises AudioFault."""
        if self._muted or card.microphone:
            if self._muted and card.microphone:
                _shut(card.microphone)
                card.microphone = None
            return
        sounddevice = portaudio()
        heard = _settings(sounddevice, self._names[0], "input", preferred_hz=RATE_HZ)

        def on_microphone(samples: NDArray[np.float32], _frames: int, time: Any, _status: object) -> None:
            with suppress(RuntimeError):  # The loop is closed: the device is going down.
                loop.call_soon_threadsafe(self._heard, samples[:, 0].copy(), time.inputBufferAdcTime)

        card.microphone_hz = int(heard["samplerate"])
        card.to_ours = soxr.ResampleStream(heard["samplerate"], RATE_HZ, 1, dtype="float32")
        try:
            card.microphone = sounddevice.InputStream(callback=on_microphone, **heard)
            card.microphone.start()
        except sounddevice.PortAudioError as error:
            if card.microphone:
                _shut(card.microphone)
                card.microphone = None
            raise AudioFault(f"The sound card can't be opened: {error}.") from None

    def _gate_moved(self, card: _Card, loop: asyncio.AbstractEventLoop) -> None:
        try:
            self._follow_gate(card, loop)
        except AudioFault as fault:
            # The blocks that don't come are noticed, and the card is opened again.
            loop.call_soon_threadsafe(self._fault, str(fault))

    def _heard(self, samples: NDArray[np.float32], at_s: float) -> None:
        if self._muted or self._card is None or self._card.to_ours is None:
            return
        self._watch(samples)
        if not self._pending.size:
            self._pending_s = at_s
        self._pending = np.concatenate((self._pending, self._card.to_ours.resample_chunk(samples)))
        while self._pending.size >= BLOCK_SAMPLES:
            reference = self._reference.at(self._pending_s, BLOCK_SAMPLES)
            self._blocks.append(self._numbered(self._pending[:BLOCK_SAMPLES], reference))
            self._pending = self._pending[BLOCK_SAMPLES:]
            self._pending_s += BLOCK_SAMPLES / RATE_HZ
        while len(self._blocks) > _WAITING_BLOCKS:
            self._blocks.popleft()
        if self._blocks:
            self._arrival.set()

    def _watch(self, samples: NDArray[np.float32]) -> None:
        """Notice a microphone that is alive in name only. PortAudio itself reports nothing."""
        if self._card is None or samples.any():
            if self._dead_s >= _DEAD_SILENCE_S:
                self._fault(None)
            self._dead_s = 0.0
            return
        before = self._dead_s
        self._dead_s += samples.size / self._card.microphone_hz
        if before < _DEAD_SILENCE_S <= self._dead_s:
            self._fault(_DEAD)

    def _sounded(self, samples: NDArray[np.float32], at_s: float, playing: bool) -> None:
        if self._card is None:
            return
        self._reference.sounded(at_s, self._card.played_to_ours.resample_chunk(samples))
        if not (playing or self._card.queue.waiting_s):
            # A whole buffer of silence went out behind it: the last sample has sounded.
            self._silent.set()

    def play(self, samples: NDArray[np.float32], rate_hz: int) -> None:
        """Queue mono samples, (n,) float32 in [-1, 1]. Without a card that works, nothing sounds."""
        if self._card and samples.size:
            self._card.queue.put(samples, rate_hz)
            self._silent.clear()

    @property
    def waiting_s(self) -> float:
        """Seconds that have not gone to the card; nothing waits for a card that is lost."""
        return self._card.queue.waiting_s if self._card else 0.0

    async def played(self) -> None:
        """Wait until everything queued has sounded, was stopped, or was lost with the card."""
        await self._silent.wait()

    def pause(self) -> None:
        """Keep what is queued; at most the card's own buffer still sounds."""
        self._paused = True
        if self._card:
            self._card.queue.pause()

    def resume(self) -> None:
        """Go on a little before the place of the pause."""
        self._paused = False
        if self._card:
            self._card.queue.resume()

    def stop(self) -> None:
        """Drop what is queued; at most the card's own buffer still sounds."""
        self._paused = False
        self._drop()

    def _drop(self) -> None:
        if self._card:
            self._card.queue.clear()
        self._silent.set()

    def set_muted(self, muted: bool) -> None:
        """Close the microphone's stream, or open it again. The loudspeaker goes on."""
        if muted == self._muted:
            return
        self._muted = muted
        self._blocks.clear()
        self._pending = np.zeros(0, np.float32)
        self._dead_s = 0.0
        self._arrival.set()
        if self._card:
            self._calls.submit(self._gate_moved, self._card, asyncio.get_running_loop())

    async def _close_streams(self) -> None:
        self._drop()
        card, self._card = self._card, None
        if card:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._calls, _shut_both, card)

    async def close(self) -> None:
        """Give the card back."""
        await self._close_streams()
        self._calls.shutdown(wait=False)


def _settings(
    sounddevice: ModuleType, name: str | int | None, kind: str, *, preferred_hz: int | None
) -> dict[str, Any]:
    """Return what a stream of this kind is opened with: our rate where the device can do it, else its own."""
    missing = _NO_MICROPHONE if kind == "input" else _NO_SPEAKER
    try:
        device = sounddevice.query_devices(name, kind)
    except (ValueError, sounddevice.PortAudioError):
        raise AudioFault(missing.format("" if name is None else f" by the name {name!r}")) from None
    check = sounddevice.check_input_settings if kind == "input" else sounddevice.check_output_settings
    rates = [rate for rate in (preferred_hz, int(device["default_samplerate"]), 48_000, 44_100) if rate]
    for rate in rates:
        for channels in (1, 2):
            settings = {"device": name, "channels": channels, "dtype": "float32", "samplerate": rate}
            try:
                check(**settings)
            except (ValueError, sounddevice.PortAudioError):
                continue
            return settings | {"latency": "low" if kind == "input" else 0.1}
    raise AudioFault(f"{device['name']} can't be opened as {kind}: it offers no usable rate.")


def _look_again() -> None:
    """PortAudio lists the devices once; what was plugged in since is only found by starting it anew."""
    sounddevice = portaudio()
    with suppress(sounddevice.PortAudioError):
        sounddevice._terminate()  # noqa: SLF001
    sounddevice._initialize()  # noqa: SLF001


def _shut_both(card: _Card) -> None:
    if card.microphone:
        _shut(card.microphone)
    _shut(card.speaker)


def _shut(stream: Any) -> None:
    try:
        stream.close()
    except Exception:
        log.exception("the sound card didn't close")
