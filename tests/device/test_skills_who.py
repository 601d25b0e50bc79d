"""Who speaks, and what is said to somebody who asks: who am I."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH

from device.context import ContextEngine, Step, Surroundings
from device.context.where import with_speaker
from device.skills.base import Turn
from device.skills.who import WhoSkill

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 26, 20, 40, tzinfo=UTC))
CONTEXT = ContextEngine()


@pytest.mark.parametrize("text", ["who am I", "who is speaking?", "do you know who I am", "do you recognise my voice"])
@pytest.mark.parametrize(
    ("speaker", "voices", "spoken", "answer"),
    [
        ("Lina", True, True, "You're Lina."),
        ("Stop", True, True, "You're Stop."),
        ("", True, True, "I can't tell by your voice."),
        ("", False, True, "I don't know anybody's voice yet; the README says how I learn one."),
        ("", True, False, "You typed, so I can't tell."),
    ],
)
async def test_who_asks_is_told_whose_voice_it_is(
    text: str, speaker: str, voices: bool, spoken: bool, answer: str
) -> None:
    said: list[str] = []

    async def say(text: str) -> bool:
        said.append(text)
        return True

    around = replace(SURROUNDINGS, speaker=speaker)
    (step,) = CONTEXT.understand(text, surroundings=around).steps
    assert step.intent == "device.who"
    await WhoSkill(ENGLISH, voices=voices).run(step, Turn("t", say, say, print, "en", around, spoken=spoken))
    assert said == [answer]


@pytest.mark.parametrize(
    ("step", "speaker", "route"),
    [
        (Step("memory.remember", {"fact": "I like foxes"}, route="grammar/device"), "Lina", "(Lina speaks)"),
        (Step("reminder.set", route="grammar/device (offline)"), "Lina", "(offline; Lina speaks)"),
        (Step("picture.send", {"to": "my phone"}, route="grammar/device"), "Lina", "(Lina speaks)"),
        (Step("picture.send", {"to": "the display"}, route="grammar/device"), "Lina", ""),
        (Step("timer.set", route="grammar/device"), "Lina", ""),
        (Step("memory.remember", route="grammar/device"), "", ""),
    ],
)
def test_the_route_says_where_it_matters_who_speaks(step: Step, speaker: str, route: str) -> None:
    said = with_speaker(step, replace(SURROUNDINGS, speaker=speaker))
    assert said == f"grammar/device {route}".strip()
