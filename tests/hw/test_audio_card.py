"""The sound card, with a PortAudio that the test plays."""

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hw.audio import card as card_module
from hw.audio.card import SoundCard
from hw.audio.cards import find_cards
from hw.audio.duplex import BLOCK_SAMPLES, AudioFault, Block
from hw.audio.reference import Reference


class PortAudioError(Exception):
    pass


class Stream:
    """One direction of the card; the test calls its callback as PortAudio would."""

    def __init__(self, board: "Board", kind: str, callback: Callable[..., None], settings: dict[str, Any]) -> None:
        self.board = board
        self.kind = kind
        self.callback = callback
        self.settings = settings
        self.samplerate = settings["samplerate"]
        self.running = False
        self.closed = False

    def start(self) -> None:
        if self.board.broken:
            raise PortAudioError("Device unavailable")
        self.running = True
        if self.kind == "input":
            self.board.opened.set()

    def abort(self) -> None:
        self.running = False

    def close(self) -> None:
        self.running = False
        self.closed = True


class Board(ModuleType):
    """What `import sounddevice` gives."""

    PortAudioError = PortAudioError

    def __init__(self, rates: dict[str, tuple[int, ...]]) -> None:
        super().__init__("sounddevice")
        self.rates = rates
        self.streams: list[Stream] = []
        self.opened = threading.Event()
        self.broken = False
        self.rescans = 0
        self.now_s = 1.0

    def query_devices(self, name: object, kind: str) -> dict[str, Any]:
        if kind not in self.rates or name == "nowhere":
            raise ValueError("No device")
        return {"name": f"the {kind}", "default_samplerate": float(self.rates[kind][-1])}

    def check_input_settings(self, **settings: Any) -> None:
        if settings["samplerate"] not in self.rates["input"]:
            raise PortAudioError("Invalid sample rate")

    def check_output_settings(self, **settings: Any) -> None:
        if settings["samplerate"] not in self.rates["output"]:
            raise PortAudioError("Invalid sample rate")

    def InputStream(self, *, callback: Callable[..., None], **settings: Any) -> Stream:  # noqa: N802
        self.streams.append(Stream(self, "input", callback, settings))
        return self.streams[-1]

    def OutputStream(self, *, callback: Callable[..., None], **settings: Any) -> Stream:  # noqa: N802
        self.streams.append(Stream(self, "output", callback, settings))
        return self.streams[-1]

    def latest(self, kind: str) -> Stream | None:
        """The stream of this kind that was opened last."""
        return next((stream for stream in reversed(self.streams) if stream.kind == kind), None)

    def _terminate(self) -> None:
        self.rescans += 1

    def _initialize(self) -> None:
        pass

    def pass_time(self, seconds: float, heard: float = 0.0) -> np.ndarray:
        """Let both streams run for 10 ms at a time; return what the loudspeaker got."""
        microphone, speaker = self.latest("input"), self.latest("output")
        assert speaker is not None
        said: list[np.ndarray] = []
        for _ in range(round(seconds / 0.01)):
            times = SimpleNamespace(inputBufferAdcTime=self.now_s, outputBufferDacTime=self.now_s)
            out = np.zeros((speaker.samplerate // 100, 2), np.float32)
            speaker.callback(out, len(out), times, None)
            said.append(out)
            if microphone is not None and microphone.running:
                count = microphone.samplerate // 100
                microphone.callback(np.full((count, 1), heard, np.float32), count, times, None)
            self.now_s += 0.01
        return np.concatenate(said)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    board = Board({"input": (48_000,), "output": (16_000, 48_000)})
    monkeypatch.setitem(sys.modules, "sounddevice", board)
    return board


class Faults(list[str | None]):
    """What the card says about itself."""

    def __init__(self) -> None:
        super().__init__()
        self.arrival = asyncio.Event()

    def say(self, sentence: str | None) -> None:
        self.append(sentence)
        self.arrival.set()

    async def until(self, true: Callable[[], object]) -> None:
        while not true():
            self.arrival.clear()
            await asyncio.wait_for(self.arrival.wait(), 5)


class Listener:
    """Takes the card's blocks in the background."""

    def __init__(self, card: SoundCard) -> None:
        self.card = card
        self.blocks: list[Block] = []
        self.arrival = asyncio.Event()
        self.task = asyncio.create_task(self._take())

    async def _take(self) -> None:
        async for block in self.card.blocks():
            self.blocks.append(block)
            self.arrival.set()

    async def until(self, true: Callable[[], object]) -> None:
        while not true():
            self.arrival.clear()
            await asyncio.wait_for(self.arrival.wait(), 5)


@pytest.fixture
async def faults() -> Faults:
    return Faults()


@pytest.fixture
async def listener(board: Board, faults: Faults) -> AsyncIterator[Listener]:
    card = SoundCard(on_fault=faults.say)
    listener = Listener(card)
    await asyncio.to_thread(board.opened.wait, 5)
    yield listener
    listener.task.cancel()
    await asyncio.gather(listener.task, return_exceptions=True)
    await card.close()


async def test_a_card_that_cannot_do_16_khz_is_heard_at_16_khz(board: Board, listener: Listener) -> None:
    assert [stream.settings["samplerate"] for stream in board.streams if stream.kind == "input"] == [48_000]
    await asyncio.sleep(0)
    board.pass_time(1.0, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 45)
    assert all(block.microphone.shape == (BLOCK_SAMPLES,) for block in listener.blocks)
    assert [block.sample_index for block in listener.blocks] == [n * BLOCK_SAMPLES for n in range(len(listener.blocks))]
    assert listener.blocks[20].microphone.mean() == pytest.approx(0.5, abs=0.01)


async def test_what_is_played_sounds_and_is_the_reference(board: Board, listener: Listener) -> None:
    board.pass_time(0.2, heard=0.1)
    await listener.until(lambda: listener.blocks)
    listener.card.play(np.full(2205, 0.25, np.float32), 22_050)
    said = board.pass_time(0.5, heard=0.1)
    await asyncio.wait_for(listener.card.played(), 5)
    await listener.until(lambda: len(listener.blocks) >= 30)
    assert np.count_nonzero(np.abs(said[:, 0]) > 0.2) == pytest.approx(4800, abs=60)
    np.testing.assert_array_equal(said[:, 0], said[:, 1])
    reference = np.concatenate([block.reference for block in listener.blocks])
    assert np.count_nonzero(np.abs(reference) > 0.2) == pytest.approx(1600, abs=60)


async def test_stopping_silences_at_once(board: Board, listener: Listener) -> None:
    board.pass_time(0.1)
    await listener.until(lambda: listener.blocks)
    listener.card.play(np.ones(48_000, np.float32), 48_000)
    assert board.pass_time(0.1).all()
    listener.card.stop()
    assert not board.pass_time(0.1).any()
    await asyncio.wait_for(listener.card.played(), 5)


async def test_a_pause_silences_at_once_and_the_rest_sounds_when_it_ends(board: Board, listener: Listener) -> None:
    board.pass_time(0.1, heard=0.1)
    await listener.until(lambda: listener.blocks)
    listener.card.play(np.ones(24_000, np.float32), 48_000)
    board.pass_time(0.3, heard=0.1)
    listener.card.pause()
    assert not board.pass_time(0.5, heard=0.1)[240:].any()
    playing = asyncio.create_task(listener.card.played())
    await listener.until(lambda: len(listener.blocks) >= 43)
    assert not playing.done()
    assert not np.concatenate([block.reference for block in listener.blocks[24:43]]).any(), "what really sounded"
    listener.card.resume()
    said = board.pass_time(1.0, heard=0.1)[:, 0]
    assert 0.2 + 0.1 < np.count_nonzero(said) / 48_000 < 0.2 + 0.5
    await asyncio.wait_for(playing, 5)


async def test_a_card_that_comes_back_in_a_pause_is_silent_until_its_end(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    listener.card.pause()
    monkeypatch.setattr(card_module, "_STALLED_S", 0.05)
    await faults.until(lambda: faults and faults[-1] is None)
    listener.card.play(np.ones(4800, np.float32), 48_000)
    assert not board.pass_time(0.2).any()
    listener.card.resume()
    assert board.pass_time(0.1).all()


async def test_muting_closes_the_microphones_stream_and_the_loudspeaker_goes_on(
    board: Board, listener: Listener
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    listener.card.set_muted(True)
    listener.blocks.clear()
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 3)
    assert not any(block.microphone.any() for block in listener.blocks)
    await asyncio.wrap_future(listener.card._calls.submit(lambda: None))
    assert [stream.closed for stream in board.streams if stream.kind == "input"] == [True]
    listener.card.play(np.ones(4800, np.float32), 48_000)
    assert board.pass_time(0.05).all()
    listener.card.set_muted(False)
    await asyncio.wrap_future(listener.card._calls.submit(lambda: None))
    assert [stream.running for stream in board.streams if stream.kind == "input"] == [False, True]
    listener.blocks.clear()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: any(block.microphone.any() for block in listener.blocks))


async def test_a_card_that_is_muted_from_the_start_never_opens_the_microphone(board: Board) -> None:
    card = SoundCard()
    card.set_muted(True)
    listener = Listener(card)
    await listener.until(lambda: len(listener.blocks) >= 3)
    assert [stream.kind for stream in board.streams] == ["output"]
    assert not any(block.microphone.any() for block in listener.blocks)
    card.play(np.ones(4800, np.float32), 48_000)
    assert board.pass_time(0.05).all()
    card.set_muted(False)
    await asyncio.to_thread(board.opened.wait, 5)
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: any(block.microphone.any() for block in listener.blocks))
    listener.task.cancel()
    await card.close()
    assert all(stream.closed for stream in board.streams)


async def test_a_microphone_that_is_gone_when_it_is_unmuted_is_said_and_comes_back(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_module, "_RETRY_S", (0.01,))
    monkeypatch.setattr(card_module, "_STALLED_S", 0.05)
    listener.card.set_muted(True)
    rates = board.rates.pop("input")
    listener.card.set_muted(False)
    await faults.until(lambda: any(fault and fault.startswith("No microphone was found") for fault in faults))
    board.rates["input"] = rates
    await faults.until(lambda: faults[-1] is None)
    listener.blocks.clear()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: any(block.microphone.any() for block in listener.blocks))


