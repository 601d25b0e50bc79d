"""What a plan holds beside its intent, and what no text can do to the engine."""

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.context import ContextEngine, PictureSeen, Surroundings
from edge_models.image.scene import Scene, Subject

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
FOX = PictureSeen(id="fox-1", prompt="a red fox", scene=Scene(subjects=(Subject(noun="fox", colour="red"),)))
CAT = PictureSeen(id="cat-1", prompt="a cat", scene=Scene(subjects=(Subject(noun="cat"),)))
ENGINE = ContextEngine()


def step(text: str, *pictures: PictureSeen):
    plan = ENGINE.understand(text, surroundings=Surroundings(now=NOW, pictures=pictures))
    (only,) = plan.steps
    return only


def route(text: str, **around: Any) -> str:
    surroundings = Surroundings(**{"now": NOW, "online": True, "pictures": (FOX,)} | around)
    return ENGINE.understand(text, surroundings=surroundings).steps[0].route


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("make it night", "it"),
        ("make that bigger", "that"),
        ("change the picture to a cat", "the picture"),
        ("make the fox blue", "the fox"),
        ("add a tree", "it"),
        ("another one", "it"),
        ("show me the last one", "the last one"),
    ],
)
def test_a_word_that_refers_is_the_latest_picture(text: str, word: str) -> None:
    assert step(text, FOX, CAT).references == {word: "fox-1"}


def test_the_one_before_is_the_second_latest() -> None:
    assert step("show me the one before that", FOX, CAT).references == {"the one before": "cat-1"}


def test_the_one_before_the_only_picture_is_none() -> None:
    assert step("show me the one before that", FOX).references == {}


@pytest.mark.parametrize("text", ["make it night", "add a tree", "remove the moon", "another one", "show it again"])
def test_without_a_picture_the_wish_is_understood_and_refers_to_nothing(text: str) -> None:
    found = step(text)
    assert found.intent.startswith("picture.")
    assert found.references == {}


@pytest.mark.parametrize("text", ["with snow", "in watercolour", "at night", "give the fox a hat"])
def test_a_few_words_that_could_be_anything_are_no_edit_without_a_picture(text: str) -> None:
    assert step(text).intent == "none"


def test_an_edit_keeps_the_whole_wish() -> None:
    assert step("Now, make the fox blue, please.", FOX).slots == {"change": "make the fox blue"}


def test_the_prompt_keeps_its_commas_and_its_case() -> None:
    assert step("Draw two dogs, a Cat, and a bird.").slots == {"prompt": "two dogs, a Cat, and a bird"}


def test_only_pictures_may_leave_the_device() -> None:
    assert route("draw a fox") == "grammar/device+bridge"
    assert route("make it night") == "grammar/device+bridge"
    assert route("another one") == "grammar/device+bridge"
    assert route("show me the last one") == "grammar/device"
    assert route("what time is it") == "grammar/device"
    assert route("tell me a joke") == "grammar/device"


@pytest.mark.parametrize(
    ("around", "why"),
    [
        ({"online": False}, "device (offline)"),
        ({"kept_here": frozenset({"picture.create"})}, "device (nothing may leave)"),
        ({"kept_here": frozenset({"picture.edit"})}, "device+bridge"),
        ({"battery_percent": 19}, "device+bridge (battery low: no partial pictures)"),
        ({"battery_percent": 20}, "device+bridge"),
        ({"hot": True, "battery_percent": 5}, "device+bridge (hot: no partial pictures)"),
        ({"hot": True, "online": False}, "device (offline)"),
    ],
)
def test_the_route_says_why_a_picture_goes_another_way_than_usual(around: dict[str, Any], why: str) -> None:
    assert route("draw a fox", **around) == f"grammar/{why}"
    assert route("what time is it", **around) == "grammar/device"


def test_what_is_not_understood_is_kept_for_the_answer() -> None:
    assert step("Please, tell me a joke!").slots == {"heard": "tell me a joke"}
    assert step("...").slots == {}


def test_a_language_without_sentences_is_refused_in_one_sentence() -> None:
    with pytest.raises(ValueError, match="no sentences for the language 'tlh'"):
        ContextEngine("tlh")


def test_a_long_text_is_cut() -> None:
    prompt = str(step("draw " + "a fox and " * 1000).slots["prompt"])
    assert 1900 < len(prompt) <= 2000


@settings(max_examples=150)
@given(st.text(max_size=200) | st.text("adrwmkeit picture of the,.'?{}[]()|<>:", max_size=120))
def test_no_text_breaks_it(text: str) -> None:
    found = step(text, FOX)
    assert found.intent
    assert all(isinstance(value, (str, int)) for value in found.slots.values())


@pytest.mark.parametrize("word", ["draw ", "make the ", "add ", "put ", "the same but ", "a picture of ", "um, "])
def test_the_longest_text_is_understood_in_bounded_work(word: str) -> None:
    began = time.process_time()
    step(word * 2000, FOX)
    step(word + "with a fox to the fox into the fox " * 60, FOX)
    # Far above what it takes (0.1 s): this fails for templates that explode, not for a busy machine.
    assert time.process_time() - began < 5
