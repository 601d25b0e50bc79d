"""Timers and the microphone's gate, as people ask for them."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, Step, Surroundings

SURROUNDINGS = Surroundings(now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC), timers=("pasta", "bread"))
CONTEXT = ContextEngine()


def the_step(text: str) -> Step:
    (step,) = CONTEXT.understand(text, surroundings=SURROUNDINGS).steps
    return step


SET = {
    "set a timer for ten minutes": {"minutes": 10},
    "Set a timer for 10 minutes.": {"minutes": 10},
    "Set a 10-minute timer.": {"minutes": 10},
    "can you set a timer for five minutes please": {"minutes": 5},
    "start a new timer for 45 seconds": {"seconds": 45},
    "set a timer for one hundred and twenty seconds": {"seconds": 120},
    "set a timer for 1 hour and 20 minutes": {"hours": 1, "minutes": 20},
    "Set a timer for one hour, twenty minutes and five seconds.": {"hours": 1, "minutes": 20, "seconds": 5},
    "set a timer for an hour and five minutes": {"extra": 3600, "minutes": 5},
    "set a timer for half an hour": {"extra": 1800},
    "set a timer for an hour and a half": {"extra": 5400},
    "set a timer for two and a half hours": {"hours": 2, "extra": 1800},
    "set a timer for a minute and a half": {"extra": 90},
    "set a timer for three minutes and a half": {"minutes": 3, "extra": 30},
    "set a timer for 1.5 hours": {"extra": 5400},
    "set a timer for three days": {"days": 3},
    "timer five minutes": {"minutes": 5},
    "a five minute timer": {"minutes": 5},
    "wake me up in twenty minutes": {"minutes": 20},
    "twenty minutes": {"minutes": 20},
    "for half an hour": {"extra": 1800},
    "set a timer": {},
    "timer": {},
    "set a pasta timer": {"name": "pasta"},
    "pasta timer for ten minutes": {"name": "pasta", "minutes": 10},
    "set a pasta timer for ten minutes": {"name": "pasta", "minutes": 10},
    "set a timer called pasta for ten minutes": {"name": "pasta", "minutes": 10},
    "set a timer for ten minutes called pasta": {"name": "pasta", "minutes": 10},
    "set a five minute egg timer": {"name": "egg", "minutes": 5},
    "set a timer for ten minutes for the soft boiled eggs": {"name": "soft boiled eggs", "minutes": 10},
}


@pytest.mark.parametrize(("text", "slots"), SET.items())
def test_a_timer_is_set(text: str, slots: dict[str, str | int]) -> None:
    assert the_step(text) == Step("timer.set", slots)


OTHERS = {
    "add five minutes to the timer": ("timer.add", {"minutes": 5}),
    "add five minutes to the pasta timer": ("timer.add", {"minutes": 5, "name": "pasta"}),
    "two minutes more": ("timer.add", {"minutes": 2}),
    "cancel the timer": ("timer.cancel", {}),
    "turn the timer off": ("timer.cancel", {}),
    "stop the pasta timer": ("timer.cancel", {"name": "pasta"}),
    "cancel the five minute timer": ("timer.cancel", {"minutes": 5}),
    "cancel all timers": ("timer.cancel", {"which": "all"}),
    "stop both timers": ("timer.cancel", {"which": "all"}),
    "cancel the last timer": ("timer.cancel", {"which": "last"}),
    "pause the timer": ("timer.pause", {}),
    "pause the pasta timer": ("timer.pause", {"name": "pasta"}),
    "resume the timer": ("timer.resume", {}),
    "continue the pasta timer": ("timer.resume", {"name": "pasta"}),
    "how much time is left": ("timer.status", {}),
    "how much time is left on the pasta timer": ("timer.status", {"name": "pasta"}),
    "when is the pasta timer done": ("timer.status", {"name": "pasta"}),
    "how long does my timer have left": ("timer.status", {}),
    "what timers do I have": ("timer.status", {}),
    "show my timers": ("timer.status", {}),
    "the pasta timer": ("timer.choose", {"name": "pasta"}),
    "bread": ("timer.choose", {"name": "bread"}),
    "the ten minute one": ("timer.choose", {"minutes": 10}),
    "the first one": ("timer.choose", {"which": "first"}),
    "both of them": ("timer.choose", {"which": "all"}),
    "mute the microphone": ("control.mute", {"muted": 1}),
    "turn the microphone off": ("control.mute", {"muted": 1}),
    "please stop listening": ("control.mute", {"muted": 1}),
    "don't listen": ("control.mute", {"muted": 1}),
    "unmute the microphone": ("control.mute", {"muted": 0}),
    "start listening again": ("control.mute", {"muted": 0}),
    "mute": ("control.volume", {"percent": 0}),
    "mute yourself": ("control.volume", {"percent": 0}),
}


@pytest.mark.parametrize(("text", "meant"), OTHERS.items())
def test_what_is_asked_of_a_timer_or_the_microphone(text: str, meant: tuple[str, dict[str, str | int]]) -> None:
    assert the_step(text) == Step(*meant)


@pytest.mark.parametrize(
    "text",
    [
        "I'll be back in five minutes",
        "it takes about ten minutes",
        "add two cups of flour and stir for five minutes",
        "how much time does it take to boil an egg",
        "give me a minute",
        "start the car",
        "resume the game",
        "five",
        "eggs",
        "the egg timer",
        "don't listen to him",
        "listen to this song",
    ],
)
def test_what_only_sounds_like_it_is_none(text: str) -> None:
    assert the_step(text).intent == "none"


def test_a_picture_of_a_timer_is_a_picture() -> None:
    assert the_step("draw a timer").intent == "picture.create"
