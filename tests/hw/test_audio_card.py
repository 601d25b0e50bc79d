"""The sound card, with a PortAudio that the test plays."""

import asyncio
import sys
import threading
import time
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
        self.on_end: Callable[[], None] = settings["finished_callback"]
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
        self.board.may_close.wait(5)
        self.running = False
        self.closed = True


class Board(ModuleType):
    """What `import sounddevice` gives."""

    PortAudioError = PortAudioError

    def __init__(self, rates: dict[str, tuple[int, ...]]) -> None:
        super().__init__("sounddevice")
        self.rates = rates
        self.channels = {"input": 2, "output": 2}
        self.offered = {"input": (1, 2), "output": (2,)}
        """The channel counts that it takes."""
        self.streams: list[Stream] = []
        self.opened = threading.Event()
        self.may_close = threading.Event()
        self.may_close.set()
        self.broken = False
        self.rescans = 0
        self.now_s = 1.0
        self.underflows = False
        self.offset = 0.0
        self.levels: float | list[float] = 1.0
        """How loud the microphone's channels are."""

    def query_devices(self, name: object, kind: str) -> dict[str, Any]:
        if kind not in self.rates or name == "nowhere":
            raise ValueError("No device")
        return {
            "name": f"the {kind}",
            "default_samplerate": float(self.rates[kind][-1]),
            f"max_{kind}_channels": self.channels[kind],
        }

    def check_input_settings(self, **settings: Any) -> None:
        if settings["samplerate"] not in self.rates["input"] or settings["channels"] not in self.offered["input"]:
            raise PortAudioError("Invalid sample rate")

    def check_output_settings(self, **settings: Any) -> None:
        if settings["samplerate"] not in self.rates["output"] or settings["channels"] not in self.offered["output"]:
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

    def unplug(self) -> None:
        """Both streams end, as PortAudio's do when the device goes away."""
        for kind in ("input", "output"):
            stream = self.latest(kind)
            assert stream is not None
            stream.running = False
            stream.on_end()

    def _terminate(self) -> None:
        self.rescans += 1

    def _initialize(self) -> None:
        pass

    def pass_time(self, seconds: float, heard: float = 0.0) -> np.ndarray:
        """Let both streams run for 10 ms at a time, the microphone with a tone; return what the loudspeaker got."""
        microphone, speaker = self.latest("input"), self.latest("output")
        assert speaker is not None
        said: list[np.ndarray] = []
        for _ in range(round(seconds / 0.01)):
            times = SimpleNamespace(inputBufferAdcTime=self.now_s, outputBufferDacTime=self.now_s)
            out = np.zeros((speaker.samplerate // 100, 2), np.float32)
            if speaker.running:
                speaker.callback(out, len(out), times, SimpleNamespace(output_underflow=self.underflows))
            said.append(out)
            if microphone is not None and microphone.running:
                count = microphone.samplerate // 100
                tone = heard * np.sin(2 * np.pi * 500 / microphone.samplerate * np.arange(count)) + self.offset
                channels = np.repeat(tone[:, np.newaxis], microphone.settings["channels"], axis=1) * self.levels
                microphone.callback(channels.astype(np.float32), count, times, None)
            self.now_s += 0.01
        return np.concatenate(said)


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Board:
    board = Board({"input": (48_000,), "output": (16_000, 48_000)})
    monkeypatch.setitem(sys.modules, "sounddevice", board)
    monkeypatch.setattr(card_module, "_RETRY_S", (0.0, 0.01))
    return board


class Faults(list[str | None]):
    """What the card says about itself."""

    def __init__(self) -> None:
        super().__init__()
        self.complaints: list[str] = []
        self.arrival = asyncio.Event()

    def say(self, sentence: str | None) -> None:
        self.append(sentence)
        self.arrival.set()

    async def until(self, true: Callable[[], object]) -> None:
        while not true():
            self.arrival.clear()
            await asyncio.wait_for(self.arrival.wait(), 5)


async def time_passes(board: Board, true: Callable[[], object], heard: float = 0.5) -> None:
    """Let time pass on the card until something is true."""
    async with asyncio.timeout(10):
        while not true():
            board.pass_time(0.02, heard)
            await asyncio.sleep(0.01)


async def works_again(board: Board, faults: Faults) -> None:
    """Let time pass until the card has said that nothing is wrong any more."""
    await time_passes(board, lambda: faults and faults[-1] is None)


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
    card = SoundCard(on_fault=faults.say, on_complaint=faults.complaints.append)
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
    assert np.abs(listener.blocks[20].microphone).max() == pytest.approx(0.5, abs=0.01)


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
    reference = np.concatenate([block.reference for block in listener.blocks])
    assert np.abs(reference[5 * 320 : 18 * 320]).max() > 0.9
    assert np.abs(reference[24 * 320 :]).max() < 1e-3, "what really sounded"
    listener.card.resume()
    said = board.pass_time(1.0, heard=0.1)[:, 0]
    assert 0.2 + 0.1 < np.count_nonzero(said) / 48_000 < 0.2 + 0.5
    await asyncio.wait_for(playing, 5)


async def test_a_card_that_comes_back_in_a_pause_is_silent_until_its_end(
    board: Board, listener: Listener, faults: Faults
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    listener.card.pause()
    board.unplug()
    await works_again(board, faults)
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
    await listener.until(lambda: [stream.closed for stream in board.streams if stream.kind == "input"] == [True])
    listener.card.play(np.ones(4800, np.float32), 48_000)
    assert board.pass_time(0.05).all()
    listener.card.set_muted(False)
    await listener.until(
        lambda: [stream.running for stream in board.streams if stream.kind == "input"] == [False, True]
    )
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
    board: Board, listener: Listener, faults: Faults
) -> None:
    listener.card.set_muted(True)
    rates = board.rates.pop("input")
    listener.card.set_muted(False)
    await faults.until(lambda: any(fault and fault.startswith("No microphone was found") for fault in faults))
    board.rates["input"] = rates
    await works_again(board, faults)
    listener.blocks.clear()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: any(block.microphone.any() for block in listener.blocks))


async def test_nothing_from_before_a_mute_is_heard_after_it(board: Board, listener: Listener) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    board.pass_time(0.2, heard=0.5)  # still in PortAudio's hands
    listener.card.set_muted(True)
    listener.card.set_muted(False)
    listener.blocks.clear()
    await time_passes(board, lambda: len(listener.blocks) >= 3, heard=0.0)
    assert not any(block.microphone.any() for block in listener.blocks)


async def test_an_unplugged_card_is_said_at_once_and_comes_back_by_itself(
    board: Board, listener: Listener, faults: Faults
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 4)
    listener.card.play(np.ones(48_000, np.float32), 48_000)
    board.broken = True
    board.unplug()
    # What was being said is given up, so that nobody waits for it.
    await asyncio.wait_for(listener.card.played(), 5)
    await faults.until(lambda: len(faults) >= 2)
    assert faults[0] == "The sound card stopped answering; trying to open it again."
    assert faults[1] == "The sound card can't be opened: Device unavailable."
    listener.blocks.clear()
    await listener.until(lambda: len(listener.blocks) >= 10)
    assert not any(block.microphone.any() for block in listener.blocks), "time goes on, in silence"
    indices = [block.sample_index for block in listener.blocks]
    assert indices == list(range(indices[0], indices[0] + len(indices) * BLOCK_SAMPLES, BLOCK_SAMPLES))
    board.broken = False
    await works_again(board, faults)
    listener.blocks.clear()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: any(block.microphone.any() for block in listener.blocks))
    assert board.rescans >= 2
    assert len(faults) == 3, "said once, however often it was tried"


