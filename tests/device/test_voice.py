"""Speaking, with a synthesiser that hums."""

import asyncio
import threading
import wave
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pytest

from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.conversation import Conversation, State
from device.events import Happened
from device.voice import Voice, voice
from device.voice.voice import trimmed
from edge_models.tts import PiperVoice
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

    def __init__(self, out: Path) -> None:
        self.out = out
        self.hum = Hum()
        self.happened: list[Happened] = []
        self.states: list[State] = []
        self.conversation = Conversation(self.states.append)
        self.bus = Bus(SystemClock())
        self.bus.observe(self.happened.append)
        self.duplex = FileDuplex(out=out)
        self.voice = Voice(
            tts=cast("PiperVoice", self.hum), duplex=self.duplex, bus=self.bus, conversation=self.conversation
        )
        self.voice.volume = 100

    @property
    def events(self) -> list[str]:
        return [happened.event.name for happened in self.happened]

    def reply(self, number: int = 1) -> np.ndarray:
        with wave.open(str(self.out / f"reply-{number:02}.wav")) as file:
            return np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    stage = Stage(tmp_path)

    async def sound() -> None:
        async for _ in stage.duplex.blocks():
            pass

    sounding = asyncio.create_task(sound())
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


async def test_a_stop_before_the_first_sound_leaves_it_unsaid(stage: Stage) -> None:
    async with held(stage):
        saying = asyncio.create_task(stage.voice.say(NO_TURN, "Too late."))
        await until(stage, "reply")
        stage.voice.stop()
    assert await saying is False
    assert stage.events == ["reply"]
    assert list(stage.out.iterdir()) == []


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


def test_silence_around_a_sentence_is_cut_to_one_short_pause() -> None:
    sentence = np.concatenate((np.zeros(5000), np.full(1000, 0.3), np.zeros(9000))).astype(np.float32)
    cut = trimmed(sentence, 10_000)
    assert np.flatnonzero(cut)[0] == 100
    assert cut.size == 100 + 1000 + 2000
    assert trimmed(np.zeros(100, np.float32), 10_000).size == 0
