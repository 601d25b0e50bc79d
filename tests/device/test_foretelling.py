"""The first words of a likely reply, made while the person is still being listened to."""

from collections.abc import Sequence

import pytest
from phrase_parts import ENGLISH

from device.bus import Bus
from device.clock import SystemClock
from device.context import ContextEngine, Surroundings
from device.context.plan import Step
from device.events import Partial
from device.foretelling import Foretelling
from device.skills import Skills, Turn
from device.skills.about import AboutSkill
from device.skills.base import Skill
from device.skills.clock import ClockSkill
from device.voice import SilentVoice

CONTEXT = ContextEngine()


class Broken(Skill):
    intents = frozenset({"control.stop"})

    async def run(self, step: Step, turn: Turn) -> None:
        raise NotImplementedError

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        raise RuntimeError("broken")


class Preparing(SilentVoice):
    def __init__(self, bus: Bus) -> None:
        super().__init__(bus=bus)
        self.prepared: list[str] = []

    def prepare(self, text: str) -> None:
        self.prepared.append(text)


class Room:
    def __init__(self, skills: Sequence[Skill] = (ClockSkill(ENGLISH), AboutSkill(ENGLISH), Broken())) -> None:
        self.bus = Bus(SystemClock())
        self.voice = Preparing(self.bus)
        self.foretelling = Foretelling(
            bus=self.bus, context=CONTEXT, skills=Skills(skills), voice=self.voice, online=lambda: True
        )

    def hear(self, *partials: str) -> list[str]:
        for text in partials:
            self.bus.publish("t1", Partial(text=text, stable=0))
        return self.voice.prepared


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_whole_command_is_answered_in_advance(room: Room) -> None:
    assert room.hear("Are you", "Are you online?") == ["Yes, I'm online."]
    assert room.hear("What time is it?")[-1].startswith("It's ")


@pytest.mark.parametrize("text", ["What", "the", "Draw a red fox", "Open the pod bay doors"])
def test_what_may_go_on_or_means_nothing_costs_the_synthesiser_nothing(room: Room, text: str) -> None:
    assert not any(reply.startswith(("Sorry", "Drawing")) for reply in room.hear(text))


def test_who_pauses_may_have_said_all_there_is(room: Room) -> None:
    room.foretelling.foretell("What can you do")
    assert room.voice.prepared[-1].startswith("Ask me to draw something")


def test_a_voice_that_is_closed_already_troubles_nobody(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(_: str) -> None:
        raise RuntimeError("cannot schedule new futures after shutdown")

    monkeypatch.setattr(room.voice, "prepare", closed)
    room.foretelling.foretell("Are you online?")


def test_a_skill_that_fails_at_it_troubles_nobody(room: Room) -> None:
    assert room.hear("Stop.") == []
    assert room.hear("Are you online?") == ["Yes, I'm online."]
