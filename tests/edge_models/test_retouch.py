"""Pictures that are changed: the right thing happens, and nothing happens anywhere else."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from edge_models.image.colour import to_lab
from edge_models.image.finish import Cancelled
from edge_models.image.retouch import Impossible, Part, Pixels, planned, read_wishes, retouch
from edge_models.image.retouch.region import filled_in, grown, numbered, softened
from edge_models.image.vocabulary import vocabulary

RED, BLUE = (205, 50, 45), (60, 110, 210)
BALL = (150, 130, 250, 230)


def ball(colour: tuple[int, int, int] = RED, *, width: int = 400, height: int = 300) -> Pixels:
    """A ball with light and shade on a table before a wall, with some grain."""
    picture = Image.new("RGB", (width, height), (225, 215, 190))
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, height * 2 // 3, width, height), fill=(120, 85, 55))
    draw.ellipse(BALL, fill=colour)
    draw.ellipse((175, 145, 200, 165), fill=tuple(min(255, each + 90) for each in colour))
    grain = np.random.default_rng(1).normal(0, 2, (height, width, 1))
    rgb = np.clip(np.asarray(picture) + grain, 0, 255).astype(np.uint8)
    return np.concatenate([rgb, np.full((height, width, 1), 255, np.uint8)], axis=-1)


def in_ball(width: int = 400, height: int = 300) -> Part:
    picture = Image.new("1", (width, height))
    ImageDraw.Draw(picture).ellipse(BALL, fill=1)
    return np.asarray(picture)


def boxed(box: tuple[int, int, int, int], width: int = 400, height: int = 300) -> Part:
    part = np.zeros((height, width), bool)
    part[box[1] : box[3], box[0] : box[2]] = True
    return part


def changed(pictures: Pixels | Sequence[Pixels], words: str, marked: Part | None = None, **more: Any) -> Pixels:
    shown = [pictures] if isinstance(pictures, np.ndarray) else list(pictures)
    said: dict[str, Any] = {
        "seed": 3,
        "partials": 0,
        "on_progress": lambda _: None,
        "on_partial": lambda _: None,
        "cancelled": lambda: False,
    }
    height, width = shown[0].shape[:2]
    wanted = more.pop("wanted", None)
    plan = planned(
        read_wishes(words, pictures=len(shown)),
        size=(width, height),
        wanted=wanted,
        marked=marked is not None,
        cut_out=more.pop("cut_out", False),
    )
    picture = retouch(shown, plan.wishes, marked=marked, **(said | more))
    assert picture.size == plan.size
    return np.asarray(picture)


def mean(picture: Pixels, part: Part) -> Any:
    return picture[part][:, :3].mean(axis=0)


def test_a_thing_takes_the_colour_and_keeps_its_light_and_shade() -> None:
    before = ball()
    after = changed(before, "make the ball blue")
    red, _, blue = mean(after, in_ball())
    assert blue > 1.5 * red
    light = to_lab(after[..., :3].astype(np.float32) / 255)[..., 0]
    highlight, body = boxed((180, 150, 195, 160)), boxed((200, 185, 230, 215))
    assert light[highlight].mean() > light[body].mean() + 0.08
    outside = ~grown(in_ball(), 8)
    assert np.array_equal(after[outside], before[outside])


def test_a_thing_that_is_taken_out_leaves_what_is_behind_it() -> None:
    before = ball()
    after = changed(before, "remove the ball")
    upper, lower = in_ball() & boxed((0, 0, 400, 190)), in_ball() & boxed((0, 210, 400, 300))
    assert np.abs(mean(after, upper) - (225, 215, 190)).max() < 14
    assert np.abs(mean(after, lower) - (120, 85, 55)).max() < 22


def test_of_two_things_the_one_whose_colour_is_named_is_changed() -> None:
    before = ball()
    picture = Image.fromarray(before)
    ImageDraw.Draw(picture).rectangle((300, 150, 350, 220), fill=BLUE)
    before = np.asarray(picture)
    after = changed(before, "make the blue box green")
    box = boxed((300, 150, 351, 221))
    assert mean(after, box).argmax() == 1
    assert np.array_equal(after[in_ball()], before[in_ball()])


def test_in_a_marked_part_it_is_what_stands_out_there() -> None:
    before = ball()
    after = changed(before, "make it green", boxed((120, 100, 280, 260)))
    assert mean(after, in_ball() & ~boxed((170, 140, 205, 170))).argmax() == 1
    wall = boxed((122, 102, 278, 125))
    assert np.abs(mean(after, wall) - mean(before, wall)).max() < 3


@pytest.mark.parametrize("words", ["make the horse blue", "remove it", "make the water red"])
def test_where_nothing_stands_out_the_part_must_be_marked(words: str) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (120, 160, 4), np.uint8)
    noise[..., 3] = 255
    with pytest.raises(Impossible, match=r"mark the part\.$") as error:
        changed(noise, words)
    assert error.value.code == "part_not_found"


def test_a_picture_can_not_be_made_of_nothing() -> None:
    with pytest.raises(Impossible, match="Hardly anything"):
        changed(ball(), "remove this", np.ones((300, 400), bool))


@pytest.mark.parametrize(
    ("words", "size"),
    [("extend it to the left", (600, 300)), ("make it wider", (600, 300)), ("zoom out", (600, 450))],
)
def test_a_picture_that_is_extended_keeps_its_pixels(words: str, size: tuple[int, int]) -> None:
    before = ball()
    after = changed(before, words)
    assert (after.shape[1], after.shape[0]) == size
    left = size[0] - 400 if "left" in words else (size[0] - 400) // 2
    top = (size[1] - 300) // 2
    assert np.array_equal(after[top : top + 300, left : left + 400], before)
    wall = after[: 150 + top, : max(left, 1), :3].reshape(-1, 3).mean(axis=0)
    assert np.abs(wall - (225, 215, 190)).max() < 25


def test_a_size_that_is_asked_for_is_met() -> None:
    assert changed(ball(), "make it blue", wanted=(512, 512)).shape == (512, 512, 4)
    assert changed(ball(), "make it blue", wanted=(200, 150)).shape == (150, 200, 4)
    assert changed(ball(), "zoom out", wanted=(640, 640)).shape == (640, 640, 4)


def test_the_same_words_picture_and_seed_give_the_same_picture() -> None:
    one, two = (changed(ball(), "remove the ball", seed=5) for _ in range(2))
    assert np.array_equal(one, two)


def test_pictures_in_between_keep_what_is_outside_the_part_too() -> None:
    before, part = ball(), boxed((120, 100, 280, 260))
    partial: list[Image.Image] = []
    after = changed(before, "remove this", part, partials=2, on_partial=partial.append)
    assert len(partial) == 2
    for picture in (*map(np.asarray, partial), after):
        assert np.array_equal(picture[~part], before[~part])
    assert not np.array_equal(np.asarray(partial[0]), after)


def test_progress_only_grows_and_cancelling_ends_it() -> None:
    told: list[float] = []
    changed(ball(), "make the ball green and remove the ball", on_progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    with pytest.raises(Cancelled):
        changed(ball(), "remove the ball", cancelled=lambda: len(told) > 0)


@pytest.mark.parametrize(
    ("words", "darker", "bluer"), [("make it night", True, True), ("at sunset", True, False), ("cooler", None, True)]
)
def test_light_becomes_what_was_asked_for(words: str, darker: bool | None, bluer: bool) -> None:
    before, after = ball()[..., :3].astype(int), changed(ball(), words)[..., :3].astype(int)
    if darker is not None:
        assert after.mean() < 0.8 * before.mean()
    blue_before, blue_after = (each[..., 2].mean() / each[..., 0].mean() for each in (before, after))
    assert (blue_after > blue_before) == bluer


@pytest.mark.parametrize(("words", "sign"), [("make it brighter", 1), ("a bit darker please", -1)])
def test_brighter_and_darker_leave_black_and_white_where_they_are(words: str, sign: int) -> None:
    before = ball()
    before[:20, :20, :3], before[:20, 20:40, :3] = 0, 255
    after = changed(before, words).astype(int)
    assert sign * (after[..., :3].mean() - before[..., :3].mean()) > 8
    assert after[10, 10, :3].max() <= 2
    assert after[10, 30, :3].min() >= 252


@pytest.mark.parametrize("style", sorted(vocabulary().styles))
def test_every_style_changes_a_photo_and_leaves_its_size(style: str) -> None:
    before = ball()
    after = changed(before, vocabulary().styles[style].words[0])
    assert after.shape == before.shape
    assert not np.array_equal(after, before)


def test_noir_has_no_colours_and_deep_shadows() -> None:
    after = changed(ball(), "make it film noir")[..., :3].astype(int)
    assert np.ptp(after, axis=-1).max() <= 1
    assert np.percentile(after, 2) < 20


@pytest.mark.parametrize("weather", sorted(vocabulary().weathers))
def test_every_weather_comes_over_a_picture(weather: str) -> None:
    sky = np.full((120, 160, 4), 255, np.uint8)
    sky[..., :3] = np.linspace((90, 150, 220), (190, 215, 240), 120)[:, None]
    sky[80:, :, :3] = (60, 110, 50)
    assert not np.array_equal(changed(sky, vocabulary().weathers[weather].words[0]), sky)


def test_a_hat_is_put_on_top_of_what_stands_out() -> None:
    before = ball()
    after = changed(before, "add a hat")
    different = np.abs(after.astype(int) - before).max(axis=-1) > 30
    rows, columns = np.nonzero(different)
    assert rows.mean() < BALL[1] + 15
    assert abs(columns.mean() - (BALL[0] + BALL[2]) / 2) < 20


def test_what_is_added_in_a_marked_part_stands_there() -> None:
    before, part = ball(), boxed((10, 40, 110, 240))
    after = changed(before, "add a tree here", part)
    different = np.abs(after.astype(int) - before).max(axis=-1) > 30
    assert different[part].mean() > 0.15
    assert not different[~part].any()


def test_one_thing_takes_the_place_of_another() -> None:
    after = changed(ball(), "replace the ball with a green apple")
    assert mean(after, boxed((185, 165, 215, 205))).argmax() == 1


def test_without_its_background_only_the_thing_is_left() -> None:
    for after in (changed(ball(), "remove the background"), changed(ball(), "make it darker", cut_out=True)):
        assert after[in_ball()][:, 3].mean() > 235
        assert after[~grown(in_ball(), 8)][:, 3].max() == 0


def test_what_is_blurred_can_not_be_told_and_the_rest_is_sharp() -> None:
    stripes = ball()
    stripes[::4, :, :3] = 20
    part = boxed((100, 60, 300, 240))
    after = changed(stripes, "blur this", part)
    rough, smooth = (
        np.abs(np.diff(each[120:180, 160:240, :3].astype(int), axis=0)).mean() for each in (stripes, after)
    )
    assert smooth < 0.1 * rough
    behind = changed(ball(), "blur the background")
    assert np.abs(mean(behind, in_ball()) - mean(ball(), in_ball())).max() < 3


def test_glasses_sit_in_the_upper_half_of_whoever_wears_them() -> None:
    before = ball()
    after = changed(before, "give it sunglasses")
    rows, _ = np.nonzero(np.abs(after.astype(int) - before).max(axis=-1) > 40)
    assert BALL[1] < rows.mean() < (BALL[1] + BALL[3]) / 2


def test_another_place_is_put_behind_the_thing() -> None:
    before = ball()
    after = changed(before, "put it on a beach")
    assert mean(after, in_ball()).argmax() == 0
    assert np.abs(mean(after, boxed((0, 0, 400, 60))) - mean(before, boxed((0, 0, 400, 60)))).max() > 25


def test_what_stands_out_in_another_picture_is_put_into_the_first() -> None:
    base = np.full((300, 400, 4), 255, np.uint8)
    base[..., :3] = (150, 170, 140)
    after = changed([base, ball(BLUE)], "put the ball on the left")
    blue = (after[..., 2].astype(int) - after[..., 0]) > 40
    rows, columns = np.nonzero(blue)
    assert 2_000 < blue.sum() < 30_000
    assert columns.mean() < 200 < rows.mean()


def test_what_is_cut_out_already_is_taken_as_it_is_and_put_into_the_marked_part() -> None:
    base, part = ball(), boxed((270, 60, 390, 220))
    sticker = np.zeros((90, 60, 4), np.uint8)
    sticker[10:80, 10:50] = (40, 200, 60, 255)
    after = changed([base, sticker], "add the sticker here", part)
    green = (after[..., 1].astype(int) - after[..., 0]) > 60
    assert green.sum() > 4_000
    assert np.array_equal(after[~part], base[~part])


def test_a_picture_in_which_nothing_stands_out_can_not_be_put_into_another() -> None:
    with pytest.raises(Impossible, match="what to take from picture 2"):
        changed([ball(), np.full((80, 80, 4), 255, np.uint8)], "combine them")


PARTS: list[Callable[[int, int], Part]] = [
    lambda width, height: boxed((20, 10, 60, 40), width, height),
    lambda width, height: boxed((0, 0, width, 12), width, height),
    lambda width, height: np.eye(height, width, dtype=bool),
]
WISHES = [
    *("make it blue", "make it white", "remove this", "extend it", "make the sky red", "make the background green"),
    *("make it night", "at sunset", "brighter", "more contrast", "make it rain", "make it snow", "make it foggy"),
    *("watercolour", "pencil drawing", "pixel art", "film noir", "paper cut", "stained glass", "oil painting"),
    *(
        "blur this",
        "blur the background",
        "add a hat",
        "a red balloon here",
        "turn it into a cat",
        "put it on a beach",
        "remove the background",
    ),
    "make it blue, then make it night and add a hat",
]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    words=st.sampled_from(WISHES),
    seed=st.integers(0, 2**31 - 1),
    kind=st.integers(0, 3),
    clear=st.booleans(),
)
def test_nothing_changes_outside_the_mask(words: str, seed: int, kind: int, clear: bool) -> None:
    random = np.random.default_rng(seed)
    width, height = int(random.integers(48, 110)), int(random.integers(48, 90))
    small = random.integers(0, 255, (6, 8, 4), np.uint8)
    before = np.asarray(Image.fromarray(small).resize((width, height), Image.Resampling.BICUBIC)).copy()
    if not clear:
        before[..., 3] = 255
    part = random.random((height, width)) < random.random() if kind == 3 else PARTS[kind](width, height)
    if not part.any():
        part[0, 0] = True
    try:
        after = changed(before, words, part, seed=seed)
    except Impossible:
        return
    assert after.shape == before.shape
    assert np.array_equal(after[~part], before[~part])


@pytest.mark.parametrize("shape", [(16, 16), (16, 200), (130, 17)])
def test_no_shape_and_no_content_is_too_odd(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(1)
    height, width = shape
    part = random.random(shape) < 0.5
    noise, white = random.integers(0, 255, (height, width, 4), np.uint8), np.full((height, width, 4), 255, np.uint8)
    for words in [*WISHES, "zoom out", "put a dog next to it", "replace it with a tree"]:
        for before, marked in ((noise, None), (white, part)):
            with suppress(Impossible):
                after = changed(before, words, marked)
                assert marked is None or after.shape != before.shape or np.array_equal(after[~part], before[~part])


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**31 - 1), share=st.floats(0, 1), pixels=st.integers(1, 6))
def test_parts_grow_soften_and_are_numbered_as_they_should_be(seed: int, share: float, pixels: int) -> None:
    part = np.random.default_rng(seed).random((17, 23)) < share
    soft = softened(part, pixels)
    assert (soft[~part] == 0).all()
    assert ((soft >= 0) & (soft <= 1)).all()
    big = grown(part, pixels)
    rows, columns = np.nonzero(big)
    for row, column in zip(rows, columns, strict=True):
        near = part[max(0, row - pixels) : row + pixels + 1, max(0, column - pixels) : column + pixels + 1]
        assert near.any()
    assert (big | ~part).all()
    number = numbered(part)
    assert ((number > 0) == part).all()
    across, down = part[:, 1:] & part[:, :-1], part[1:] & part[:-1]
    assert (number[:, 1:] == number[:, :-1])[across].all()
    assert (number[1:] == number[:-1])[down].all()
    assert (filled_in(part) | ~part).all()