async def test_an_unplugged_card_is_said_and_comes_back_by_itself(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_module, "_RETRY_S", (0.01,))
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 4)
    monkeypatch.setattr(card_module, "_STALLED_S", 0.05)
    listener.card.play(np.ones(48_000, np.float32), 48_000)
    board.broken = True
    # Nothing comes: it stalls; what was being said is given up, so that nobody waits for it.
    await asyncio.wait_for(listener.card.played(), 5)
    await faults.until(lambda: len(faults) >= 2)
    assert faults[0] == "The sound card stopped answering; trying to open it again."
    assert faults[1] == "The sound card can't be opened: Device unavailable."
    last = listener.blocks[-1].sample_index
    board.broken = False
    await faults.until(lambda: faults[-1] is None)
    listener.blocks.clear()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: listener.blocks)
    assert board.rescans >= 2
    assert len(faults) == 3, "said once, however often it was tried"
    assert listener.blocks[0].sample_index > last + BLOCK_SAMPLES


async def test_a_microphone_that_is_dead_silent_is_said(board: Board, listener: Listener, faults: Faults) -> None:
    board.pass_time(5.5)
    await faults.until(lambda: faults)
    assert faults == ["The microphone gives nothing but dead silence: is it switched off or unplugged?"]
    board.pass_time(0.1, heard=0.01)
    await faults.until(lambda: len(faults) == 2)
    assert faults[-1] is None


