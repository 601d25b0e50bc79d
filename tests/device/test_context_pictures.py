"""What people say to pictures that are there: back and forth, what is in it, away with it, together, over there."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Step, Surroundings
from device.context.surroundings import Question
from edge_models.image.parse import parse_prompt

NOW = datetime(2026, 11, 26, tzinfo=UTC)
ENGINE = ContextEngine()


def seen(name: str, prompt: str, made_at: float, *, photo: bool = False) -> PictureSeen:
    return PictureSeen(name, prompt, None if photo else parse_prompt(prompt), made_at, photo=photo)


FOREST, FOX, CASTLE = (
    seen("forest", "an owl in a forest", 1),
    seen("fox", "a red fox", 2),
    seen("castle", "a castle", 3),
)
PHOTO = seen("photo", "a photo", 4, photo=True)


def step(text: str, *pictures: PictureSeen, question: Question | None = None) -> Step:
    around = Surroundings(now=NOW, pictures=pictures or (CASTLE, FOX, FOREST), question=question)
    (only,) = ENGINE.understand(text, surroundings=around).steps
    return only


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("undo", "picture.undo"),
        ("please undo that", "picture.undo"),
        ("go back to how it was", "picture.undo"),
        ("take that back", "picture.undo"),
        ("I liked it better before", "picture.undo"),
        ("put it back how it was", "picture.undo"),
        ("redo", "picture.redo"),
        ("put it back", "picture.redo"),
        ("redo that", "picture.redo"),
        ("redo it", "picture.variation"),
        ("bring it back", "picture.restore"),
        ("I didn't mean to delete that", "picture.restore"),
        ("undelete it", "picture.restore"),
        ("what's in the picture", "picture.describe"),
        ("describe it", "picture.describe"),
        ("what do you see", "picture.describe"),
        ("who made it", "picture.describe"),
        ("is there a moon in the picture", "picture.describe"),
        ("delete the picture", "picture.delete"),
        ("throw it away", "picture.delete"),
        ("delete the last picture", "picture.delete"),
        ("combine the last two pictures", "picture.combine"),
        ("put them together", "picture.combine"),
        ("show it on the kitchen display", "picture.send"),
        ("send it to Mum's phone", "picture.send"),
        ("email it to Anna", "picture.send"),
    ],
)
def test_it_is_understood(text: str, intent: str) -> None:
    assert step(text).intent == intent


@pytest.mark.parametrize(
    "text",
    [
        "put two and two together",
        "combine flour and water",
        "put the butter in the fridge",
        "merge onto the motorway",
        "put the phone on the table",
        "send it",
        "let it be",
        "bring the milk back",
        "delete the file",
        "I need it",
        "tell me about it",
        "what's in the fridge",
        "show some respect",
        "yes",
        "no",
    ],
)
def test_what_only_sounds_like_it_is_nothing(text: str) -> None:
    assert step(text).intent == "none"


@pytest.mark.parametrize(
    ("text", "intent", "pictures"),
    [
        ("describe the fox picture", "picture.describe", ["fox"]),
        ("what's in the one before", "picture.describe", ["fox"]),
        ("delete the fox picture", "picture.delete", ["fox"]),
        ("delete the fox", "picture.delete", ["fox"]),
        ("delete the picture of the owl", "picture.delete", ["forest"]),
        ("put the fox and the castle together", "picture.combine", ["fox", "castle"]),
        ("put it into the forest picture", "picture.combine", ["castle", "forest"]),
        ("put the fox into the forest picture", "picture.combine", ["fox", "forest"]),
        ("combine the last two", "picture.combine", ["fox", "castle"]),
        ("show the fox picture on the tv", "picture.send", ["fox"]),
    ],
)
def test_which_picture_is_meant(text: str, intent: str, pictures: list[str]) -> None:
    found = step(text)
    assert (found.intent, list(found.references.values())) == (intent, pictures)


def test_a_thing_among_others_is_taken_out_of_the_picture_and_not_the_picture_away() -> None:
    both = seen("both", "a red fox under a full moon", 9)
    assert step("delete the fox", both).intent == "picture.edit"


@pytest.mark.parametrize("text", ["put a dragon in my photo", "add a dragon to the photo"])
def test_the_photo_is_the_one_from_the_phone(text: str) -> None:
    found = step(text, CASTLE, PHOTO, FOX)
    assert (found.intent, list(found.references.values())) == ("picture.edit", ["photo"])
    assert str(found.slots["change"]).startswith("add a ")


@pytest.mark.parametrize("text", ["delete all pictures", "clear the gallery", "delete them all"])
def test_to_delete_all_is_asked_about_first(text: str) -> None:
    found = step(text)
    assert (found.slots, found.asks) == ({"which": "all"}, Step("picture.delete", {"which": "all", "sure": 1}))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes", "picture.delete"),
        ("Yes, please.", "picture.delete"),
        ("yes delete them all", "picture.delete"),
        ("no", "dialogue.dropped"),
        ("never mind", "dialogue.dropped"),
        ("make it night", "picture.edit"),
    ],
)
def test_a_yes_is_understood_where_something_was_asked(text: str, intent: str) -> None:
    sure = Step("picture.delete", {"which": "all", "sure": 1})
    found = step(text, question=Question(sure, ()))
    assert found.intent == intent
    assert (found.slots == sure.slots) == (intent == "picture.delete")


def test_a_screen_is_named_as_a_whole() -> None:
    assert step("show it on the kitchen display").slots == {"to": "the kitchen display"}
    assert step("send it to Mum's phone").slots == {"to": "Mum's phone"}
    assert step("send it to Mum").slots == {"to": "Mum"}
