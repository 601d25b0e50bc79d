"""Which commands nothing can follow: those end a turn in half the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.context import ContextEngine

CONTEXT = ContextEngine(language="en")


@pytest.mark.parametrize(
    "text",
    [
        "What time is it?",
        "Stop.",
        "Louder, please.",
        "Set the volume to 60 percent.",
        "Are you online?",
        "Try again.",
        "Set a timer for ten minutes.",
        "Cancel the timer.",
    ],
)
def test_nothing_follows_these(text: str) -> None:
    assert CONTEXT.whole(text)


@pytest.mark.parametrize(
    "text",
    [
        "Draw a red fox.",
        "Set a timer.",
        "Set a timer for ten",
        "Set a pasta timer",
        "Draw a fox under",
        "Make it night.",
        "What time is",
        "Set the volume to",
        "What time is it...",
        "Stop,",
        "A latte with",
        "The time was one he would remember.",
        "",
        "...",
    ],
)
def test_more_may_come_after_these(text: str) -> None:
    assert not CONTEXT.whole(text)


@given(st.text(max_size=80))
def test_no_text_is_too_much(text: str) -> None:
    CONTEXT.whole(text)
