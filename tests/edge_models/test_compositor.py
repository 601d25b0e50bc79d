"""The draft: what was asked for is in it."""

import numpy as np
import pytest
from PIL import Image

from edge_models.image.colour import to_lab
from edge_models.image.compositor import Compositor
from edge_models.image.cutout import figure_map
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.scene import Scene, Subject, TimeOfDay
from edge_models.image.vocabulary import vocabulary

TIMES: tuple[TimeOfDay, ...] = ("day", "sunset", "night")
FOX_UNDER_MOON = Scene(subjects=(Subject(noun="fox", colour="red"), Subject(noun="moon", adjectives=("full",))))


def draft(scene: Scene, seed: int = 1) -> Image.Image:
    return Compositor().draft(scene, seed=seed)


def pixels_of(scene: Scene, subject: int, seed: int = 1) -> Floats:
    layout = lay_out(scene, seed=seed)
    numbers = [index + 1 for index, placed in enumerate(layout.placed) if placed.subject == subject]
    chosen = np.isin(figure_map(Frame(512, 512), layout), numbers)
    return (np.asarray(draft(scene, seed), np.float32) / 255)[chosen]


def test_a_draft_is_512_pixels_square_and_rgb():
    picture = draft(FOX_UNDER_MOON)
    assert picture.size == (512, 512)
    assert picture.mode == "RGB"


def test_the_same_scene_and_seed_give_the_same_pixels_and_another_seed_others():
    assert draft(FOX_UNDER_MOON, 5).tobytes() == Compositor().draft(FOX_UNDER_MOON, seed=5).tobytes()
    assert draft(FOX_UNDER_MOON, 5).tobytes() != draft(FOX_UNDER_MOON, 6).tobytes()


@pytest.mark.parametrize("noun", ["fox", "cat", "car", "rabbit", "house", "penguin", "ball"])
@pytest.mark.parametrize("colour", ["red", "orange", "yellow", "green", "blue", "purple", "pink", "turquoise"])
def test_the_colour_asked_for_dominates_the_subject(noun: str, colour: str):
    lab = to_lab(pixels_of(Scene(subjects=(Subject(noun=noun, colour=colour),), time="day"), 0))
    goal = to_lab(np.array([vocabulary().colours[colour].rgb], np.float32) / 255)[0]
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    vivid = lab[chroma > 0.05]
    hue = np.arctan2(vivid[:, 2], vivid[:, 1]) - np.arctan2(goal[2], goal[1])
    near = np.abs((hue + np.pi) % (2 * np.pi) - np.pi) < np.radians(25)
    assert len(vivid) > 0.2 * len(lab)
    assert near.mean() > 0.55


@pytest.mark.parametrize("noun", ["fox", "cat", "car", "rabbit"])
def test_black_grey_and_white_come_out_as_such(noun: str):
    medians = {}
    for colour in ("black", "grey", "white"):
        lab = to_lab(pixels_of(Scene(subjects=(Subject(noun=noun, colour=colour),), time="day"), 0))
        medians[colour] = np.median(lab[:, 0])
        assert np.median(np.hypot(lab[:, 1], lab[:, 2])) < 0.06
    assert medians["black"] < 0.45
    assert medians["black"] + 0.15 < medians["grey"] < medians["white"] - 0.1
    assert medians["white"] > 0.85


def test_night_is_darker_than_day_and_sunset_lies_between():
    light = {
        time: np.asarray(draft(Scene(subjects=(Subject(noun="dog"),), time=time)), np.float32).mean() for time in TIMES
    }
    assert light["night"] < 0.6 * light["sunset"]
    assert light["sunset"] < light["day"]


def test_a_moon_lights_up_the_sky_around_it():
    layout = lay_out(FOX_UNDER_MOON, seed=1)
    moon = next(placed for placed in layout.placed if placed.subject == 1)
    picture = np.asarray(draft(FOX_UNDER_MOON), np.float32)
    row, column = int((moon.base - moon.height / 2) * 512), int((moon.x - moon.width / 2 - 0.04) * 512)
    beside = picture[row - 4 : row + 4, column - 4 : column + 4].mean()
    far = picture[row - 4 : row + 4, [20 if moon.x > 0.5 else 490]].mean()
    assert beside > far + 20


@pytest.mark.parametrize("place", sorted(vocabulary().places))
def test_every_place_has_a_look_of_its_own(place: str):
    here = np.asarray(draft(Scene(place=place)), np.float32)
    plain = np.asarray(draft(Scene()), np.float32)
    assert np.abs(here - plain).mean() > 4


@pytest.mark.parametrize("weather", sorted(vocabulary().weathers))
def test_every_weather_can_be_seen(weather: str):
    here = np.asarray(draft(Scene(subjects=(Subject(noun="dog"),), weather=weather)), np.float32)
    plain = np.asarray(draft(Scene(subjects=(Subject(noun="dog"),))), np.float32)
    assert np.abs(here - plain).mean() > 0.5


@pytest.mark.parametrize("style", sorted(vocabulary().styles))
def test_every_style_changes_the_draft(style: str):
    scene = Scene(subjects=(Subject(noun="cat"),), place="garden")
    styled = np.asarray(draft(scene.model_copy(update={"style": style})), np.float32)
    assert np.abs(styled - np.asarray(draft(scene), np.float32)).mean() > 1


def test_unknown_words_change_nothing():
    scene = Scene(subjects=(Subject(noun="fox"),))
    odd = Scene(subjects=(Subject(noun="fox"), Subject(noun="snark", known=False)), unknown=("frumious",))
    assert draft(scene).tobytes() == draft(odd).tobytes()


def test_an_empty_scene_is_a_landscape_under_a_sky():
    picture = np.asarray(draft(Scene()), np.float32)
    top, bottom = picture[:100].mean(axis=(0, 1)), picture[-100:].mean(axis=(0, 1))
    assert top[2] > top[0]
    assert bottom[1] > bottom[2]


def test_an_upside_down_house_is_the_house_turned_over():
    house = Scene(subjects=(Subject(noun="house"),), style="minimal")
    turned = Scene(subjects=(Subject(noun="house", adjectives=("upside_down",)),), style="minimal")
    placed = next(p for p in lay_out(house, seed=1).placed if p.subject == 0)
    rows = slice(round(placed.top * 512) + 4, round(placed.base * 512) - 4)
    column = round(placed.x * 512)
    upright = np.asarray(draft(house), np.float32)[rows, column - 8 : column + 8].mean(axis=1)
    other = np.asarray(draft(turned), np.float32)[rows, column - 8 : column + 8].mean(axis=1)[::-1]
    assert np.abs(upright - other).mean() < 12


def test_black_and_white_shows_both():
    lab = to_lab(pixels_of(Scene(subjects=(Subject(noun="cat", colour="black_and_white"),), time="day"), 0))
    assert 0.15 < (lab[:, 0] < 0.5).mean() < 0.85
    assert (lab[:, 0] > 0.8).mean() > 0.15
