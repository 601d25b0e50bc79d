"""The plain answer to what the device can't do."""

import pytest
from phrase_parts import ENGLISH

from device.skills.about import cannot

HINT = "Try: draw a red fox under a full moon."


def test_the_answer_says_what_was_heard_and_what_would_work() -> None:
    assert cannot("turn on the lights", ENGLISH) == f"Sorry, I can't do that yet: “turn on the lights”. {HINT}"


def test_a_long_speech_is_answered_shortly() -> None:
    assert cannot("the quick brown fox jumps over the lazy dog and more", ENGLISH) == (
        f"Sorry, I can't do that yet: “the quick brown fox jumps over the lazy …”. {HINT}"
    )
    assert len(cannot("x" * 2000, ENGLISH)) < 200


@pytest.mark.parametrize("heard", ["", "😀😀", "123 456"])
def test_nothing_to_read_was_not_caught(heard: str) -> None:
    assert cannot(heard, ENGLISH) == f"Sorry, I didn't catch that. {HINT}"


@pytest.mark.parametrize("heard", ["ارسم ثعلبا", "画一只狐狸", "нарисуй лису"])
def test_another_script_is_not_read_out(heard: str) -> None:
    assert cannot(heard, ENGLISH) == f"Sorry, I only understand English so far. {HINT}"


def test_accents_are_english_enough() -> None:
    assert "café" in cannot("où est le café", ENGLISH)
