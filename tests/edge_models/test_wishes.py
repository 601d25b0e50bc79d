"""What people say to have a picture changed, and what is read in it."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_models.image.retouch import Unclear, read_wishes
from edge_models.image.retouch.wish import (
    SIDES,
    Add,
    Backdrop,
    Blur,
    Combine,
    Extend,
    Recolour,
    Relight,
    Remove,
    Replace,
    Restyle,
    Retone,
    Weather,
    Wish,
)
from edge_models.image.scene import Subject

CAR, DOG, HAT = Subject(noun="car"), Subject(noun="dog"), Subject(noun="hat")
SKY = Subject(noun="sky", known=False)


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("make the car red", Recolour(CAR, "red")),
        ("Can you make the car blue please?", Recolour(CAR, "blue")),
        ("change the colour of the car to green", Recolour(CAR, "green")),
        ("make the red car blue", Recolour(CAR.model_copy(update={"colour": "red"}), "blue")),
        ("make it blue", Recolour(None, "blue")),
        ("make the sky pink", Recolour(SKY, "pink")),
        ("make the lamp post blue", Recolour(Subject(noun="lamp post", known=False), "blue")),
        ("remove the car", Remove(CAR)),
        ("remove this", Remove(None)),
        ("get rid of the car here", Remove(CAR)),
        ("make it night", Relight("night")),
        ("at sunset", Relight("sunset")),
        ("a bit brighter", Retone("brighter")),
        ("make it warmer", Retone("warmer")),
        ("a little darker please", Retone("darker")),
        ("turn it into a watercolour", Restyle("watercolour")),
        ("in the style of a pencil drawing", Restyle("pencil")),
        ("make it black and white", Restyle("black_and_white")),
        ("make it snow", Weather("snow")),
        ("add some fog", Weather("fog")),
        ("put it on a beach", Backdrop("beach")),
        ("change the background to a forest", Backdrop("forest")),
        ("remove the background", Backdrop(None)),
        ("blur the background", Blur(Subject(noun="background", known=False))),
        ("make the dog blurry", Blur(DOG)),
        ("blur this", Blur(None)),
        ("extend it to the left", Extend(("left",))),
        ("zoom out", Extend(SIDES)),
        ("add a hat to the dog", Add(HAT, DOG, "wearing", has_owner=True)),
        ("put a hat on it", Add(HAT, None, "wearing", has_owner=True)),
        ("give it sunglasses", Add(Subject(noun="sunglasses"), None, "wearing", has_owner=True)),
        ("a hat here", Add(HAT, None, "wearing", has_owner=True)),
        ("put a dog next to the car", Add(DOG, CAR, "beside", has_owner=True)),
        ("add a dog", Add(DOG)),
        ("draw a dog in the corner", Add(DOG)),
        ("put a dog on the grass", Add(DOG)),
        ("put a hat on his head", Add(HAT, None, "wearing", has_owner=True)),
        ("make the sky a sunset", Relight("sunset")),
        ("add a rainbow in the sky", Weather("rainbow")),
        ("turn this photo into a cartoon", Restyle("cartoon")),
        ("make my photo black and white", Restyle("black_and_white")),
        ("sepia tone", Restyle("vintage")),
        ("make the water green", Recolour(Subject(noun="water", known=False), "green")),
        ("replace the car with a dog", Replace(CAR, DOG)),
        ("turn it into a dog", Replace(None, DOG)),
        ("اجعل السيارة حمراء", Recolour(CAR, "red")),
        ("اجعلها ليلا", Relight("night")),
    ],
)
def test_what_is_said_is_what_is_done(words: str, wish: Wish) -> None:
    assert read_wishes(words) == (wish,)


def test_several_changes_come_in_the_order_in_which_they_are_said() -> None:
    assert read_wishes("erase the car and make it night, then turn it into a watercolour") == (
        Remove(CAR),
        Relight("night"),
        Restyle("watercolour"),
    )


def test_several_pictures_are_put_together() -> None:
    assert read_wishes("put the dog into the first picture on the left", pictures=2) == (Combine("left"),)
    assert read_wishes("combine these as a watercolour", pictures=3) == (Combine(), Restyle("watercolour"))
    with pytest.raises(Unclear, match="what is to be put together"):
        read_wishes("make it blue", pictures=2)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("", "not_understood"),
        ("hello", "not_understood"),
        ("the car", "not_understood"),
        ("make it nicer", "unknown_subject"),
        ("add a flurble", "unknown_subject"),
        ("make it bigger", "not_supported"),
        ("make the dog happy", "not_supported"),
        ("make it night, " * 3 + "and then make it blue; make it red; make it green; make it pink", "not_supported"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_sentence(words: str, code: str) -> None:
    with pytest.raises(Unclear) as error:
        read_wishes(words)
    assert error.value.code == code
    assert str(error.value).endswith(".")


WORDS = [
    "make",
    "remove",
    "it",
    "the",
    "a",
    "car",
    "red",
    "to",
    "and",
    ",",
    "night",
    "with",
    "put",
    "hat",
    "instead of",
]


@given(st.text(max_size=80) | st.lists(st.sampled_from(WORDS)).map(" ".join))
def test_any_text_is_read_or_refused(words: str) -> None:
    for pictures in (1, 3):
        with suppress(Unclear):
            assert read_wishes(words, pictures=pictures)
