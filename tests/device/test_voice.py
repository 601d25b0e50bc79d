"""Speaking, with a synthesiser that hums."""

import asyncio
import os
import threading
import wave
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.conversation import Conversation, State
from device.events import Happened
from device.voice import Voice, synthesis, voice
from device.voice.synthesis import trimmed
from edge_models.tts import SpeakingVoice
from hw.audio.file_duplex import FileDuplex


class Hum:
    """A sentence becomes a tenth of a second of a constant; "Break." can't be said."""

    rate_hz = 22_050

    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def speak(self, sentence: str) -> Iterator[np.ndarray]:
        self.may_go_on.wait(5)
        if sentence == "Break.":
            raise RuntimeError("the model broke")
        self.spoken.append(sentence)
        yield np.full(2205, 0.5, np.float32)


class Stage:
    """A voice with a loudspeaker that writes files."""

    def __init__(self, out: Path | None) -> None:
        self.out = out
        self.hum = Hum()
        self.happened: list[Happened] = []
        self.states: list[State] = []
        self.conversation = Conversation(self.states.append)
        self.bus = Bus(SystemClock())
        self.bus.observe(self.happened.append)
        self.duplex = FileDuplex(out=out)
        self.sounded: list[np.ndarray] = []
        self.block = asyncio.Event()
        self.voice = Voice(
            tts=cast("SpeakingVoice", self.hum), duplex=self.duplex, bus=self.bus, conversation=self.conversation
        )
        self.voice.volume = 100

    @property
    def events(self) -> list[str]:
        return [happened.event.name for happened in self.happened]

    def reply(self, number: int = 1) -> np.ndarray:
        assert self.out is not None
        with wave.open(str(self.out / f"reply-{number:02}.wav")) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


async def sound(stage: Stage) -> None:
    """Let the loudspeaker sound."""
    async for block in stage.duplex.blocks():
        stage.sounded.append(block.reference)
        stage.block.set()


async def once(stage: Stage, true: Callable[[], object]) -> None:
    """Wait, block by block, until something is true."""
    while not true():
        stage.block.clear()
        await stage.block.wait()


async def next_blocks(stage: Stage, count: int) -> AsyncIterator[np.ndarray]:
    """What sounds in the next `count` blocks after the one that fades."""
    begin = len(stage.sounded) + 1
    for number in range(begin, begin + count):
        await once(stage, lambda number=number: len(stage.sounded) > number)
        yield stage.sounded[number]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)
    sounding = asyncio.create_task(sound(stage))
    yield stage
    stage.voice.close()
    sounding.cancel()
    await asyncio.gather(sounding, return_exceptions=True)


@asynccontextmanager
async def held(stage: Stage) -> AsyncIterator[None]:
    """Keep the synthesiser waiting meanwhile."""
    stage.hum.may_go_on.clear()
    yield
    stage.hum.may_go_on.set()


async def until(stage: Stage, event: str) -> None:
    reached = asyncio.Event()
    forget = stage.bus.observe(lambda happened: reached.set() if happened.event.name == event else None)
    if event not in stage.events:
        await reached.wait()
    forget()


async def test_a_reply_is_spoken_sentence_by_sentence_and_the_device_is_idle_again(stage: Stage) -> None:
    assert await stage.voice.say(NO_TURN, "Here it is. Shall I go on?")
    assert stage.hum.spoken == ["Here it is.", "Shall I go on?"]
    assert stage.events == ["reply", "reply_audio_started"]
    assert stage.states == [State.SPEAKING, State.IDLE]
    assert stage.voice.last_said == "Here it is. Shall I go on?"
    assert np.count_nonzero(np.abs(stage.reply()) > 0.4) == 2 * 2205


async def test_two_replies_are_spoken_one_after_the_other(stage: Stage) -> None:
    spoken = await asyncio.gather(stage.voice.say(NO_TURN, "First."), stage.voice.say(NO_TURN, "Second."))
    assert spoken == [True, True]
    assert stage.hum.spoken == ["First.", "Second."]
    assert stage.reply(1).size
    assert stage.reply(2).size


