"""Prompts as people speak them, and the scenes that they mean."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_models.image.lexicon import MAX_CHARACTERS
from edge_models.image.parse import MAX_RELATIONS, MAX_SUBJECTS, MAX_UNKNOWN, parse_prompt
from edge_models.image.scene import Relation, Scene, Subject
from edge_models.image.vocabulary import vocabulary
from edge_models.image.words import scene_words


def scene(subjects: str = "", relations: str = "", rest: str = "") -> Scene:
    """The scene that a row of the table stands for."""
    moods = [part.split(" ", 1) for part in re.split(", *", rest) if part]
    return Scene(
        subjects=tuple(subject(part) for part in re.split(", *", subjects) if part),
        relations=tuple(relation(part) for part in re.split(", *", relations) if part),
        unknown=tuple(value for field, value in moods if field == "unknown"),
        **{field: value for field, value in moods if field != "unknown"},  # pyright: ignore[reportArgumentType]
    )


def subject(row: str) -> Subject:
    *looks, noun = row.split(" ")
    words = vocabulary()
    return Subject.model_validate(
        {
            "noun": noun.removeprefix("?").replace("~", " "),
            "known": not noun.startswith("?"),
            "count": next((int(look) for look in looks if look.isdigit()), 1),
            "size": next((look for look in looks if look in words.sizes), "normal"),
            "colour": next((look for look in looks if look in words.colours), None),
            "adjectives": tuple(look for look in looks if look in words.adjectives),
        }
    )


def relation(row: str) -> Relation:
    of, kind, to = row.split(" ")
    return Relation.model_validate({"of": int(of), "kind": kind, "to": int(to)})


def rows() -> list[list[str]]:
    lines = (Path(__file__).parent / "spoken_prompts.txt").read_text("utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")] for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_spoken_prompt_means_its_scene(row: list[str]) -> None:
    assert parse_prompt(row[0]) == scene(*row[1:])


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_saying_a_scene_and_hearing_it_gives_the_same_scene(row: list[str]) -> None:
    meant = parse_prompt(row[0])
    assert parse_prompt(scene_words(meant)) == meant.model_copy(update={"unknown": ()})


WORDS = vocabulary()
KNOWN = st.builds(
    Subject,
    noun=st.sampled_from(sorted(WORDS.subjects)),
    count=st.integers(1, 12),
    colour=st.none() | st.sampled_from(sorted(WORDS.colours)),
    size=st.sampled_from(sorted(WORDS.sizes)),
    adjectives=st.lists(st.sampled_from(sorted(WORDS.adjectives)), unique=True, max_size=4).map(tuple),
)
STRANGE = st.builds(
    Subject,
    noun=st.sampled_from(["gruffalo", "submarine", "wooden fence", "quokka", "washing machine"]),
    known=st.just(False),
    count=st.integers(1, 12),
    colour=st.none() | st.sampled_from(sorted(WORDS.colours)),
)


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    subjects = draw(st.lists(KNOWN | STRANGE, max_size=MAX_SUBJECTS))
    pairs = [(of, to) for of in range(len(subjects)) for to in range(len(subjects)) if of != to]
    kinds = st.sampled_from(sorted(_KINDS))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=MAX_RELATIONS)) if pairs else []
    return Scene.model_validate(
        {
            "subjects": tuple(subjects),
            "relations": tuple({"of": of, "kind": draw(kinds), "to": to} for of, to in chosen),
            "place": draw(st.none() | st.sampled_from(sorted(WORDS.places))),
            "weather": draw(st.none() | st.sampled_from(sorted(WORDS.weathers))),
            "time": draw(st.none() | st.sampled_from(sorted(WORDS.times))),
            "style": draw(st.none() | st.sampled_from(sorted(WORDS.styles))),
        }
    )


_KINDS = ("on", "under", "above", "below", "beside", "left_of", "right_of", "behind", "in_front_of", "in")
_KINDS += ("holding", "riding", "wearing")


@settings(max_examples=400, derandomize=True)
@given(scenes())
def test_any_scene_can_be_said_and_understood(meant: Scene) -> None:
    assert parse_prompt(scene_words(meant)) == meant


@settings(max_examples=300, derandomize=True)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["the", "a", "fox", ",", "and", "with", "it", "under", "red"])).map(" ".join)
)
def test_no_text_is_refused(text: str) -> None:
    understood = parse_prompt(text)
    assert len(understood.subjects) <= MAX_SUBJECTS
    assert parse_prompt(text) == understood


@pytest.mark.parametrize("text", ["🦊🌕", "画一只红色的狐狸", "нарисуй лису", "x" * 5000, "\x00\ud7ff", "very " * 1000])
def test_what_is_not_read_draws_nothing(text: str) -> None:
    assert [subject for subject in parse_prompt(text).subjects if subject.known] == []


@pytest.mark.parametrize(
    "text", ["a red fox and " * 2000, "a fox on a cat under " * 500, "on " * 2000, "a big " * 1000]
)
def test_very_long_prompts_are_scenes_within_their_bounds(text: str) -> None:
    found = parse_prompt(text)
    assert Scene.model_validate(found.model_dump()) == found


def test_an_empty_prompt_is_an_empty_scene() -> None:
    assert parse_prompt("") == parse_prompt("  ...  ") == Scene()


def test_what_lies_beyond_five_thousand_characters_is_not_read() -> None:
    assert parse_prompt("um " * (MAX_CHARACTERS // 3 + 1) + "a fox") == Scene()


def test_eight_subjects_fit_and_the_ninth_is_owned_up_to() -> None:
    understood = parse_prompt("a fox, a cat, a dog, a cow, a pig, a duck, an owl, a bear and a red lion")
    assert len(understood.subjects) == MAX_SUBJECTS
    assert understood.unknown == ("red lion",)


def test_a_flood_of_strange_words_stays_bounded() -> None:
    understood = parse_prompt(" ".join(f"zork{number}" for number in range(600)))
    assert len(understood.unknown) == MAX_UNKNOWN
    assert len(parse_prompt("a " + "z" * 4000).subjects[0].noun) == 60


@pytest.mark.parametrize(
    ("slip", "meant"),
    [
        ("a pengiun", "penguin"),
        ("an elephent", "elephant"),
        ("a butterlfy", "butterfly"),
        ("a dinasaur", "dinosaur"),
        ("a skyscrapper", "skyscraper"),
        ("a lighthose", "lighthouse"),
    ],
)
def test_a_slip_of_the_typing_is_forgiven(slip: str, meant: str) -> None:
    assert parse_prompt(slip).subjects == (Subject(noun=meant),)


OTHER_WORDS = (
    "cattle", "pocket", "leather", "shooter", "finger", "trailer", "bottle", "cable", "minster", "planned", "charger",
    "bolder", "counter", "pirate", "pointing", "hampers", "fighter", "slipper", "hunter", "winter", "mountaineer",
    "battle", "leader", "stream", "plumber", "dancing", "planner",
)  # fmt: skip


@pytest.mark.parametrize("word", OTHER_WORDS)
def test_a_word_of_its_own_is_not_taken_for_a_slip(word: str) -> None:
    assert word not in WORDS.subject_words
    assert not any(each.known for each in parse_prompt(f"a {word}").subjects)


def test_what_is_not_known_is_said_back_as_it_was_said() -> None:
    assert parse_prompt("two purple hovercrafts").subjects == (
        Subject(noun="hovercrafts", known=False, count=2, colour="purple"),
    )


@pytest.mark.parametrize(
    ("meant", "said"),
    [
        (scene("red fox, full moon", "0 under 1", "time night, style watercolour"),
         "a red fox under a full moon, at night, in watercolour"),
        (scene("3 small blue cat", "", "place beach"), "three small blue cats, on a beach"),
        (scene("castle, 2 dragon", "1 above 0"), "a castle with two dragons above it"),
        (scene("girl, hat, scarf, balloon", "0 wearing 1, 0 wearing 2, 0 holding 3"),
         "a girl wearing a hat and a scarf and holding a balloon"),
        (scene("orange orange, unicorn, owl"), "an orange orange, a unicorn and an owl"),
        (scene("fox, fox", "1 behind 0"), "a fox with a fox behind it"),
        (scene("fox, moon, house", "0 under 1, 2 behind 1"), "a fox under a moon and a house behind the moon"),
        (scene("cheese, glasses"), "some cheese and some glasses"),
        (scene("", "", "weather rain"), "in the rain"),
        (Scene(), ""),
    ],
)  # fmt: skip
def test_a_scene_is_said_in_natural_english(meant: Scene, said: str) -> None:
    assert scene_words(meant) == said
