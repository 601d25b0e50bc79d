"""What the draft model learns from: possible scenes, pictures that belong to them, painted beside the learning."""

import time
from itertools import islice

import numpy as np

from edge_models.image.compositor import paint
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.scene import Scene
from edge_models.image.told import moods, tell
from edge_models.image.vocabulary import vocabulary
from tools.train.codec import loss_db
from tools.train.pictures import Painters, empty, joined, painted, write
from tools.train.prompts import SHEET
from tools.train.scenes import random_scene


def test_scenes_use_the_whole_vocabulary_and_can_all_be_laid_out() -> None:
    random = np.random.default_rng(1)
    scenes = [random_scene(random) for _ in range(3000)]
    words = vocabulary()
    assert {subject.noun for scene in scenes for subject in scene.subjects} == set(words.subjects)
    assert {subject.colour for scene in scenes for subject in scene.subjects} == {None, *words.colours}
    assert {scene.place for scene in scenes} == {None, *words.places}
    assert {scene.weather for scene in scenes} == {None, *words.weathers}
    assert {scene.style for scene in scenes} == {None, *words.styles}
    for nth, scene in enumerate(scenes[:60]):
        assert lay_out(scene, seed=nth).placed or not scene.subjects


def test_a_row_holds_a_picture_and_what_is_told_of_the_same_layout() -> None:
    batch = empty(2)
    scene = Scene(place="desert", time="sunset")
    write(batch, 1, scene, seed=7)
    layout = lay_out(scene, seed=7)
    told = tell(layout)
    assert (batch.canvas[1] == told.canvas).all()
    assert moods()[0][batch.mood[1, 0]] == "desert"
    assert np.abs(batch.picture[1] - paint(layout, Frame(128, 128)) * 255).max() < 1.01
    assert not batch.picture[0].any()
    assert len(joined([batch, batch])) == 4


def test_clouds_of_another_seed_move_no_figure() -> None:
    (scene, seed, noise), *_ = islice(painted(4), 1)
    batch = empty(2)
    write(batch, 0, scene, seed=seed, noise=noise)
    write(batch, 1, scene, seed=seed)
    assert (batch.canvas[0] == batch.canvas[1]).all()


def test_painters_paint_beside_the_learning_and_end_when_told() -> None:
    painters = Painters(1, slots=4)
    try:
        found = []
        deadline = time.monotonic() + 60
        while sum(len(batch) for batch in found) < 6 and time.monotonic() < deadline:
            batch = painters.take()
            if batch is None:
                time.sleep(0.01)
            else:
                found.append(batch)
        pictures = joined(found).picture
        assert len(pictures) >= 6
        assert all(picture.std() > 1 for picture in pictures)
        assert len(np.unique(pictures.reshape(len(pictures), -1), axis=0)) == len(pictures)
    finally:
        painters.close()


def test_the_sheet_has_64_prompts_that_are_understood() -> None:
    from edge_models.image.parse import parse_prompt

    assert len(set(SHEET)) == 64
    assert [prompt for prompt in SHEET if not parse_prompt(prompt).subjects] == []


def test_more_numbers_a_patch_lose_less() -> None:
    from edge_models.image.patches import fit

    batch = empty(6)
    for row, (scene, seed, noise) in enumerate(islice(painted(9), 6)):
        write(batch, row, scene, seed=seed, noise=noise)
    few, many = (loss_db(fit(batch.picture, dims=dims), batch) for dims in (16, 96))
    assert many > few + 5
