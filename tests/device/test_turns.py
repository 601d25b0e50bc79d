"""A request becomes a plan, skills and a finished turn, whatever goes wrong on the way."""

from datetime import UTC, datetime

import pytest

from device.bus import Bus
from device.context.engine import ContextEngine
from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.conversation import Conversation, State
from device.events import Failed, Happened, Reply, TurnFinished, Understood
from device.skills.base import Skill, Turn
from device.skills.registry import Skills
from device.turns import Request, Turns
from device.voice import SilentVoice


class DrivenClock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> float:
        return self.seconds


class SayTheTime(Skill):
    intents = frozenset({"clock.time", "none"})

    def __init__(self, clock: DrivenClock, *, broken: bool = False) -> None:
        self.clock, self.broken = clock, broken

    async def run(self, step: Step, turn: Turn) -> None:
        if self.broken:
            raise RuntimeError("broken")
        self.clock.seconds += 0.1
        await turn.say("It's noon.")


@pytest.fixture
def clock():
    return DrivenClock()


def build(clock: DrivenClock, *, broken: bool = False):
    bus = Bus(clock)
    happened: list[Happened] = []
    bus.observe(happened.append)
    conversation = Conversation()

    async def surroundings() -> Surroundings:
        return Surroundings(now=datetime(2026, 11, 22, 12, tzinfo=UTC))

    turns = Turns(
        bus=bus,
        conversation=conversation,
        context=ContextEngine(language="en"),
        skills=Skills([SayTheTime(clock, broken=broken)]),
        voice=SilentVoice(bus=bus),
        surroundings=surroundings,
    )
    return bus, turns, conversation, happened


async def test_a_turn_is_understood_answered_and_finished(clock):
    bus, turns, conversation, happened = build(clock)
    turn = bus.begin_turn()
    await turns.carry_out(Request(turn, "what time is it", "en"))
    kinds = [type(one.event) for one in happened if one.turn == turn]
    assert kinds == [Understood, Reply, TurnFinished]
    assert conversation.state is State.IDLE


async def test_a_skill_that_breaks_is_apologised_for_and_the_turn_still_finishes(clock):
    bus, turns, conversation, happened = build(clock, broken=True)
    turn = bus.begin_turn()
    await turns.carry_out(Request(turn, "what time is it", "en"))
    kinds = [type(one.event) for one in happened if one.turn == turn]
    assert kinds == [Understood, Failed, Reply, TurnFinished]
    assert conversation.state is State.IDLE


def test_more_requests_than_can_wait_are_refused(clock):
    _, turns, _, _ = build(clock)
    accepted = [turns.submit(Request(str(number), "stop", "en")) for number in range(30)]
    assert accepted.count(True) == turns.active == 16
