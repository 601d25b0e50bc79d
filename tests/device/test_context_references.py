"""Which picture is meant: by pronoun, number, content, or asked back."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.surroundings import Question
from edge_models.image.parse import parse_prompt

ENGINE = ContextEngine()
NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)


def picture(name: str, prompt: str, made_at: float, *, turn: str = "", parent: str | None = None) -> PictureSeen:
    return PictureSeen(name, prompt, parse_prompt(prompt), made_at, turn, parent)


FOX = picture("fox", "a red fox under a full moon", 10)
CASTLE = picture("castle", "a castle with a blue dragon at night", 20)
CAT = picture("cat", "a black cat on a beach", 30)
SHOWN = (CAT, CASTLE, FOX)


def meant(text: str, *pictures: PictureSeen, question: Question | None = None) -> Step:
    surroundings = Surroundings(now=NOW, online=True, pictures=pictures or SHOWN, question=question)
    (step,) = ENGINE.understand(text, surroundings=surroundings).steps
    return step


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("make it blue", "cat"),
        ("make him bigger", "cat"),
        ("add a tree", "cat"),
        ("make the sky pink", "cat"),
        ("make the dragon red", "castle"),
        ("make the blue dragon red", "castle"),
        ("remove the moon", "fox"),
        ("make the building smaller", "castle"),
        ("make the animal bigger", "cat"),
        ("make the fox one blue", "fox"),
        ("make the first one blue", "fox"),
        ("make the second picture brighter at dawn", "castle"),
        ("make the one before green", "castle"),
        ("make the previous picture green", "castle"),
        ("make the beach one sunny", "cat"),
        ("make the one with the dragon sunny", "castle"),
        ("show me the first one", "fox"),
        ("show me the fox picture again", "fox"),
        ("show me the picture of the castle", "castle"),
        ("go back to the castle one", "castle"),
        ("show me the last picture but one", "castle"),
        ("show me the fox", "fox"),
        ("another one like the second picture", "castle"),
        ("redraw the fox picture", "fox"),
        ("the same but at night", "cat"),
        ("like before but at night", "cat"),
        ("the same with a dog instead", "cat"),
    ],
)
def test_the_picture_that_is_meant_is_found(text: str, wanted: str) -> None:
    step = meant(text)
    assert step.intent.startswith("picture.")
    assert list(step.references.values()) == [wanted]


def test_a_picture_that_is_named_is_no_thing_in_it() -> None:
    assert meant("make the fox one blue").slots == {"change": "make it blue"}
    assert meant("make the one with the dragon sunny").slots == {"change": "make it sunny"}
    assert meant("make the animal bigger").slots == {"change": "make the cat bigger"}


def test_both_are_the_last_two_in_the_order_in_which_they_were_made() -> None:
    assert list(meant("make both of them snowy").references.values()) == ["castle", "cat"]


@pytest.mark.parametrize("text", ["show me the seventh one", "make the fourth picture blue"])
def test_a_picture_that_never_was_is_none(text: str) -> None:
    assert meant(text).references == {}


@pytest.mark.parametrize(
    ("text", "intent"),
    [("draw the moon", "picture.create"), ("show me a fox", "picture.create"), ("show me the moon", "picture.create")],
)
def test_what_is_not_what_a_picture_is_of_is_drawn_anew(text: str, intent: str) -> None:
    assert meant(text).intent == intent


def test_the_first_one_is_the_first_since_the_last_long_pause() -> None:
    later = picture("owl", "an owl", 90_000), picture("dog", "a dog", 90_060)
    assert list(meant("show me the first one", *later[::-1], *SHOWN).references.values()) == ["owl"]


def test_her_is_the_princess_where_the_latest_is_a_wizard() -> None:
    people = picture("wizard", "a wizard", 20), picture("princess", "a princess", 10)
    assert list(meant("give her a hat", *people).references.values()) == ["princess"]
    assert list(meant("give him a hat", *people).references.values()) == ["wizard"]


TWINS = (picture("b", "a castle", 11, turn="t"), picture("a", "a red fox", 10, turn="t"))


def test_one_of_two_that_one_sentence_made_is_asked_for() -> None:
    step = meant("make it blue", *TWINS)
    assert step.intent == "dialogue.which"
    assert step.references == {"a red fox": "a", "a castle": "b"}
    assert step.asks is not None
    assert step.asks.slots == {"change": "make it blue"}


def test_a_picture_that_was_changed_in_the_same_sentence_is_no_twin() -> None:
    changed = picture("b", "a blue fox", 11, turn="t", parent="a"), picture("a", "a fox", 10, turn="t")
    assert meant("make it bigger", *changed).intent == "picture.edit"


ASKED = Question(Step("picture.edit", {"change": "make it blue"}), (TWINS[1], TWINS[0]))


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("the fox", ["a"]),
        ("the castle please", ["b"]),
        ("the red one", ["a"]),
        ("the first one", ["a"]),
        ("the second", ["b"]),
        ("the last one", ["b"]),
        ("Um, the fox.", ["a"]),
        ("both", ["a", "b"]),
    ],
)
def test_the_short_answer_is_understood(answer: str, wanted: list[str]) -> None:
    step = meant(answer, *TWINS, question=ASKED)
    assert (step.intent, step.slots) == ("picture.edit", {"change": "make it blue"})
    assert list(step.references.values()) == wanted
    assert step.route == "answer/device+bridge"


def test_never_mind_drops_the_question() -> None:
    assert meant("never mind", *TWINS, question=ASKED).intent == "dialogue.dropped"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("what time is it", "clock.time"), ("draw a whale", "picture.create"), ("the zeppelin", "none")],
)
def test_what_is_no_answer_is_a_sentence_of_its_own(text: str, intent: str) -> None:
    assert meant(text, *TWINS, question=ASKED).intent == intent


@pytest.mark.parametrize(
    "text", ["stop the pasta timer", "cancel the alarm", "no draw a horse", "all right what time is it"]
)
def test_a_command_that_begins_like_a_no_is_no_answer(text: str) -> None:
    assert meant(text, *TWINS, question=ASKED).intent not in ("dialogue.dropped", "picture.edit")


SURE = Question(Step("picture.delete", {"which": "all"}), ())


@pytest.mark.parametrize(
    "text", ["yes", "Yes, please.", "yeah do it", "sure", "delete them", "yes I'm sure", "all of them"]
)
def test_a_whole_yes_deletes(text: str) -> None:
    assert meant(text, *TWINS, question=SURE).intent == "picture.delete"


@pytest.mark.parametrize(
    "text", ["sure what's the time", "okay draw a fox", "yes but not the fox", "right what day is it", "do it again"]
)
def test_a_sentence_that_begins_with_a_yes_deletes_nothing(text: str) -> None:
    assert meant(text, *TWINS, question=SURE).intent != "picture.delete"