async def test_blocks_that_nobody_takes_leave_a_gap(board: Board, faults: Faults) -> None:
    card = SoundCard(on_fault=faults.say)
    blocks = card.blocks()
    first = asyncio.ensure_future(anext(blocks))
    await asyncio.to_thread(board.opened.wait, 5)
    board.pass_time(0.1, heard=0.5)
    assert (await first).sample_index == 0
    board.pass_time(7.0, heard=0.5)
    await asyncio.sleep(0.05)
    assert (await anext(blocks)).sample_index > 50 * BLOCK_SAMPLES
    await card.close()


@pytest.mark.parametrize(
    ("rates", "sentence"),
    [
        ({"output": (48_000,)}, "No microphone was found; plug one in, or name it in config.toml under [audio]."),
        ({"input": (48_000,)}, "No loudspeaker was found; plug one in, or name it in config.toml under [audio]."),
    ],
)
async def test_what_is_missing_is_said_in_one_sentence(
    board: Board, rates: dict[str, tuple[int, ...]], sentence: str
) -> None:
    board.rates = rates
    with pytest.raises(AudioFault) as refusal:
        await anext(SoundCard().blocks())
    assert str(refusal.value) == sentence


async def test_a_name_that_is_no_device_is_named(board: Board) -> None:
    with pytest.raises(AudioFault, match="No microphone was found by the name 'nowhere'"):
        await anext(SoundCard("nowhere").blocks())


async def test_without_portaudio_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class NoLibrary:
        def find_spec(self, name: str, *_: object) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [NoLibrary(), *sys.meta_path])
    with pytest.raises(AudioFault, match="libportaudio2"):
        await anext(SoundCard().blocks())
    with pytest.raises(AudioFault, match="libportaudio2"):
        find_cards()


def test_cards_that_cannot_be_listed_are_one_sentence(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise PortAudioError("Error querying host API -9979")

    monkeypatch.setattr(board, "query_devices", broken)
    with pytest.raises(AudioFault, match="The sound cards can't be listed: Error querying host API -9979"):
        find_cards()


def test_the_reference_is_laid_beside_what_was_heard_by_time() -> None:
    reference = Reference()
    reference.sounded(10.0, np.full(320, 0.5, np.float32))
    reference.sounded(10.02, np.full(320, 0.25, np.float32))
    np.testing.assert_array_equal(reference.at(9.99, 320), np.repeat([0, 0.5], 160).astype(np.float32))
    np.testing.assert_array_equal(reference.at(10.01, 320), np.repeat([0.5, 0.25], 160).astype(np.float32))
    assert not reference.at(10.05, 320).any()
    reference.sounded(20.0, np.zeros(1, np.float32))
    assert not reference.at(10.0, 320).any()