async def test_stopping_is_silent_at_once_and_drops_what_waits(stage: Stage) -> None:
    first = asyncio.create_task(stage.voice.say(NO_TURN, "One. Two. Three. Four. Five. Six. Seven. Eight."))
    second = asyncio.create_task(stage.voice.say(NO_TURN, "Never."))
    await until(stage, "reply_audio_started")
    stage.voice.stop()
    assert await asyncio.gather(first, second) == [False, False]
    assert "Never." not in stage.hum.spoken
    assert stage.conversation.state is State.IDLE
    assert await stage.voice.say(NO_TURN, "Again.")


async def test_a_stop_before_the_first_sound_leaves_it_unsaid(stage: Stage, tmp_path: Path) -> None:
    async with held(stage):
        saying = asyncio.create_task(stage.voice.say(NO_TURN, "Too late."))
        await until(stage, "reply")
        stage.voice.stop()
    assert await saying is False
    assert stage.events == ["reply"]
    assert await asyncio.to_thread(os.listdir, tmp_path) == []


async def test_nobody_is_talked_over(stage: Stage) -> None:
    stage.conversation.go(State.LISTENING)
    assert await stage.voice.say(NO_TURN, "Your picture is ready.") is False
    assert stage.events == ["reply"]
    assert stage.conversation.state is State.LISTENING


async def test_the_wake_word_takes_the_conversation_and_the_voice_does_not_take_it_back(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One. Two. Three."))
    await until(stage, "reply_audio_started")
    stage.voice.stop()
    stage.conversation.go(State.LISTENING)
    assert await saying is False
    assert stage.conversation.state is State.LISTENING


async def test_a_voice_that_breaks_says_so_and_leaves_the_device_idle(stage: Stage) -> None:
    assert await stage.voice.say(NO_TURN, "Break.") is False
    assert stage.events == ["reply", "failed"]
    assert stage.conversation.state is State.IDLE
    assert await stage.voice.say(NO_TURN, "Fine again.")


async def test_a_loudspeaker_that_dies_does_not_keep_the_device_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "_LATE_S", 0.0)
    stage = Stage(tmp_path)  # nobody takes its sound
    async with asyncio.timeout(10):
        assert await stage.voice.say(NO_TURN, "Nobody hears me.") is False
    assert stage.events == ["reply", "reply_audio_started", "failed"]
    assert stage.conversation.state is State.IDLE
    assert stage.duplex._queue.waiting_s == 0
    stage.voice.close()


async def test_a_reply_that_is_called_off_is_silent(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One. Two. Three. Four. Five. Six. Seven. Eight."))
    await until(stage, "reply_audio_started")
    saying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saying
    assert stage.duplex._queue.waiting_s == 0
    assert stage.conversation.state is State.IDLE


async def test_a_turn_that_was_interrupted_only_writes_and_a_later_one_speaks(stage: Stage) -> None:
    say = stage.voice.begin("first")
    stage.voice.stop()
    assert await say("Too late.") is False
    assert stage.events == ["reply"]
    assert stage.hum.spoken == []
    assert await stage.voice.begin("second")("Now.")


async def test_the_device_goes_on_thinking_behind_a_reply_while_a_turn_is_open(stage: Stage) -> None:
    stage.conversation.begin("spoken")
    await stage.voice.say("typed", "Meanwhile.")
    assert stage.states == [State.SPEAKING, State.THINKING]


@pytest.mark.parametrize(("percent", "peak"), [(100, 0.5), (50, 0.125), (0, 0.0), (500, 0.5), (-3, 0.0)])
async def test_the_volume_is_that_of_the_ear(stage: Stage, percent: int, peak: float) -> None:
    stage.voice.volume = percent
    await stage.voice.say(NO_TURN, "Loud.")
    assert np.abs(stage.reply()).max() == pytest.approx(peak, abs=0.001)


async def test_a_reply_without_a_word_is_over_at_once(stage: Stage) -> None:
    assert await stage.voice.say(NO_TURN, "")
    assert stage.events == ["reply"]


async def heard(stage: Stage, text: str) -> None:
    """Wait until so much has sounded."""
    await once(stage, lambda: stage.voice.heard_so_far.startswith(text))


COUNTING = "One. Two. Three. Four. Five."


async def test_a_paused_reply_is_silent_and_goes_on_to_its_end(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, COUNTING))
    await heard(stage, "One.")
    stage.voice.pause()
    before = stage.voice.heard_so_far
    waiting_s = stage.duplex.waiting_s - 0.005  # the fade
    async for block in next_blocks(stage, 20):
        assert not block.any()
    assert stage.duplex.waiting_s == pytest.approx(waiting_s)
    assert stage.voice.heard_so_far == before
    assert stage.conversation.state is State.SPEAKING
    stage.voice.resume()
    assert await saying
    assert stage.voice.heard_so_far == COUNTING
    assert stage.voice.left_unsaid == ""


