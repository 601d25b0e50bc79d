"""The vocabulary agrees with itself, and every word of it can be said."""

import pytest
from pydantic import ValidationError

from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene, Subject
from edge_models.image.vocabulary import SubjectEntry, Vocabulary, plural, vocabulary
from edge_models.image.words import scene_words

WORDS = vocabulary()
PLACES_TOO = {"mountains", "hills", "waves"}
"""Subjects' words that mean a place when nothing is said about them: "the mountains"."""


def test_it_is_large_enough_to_talk_to() -> None:
    assert len(WORDS.subjects) >= 300
    assert len(WORDS.colours) >= 20
    assert len(WORDS.places) >= 16
    assert {"rain", "snow", "fog", "storm", "wind", "rainbow", "clouds", "clear"} == set(WORDS.weathers)
    assert {"dawn", "day", "sunset", "night"} == set(WORDS.times)
    assert len(WORDS.styles) >= 15


def test_no_two_subjects_share_a_word() -> None:
    owners: dict[str, set[str]] = {}
    for entry in WORDS.subjects.values():
        for word in entry.words:
            owners.setdefault(word, set()).add(entry.key)
    assert {word: keys for word, keys in owners.items() if len(keys) > 1} == {}


@pytest.mark.parametrize("key", sorted(WORDS.subjects))
def test_every_word_for_a_subject_means_that_subject(key: str) -> None:
    for word in WORDS.subjects[key].words:
        if word not in PLACES_TOO:
            understood = parse_prompt(f"the {word}")
            assert [each.noun for each in understood.subjects] == [key], word
            assert understood.unknown == (), word


def test_a_plural_means_several_and_a_singular_one() -> None:
    assert parse_prompt("foxes").subjects == (Subject(noun="fox", count=3),)
    assert parse_prompt("the fox").subjects == (Subject(noun="fox"),)
    assert parse_prompt("sheep").subjects == (Subject(noun="sheep"),)


@pytest.mark.parametrize("table", ["places", "weathers", "times", "styles"])
def test_every_word_for_a_mood_means_that_mood(table: str) -> None:
    field = table.removesuffix("s")
    for key, mood in getattr(WORDS, table).items():
        for words in (*mood.words, mood.said, *mood.when):
            understood = parse_prompt(words)
            assert getattr(understood, field) == key, words
            assert understood.subjects == (), words


@pytest.mark.parametrize("key", sorted(WORDS.colours))
def test_every_colour_goes_with_the_noun_that_follows(key: str) -> None:
    for word in WORDS.colours[key].words:
        assert parse_prompt(f"a {word} cat").subjects == (Subject(noun="cat", colour=key),), word


@pytest.mark.parametrize("key", sorted(WORDS.subjects))
def test_every_subject_can_be_said_in_every_colour_size_and_mood_of_its_own(key: str) -> None:
    looks: list[dict[str, object]] = [{"colour": colour} for colour in WORDS.colours]
    looks.extend({"size": size} for size in WORDS.sizes)
    looks.extend({"adjectives": [adjective]} for adjective in WORDS.adjectives)
    for look in [{}, *looks]:
        for count in (1, 2):
            meant = Scene(subjects=(Subject.model_validate({"noun": key, "count": count} | look),))
            assert parse_prompt(scene_words(meant)) == meant


def test_a_moon_has_its_phases() -> None:
    moon = WORDS.subject("moon")
    assert moon.art_for(("glowing", "crescent")) == "1f319"
    assert moon.art_for(("glowing",)) == moon.art
    assert {moon.art, "1f319"} < set(moon.drawings)


def test_a_key_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        WORDS.subject("gruffalo")


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("fox", "foxes"),
        ("polar bear", "polar bears"),
        ("fairy", "fairies"),
        ("monkey", "monkeys"),
        ("tomato", "tomatoes"),
        ("bowl of rice", "bowls of rice"),
        ("old wolf", "old wolves"),
    ],
)
def test_plurals_are_made_by_rule(one: str, many: str) -> None:
    assert plural(one, irregular={"wolf": "wolves"}) == many


def entry(key: str, **changes: object) -> SubjectEntry:
    row = {"key": key, "kind": "animal", "art": "1f98a", "singulars": [key], "plurals": [f"{key}s"]}
    return SubjectEntry.model_validate(row | {"habitat": "ground", "height": 1.0} | changes)


def changed(**tables: object) -> Vocabulary:
    fields = {name: getattr(WORDS, name) for name in Vocabulary.model_fields}
    return Vocabulary.model_validate(fields | tables)


def test_two_subjects_with_one_word_are_refused() -> None:
    with pytest.raises(ValidationError, match="'dog' means both dog and hound"):
        changed(subjects={"dog": entry("dog"), "hound": entry("hound", singulars=["dog"], plurals=["hounds"])})


def test_a_colour_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="fox: there is no colour 'foxy'"):
        changed(subjects={"fox": entry("fox", colour="foxy")})


def test_a_variant_for_an_adjective_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValidationError, match="fox: there is no adjective"):
        changed(subjects={"fox": entry("fox", variants={"foxy": "1f98a"})})


def test_art_is_named_by_code_points() -> None:
    with pytest.raises(ValidationError, match="art"):
        entry("fox", art="U+1F98A")
