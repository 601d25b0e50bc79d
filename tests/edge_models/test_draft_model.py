"""The trained draft model: what it is told, its codec, its few steps, and the pictures that come of it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edge_models.image.compositor import Compositor
from edge_models.image.draft_model import FOLDER, DraftModel, read_card
from edge_models.image.enlarge import MODEL, Enlarger
from edge_models.image.few_steps import Feed, draw
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.patches import TOKENS, TOLD, fit, load_codec, told_tokens
from edge_models.image.places import PLACES
from edge_models.image.scene import Scene, Subject
from edge_models.image.told import Told, moods, tell
from edge_models.models import ModelCorrupt, ModelStore


class Repeated:
    """In the enlarger's place where its weights don't matter: each pixel becomes sixteen."""

    def enlarge(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return picture.repeat(4, axis=0).repeat(4, axis=1)


@pytest.fixture(scope="module")
def model() -> DraftModel:
    return DraftModel(Repeated())  # pyright: ignore[reportArgumentType]


def told(prompt: str, seed: int = 1) -> Told:
    return tell(lay_out(parse_prompt(prompt), seed=seed))


def colours(picture: Image.Image) -> NDArray[np.float32]:
    return np.asarray(picture.convert("RGB").resize((16, 16), Image.Resampling.BOX), np.float32)


# What it is told


def test_it_sees_the_drawing_in_its_own_colours_and_hears_which_one_is_asked_for() -> None:
    red, plain = told("a red elephant in the desert"), told("an elephant in the desert")
    assert (red.canvas == plain.canvas).all()
    assert not plain.asked[..., 3].any()
    asked = red.asked[red.asked[..., 3] > 250]
    assert len(asked)
    assert (asked[:, 0] > 180).all()
    assert (asked[:, 1] < 80).all()


def test_what_stands_in_front_hides_what_is_behind_in_both() -> None:
    for prompt in ("a red cat in front of a blue house", "three green frogs beside a white castle"):
        both = told(prompt)
        cover = both.canvas[..., 3].reshape(32, 4, 32, 4).mean(axis=(1, 3)) / 255
        assert (both.asked[..., 3] / 255 <= cover + 0.02).all()


def test_the_light_the_weather_and_the_style_are_numbers_of_its_card() -> None:
    scene = parse_prompt("a watercolour of a fox in the rain at sunset in a forest")
    found = tell(lay_out(scene, seed=1)).mood
    assert [known[number] for known, number in zip(moods(), found, strict=True)] == [
        "forest", "sunset", "rain", "watercolour",
    ]  # fmt: skip


def test_every_place_is_told_apart() -> None:
    for place in PLACES:
        if place in ("plain", "table"):
            continue
        assert moods()[0][tell(lay_out(Scene(place=place), seed=1)).mood[0]] == place


def test_a_mood_that_it_never_learnt_is_left_out() -> None:
    places, lights, weathers, styles = moods()
    known = (places, lights, weathers, tuple(style for style in styles if style != "neon"))
    scene = Scene(subjects=(Subject(noun="fox"),), style="neon")
    assert known[3][tell(lay_out(scene, seed=1), known).mood[3]] == "-"


def test_all_that_it_learnt_is_still_there() -> None:
    """Fails when a place, weather or style is added: train anew, or it is drawn without."""
    assert read_card().moods == moods()


# Codec and steps


def test_a_picture_survives_its_codec() -> None:
    picture = np.asarray(Compositor().draft(parse_prompt("a castle at a lake at sunset"), seed=4).resize((128, 128)))
    codec = load_codec(FOLDER / "codec.npz")
    again = codec.decode(codec.encode(picture[None]))[0]
    error = (again.astype(np.float32) - picture) ** 2
    assert 20 * np.log10(255 / np.sqrt(error.mean())) > 30
    assert codec.dims == 96


def test_a_codec_of_all_numbers_loses_nothing() -> None:
    pictures = np.random.default_rng(1).integers(0, 256, (3, 128, 128, 3), np.uint8)
    codec = fit(pictures, dims=192)
    assert (np.abs(codec.decode(codec.encode(pictures)).astype(int) - pictures) <= 1).all()


def test_what_is_told_lies_on_the_patch_that_it_is_about() -> None:
    blank = told("a fox")
    canvas, asked = np.zeros_like(blank.canvas), np.zeros_like(blank.asked)
    canvas[8:16, 16:24, 0], asked[2:4, 4:6, 5] = 255, 255
    tokens = told_tokens(Told(canvas, asked, blank.mood, blank.sun))
    assert tokens.shape == (1, TOKENS, TOLD)
    assert np.flatnonzero(tokens[0].any(axis=1)).tolist() == [16 + 2]


@pytest.mark.parametrize("steps", [2, 4])
def test_a_network_that_knows_the_picture_arrives_at_it(steps: int) -> None:
    goal = np.random.default_rng(2).standard_normal((1, TOKENS, 5), np.float32)
    asked: list[tuple[float, float]] = []

    def network(feed: Feed) -> NDArray[np.float32]:
        asked.append((float(feed["time"][0]), float(feed["step"][0])))
        return goal

    drawn = draw(network, told("a fox"), dims=5, steps=steps, seed=3)
    assert np.allclose(drawn, goal, atol=1e-5)
    assert asked == [(nth / steps, 1 / steps) for nth in range(steps)]


# Pictures


def test_the_same_scene_and_seed_give_the_same_picture(model: DraftModel) -> None:
    scene = parse_prompt("a red fox under a full moon")
    assert model.draft(scene, seed=5).tobytes() == model.draft(scene, seed=5).tobytes()
    assert model.draft(scene, seed=5).tobytes() != model.draft(scene, seed=6).tobytes()


@pytest.mark.parametrize(
    "prompt",
    ["a purple elephant in the desert", "a castle at night", "a yellow duck at a lake", "two brown bears in the snow"],
)
def test_it_draws_what_the_compositor_draws(model: DraftModel, prompt: str) -> None:
    """One layout: seen from afar, the two pictures are alike, and less like those of another scene."""
    scene = parse_prompt(prompt)
    drawn, meant = model.draft(scene, seed=8), Compositor().draft(scene, seed=8)
    other = Compositor().draft(parse_prompt("a green dragon in a cave"), seed=8)
    away = np.abs(colours(drawn) - colours(meant)).mean()
    assert drawn.size == (512, 512)
    assert drawn.mode == "RGB"
    assert away < 20
    assert away < 0.6 * np.abs(colours(drawn) - colours(other)).mean()


@pytest.mark.parametrize("scene", [Scene(), Scene(subjects=(Subject(noun="flibbertigibbet", known=False),))])
def test_what_nobody_knows_is_left_out(model: DraftModel, scene: Scene) -> None:
    away = np.abs(colours(model.draft(scene, seed=2)) - colours(Compositor().draft(scene, seed=2))).mean()
    assert away < 20


@pytest.mark.models
def test_a_picture_is_enlarged_and_keeps_its_colours(models: ModelStore) -> None:
    small = Compositor().draft(parse_prompt("a red fox in the snow"), seed=3).resize((128, 128))
    large = Image.fromarray(Enlarger(models.path(MODEL)).enlarge(np.asarray(small)))
    assert large.size == (512, 512)
    assert np.abs(colours(large) - colours(small)).mean() < 4


# Files


@pytest.mark.parametrize("name", ["draft.onnx", "codec.npz"])
def test_a_damaged_or_strange_file_is_refused_in_one_sentence(tmp_path: Path, name: str) -> None:
    shutil.copytree(FOLDER, tmp_path / "draft")
    (tmp_path / "draft" / name).write_bytes((FOLDER / name).read_bytes()[:-9])
    with pytest.raises(ModelCorrupt, match=name):
        DraftModel(Repeated(), folder=tmp_path / "draft")  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("card", ["", "steps = 3", "\0"])
def test_a_damaged_card_is_refused(tmp_path: Path, card: str) -> None:
    (tmp_path / "card.toml").write_text(card)
    with pytest.raises(ModelCorrupt, match="card"):
        read_card(tmp_path)
