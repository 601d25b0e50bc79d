"""What is offered in place of what there is no drawing of."""

import pytest

from edge_models.image.nearest import _nearest, nearest_subject
from edge_models.image.parse import parse_prompt
from edge_models.image.vocabulary import vocabulary


@pytest.mark.parametrize(
    ("noun", "key"),
    [
        ("wolverine", "badger"),
        ("Zeppelins", "hot_air_balloon"),
        ("werewolves", "wolf"),
        ("fox", None),
        ("flibbertigibbet", None),
        ("", None),
    ],
)
def test_what_is_near_is_found_and_what_is_not_is_not(noun: str, key: str | None) -> None:
    assert nearest_subject(noun) == key


def test_what_is_offered_can_be_drawn_and_what_it_stands_for_cannot() -> None:
    assert set(_nearest().values()) <= vocabulary().subjects.keys()
    assert not _nearest().keys() & vocabulary().subject_words.keys()


def test_the_parser_takes_each_of_the_words_for_one_unknown_thing() -> None:
    for word in _nearest():
        subjects = parse_prompt(f"the {word}").subjects
        assert [(subject.noun, subject.known) for subject in subjects] == [(word, False)]
