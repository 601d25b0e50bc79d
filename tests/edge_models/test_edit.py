"""What people say after "make it …", "add …", "remove …", and what becomes of the picture."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_models.image.edit import Edited, edit_scene
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene

FOX = "a red fox under a full moon"

# before, what is said, after (as a prompt), how it is said back
EDITS = [
    # moods
    (FOX, "night", "a red fox under a full moon at night", "at night"),
    (FOX, "it night", "a red fox under a full moon at night", "at night"),
    (FOX, "change it to night", "a red fox under a full moon at night", "at night"),
    (FOX, "make it night please", "a red fox under a full moon at night", "at night"),
    ("a fox at night", "day", "a fox by day", "by day"),
    (FOX, "snowy", "a red fox under a full moon, in the snow", "in the snow"),
    (FOX, "it rain", "a red fox under a full moon in the rain", "in the rain"),
    (FOX, "in the forest", "a red fox under a full moon in a forest", "in a forest"),
    (FOX, "put it on the beach", "a red fox under a full moon on a beach", "on a beach"),
    ("a fox on the moon", "move it to the beach", "a fox on a beach", "on a beach"),
    ("a fox in a forest", "change the forest to a beach", "a fox on a beach", "on a beach"),
    ("a fox", "change the background to a forest", "a fox in a forest", "in a forest"),
    ("a fox", "a watercolour", "a fox in watercolour", "in watercolour"),
    ("a fox in watercolour", "make it look like an oil painting", "a fox, oil painting", "as an oil painting"),
    ("a fox", "draw it as pixel art please", "a fox, pixel art", "as pixel art"),
    ("a fox", "sunset in watercolour", "a fox at sunset in watercolour", "at sunset, in watercolour"),
    # looks
    (FOX, "blue", "a blue fox under a full moon", "with a blue fox"),
    (FOX, "the fox blue", "a blue fox under a full moon", "with a blue fox"),
    (FOX, "make the moon blue", "a red fox under a full blue moon", "with a full blue moon"),
    (FOX, "change the colour of the fox to blue", "a blue fox under a full moon", "with a blue fox"),
    (FOX, "change it to blue", "a blue fox under a full moon", "with a blue fox"),
    (FOX, "the fox blue and the moon green", "a blue fox under a full green moon",
     "with a blue fox, with a full green moon"),
    ("a red fox and a blue fox", "the second fox green", "a red fox and a green fox", "with a green fox"),
    ("a red fox and a blue fox", "make the blue fox bigger", "a red fox and a big blue fox", "with a big blue fox"),
    ("a fox", "bigger", "a big fox", "with a big fox"),
    ("a big fox", "even bigger", "a huge fox", "with a huge fox"),
    ("a fox", "much smaller", "a small fox", "with a small fox"),
    ("a fox", "tiny", "a tiny fox", "with a tiny fox"),
    (FOX, "the moon bigger", "a red fox under a big full moon", "with a big full moon"),
    ("a fox", "happy", "a happy fox", "with a happy fox"),
    ("a fox and a moon", "the fox sleeping", "a sleeping fox and a moon", "with a sleeping fox"),
    ("a fox wearing a hat", "make the hat blue", "a fox wearing a blue hat", "with a blue hat"),
    # counts
    (FOX, "two of them", "two red foxes under a full moon", "with two red foxes"),
    (FOX, "three foxes", "three red foxes under a full moon", "with three red foxes"),
    ("a fox and a tree", "more trees", "a fox and three trees", "with three trees"),
    ("a fox", "more trees", "a fox and three trees", "with three trees"),
    ("three foxes", "fewer foxes", "two foxes", "with two foxes"),
    # additions
    (FOX, "add a tree", "a red fox under a full moon and a tree", "with a tree"),
    ("a fox", "add a boat on the left", "a fox, a boat, the boat to the left of the fox", "with a boat"),
    ("a fox", "add two birds above it", "a fox with two birds above it", "with two birds"),
    ("a fox", "add a cat behind the fox", "a fox with a cat behind it", "with a cat"),
    ("a fox", "also add a red fox next to the fox", "a fox and a red fox, the second fox next to the first fox",
     "with a red fox"),
    ("a fox", "add some rain", "a fox in the rain", "in the rain"),
    ("a fox", "add a hat", "a fox wearing a hat", "with a hat"),
    ("a fox", "give it a hat", "a fox wearing a hat", "with a hat"),
    ("a fox", "give the fox a balloon", "a fox holding a balloon", "with a balloon"),
    ("a moon and a fox", "put a hat on the fox", "a moon and a fox wearing a hat", "with a hat"),
    ("a fox and a hat", "add a hat to the fox", "a fox and a hat and a hat, the fox wearing the second hat",
     "with a hat"),
    ("a fox", "with a hat", "a fox wearing a hat", "with a hat"),
    ("a fox", "add a bird on the castle", "a fox and a bird on a castle", "with a bird, with a castle"),
    ("a fox", "make it night with rain and a moon", "a fox and a moon in the rain at night",
     "at night, in the rain, with a moon"),
    ("", "add a fox", "a fox", "with a fox"),
    ("a fox", "add a gruffalo", "a fox and a gruffalo", "with a gruffalo"),
    # removals
    (FOX, "remove the moon", "a red fox", "without the moon"),
    (FOX, "without the moon", "a red fox", "without the moon"),
    (FOX, "no moon", "a red fox", "without the moon"),
    (FOX, "and remove the fox", "a full moon", "without the fox"),
    ("a fox wearing a hat", "take the hat off", "a fox", "without the hat"),
    ("a fox, a cat under a tree", "get rid of the fox", "a cat under a tree", "without the fox"),
    ("a fox, a cat and a tree", "remove the cat and the tree", "a fox", "without the cat, without the tree"),
    ("three foxes", "remove one of the foxes", "two foxes", "with two foxes"),
    ("a fox in the rain", "stop the rain", "a fox", "without the rain"),
    ("a fox in a forest", "remove the forest", "a fox", "without the forest"),
    ("a fox in a forest", "remove the background", "a fox", "without the background"),
    # replacements
    (FOX, "instead of a fox a wolf", "a wolf under a full moon", "with a wolf instead of the fox"),
    (FOX, "a wolf instead of the fox", "a wolf under a full moon", "with a wolf instead of the fox"),
    (FOX, "turn the fox into a wolf", "a wolf under a full moon", "with a wolf instead of the fox"),
    (FOX, "make the fox a wolf", "a wolf under a full moon", "with a wolf instead of the fox"),
    (FOX, "make it a wolf", "a wolf under a full moon", "with a wolf instead of the fox"),
    (FOX, "change the moon to a sun", "a red fox under a sun", "with a sun instead of the moon"),
    (FOX, "replace the fox with two cats", "two cats under a full moon", "with two cats instead of the fox"),
    ("three foxes", "turn them into a wolf", "three wolves", "with three wolves instead of the foxes"),
    ("a fox", "a giant robot in space", "a huge robot in space", "with a huge robot instead of the fox, in space"),
    # places of one thing and another
    ("a fox and a cat", "put the fox behind the cat", "a fox behind a cat", "with the fox behind the cat"),
    (FOX, "put the fox on the right", "a red fox to the right of a full moon", "with the fox to the right of the moon"),
    ("a fox under a tree", "put the tree behind it", "a fox and a tree behind the fox", "with the tree behind the fox"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "words", "after", "said"), EDITS, ids=lambda value: value)
def test_an_edit_changes_what_it_says_and_nothing_else(before: str, words: str, after: str, said: str) -> None:
    edited = edit_scene(parse_prompt(before), words)
    assert edited.scene.model_copy(update={"unknown": ()}) == parse_prompt(after)
    assert edited.changed
    assert edited.said == said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("more cheerful", "cheerful"),
        ("xyzzy", "xyzzy"),
        ("", ""),
        ("remove the giraffe", "giraffe"),
        ("change the giraffe to a wolf", "giraffe"),
        ("turn the giraffe blue", "giraffe blue"),
        ("the sky pink", "sky pink"),
        ("a gruffalo", "gruffalo"),
        ("a different colour", "different"),
        ("the same", "same"),
    ],
)
def test_what_is_not_understood_leaves_the_picture_alone(words: str, said: str) -> None:
    before = parse_prompt(FOX)
    assert edit_scene(before, words) == Edited(scene=before, changed=False, said=said)


def test_words_that_nothing_was_done_with_are_listed_anew() -> None:
    before = parse_prompt("a mysterious fox")
    edited = edit_scene(before, "blue and cheerful")
    assert edited.changed
    assert edited.scene.unknown == ("cheerful",)


def test_a_ninth_subject_does_not_fit() -> None:
    before = parse_prompt("a fox, a cat, a dog, a cow, a pig, a duck, an owl and a bear")
    assert edit_scene(before, "add a lion") == Edited(scene=before, changed=False, said="lion")


def test_the_relations_of_what_stays_survive_a_removal() -> None:
    edited = edit_scene(parse_prompt("a moon, a fox under a tree and a cat on a rock"), "remove the tree")
    assert edited.scene == parse_prompt("a moon, a fox and a cat on a rock")


WORDS = [
    "the", "a", "fox", "moon", "it", "add", "remove", "make", "change", "to", "into", "instead", "of", "with", "on",
    "left", "two", "blue", "bigger", "and", "forest", "night", "no", "without", "give", "hat", "put", "behind",
    "zork", "more",
]  # fmt: skip


@settings(max_examples=500, derandomize=True)
@given(st.sampled_from(["", FOX, "a fox, a fox and a hat at night"]), st.lists(st.sampled_from(WORDS), max_size=9))
def test_no_edit_is_refused(before: str, words: list[str]) -> None:
    scene = parse_prompt(before)
    edited = edit_scene(scene, " ".join(words))
    assert Scene.model_validate(edited.scene.model_dump()) == edited.scene
    assert edited.changed == (edited.scene.model_copy(update={"unknown": ()}) != scene)
    assert edited.said or not words or not edited.changed


def test_a_flood_of_words_is_cut_off() -> None:
    assert not edit_scene(parse_prompt(FOX), "um " * 200 + "blue").changed


@pytest.mark.parametrize("words", ["night", "make it night", "red", "make the fox red"])
def test_what_is_so_already_is_told_from_what_was_not_understood(words):
    scene = parse_prompt("a red fox under a full moon at night")
    edited = edit_scene(scene, words)
    assert (edited.changed, edited.already) == (False, True)
    assert not edit_scene(scene, "more cheerful").already
    assert not edit_scene(scene, "").already
