"""Several commands in one breath, and commands that were taken back."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.context import ContextEngine, PictureSeen, Surroundings
from device.context.clauses import Clauses
from edge_models.image.parse import parse_prompt

ENGINE = ContextEngine()
FOX = PictureSeen("fox-1", "a red fox", parse_prompt("a red fox"))
AROUND = Surroundings(now=datetime(2026, 11, 22, 20, 40, tzinfo=UTC), online=True, pictures=(FOX,), timers=("pasta",))


def steps(text: str):
    return ENGINE.understand(text, surroundings=AROUND).steps


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("draw a fox and make it blue", ["picture.create", "picture.edit"]),
        ("draw a fox, make it blue and put it on the beach", ["picture.create", "picture.edit", "picture.edit"]),
        ("draw a fox and draw a castle", ["picture.create", "picture.create"]),
        ("set a timer for ten minutes and tell me what time it is", ["timer.set", "clock.time"]),
        ("louder, and what time is it", ["control.volume", "clock.time"]),
        (
            "make it night then add a tree then set a timer for five minutes",
            ["picture.edit", "picture.edit", "timer.set"],
        ),
        ("stop, draw a horse", ["control.stop", "picture.create"]),
        ("cancel the pasta timer and mute the microphone please", ["timer.cancel", "control.mute"]),
        ("draw a fox. Make it blue.", ["picture.create", "picture.edit"]),
        # One wish each, whatever joins its words.
        ("draw two dogs, a cat and a bird", ["picture.create"]),
        ("draw a man and paint", ["picture.create"]),
        ("draw a fox and a castle under the moon", ["picture.create"]),
        ("I don't like it, try again", ["picture.variation"]),
        ("set a timer for an hour and ten minutes", ["timer.set"]),
        ("he came in and made it clear and put it away", ["none"]),
    ],
)
def test_one_step_for_each_command(text: str, intents: list[str]) -> None:
    assert [step.intent for step in steps(text)] == intents


def test_a_later_command_is_about_the_picture_that_an_earlier_one_makes() -> None:
    created, blue, beach = steps("draw a cat, make it blue and put it on the beach")
    assert created.references == {}
    assert blue.references == {"it": "@0"}
    assert beach.references == {"it": "@1"}
    assert beach.slots == {"change": "put it on the beach"}


def test_only_what_stays_is_finished() -> None:
    assert [step.passing for step in steps("draw a cat, make it blue and put it on the beach")] == [True, True, False]
    assert [step.passing for step in steps("draw a cat and draw a castle")] == [False, False]


def test_every_step_says_where_it_is_carried_out() -> None:
    assert [step.route for step in steps("draw a cat and tell me what time it is")] == [
        "grammar/device+bridge",
        "grammar/device",
    ]


@pytest.mark.parametrize(
    ("text", "prompt"),
    [
        ("draw a fox, no wait, a cat", "a cat"),
        ("draw a fox no sorry a cat with a hat", "a cat with a hat"),
        ("draw a fox in the forest, I mean, the desert", "a fox in the desert"),
        ("draw a fox, scratch that, draw a castle", "a castle"),
        ("a picture of a bus, no, sorry, draw a tram", "a tram"),
    ],
)
def test_what_was_taken_back_is_not_drawn(text: str, prompt: str) -> None:
    (step,) = steps(text)
    assert (step.intent, step.slots) == ("picture.create", {"prompt": prompt})


@pytest.mark.parametrize(
    "text", ["set a timer for ten minutes, no wait, five minutes", "set a timer for ten no five minutes"]
)
def test_the_last_time_that_was_named_counts(text: str) -> None:
    (step,) = steps(text)
    assert (step.intent, step.slots) == ("timer.set", {"minutes": 5})


def test_what_nobody_can_do_takes_nothing_with_it() -> None:
    assert [step.intent for step in steps("what time is it and fly me to the moon")] == ["none"]
    assert steps("draw a fox and fly me to the moon")[0].slots == {"prompt": "a fox and fly me to the moon"}


def test_so_many_commands_are_carried_out_and_no_more() -> None:
    assert len(steps(", and ".join(["draw a cat"] * 40))) == 6


CLAUSES = Clauses(
    joints=["(?:,|and|then)"],
    openers=["draw", "make"],
    corrections=["no wait"],
    named=["an?", "the"],
    places=["in", "on"],
    then=["then"],
    draw_for_me=["draw me"],
)


@settings(max_examples=200)
@given(
    st.text("drawmke, nthoi.", max_size=80)
    | st.lists(st.sampled_from(["draw", "and", "make", "it", ",", "no wait"])).map(" ".join)
)
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(CLAUSES.pieces(text)) == text
    assert CLAUSES.corrected(text) is not None


def test_what_is_to_be_remembered_is_kept_as_it_was_said() -> None:
    text = "remember the wifi password is fox, no sorry, it's wolf"
    (step,) = steps(text)
    assert (step.intent, step.slots["fact"]) == ("memory.remember", "the wifi password is fox, no sorry, it's wolf")
