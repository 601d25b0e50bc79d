"""A request becomes a plan, skills and a finished turn, whatever goes wrong on the way."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH

from device.bus import Bus
from device.context.engine import ContextEngine
from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.conversation import Conversation, State
from device.events import Failed, Happened, Reply, TurnFinished, Understood
from device.skills.base import Skill, Turn
from device.skills.registry import Skills
from device.store import StoreError
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
        phrases=ENGLISH,
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


async def test_a_person_who_is_speaking_is_not_cut_off_by_a_typed_command(clock):
    bus, turns, conversation, happened = build(clock)
    conversation.go(State.LISTENING)
    await turns.carry_out(Request(bus.begin_turn(), "what time is it", "en"))
    assert type(happened[-1].event) is TurnFinished
    assert conversation.state is State.LISTENING


async def test_the_end_of_a_turn_does_not_hide_that_another_is_being_made_out(clock):
    bus, turns, conversation, _ = build(clock)
    spoken = bus.begin_turn()
    conversation.begin(spoken)
    conversation.go(State.THINKING)
    await turns.carry_out(Request(bus.begin_turn(), "what time is it", "en"))
    assert conversation.state is State.THINKING
    await turns.carry_out(Request(spoken, "what time is it", "en"))
    assert conversation.state is State.IDLE


async def test_a_store_that_fails_is_apologised_for_and_the_turn_still_finishes(clock):
    bus, turns, conversation, happened = build(clock)

    async def broken() -> Surroundings:
        raise StoreError("The disk is full.")

    turns._surroundings = broken
    await turns.carry_out(Request(bus.begin_turn(), "what time is it", "en"))
    assert [type(one.event) for one in happened] == [Failed, Reply, TurnFinished]
    assert conversation.state is State.IDLE


async def test_a_request_that_was_refused_is_told_and_over(clock):
    bus, turns, conversation, happened = build(clock)
    spoken = bus.begin_turn()
    conversation.begin(spoken)
    conversation.go(State.THINKING)
    turns.refuse(Request(spoken, "draw a fox", "en"))
    assert [one.event for one in happened] == [
        Failed(code="too_busy", text="Too many commands are waiting; try again in a moment."),
        TurnFinished({}),
    ]
    assert conversation.state is State.IDLE


class Loudspeaker(SilentVoice):
    """Speaks until it is stopped; what a stopped turn says is only written."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus=bus)
        self.stops = 0
        self.stopped = asyncio.Event()
        self.begun = asyncio.Event()
        self.spoken: list[str] = []

    def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
        stops = self.stops

        async def say(text: str) -> bool:
            if stops != self.stops:
                return False
            self.spoken.append(turn)
            self.begun.set()
            self.stopped.clear()
            await self.stopped.wait()
            return False

        return say

    def stop(self) -> None:
        self.stops += 1
        self.stopped.set()


async def test_a_new_request_silences_what_is_said_and_those_that_wait_keep_their_replies(clock):
    bus, turns, _, _ = build(clock)
    turns._voice = voice = Loudspeaker(bus)
    running = asyncio.create_task(turns.run())
    first, second, third = (Request(bus.begin_turn(), "what time is it", "en") for _ in range(3))
    for request in (first, second):
        voice.begun.clear()
        turns.submit(request)
        await voice.begun.wait()
    assert voice.spoken == [first.turn, second.turn]
    voice.begun.clear()
    turns.submit(third)
    turns.submit(Request(bus.begin_turn(), "what time is it", "en"))
    await voice.begun.wait()
    assert voice.spoken[2] == third.turn
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


def test_more_requests_than_can_wait_are_refused(clock):
    _, turns, _, _ = build(clock)
    accepted = [turns.submit(Request(str(number), "stop", "en")) for number in range(30)]
    assert accepted.count(True) == turns.active == 16


class AskWhich(Skill):
    intents = frozenset({"clock.time", "none"})

    async def run(self, step: Step, turn: Turn) -> None:
        await turn.ask("Which one?")


@pytest.mark.parametrize(
    ("heard", "spoken", "waits", "listens"),
    [(True, True, False, 1), (False, True, False, 0), (True, False, False, 0), (True, True, True, 0)],
)
async def test_an_answer_to_a_question_that_was_heard_needs_no_wake_word(clock, heard, spoken, waits, listens):
    bus = Bus(clock)
    order: list[str] = []
    bus.observe(lambda happened: order.append(happened.event.name))

    class Voice(SilentVoice):
        async def say(self, turn: str, text: str) -> bool:
            return heard

        def begin(self, turn: str) -> Callable[[str], Awaitable[bool]]:
            return lambda text: self.say(turn, text)

    async def surroundings() -> Surroundings:
        return Surroundings(now=datetime(2026, 11, 22, 12, tzinfo=UTC))

    turns = Turns(
        bus=bus,
        conversation=Conversation(),
        context=ContextEngine(language="en"),
        skills=Skills([AskWhich()]),
        voice=Voice(bus=bus),
        phrases=ENGLISH,
        surroundings=surroundings,
        listen=lambda: order.append("listens"),
    )
    if waits:
        assert turns.submit(Request(bus.begin_turn(), "stop", "en"))
    await turns.carry_out(Request(bus.begin_turn(), "what time is it", "en", spoken=spoken))
    assert order == ["understood", "turn_finished", *["listens"] * listens]


async def test_what_the_grammar_does_not_know_is_asked_of_each_further_way_until_one_knows(clock):
    bus, turns, _, happened = build(clock)
    asked: list[str] = []

    def way(name: str, *steps: Step):
        async def understand(text: str, surroundings: Surroundings) -> tuple[Step, ...]:
            asked.append(name)
            return steps

        return understand

    turns._further = [way("a"), way("b", Step("clock.time", route="example/device")), way("c")]
    await turns.carry_out(Request(bus.begin_turn(), "how late have we got", "en"))
    assert asked == ["a", "b"]
    assert [one.event.route for one in happened if isinstance(one.event, Understood)] == ["example/device"]
    await turns.carry_out(Request(bus.begin_turn(), "what time is it", "en"))
    assert asked == ["a", "b"]


@pytest.mark.parametrize("addressed", [True, False])
async def test_whoever_understands_is_told_whether_the_words_were_meant_for_the_device(clock, addressed):
    bus, turns, _, happened = build(clock)
    seen: list[bool] = []

    async def further(text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        del text
        seen.append(surroundings.addressed)
        return ()

    turns._further = [further]
    await turns.carry_out(Request(bus.begin_turn(), "who painted the night watch", "en", addressed=addressed))
    assert seen == [addressed]
    assert type(happened[-1].event) is TurnFinished


async def test_whoever_waits_for_something_is_told_that_somebody_says_something_else(clock):
    bus, turns, _, _ = build(clock)
    waiting = asyncio.Event()

    class Waits(Skill):
        intents = frozenset({"clock.time", "none"})

        async def run(self, step: Step, turn: Turn) -> None:
            waiting.set()
            await turn.interrupted.wait()

    turns._skills = Skills([Waits()])
    turn = asyncio.create_task(turns.carry_out(Request(bus.begin_turn(), "what time is it", "en")))
    await waiting.wait()
    assert turns.submit(Request(bus.begin_turn(), "stop", "en"))
    async with asyncio.timeout(5):
        await turn
