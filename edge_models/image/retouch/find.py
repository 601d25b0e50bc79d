"""Where in a picture is what was named: "the car", "it", "the sky", "the background".

Nothing here recognises things. A sky is what is smooth and begins at the upper edge; a thing with a colour ("the red
car") is what has that colour; any other is what stands out from what is behind it. In a marked part, it is what stands
out there, or all of the part where nothing does.
"""

import numpy as np

from edge_models.image.colour import to_lab
from edge_models.image.filters import Floats, blurred, resized
from edge_models.image.retouch.apart import steps_away
from edge_models.image.retouch.cut import cut_out
from edge_models.image.retouch.region import Part, filled_in, numbered, softened
from edge_models.image.retouch.wish import BACKGROUND, GROUNDS, SKY
from edge_models.image.retouch.work import Impossible, Work
from edge_models.image.scene import Subject
from edge_models.image.vocabulary import vocabulary

_CLEAR = 0.5
"""How clearly a thing must stand out in a whole picture; in a marked part, less will do."""
_CLEAR_IN_PART = 0.3
_LEAST, _MOST = 0.2, 0.8
"""Shares of a marked part that the thing in it takes; less is a detail of it, more is a part drawn close around it."""


def found(work: Work, what: Subject | None) -> Floats:
    """The matte (h, w) of what is meant. Raises Impossible where nothing like it is found."""
    noun = None if what is None else what.noun
    if noun == SKY:
        matte = sky_of(work.rgb)
    elif noun == BACKGROUND:
        matte = 1 - _standing_out(work, None)
    elif work.marked is not None:
        return _in_part(work)
    elif noun in GROUNDS:
        raise lost(what)
    elif what is not None and what.colour is not None and (coloured := _of_colour(work.rgb, what.colour)) is not None:
        matte = coloured
    else:
        matte = _standing_out(work, what)
    matte = matte if work.marked is None else matte * work.marked
    if (matte > 0.5).sum() < 16:
        raise lost(what)
    return matte


def lost(what: Subject | None) -> Impossible:
    """Says that it can't be seen where that is."""
    if what is None:
        return Impossible("part_not_found", "I can't tell what is meant in this picture: mark the part.")
    name = what.noun if not what.known else vocabulary().subject(what.noun).singulars[0]
    return Impossible("part_not_found", f"I can't tell where the {name} is in this picture: mark the part.")


def _standing_out(work: Work, what: Subject | None) -> Floats:
    solid = work.rgba[..., 3] > 0.5
    if not solid.all() and solid.any():  # whoever made it transparent has cut it out
        return work.rgba[..., 3]
    cut = cut_out(work.rgb)
    if cut is None or cut.clear < _CLEAR:
        raise lost(what)
    return cut.matte


def _in_part(work: Work) -> Floats:
    """What stands out in the marked part; all of it where that is drawn close around the thing."""
    assert work.marked is not None
    whole = softened(work.marked, min(work.size) / 200)
    cut = cut_out(work.rgb, work.marked)
    if cut is None or cut.clear < _CLEAR_IN_PART:
        return whole
    share = float(cut.matte.sum() / max(1, work.marked.sum()))
    return np.minimum(cut.matte, whole) if _LEAST < share < _MOST else whole


def sky_of(rgb: Floats) -> Floats:
    """The matte (h, w) of what is smooth and begins at the upper edge; empty where there is no sky."""
    lab = _small_lab(rgb, 160)
    upper = np.zeros(lab.shape[:2], bool)
    upper[0] = True
    away = steps_away(lab, upper)
    light = lab[..., 0]
    # Of the upper edge, only what is as light as most of it: a branch that hangs into the picture isn't sky.
    calm = (away < 0.05) & (np.abs(light - np.median(light[0])) < 0.35)
    number = numbered(calm)
    sizes = np.bincount(number[: max(1, len(lab) // 12)].ravel(), minlength=int(number.max()) + 1)
    sizes[0] = 0
    sky = (number == int(np.argmax(sizes))) & calm if sizes.any() else np.zeros_like(calm)
    green = np.median(lab[sky][:, 1]) < -0.04 and np.median(lab[sky][:, 2]) > 0.03 if sky.any() else True
    if sky.mean() < 0.04 or sky.mean() > 0.9 or green:
        return np.zeros(rgb.shape[:2], np.float32)
    matte = _as_large(sky, rgb, soft=0.6)
    return matte if (matte > 0.5).any() else np.zeros_like(matte)


def _of_colour(rgb: Floats, name: str) -> Floats | None:
    """The largest thing of this colour, with what it encloses; None where there is none."""
    entry = vocabulary().colours[name]
    lab = _small_lab(rgb, 256)
    goal = to_lab(np.asarray(entry.rgb, np.float32) / 255)
    chroma, goal_chroma = np.hypot(lab[..., 1], lab[..., 2]), float(np.hypot(goal[1], goal[2]))
    if goal_chroma < 0.04:  # white, grey, black: by lightness
        like = (np.abs(lab[..., 0] - goal[0]) < 0.14) & (chroma < 0.05)
    else:
        turn = np.arctan2(lab[..., 2], lab[..., 1]) - np.arctan2(goal[2], goal[1])
        apart = np.abs((turn + np.pi) % (2 * np.pi) - np.pi)
        like = (apart < np.radians(24)) & (chroma > 0.45 * goal_chroma) & (np.abs(lab[..., 0] - goal[0]) < 0.3)
    number = numbered(blurred(like.astype(np.float32), 1.0) > 0.5)
    sizes = np.bincount(number.ravel())
    sizes[0] = 0
    if len(sizes) < 2 or sizes.max() < 0.002 * number.size or sizes.max() > 0.75 * number.size:
        return None
    part = filled_in(number == int(np.argmax(sizes)))
    return _as_large(part, rgb, soft=0.8)


def _small_lab(rgb: Floats, side: int) -> Floats:
    """The picture in OKLab, shrunk so that no side is longer than that; at least 8 pixels a side."""
    height, width = rgb.shape[:2]
    shrink = max(1.0, max(height, width) / side)
    return to_lab(np.clip(resized(rgb, max(8, round(width / shrink)), max(8, round(height / shrink))), 0, 1))


def _as_large(part: Part, rgb: Floats, *, soft: float) -> Floats:
    """The matte, as large as the picture, of a part that was found in a smaller one; its edge softened there."""
    height, width = rgb.shape[:2]
    edge = resized(blurred(part.astype(np.float32), soft), width, height)
    return np.clip((edge - 0.25) / 0.5, 0, 1).astype(np.float32)