async def test_a_reply_that_is_paused_before_its_first_word_waits_with_it(stage: Stage) -> None:
    async with held(stage):
        saying = asyncio.create_task(stage.voice.say(NO_TURN, "One."))
        await until(stage, "reply")
        stage.voice.pause()
    async for block in next_blocks(stage, 10):
        assert not block.any()
    assert stage.events == ["reply"]
    stage.voice.resume()
    assert await saying
    assert stage.events == ["reply", "reply_audio_started"]


async def test_what_is_cut_off_is_known_and_can_be_gone_on_with(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, COUNTING))
    await heard(stage, "One. Two.")
    stage.voice.pause()
    stage.voice.stop()
    assert await saying is False
    assert stage.voice.left_unsaid == "Three. Four. Five."
    assert await stage.voice.say(NO_TURN, stage.voice.left_unsaid)
    assert stage.voice.left_unsaid == ""
    assert stage.voice.last_said == COUNTING, "repeating means all of it"


async def test_another_reply_in_between_does_not_take_the_rest_away(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, COUNTING))
    await heard(stage, "One. Two.")
    stage.voice.stop()
    await saying
    assert await stage.voice.say(NO_TURN, "Okay, 95 percent.")
    assert stage.voice.left_unsaid == "Three. Four. Five."


