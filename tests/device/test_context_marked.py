"""Words about a part of a picture that somebody has just drawn over."""

from datetime import UTC, datetime

import pytest

from device.context import ContextEngine, PictureSeen, Surroundings
from device.context.marked import Marked, about_part
from edge_models.image.parse import parse_prompt

FOX = PictureSeen("fox", "a red fox", parse_prompt("a red fox"))
AROUND = Surroundings(now=datetime(2026, 11, 26, tzinfo=UTC), pictures=(FOX,))
CONTEXT = ContextEngine()
MARKED = Marked("fox", "region-1")


def meant(text: str):
    return about_part(text, CONTEXT.understand(text, surroundings=AROUND).steps, MARKED)


@pytest.mark.parametrize(
    "text", ["a hat here", "make it blue", "remove this", "add a dragon", "Draw a cat here.", "nothing here"]
)
def test_what_can_be_a_change_is_one_of_the_part(text: str) -> None:
    (step,) = meant(text)
    assert (step.intent, step.references) == ("picture.edit", {"it": "fox"})
    assert step.slots == {"change": text.strip("."), "region": "region-1"}


@pytest.mark.parametrize(
    "text", ["what time is it", "stop", "draw a castle at night", "undo that", "delete the picture", "", "um"]
)
def test_what_is_something_else_stays_so(text: str) -> None:
    assert meant(text) == CONTEXT.understand(text, surroundings=AROUND).steps
