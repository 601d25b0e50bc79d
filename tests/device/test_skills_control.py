"""Stop, repeat, louder: with the voice that only writes."""

from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH

from device.bus import Bus
from device.clock import SystemClock
from device.context import ContextEngine, Surroundings
from device.skills import Turn, restore_volume
from device.skills.control import ControlSkill
from device.store import Store
from device.voice import SilentVoice

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC))
CONTEXT = ContextEngine()


class Device:
    def __init__(self, store: Store) -> None:
        self.voice = SilentVoice(bus=Bus(SystemClock()))
        self.unfinished = False
        self.called_off = 0
        self.said: list[str] = []
        self._skill = ControlSkill(voice=self.voice, store=store, cancel=self._cancel, phrases=ENGLISH)

    async def _cancel(self) -> bool:
        self.called_off += 1
        return self.unfinished

    async def _say(self, text: str) -> bool:
        self.said.append(text)
        return await self.voice.say("t1", text)

    async def hear(self, text: str) -> str:
        self.said.clear()
        turn = Turn(id="t1", say=self._say, ask=self._say, publish=print, language="en", surroundings=SURROUNDINGS)
        for step in CONTEXT.understand(text, surroundings=SURROUNDINGS).steps:
            assert step.intent in self._skill.intents, step
            await self._skill.run(step, turn)
        return " ".join(self.said)


@pytest.fixture
def device(store: Store) -> Device:
    return Device(store)


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("louder", 95),
        ("quieter", 65),
        ("set the volume to thirty percent", 30),
        ("volume five", 50),
        ("volume ten", 100),
        ("volume 45", 45),
        ("maximum volume", 100),
        ("minimum volume", 10),
        ("mute yourself", 0),
        ("volume zero", 0),
    ],
)
async def test_the_volume_is_what_was_asked_for(device: Device, text: str, percent: int) -> None:
    await device.hear(text)
    assert device.voice.volume == percent


async def test_the_new_volume_is_said(device: Device) -> None:
    assert await device.hear("volume five") == "Okay, 50 percent."
    assert await device.hear("mute yourself") == "Okay, I'm silent now."


async def test_louder_ends_at_the_top(device: Device) -> None:
    device.voice.volume = 100
    assert await device.hear("louder") == "That's as loud as I get."
    assert device.voice.volume == 100


async def test_quieter_never_becomes_silence(device: Device) -> None:
    device.voice.volume = 20
    await device.hear("quieter")
    assert device.voice.volume == 10
    assert await device.hear("quieter") == "That's as quiet as I get."
    assert device.voice.volume == 10


async def test_quieter_does_not_wake_a_silent_voice(device: Device) -> None:
    device.voice.volume = 0
    await device.hear("quieter")
    assert device.voice.volume == 0


async def test_the_volume_outlives_the_device(device: Device, store: Store) -> None:
    await device.hear("set the volume to thirty percent")
    after = SilentVoice(bus=Bus(SystemClock()))
    await restore_volume(after, store)
    assert after.volume == 30


async def test_a_new_device_has_the_voices_own_volume(store: Store) -> None:
    voice = SilentVoice(bus=Bus(SystemClock()))
    await restore_volume(voice, store)
    assert voice.volume == 80


async def test_the_last_reply_is_said_again(device: Device) -> None:
    await device.voice.say("t0", "It's noon.")
    assert await device.hear("what did you say") == "It's noon."
    assert await device.hear("repeat that") == "It's noon."


async def test_nothing_was_said_yet(device: Device) -> None:
    assert await device.hear("repeat that") == "I haven't said anything yet."


async def test_the_rest_of_an_interrupted_reply_is_said(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SilentVoice, "left_unsaid", "Three. Four.")
    assert await device.hear("go on") == "Three. Four."


async def test_without_an_interrupted_reply_there_is_nothing_to_go_on_with(device: Device) -> None:
    assert await device.hear("carry on") == "I've said all there was."


async def test_stop_is_obeyed_without_a_word_and_the_picture_is_finished(device: Device) -> None:
    device.unfinished = True
    assert await device.hear("stop") == ""
    assert device.called_off == 0


async def test_cancel_also_calls_off_the_picture(device: Device) -> None:
    device.unfinished = True
    assert await device.hear("cancel that") == "Okay, I won't finish it."


async def test_never_mind_with_nothing_to_call_off_needs_no_answer(device: Device) -> None:
    assert await device.hear("never mind") == ""


@pytest.mark.parametrize("text", ["louder", "volume five", "mute yourself", "repeat that"])
async def test_what_is_foretold_is_what_is_said(device: Device, text: str) -> None:
    await device.voice.say("t0", "It's noon.")
    step = CONTEXT.understand(text, surroundings=SURROUNDINGS).steps[0]
    foretold = device._skill.foretell(step, SURROUNDINGS)
    assert foretold == await device.hear(text)
