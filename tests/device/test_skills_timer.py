"""Timers as somebody speaks with them: what is answered, and which timer is meant."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from phrase_parts import ENGLISH

from device.context import ContextEngine, Surroundings
from device.skills import Turn
from device.skills.timer import ANSWER_WITHIN_S, TimerSkill
from device.store import Store
from device.timers import MAX_TIMERS, Timers

CONTEXT = ContextEngine()


class Kitchen:
    def __init__(self, store: Store) -> None:
        self.seconds = 0.0
        self.asked = 0
        self.foretold = ""
        self.timers = Timers(store, clock=self)
        self._skill = TimerSkill(self.timers, ENGLISH)

    def now(self) -> float:
        return self.seconds

    async def hear(self, text: str) -> str:
        said: list[str] = []

        async def say(text: str) -> bool:
            said.append(text)
            return True

        async def ask(text: str) -> None:
            said.append(text)
            self.asked += 1

        surroundings = Surroundings(
            now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC), timers=tuple(one.name for one in self.timers.all())
        )
        turn = Turn(id="t1", say=say, ask=ask, publish=print, language="en", surroundings=surroundings)
        (step,) = CONTEXT.understand(text, surroundings=surroundings).steps
        assert step.intent in self._skill.intents, step
        self.foretold = self._skill.foretell(step, surroundings)
        await self._skill.run(step, turn)
        return " ".join(said)

    def names(self) -> list[str]:
        return [timer.name for timer in self.timers.all()]


@pytest.fixture
async def kitchen(tmp_path: Path) -> AsyncIterator[Kitchen]:
    store = Store.open(tmp_path / "device.sqlite")
    yield Kitchen(store)
    await store.close()


@pytest.fixture
async def cooking(kitchen: Kitchen) -> Kitchen:
    """Pasta for ten minutes and bread for an hour, half a minute ago."""
    await kitchen.timers.set("pasta", 600)
    await kitchen.timers.set("bread", 3600)
    kitchen.seconds += 30
    return kitchen


async def test_a_timer_is_confirmed_with_its_length(kitchen: Kitchen) -> None:
    assert await kitchen.hear("set a timer for five minutes") == "5 minutes, starting now."
    assert (
        await kitchen.hear("pasta timer for an hour and a half") == "Pasta timer, 1 hour and 30 minutes, starting now."
    )


async def test_a_timer_without_a_length_is_asked_for_and_keeps_its_name(kitchen: Kitchen) -> None:
    assert await kitchen.hear("set a pasta timer") == "For how long?"
    assert kitchen.asked == 1
    assert kitchen.names() == []
    assert await kitchen.hear("ten minutes") == "Pasta timer, 10 minutes, starting now."


async def test_a_question_is_forgotten_after_a_while(kitchen: Kitchen) -> None:
    await kitchen.hear("set a pasta timer")
    kitchen.seconds += ANSWER_WITHIN_S + 1
    assert await kitchen.hear("ten minutes") == "10 minutes, starting now."


async def test_too_long_and_too_many_are_refused_in_a_sentence(kitchen: Kitchen) -> None:
    assert "30 days" in await kitchen.hear("set a timer for thirty days and one hour")
    for _ in range(MAX_TIMERS):
        await kitchen.timers.set("", 60)
    assert "50 timers already" in await kitchen.hear("set a timer for five minutes")


async def test_what_is_left(kitchen: Kitchen) -> None:
    assert await kitchen.hear("how much time is left") == "There is no timer."
    await kitchen.hear("set a timer for five minutes")
    kitchen.seconds += 50
    assert await kitchen.hear("how much time is left") == "4 minutes and 10 seconds left on your 5 minute timer."


async def test_what_is_left_of_several(cooking: Kitchen) -> None:
    assert await cooking.hear("how much time is left on the bread timer") == "1 hour left on your bread timer."
    assert (
        await cooking.hear("what timers do I have")
        == "2 timers. Pasta timer: 9 minutes and 30 seconds left. Bread timer: 1 hour left."
    )


async def test_the_only_one_is_meant(kitchen: Kitchen) -> None:
    await kitchen.hear("set a timer for five minutes")
    assert await kitchen.hear("cancel the timer") == "5 minute timer cancelled."
    assert kitchen.names() == []


async def test_one_of_several_is_named(cooking: Kitchen) -> None:
    assert await cooking.hear("cancel the pasta timer") == "Pasta timer cancelled."
    assert cooking.names() == ["bread"]
    assert await cooking.hear("cancel the pasta timer") == "There is no pasta timer."
    assert cooking.names() == ["bread"]


async def test_one_of_several_is_described_by_its_length(cooking: Kitchen) -> None:
    await cooking.hear("set a timer for five minutes")
    assert await cooking.hear("cancel the five minute timer") == "5 minute timer cancelled."
    assert sorted(cooking.names()) == ["bread", "pasta"]


@pytest.mark.parametrize(
    ("answer", "left"),
    [
        ("the pasta timer", ["bread"]),
        ("bread", ["pasta"]),
        ("the first one", ["bread"]),
        ("the ten minute one", ["bread"]),
        ("both", []),
        ("neither", ["pasta", "bread"]),
    ],
)
async def test_which_of_two_is_asked_once_and_the_answer_understood(
    cooking: Kitchen, answer: str, left: list[str]
) -> None:
    assert await cooking.hear("cancel the timer") == "Which one: the pasta timer or the bread timer?"
    assert sorted(cooking.names()) == ["bread", "pasta"]
    await cooking.hear(answer)
    assert cooking.names() == left


async def test_an_answer_without_a_question_cancels_nothing(cooking: Kitchen) -> None:
    assert await cooking.hear("the pasta timer") == "9 minutes and 30 seconds left on your pasta timer."
    assert sorted(cooking.names()) == ["bread", "pasta"]


async def test_two_of_the_same_length_are_told_apart_by_what_is_left(kitchen: Kitchen) -> None:
    await kitchen.hear("set a timer for five minutes")
    kitchen.seconds += 60
    await kitchen.hear("set a timer for five minutes")
    assert (
        await kitchen.hear("cancel the timer")
        == "Which one: the 5 minute timer with 4 minutes left or the 5 minute timer with 5 minutes left?"
    )


async def test_all_are_cancelled_at_once(cooking: Kitchen) -> None:
    assert await cooking.hear("cancel all timers") == "Pasta timer and bread timer cancelled."
    assert cooking.names() == []
    assert await cooking.hear("cancel all timers") == "There is no timer."


async def test_a_timer_is_paused_and_goes_on(kitchen: Kitchen) -> None:
    await kitchen.hear("set a timer for five minutes")
    kitchen.seconds += 60
    assert await kitchen.hear("pause the timer") == "5 minute timer paused, 4 minutes left."
    kitchen.seconds += 3600
    assert await kitchen.hear("pause the timer") == "Your timer is paused already."
    assert await kitchen.hear("how much time is left") == "4 minutes left on your 5 minute timer, which is paused."
    assert await kitchen.hear("resume the timer") == "5 minute timer running again, 4 minutes left."
    assert await kitchen.hear("resume the timer") == "No timer is paused."


async def test_the_only_one_that_runs_is_paused_without_a_question(cooking: Kitchen) -> None:
    await cooking.hear("pause the pasta timer")
    assert (await cooking.hear("pause the timer")).startswith("Bread timer paused")


async def test_time_is_added(cooking: Kitchen) -> None:
    assert await cooking.hear("add five minutes to the pasta timer") == "15 minutes left on your pasta timer."
    assert cooking.timers.left_s(cooking.timers.all()[0]) == 870
    assert await cooking.hear("add five minutes to the timer") == "Which one: the pasta timer or the bread timer?"
    await cooking.hear("the bread timer")
    assert cooking.timers.left_s(cooking.timers.all()[1]) == 3870


async def test_stop_the_timer_means_the_one_that_rings(cooking: Kitchen) -> None:
    cooking.seconds += 580
    assert await cooking.hear("stop the timer") == ""
    assert cooking.names() == ["bread"]


async def test_stop_the_timer_means_the_one_that_rang_a_moment_ago(cooking: Kitchen) -> None:
    await cooking.timers.cancel(cooking.timers.all()[:1])
    cooking.timers.note_silenced()
    assert await cooking.hear("stop the timer") == ""
    assert cooking.names() == ["bread"]
    cooking.seconds += 60
    assert await cooking.hear("stop the timer") == "Bread timer cancelled."


async def test_an_egg_is_one_of_the_eggs(kitchen: Kitchen) -> None:
    await kitchen.hear("set a timer for six minutes for the soft boiled eggs")
    await kitchen.hear("pasta timer for ten minutes")
    assert await kitchen.hear("cancel the egg timer") == "Soft boiled eggs timer cancelled."


@pytest.mark.parametrize(
    "texts",
    [
        ["set a timer for five minutes"],
        ["pasta timer for an hour and a half"],
        ["set a pasta timer"],
        ["set a pasta timer", "ten minutes"],
        ["set a timer for thirty days and one hour"],
        ["how much time is left"],
        ["how much time is left on the pizza timer"],
        ["cancel the pasta timer"],
        ["pause the pizza timer"],
    ],
)
async def test_the_answer_is_known_before_it_is_carried_out(cooking: Kitchen, texts: list[str]) -> None:
    for text in texts:
        assert await cooking.hear(text) == cooking.foretold
    assert cooking.foretold


async def test_what_depends_on_more_than_the_words_is_not_foretold(cooking: Kitchen) -> None:
    await cooking.hear("pause the pasta timer")
    assert cooking.foretold == ""
    assert sorted(cooking.names()) == ["bread", "pasta"]
