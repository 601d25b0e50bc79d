"""The microphone is closed by word and opened by hand."""

from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH

from device.context import ContextEngine, Surroundings
from device.skills import Turn
from device.skills.microphone import MicrophoneSkill

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC))
CONTEXT = ContextEngine()


class Device:
    def __init__(self) -> None:
        self.gate: list[bool] = []
        self.said = ""

    async def mute(self, muted: bool) -> None:
        self.gate.append(muted)

    async def say(self, text: str) -> bool:
        self.said = text
        return True

    async def hear(self, text: str, *, spoken: bool) -> None:
        turn = Turn(
            id="t1",
            say=self.say,
            ask=self.say,
            publish=print,
            language="en",
            surroundings=SURROUNDINGS,
            spoken=spoken,
        )
        (step,) = CONTEXT.understand(text, surroundings=SURROUNDINGS).steps
        assert step.intent in MicrophoneSkill.intents
        await MicrophoneSkill(self.mute, ENGLISH).run(step, turn)


@pytest.mark.parametrize("spoken", [True, False])
async def test_whoever_asks_mutes_it_and_learns_how_to_open_it(spoken: bool) -> None:
    device = Device()
    await device.hear("stop listening", spoken=spoken)
    assert device.gate == [True]
    assert "type: unmute the microphone" in device.said


async def test_typed_words_open_it() -> None:
    device = Device()
    await device.hear("unmute the microphone", spoken=False)
    assert device.gate == [False]


async def test_no_spoken_word_opens_it() -> None:
    device = Device()
    await device.hear("unmute the microphone", spoken=True)
    assert device.gate == []
    assert device.said