async def test_a_portaudio_that_does_not_start_again_is_tried_until_it_does(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)

    def refuse() -> None:
        raise PortAudioError("Unanticipated host error")

    monkeypatch.setattr(board, "_initialize", refuse)
    board.unplug()
    await faults.until(lambda: len(faults) >= 2)
    assert faults[1] == "The sound cards can't be listed: Unanticipated host error."
    monkeypatch.setattr(board, "_initialize", lambda: None)
    await works_again(board, faults)


async def test_a_microphone_that_gives_nothing_any_more_is_opened_again(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    monkeypatch.setattr(card_module, "_STALLED_S", 0.05)
    board.pass_time(0.02, heard=0.5)
    await faults.until(lambda: faults)
    monkeypatch.setattr(card_module, "_STALLED_S", 60.0)
    await works_again(board, faults)


async def test_a_loudspeaker_that_asks_for_nothing_any_more_is_opened_again(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    speaker = board.latest("output")
    assert speaker is not None
    speaker.running = False
    monkeypatch.setattr(card_module, "_DEAF_S", 0.0)
    listener.card.play(np.ones(4800, np.float32), 48_000)
    board.pass_time(0.1, heard=0.5)
    await asyncio.wait_for(listener.card.played(), 5)
    assert faults[0] == "The sound card stopped answering; trying to open it again."
    await works_again(board, faults)
    assert speaker.closed


async def test_a_driver_that_hangs_is_said_and_stops_nothing_else(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(card_module, "_HANGS_S", 0.05)
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    board.may_close.clear()
    board.unplug()
    await faults.until(lambda: "The sound card hangs; unplug it and plug it in again." in faults)
    listener.blocks.clear()
    await time_passes(board, lambda: len(listener.blocks) >= 5)
    board.may_close.set()
    monkeypatch.setattr(card_module, "_HANGS_S", 10.0)
    await works_again(board, faults)


async def test_a_loudspeaker_that_stutters_gets_a_longer_buffer_behind_the_reply(
    board: Board, listener: Listener
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: listener.blocks)
    board.underflows = True
    listener.card.play(np.ones(4800, np.float32), 48_000)
    assert np.count_nonzero(board.pass_time(0.15)[:, 0]) == 4800
    await asyncio.wait_for(listener.card.played(), 5)
    board.underflows = False
    await time_passes(board, lambda: board.streams[-1].kind == "output")
    assert [stream.settings["latency"] for stream in board.streams if stream.kind == "output"] == [0.03, 0.06]
    assert [stream.closed for stream in board.streams if stream.kind == "output"] == [True, False]
    assert not any(stream.closed for stream in board.streams if stream.kind == "input"), "it goes on hearing"


async def test_now_and_then_a_stutter_is_no_reason(board: Board, listener: Listener) -> None:
    for _ in range(5):
        listener.card.play(np.ones(4800, np.float32), 48_000)
        board.underflows = True
        board.pass_time(0.02)
        board.underflows = False
        board.pass_time(0.15)
        await asyncio.wait_for(listener.card.played(), 5)
    await time_passes(board, lambda: len(listener.blocks) >= 20)
    assert len(board.streams) == 2


async def test_a_device_that_was_held_up_does_not_take_that_for_a_stalled_card(
    board: Board, listener: Listener, faults: Faults, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.pass_time(0.1, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 4)
    monkeypatch.setattr(card_module, "_STALLED_S", 0.05)
    board.pass_time(0.04, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 6)
    time.sleep(0.1)  # noqa: ASYNC251 - the loop does nothing else
    board.pass_time(0.1, heard=0.5)
    monkeypatch.setattr(card_module, "_STALLED_S", 60.0)
    await listener.until(lambda: len(listener.blocks) >= 10)
    assert faults == []


async def test_what_makes_hearing_worse_is_said_once(board: Board, listener: Listener, faults: Faults) -> None:
    for _ in range(2):
        board.pass_time(4.0, heard=4.0)
        await listener.until(lambda: listener.blocks)
        board.pass_time(4.0, heard=0.1)
        listener.blocks.clear()
    assert faults == [], "it works"
    assert faults.complaints == ["The microphone is far too loud and distorts what you say; turn its level down."]


async def test_an_array_of_microphones_is_heard_through_the_channel_that_it_means(board: Board, faults: Faults) -> None:
    board.channels["input"], board.offered["input"] = 6, (6,)
    board.levels = [1.0, 0.3, 0.3, 0.3, 0.3, 0.0]
    card = SoundCard(on_fault=faults.say)
    listener = Listener(card)
    await asyncio.to_thread(board.opened.wait, 5)
    await card.opened()
    board.pass_time(0.2, heard=0.5)
    await listener.until(lambda: len(listener.blocks) >= 6)
    assert np.abs(listener.blocks[5].microphone).max() == pytest.approx(0.5, abs=0.01)
    listener.task.cancel()
    await card.close()


async def test_it_is_known_which_devices_were_opened(board: Board, listener: Listener) -> None:
    assert await listener.card.opened() == ("the input", "the output")


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
