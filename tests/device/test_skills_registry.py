"""Whatever a skill does, the turn goes on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import ClassVar

import pytest

from device.context import Plan, Step, Surroundings
from device.events import Event, Failed
from device.skills.registry import Skills
from nightjar.skills import Skill, Turn

APOLOGY = "Sorry, that went wrong."
TOO_SLOW = "Sorry, that took too long."


class Listener:
    """What the person hears and the observers see."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.published: list[Event] = []
        self.turn = Turn(
            id="t1",
            say=self._say,
            ask=self._say,
            publish=self.published.append,
            language="en",
            surroundings=Surroundings(now=datetime(2026, 11, 22, tzinfo=UTC)),
        )

    async def _say(self, text: str) -> bool:
        self.said.append(text)
        return True


def skill(*names: str, does: Callable[[Step, Turn], Awaitable[None]]) -> Skill:
    class Made(Skill):
        intents: ClassVar[frozenset[str]] = frozenset(names)

        async def run(self, step: Step, turn: Turn) -> None:
            await does(step, turn)

    return Made()


async def say_intent(step: Step, turn: Turn) -> None:
    await turn.say(step.intent)


async def break_down(step: Step, turn: Turn) -> None:
    raise RuntimeError("a secret detail")


async def never_end(step: Step, turn: Turn) -> None:
    await asyncio.Event().wait()


NONE = skill("none", does=say_intent)


async def test_a_step_goes_to_the_skill_of_its_intent() -> None:
    listener = Listener()
    skills = Skills([NONE, skill("a", "b", does=say_intent)])
    await skills.run(Step("b"), listener.turn)
    assert listener.said == ["b"]


async def test_an_intent_without_a_skill_is_answered_like_nothing_we_do() -> None:
    heard: list[Step] = []

    async def note(step: Step, turn: Turn) -> None:
        heard.append(step)

    await Skills([skill("none", does=note)]).run(Step("other.thing"), Listener().turn)
    assert [step.intent for step in heard] == ["other.thing"]


async def test_a_skill_that_breaks_is_apologised_for_once_without_details() -> None:
    listener = Listener()
    await Skills([NONE, skill("a", does=break_down)]).run(Step("a"), listener.turn)
    assert listener.said == [APOLOGY]
    assert listener.published == [Failed(code="skill_failed", text=APOLOGY)]


async def test_a_skill_that_never_ends_is_cut_off() -> None:
    listener = Listener()
    await Skills([NONE, skill("a", does=never_end)], limit_s=0.0).run(Step("a"), listener.turn)
    assert listener.said == [TOO_SLOW]


async def test_a_broken_voice_does_not_break_the_turn() -> None:
    async def broken(text: str) -> bool:
        raise OSError("no loudspeaker")

    listener = Listener()
    turn = Turn(
        id="t1",
        say=broken,
        ask=broken,
        publish=listener.published.append,
        language="en",
        surroundings=listener.turn.surroundings,
    )
    await Skills([skill("none", does=say_intent)]).run(Step("none"), turn)
    assert listener.published == [Failed(code="skill_failed", text=APOLOGY)]


async def test_an_apology_that_nobody_gets_to_the_end_of_is_cut_off() -> None:
    async def for_ever(text: str) -> bool:
        return await asyncio.Event().wait()

    listener = Listener()
    turn = Turn(
        id="t1",
        say=for_ever,
        ask=for_ever,
        publish=listener.published.append,
        language="en",
        surroundings=listener.turn.surroundings,
    )
    async with asyncio.timeout(5):
        await Skills([skill("none", does=break_down)], limit_s=0.01).run(Step("none"), turn)
    assert listener.published == [Failed(code="skill_failed", text=APOLOGY)]


async def test_stopping_the_device_is_no_failure_of_a_skill() -> None:
    listener = Listener()
    running = asyncio.create_task(Skills([NONE, skill("a", does=never_end)]).run(Step("a"), listener.turn))
    await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert listener.said == []


def test_two_skills_for_one_intent_are_a_mistake() -> None:
    with pytest.raises(ValueError, match=r"Two skills carry out a\."):
        Skills([NONE, skill("a", does=say_intent), skill("a", does=say_intent)])


def test_a_device_without_an_answer_to_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="nobody understands"):
        Skills([skill("a", does=say_intent)])


class Knowing(Skill):
    """Claims what it is asked for."""

    intents: ClassVar[frozenset[str]] = frozenset({"known"})

    def __init__(self, *, broken: bool = False) -> None:
        self._broken, self.passed_by = broken, 0

    async def claim(self, text: str, plan: Plan) -> Plan | None:
        if self._broken:
            raise RuntimeError("a secret detail")
        return Plan((Step("known", {"text": text}),)) if text == "mine" else None

    def passed(self) -> None:
        self.passed_by += 1

    async def run(self, step: Step, turn: Turn) -> None:
        await turn.say("Mine.")


async def test_a_skill_claims_what_it_knows_better_and_nothing_else() -> None:
    skills, plan = Skills([Knowing(), NONE]), Plan((Step("none", {"heard": "x"}),))
    assert (await skills.claimed("mine", plan)).steps == (Step("known", {"text": "mine"}),)
    assert await skills.claimed("yours", plan) is plan


async def test_a_skill_that_breaks_when_it_is_asked_claims_nothing() -> None:
    plan = Plan((Step("none"),))
    assert await Skills([Knowing(broken=True), NONE]).claimed("mine", plan) is plan


async def test_a_skill_hears_when_another_one_was_meant() -> None:
    knowing = Knowing()
    skills = Skills([knowing, NONE])
    await skills.run(Step("known"), Listener().turn)
    assert knowing.passed_by == 0
    await skills.run(Step("none"), Listener().turn)
    assert knowing.passed_by == 1