async def test_what_was_cut_off_long_ago_is_forgotten(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with held(stage):
        saying = asyncio.create_task(stage.voice.say(NO_TURN, COUNTING))
        await until(stage, "reply")
        stage.voice.stop()
    await saying
    assert stage.voice.left_unsaid == COUNTING
    monkeypatch.setattr(voice, "_REMEMBERED_S", 0.0)
    assert stage.voice.left_unsaid == ""


async def test_what_a_stopped_turn_had_still_to_say_belongs_to_the_rest(stage: Stage) -> None:
    say = stage.voice.begin("drawing")
    saying = asyncio.ensure_future(say(COUNTING))
    await heard(stage, "One. Two.")
    stage.voice.stop()
    await saying
    assert await say("It will be on your phone.") is False
    assert stage.voice.left_unsaid == "Three. Four. Five. It will be on your phone."


async def test_a_pause_that_nobody_ends_drops_the_reply(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voice, "_PAUSED_AT_MOST_S", 0.05)
    saying = asyncio.create_task(stage.voice.say(NO_TURN, COUNTING))
    await heard(stage, "One. Two.")
    stage.voice.pause()
    async with asyncio.timeout(10):
        assert await saying is False
    assert stage.events == ["reply", "reply_audio_started"], "nothing is said about it"
    assert stage.conversation.state is State.IDLE
    assert stage.voice.left_unsaid == "Three. Four. Five."


async def test_only_time_that_was_not_paused_makes_a_loudspeaker_dead(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(voice, "_LATE_S", 0.3)
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One."))
    await until(stage, "reply_audio_started")
    stage.voice.pause()
    async for _ in next_blocks(stage, 40):
        pass
    stage.voice.resume()
    assert await saying


async def test_a_reply_that_goes_on_after_a_wake_word_by_mistake_is_speaking_again(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One. Two."))
    await heard(stage, "One.")
    stage.voice.pause()
    stage.conversation.go(State.LISTENING)
    stage.voice.resume()
    async for block in next_blocks(stage, 5):
        assert not block.any(), "nobody is talked over"
    stage.conversation.rest()
    stage.voice.resume()
    assert stage.conversation.state is State.SPEAKING
    assert await saying
    assert stage.conversation.state is State.IDLE


async def test_a_pause_in_the_last_moment_does_not_silence_the_next_reply(stage: Stage) -> None:
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One."))
    await until(stage, "reply_audio_started")
    await once(stage, lambda: not stage.duplex.waiting_s)
    stage.voice.pause()
    assert await saying
    assert await stage.voice.say(NO_TURN, "Two.")
    assert np.abs(stage.reply(2)).max() > 0.4


@settings(max_examples=8)
@given(st.lists(st.sampled_from(["pause", "resume", "stop"]), max_size=8))
async def test_pause_resume_and_stop_may_come_in_any_order(orders: list[str]) -> None:
    stage = Stage(None)
    for order in orders:
        getattr(stage.voice, order)()
    sounding = asyncio.create_task(sound(stage))
    saying = asyncio.create_task(stage.voice.say(NO_TURN, "One."))
    await until(stage, "reply_audio_started")
    for order in orders:
        getattr(stage.voice, order)()
    if "stop" not in orders:
        stage.voice.resume()
    elif orders[-1] == "pause":
        assert stage.voice._going.is_set(), "nothing is left to be paused"
    async with asyncio.timeout(10):
        assert await saying is ("stop" not in orders)
        assert await stage.voice.say(NO_TURN, "Three.")
    stage.voice.close()
    sounding.cancel()
    await asyncio.gather(sounding, return_exceptions=True)


async def test_a_prepared_reply_is_there_at_once_and_nothing_of_it_is_heard_before(stage: Stage) -> None:
    stage.voice.prepare("It's noon. Good appetite.")
    await once(stage, lambda: stage.hum.spoken == ["It's noon."])
    assert stage.events == []
    assert stage.duplex.waiting_s == 0
    assert await stage.voice.say(NO_TURN, "It's noon. Good appetite.")
    assert stage.hum.spoken == ["It's noon.", "Good appetite."], "its first words were not made again"


async def test_a_wrong_guess_gives_way_to_what_is_said(stage: Stage) -> None:
    async with held(stage):
        stage.voice.prepare("One.")
        stage.voice.prepare("Two.")
        stage.voice.prepare("Three.")
        saying = asyncio.create_task(stage.voice.say(NO_TURN, "Four."))
        await until(stage, "reply")
        await asyncio.sleep(0)
    assert await saying
    assert stage.hum.spoken == ["One.", "Four."], "the first was under way already"


async def test_a_guess_that_cannot_be_said_troubles_nobody(stage: Stage) -> None:
    stage.voice.prepare("Break.")
    assert await stage.voice.say(NO_TURN, "Fine.")
    assert stage.events == ["reply", "reply_audio_started"]


async def test_what_was_said_lately_is_not_made_again(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "_KEPT_BYTES", 4 * 2 * (2205 + 4410))
    for text in ("One.", "One.", "Two.", "Three.", "One."):
        await stage.voice.say(NO_TURN, text)
    assert stage.hum.spoken == ["One.", "Two.", "Three.", "One."], "of three, two are kept"


async def test_a_bell_rings_also_where_the_voice_is_silent(stage: Stage) -> None:
    stage.voice.volume = 0
    rounds = iter([True, False])
    await stage.voice.ring(np.full(1600, 0.5, np.float32), 16_000, lambda: next(rounds))
    assert max(np.abs(block).max() for block in stage.sounded) > 0.05


async def test_a_bell_rings_until_it_is_stopped(stage: Stage) -> None:
    rounds = 0

    def going() -> bool:
        nonlocal rounds
        rounds += 1
        if rounds == 3:
            asyncio.get_running_loop().call_later(0.05, stage.voice.stop)
        return True

    async with asyncio.timeout(10):
        await stage.voice.ring(np.full(1600, 0.5, np.float32), 16_000, going)
    assert rounds in {3, 4}
    assert stage.conversation.state is State.IDLE


def test_silence_around_a_sentence_is_cut_to_one_short_pause() -> None:
    sentence = np.concatenate((np.zeros(5000), np.full(1000, 0.3), np.zeros(9000))).astype(np.float32)
    cut = trimmed(sentence, 10_000)
    assert np.flatnonzero(cut)[0] == 100
    assert cut.size == 100 + 1000 + 2000
    assert trimmed(np.zeros(100, np.float32), 10_000).size == 0
