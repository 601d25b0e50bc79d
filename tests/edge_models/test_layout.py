"""The layout: where people would expect things to stand."""

from itertools import pairwise

import pytest

from edge_models.image.art import codes
from edge_models.image.cutout import figure_map
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout, Placed, lay_out
from edge_models.image.places import PLACES
from edge_models.image.scene import Relation, RelationKind, Scene, Subject
from edge_models.image.vocabulary import vocabulary
from tools.art import wanted

SEEDS = range(5)


def pair(of: str, kind: RelationKind, to: str) -> Scene:
    return Scene(subjects=(Subject(noun=of), Subject(noun=to)), relations=(Relation(of=0, kind=kind, to=1),))


def figures(layout: Layout, subject: int) -> list[Placed]:
    return [placed for placed in layout.placed if placed.subject == subject]


def only(layout: Layout, subject: int) -> Placed:
    (placed,) = figures(layout, subject)
    return placed


def test_the_art_pack_holds_all_that_vocabulary_figures_and_places_name():
    assert wanted() <= codes()


def test_every_place_of_the_vocabulary_has_a_look():
    assert set(vocabulary().places) <= set(PLACES)


def test_the_same_scene_and_seed_give_the_same_layout_and_another_seed_another():
    scene = Scene(subjects=(Subject(noun="fox"), Subject(noun="moon")))
    assert lay_out(scene, seed=7) == lay_out(scene, seed=7)
    assert lay_out(scene, seed=7) != lay_out(scene, seed=8)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("of", "to"), [("fox", "house"), ("moon", "tree"), ("dog", "sun"), ("balloon", "cat")])
def test_left_and_right_are_kept(of: str, to: str, seed: int):
    left = lay_out(pair(of, "left_of", to), seed=seed)
    right = lay_out(pair(of, "right_of", to), seed=seed)
    assert only(left, 0).x < only(left, 1).x
    assert only(right, 0).x > only(right, 1).x


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_on_a_thing_rests_on_its_upper_part(seed: int):
    layout = lay_out(pair("cat", "on", "box"), seed=seed)
    cat, box = only(layout, 0), only(layout, 1)
    assert box.top - 0.02 < cat.base < box.top + 0.25 * box.height
    assert abs(cat.x - box.x) < box.width / 2


@pytest.mark.parametrize("seed", SEEDS)
def test_a_moon_is_above_the_fox_under_it(seed: int):
    layout = lay_out(pair("fox", "under", "moon"), seed=seed)
    assert only(layout, 1).base < only(layout, 0).base
    assert only(layout, 1).carrier == "sky"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_rider_is_hidden_below_by_its_mount(seed: int):
    layout = lay_out(pair("astronaut", "riding", "horse"), seed=seed)
    order = [placed.subject for placed in layout.placed if placed.subject is not None]
    assert order == [0, 1]
    assert only(layout, 0).top < only(layout, 1).top + 0.1


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hat_sits_at_the_top_of_the_head(seed: int):
    layout = lay_out(pair("bear", "wearing", "hat"), seed=seed)
    bear, hat = only(layout, 0), only(layout, 1)
    assert hat.top < bear.top < hat.base
    assert abs(hat.x - bear.x) < bear.width / 3


@pytest.mark.parametrize("seed", SEEDS)
def test_behind_and_in_front_of_decide_who_covers_whom(seed: int):
    behind = [p.subject for p in lay_out(pair("dog", "behind", "cat"), seed=seed).placed if p.subject is not None]
    front = [p.subject for p in lay_out(pair("dog", "in_front_of", "cat"), seed=seed).placed if p.subject is not None]
    assert behind == [0, 1]
    assert front == [1, 0]


@pytest.mark.parametrize("count", range(1, 13))
@pytest.mark.parametrize("noun", ["sheep", "star", "girl", "fish"])
def test_as_many_are_drawn_as_were_asked_for_and_each_can_be_seen(noun: str, count: int):
    scene = Scene(subjects=(Subject(noun=noun, count=count),))
    layout = lay_out(scene, seed=3)
    assert len(figures(layout, 0)) == count
    seen = figure_map(Frame(256, 256), layout)
    for index, placed in enumerate(layout.placed):
        if placed.subject == 0:
            visible = (seen == index + 1).sum() / (placed.width * placed.height * 256 * 256)
            assert visible > 0.14, f"{noun} {index} of {count} is hidden"


def test_a_crowd_on_land_stands_below_the_horizon():
    for count in range(1, 13):
        layout = lay_out(Scene(subjects=(Subject(noun="sheep", count=count),), place="meadow"), seed=count)
        assert all(placed.base > layout.horizon for placed in figures(layout, 0))


def test_sizes_are_told_apart():
    heights = [
        only(lay_out(Scene(subjects=(Subject(noun="dog", size=size),)), seed=1), 0).height
        for size in ("tiny", "small", "normal", "big", "huge")
    ]
    assert all(small < large for small, large in pairwise(heights))


@pytest.mark.parametrize("noun", sorted(vocabulary().subjects))
def test_every_subject_alone_fits_into_the_picture(noun: str):
    layout = lay_out(Scene(subjects=(Subject(noun=noun),)), seed=2)
    placed = only(layout, 0)
    assert placed.top >= 0
    assert placed.base <= 1
    assert placed.x - placed.width / 2 >= 0
    assert placed.x + placed.width / 2 <= 1
    assert placed.height * placed.width > 0.004


def test_an_unknown_subject_is_left_out_and_the_relation_to_it_with_it():
    scene = Scene(
        subjects=(Subject(noun="fox"), Subject(noun="snark", known=False)), relations=(Relation(of=0, kind="on", to=1),)
    )
    assert {placed.subject for placed in lay_out(scene, seed=1).placed} <= {None, 0}


def test_a_boat_floats_on_the_sea_without_being_told_to():
    layout = lay_out(Scene(subjects=(Subject(noun="boat"),)), seed=1)
    assert layout.place is PLACES["sea"]
    assert only(layout, 0).carrier == "water"


@pytest.mark.parametrize("seed", SEEDS)
def test_a_flying_elephant_is_higher_than_one_that_stands(seed: int):
    standing = only(lay_out(Scene(subjects=(Subject(noun="elephant"),)), seed=seed), 0)
    flying = only(lay_out(Scene(subjects=(Subject(noun="elephant", adjectives=("flying",)),)), seed=seed), 0)
    assert flying.base < standing.base - 0.15
    assert flying.carrier == "air"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_fox_is_in_front_of_the_trees_that_furnish_the_forest(seed: int):
    layout = lay_out(Scene(subjects=(Subject(noun="fox"),), place="forest"), seed=seed)
    seen = figure_map(Frame(256, 256), layout)
    fox = only(layout, 0)
    number = layout.placed.index(fox) + 1
    assert (seen == number).sum() > 0.4 * fox.width * fox.height * 256 * 256
