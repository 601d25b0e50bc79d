"""Changes of a part of a picture: what is meant is what stands there, and nothing else moves."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edge_models.image.compositor import Compositor
from edge_models.image.edit_region import NOT_A_PART, edit_region, in_box
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Box, Scene, Subject
from edge_models.image.words import scene_words

SEED = 11
CORNER = Box(left=0.02, top=0.02, right=0.3, bottom=0.3)


def around(scene: Scene, subject: int, *, nth: int = 0) -> Box:
    """The box of one figure."""
    placed = [each for each in lay_out(scene, seed=SEED).placed if each.subject == subject][nth]
    half = placed.width / 2
    return Box(left=placed.x - half, top=placed.top, right=placed.x + half, bottom=placed.base)


def head_of(scene: Scene, subject: int) -> Box:
    box = around(scene, subject)
    return Box(left=box.left, top=box.top, right=box.right, bottom=box.top + 0.3 * (box.bottom - box.top))


def nouns(scene: Scene) -> list[tuple[str, int]]:
    return [(subject.noun, subject.count) for subject in scene.subjects]


def test_what_stands_in_the_box_is_known() -> None:
    scene = parse_prompt("a fox and a castle")
    assert in_box(scene, around(scene, 0), seed=SEED) == {0: 1}
    assert in_box(scene, around(scene, 1), seed=SEED) == {1: 1}
    assert in_box(scene, CORNER, seed=SEED) == {}
    assert in_box(scene, Box(left=0, top=0, right=1, bottom=1), seed=SEED).keys() == {0, 1}


@pytest.mark.parametrize("words", ["a dragon here", "add a dragon", "put a dragon there", "a dragon"])
def test_what_is_added_stands_in_the_box(words: str) -> None:
    scene = parse_prompt("a fox in the forest")
    edited = edit_region(scene, words, CORNER, seed=SEED)
    assert edited.changed
    assert edited.said == "with a dragon"
    (dragon,) = [placed for placed in lay_out(edited.scene, seed=SEED).placed if placed.subject == 1]
    assert CORNER.left <= dragon.x - dragon.width / 2 <= dragon.x + dragon.width / 2 <= CORNER.right + 1e-6
    assert CORNER.top - 1e-6 <= dragon.top < dragon.base <= CORNER.bottom + 1e-6


def test_nothing_else_moves_for_what_is_added() -> None:
    scene = parse_prompt("a red fox and a castle in the forest at night")
    edited = edit_region(scene, "a dragon here", CORNER, seed=SEED)
    before = np.asarray(Compositor().draft(scene, seed=SEED))
    after = np.asarray(Compositor().draft(edited.scene, seed=SEED))
    changed = np.argwhere((before != after).any(axis=2)) / 512
    assert len(changed) > 500
    # A figure's shadow may reach a little beyond it.
    assert changed.min() >= 0
    assert changed.max() <= 0.36


def test_a_hat_on_a_head_is_worn() -> None:
    scene = parse_prompt("a cat and a fox")
    edited = edit_region(scene, "a hat here", head_of(scene, 1), seed=SEED)
    assert scene_words(edited.scene) == "a cat and a fox wearing a hat"


def test_a_hat_where_nobody_is_lies_there() -> None:
    edited = edit_region(parse_prompt("a fox"), "a hat here", CORNER, seed=SEED)
    assert edited.scene.relations == ()
    assert edited.scene.subjects[1].box == CORNER


def test_a_dragon_with_a_hat_has_it_on_in_the_box() -> None:
    edited = edit_region(parse_prompt("a fox"), "a dragon with a hat here", CORNER, seed=SEED)
    placed = {each.subject: each for each in lay_out(edited.scene, seed=SEED).placed}
    assert CORNER.left < placed[2].x < CORNER.right
    assert placed[2].base < placed[1].base


@pytest.mark.parametrize("words", ["remove this", "remove it", "take it away", "erase", "nothing here"])
def test_what_stands_in_the_box_is_taken_out(words: str) -> None:
    scene = parse_prompt("a fox and a castle")
    edited = edit_region(scene, words, around(scene, 1), seed=SEED)
    assert nouns(edited.scene) == [("fox", 1)]
    assert edited.said == "without the castle"


def test_one_of_a_crowd_is_taken_out() -> None:
    scene = parse_prompt("three foxes")
    edited = edit_region(scene, "remove this one", around(scene, 0, nth=1), seed=SEED)
    assert nouns(edited.scene) == [("fox", 2)]


def test_taking_out_of_an_empty_part_says_that_it_is_empty() -> None:
    assert edit_region(parse_prompt("a fox"), "remove this", CORNER, seed=SEED).already


@pytest.mark.parametrize(("words", "looks"), [("make it blue", "blue"), ("paint this green", "green")])
def test_a_colour_is_for_what_stands_in_the_box(words: str, looks: str) -> None:
    scene = parse_prompt("a fox and a castle")
    edited = edit_region(scene, words, around(scene, 1), seed=SEED)
    assert [subject.colour for subject in edited.scene.subjects] == [None, looks]


def test_the_one_in_the_box_is_meant_of_two_of_a_kind() -> None:
    scene = parse_prompt("a red fox and a blue fox")
    edited = edit_region(scene, "make the fox bigger", around(scene, 1), seed=SEED)
    assert [subject.size for subject in edited.scene.subjects] == ["normal", "big"]


def test_it_turns_into_something_else_where_it_stands() -> None:
    scene = edit_region(parse_prompt("a fox"), "a dragon here", CORNER, seed=SEED).scene
    edited = edit_region(scene, "turn it into a robot", CORNER, seed=SEED)
    assert nouns(edited.scene) == [("fox", 1), ("robot", 1)]
    assert edited.scene.subjects[1].box == CORNER


@pytest.mark.parametrize("words", ["make it night", "in watercolour", "add some rain"])
def test_the_light_of_a_part_is_not_changed(words: str) -> None:
    scene = parse_prompt("a fox and a castle")
    edited = edit_region(scene, words, around(scene, 1), seed=SEED)
    assert not edited.changed
    assert edited.said == NOT_A_PART


def test_the_words_of_a_scene_leave_out_where_things_were_put() -> None:
    scene = Scene(subjects=(Subject(noun="fox"), Subject(noun="dragon", box=CORNER)))
    assert scene_words(scene) == "a fox and a dragon"
    assert Scene.model_validate_json(scene.model_dump_json(exclude_defaults=True)) == scene


@settings(max_examples=60)
@given(st.text(max_size=60) | st.text("addremove hat fox here this,.()[]", max_size=60))
def test_no_words_break_it(words: str) -> None:
    edit_region(parse_prompt("a fox and a castle under the moon"), words, CORNER, seed=SEED)
