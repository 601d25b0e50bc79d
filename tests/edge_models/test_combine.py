"""Two scenes in one."""

import pytest

from edge_models.image.combine import combine_scenes
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Box, Scene, Subject
from edge_models.image.words import scene_words


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        ("a red fox", "a castle", "a red fox and a castle"),
        ("a cat", "a forest at night", "a cat, in a forest, at night"),
        ("a cat on the beach", "a dog in a forest", "a cat and a dog, in a forest"),
        ("a cat in watercolour", "a dog", "a cat and a dog, in watercolour"),
        ("a fox under the moon", "an owl under the moon", "a fox under a moon and an owl under the moon"),
        ("a fox", "a fox", "two foxes"),
        ("a red fox", "a blue fox", "a red fox and a blue fox"),
        ("a cat with a hat", "a dog on a sofa", "a cat wearing a hat and a dog on a sofa"),
    ],
)
def test_both_are_in_it(first: str, second: str, both: str) -> None:
    scene = combine_scenes(parse_prompt(first), parse_prompt(second)).scene
    assert scene_words(scene) == both
    assert parse_prompt(both) == scene


def test_what_there_is_no_room_for_is_told() -> None:
    many = parse_prompt("a fox, a cat, a dog, an owl, a bear")
    more = parse_prompt("a castle, a tree, a boat, a moon, a star")
    combined = combine_scenes(many, more)
    assert len(combined.scene.subjects) == 8
    assert [subject.noun for subject in combined.left_out] == ["moon", "star"]


def test_crowds_stay_within_bounds() -> None:
    foxes = Scene(subjects=(Subject(noun="fox", count=12),))
    assert combine_scenes(foxes, foxes).scene.subjects[0].count == 12


def test_what_was_put_by_hand_finds_a_new_place() -> None:
    boxed = Scene(subjects=(Subject(noun="fox", box=Box(left=0, top=0, right=0.5, bottom=0.5)),))
    assert not combine_scenes(boxed, parse_prompt("a castle")).scene.by_hand


def test_many_relations_stay_within_bounds() -> None:
    scene = parse_prompt("a girl with a hat and a scarf and a balloon on a sofa with a cat on a book")
    assert len(combine_scenes(scene, scene).scene.relations) <= 12
