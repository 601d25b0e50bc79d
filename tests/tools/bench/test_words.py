"""Word errors: what is misheard counts, how it is spelled doesn't."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench.words import spoken_words, word_errors

WORDS = st.lists(st.sampled_from(["dim", "the", "lamp", "a", "red", "fox"]), max_size=8).map(" ".join)


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ("never mind", "Nevermind."),
        ("dim it to 50 percent", "Dim it to fifty per cent!"),
        ("half past seven", "Half-past seven"),
        ("what's new", "Whats new?"),
        ("wake me at 7:05 p.m.", "wake me at seven o five PM"),
        ("the twenty first", "the 21st"),
        ("one hundred and fifty", "150"),
        ("nineteen ninety nine", "1999"),
        ("two point five", "2.5"),
        ("cafe", "Café"),
        ("مرحبا", "مَرْحَبًا"),
    ],
)
def test_another_spelling_of_the_same_words_is_no_error(said: str, heard: str) -> None:
    assert word_errors(said, heard)[0] == 0


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("turn on the lamp", "turn on lamp", 1),
        ("turn on the lamp", "turn off the lamps", 2),
        ("stop", "", 1),
        ("", "thanks for watching", 3),
        ("50 percent", "15 percent", 1),
    ],
)
def test_what_was_misheard_counts(said: str, heard: str, errors: int) -> None:
    assert word_errors(said, heard) == (errors, len(spoken_words(said)))


@given(said=WORDS, heard=WORDS)
def test_errors_are_never_fewer_than_the_difference_in_length_nor_more_than_all_words(said: str, heard: str) -> None:
    errors, words = word_errors(said, heard)
    assert abs(words - len(heard.split())) <= errors <= max(words, len(heard.split()))
    assert (errors == 0) == (said == heard)


@given(st.text(max_size=60))
def test_any_text_has_no_errors_against_itself(text: str) -> None:
    assert word_errors(text, text)[0] == 0
