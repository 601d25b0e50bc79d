"""Something is drawn into a picture: one of our own drawings, lit as the picture is, where it belongs."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from edge_models.image.figure import figure
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.light import light_for
from edge_models.image.retouch.find import found
from edge_models.image.retouch.region import box_around
from edge_models.image.retouch.relight import hour_of
from edge_models.image.retouch.remove import emptied, hole_for
from edge_models.image.retouch.wish import Add, Replace
from edge_models.image.retouch.work import Impossible, Work
from edge_models.image.scene import Box, Relation, Scene, Subject
from edge_models.image.studio import paint_figure
from edge_models.image.vocabulary import vocabulary

Shares = tuple[float, float, float, float]
"""(left, top, right, bottom) of a spot, in shares of the picture's width and height."""

_WORN: dict[str, tuple[float, float, float]] = {
    "head": (0.62, 0.1, 0.0),
    "eyes": (0.5, 0.3, 0.5),
    "ears": (0.6, 0.25, 0.5),
    "neck": (0.5, 0.56, 0.5),
    "body": (0.7, 0.62, 0.5),
    "back": (0.7, 0.5, 0.5),
    "hands": (0.4, 0.6, 0.5),
    "legs": (0.5, 0.8, 0.5),
    "feet": (0.6, 1.0, 1.0),
}
"""How wide it is beside its wearer, how far down it sits, and which part of it sits there (0 its lower end)."""


def add(work: Work, wish: Add) -> Iterator[Floats]:
    """The picture with the thing in it. Raises Impossible where its owner isn't found."""
    if work.marked is not None:
        spot = _shares(work, box_around(work.marked))
    elif wish.has_owner:
        spot = _beside(work, wish)
    else:
        spot = None
    yield _drawn(work, wish.subject, spot, wish)


def replaced(work: Work, wish: Replace) -> Iterator[Floats]:
    """First the thing goes, then the other one stands in its place."""
    hole = hole_for(work, wish.what)
    after = work.rgba
    for after in emptied(work, hole):
        yield after
    cleared = Work(np.where(hole[..., None], after, work.rgba), work.marked, work.seed)
    yield _drawn(cleared, wish.by, _shares(work, box_around(hole)), None)


def _shares(work: Work, box: tuple[int, int, int, int]) -> Shares:
    width, height = work.size
    return box[0] / width, box[1] / height, box[2] / width, box[3] / height


def _beside(work: Work, wish: Add) -> Shares:
    """Where the thing goes, seen from its owner."""
    matte = found(work, wish.owner)
    left, top, right, bottom = box_around(matte > 0.5)
    width, height = right - left, bottom - top
    if wish.how == "wearing":
        worn = vocabulary().subject(wish.subject.noun).worn or "head"
        across, down, part = _WORN[worn]
        sits = top + down * height
        # The head is where the upper fifth of the outline is, not in the middle of a lying cat.
        upper = np.flatnonzero((matte[top : top + max(1, height // 5)] > 0.5).any(axis=0))
        middle = float(upper.mean()) if worn in ("head", "eyes", "ears", "neck") else (left + right) / 2
        side = across * min(width, height * 0.9)
        box = (middle - side / 2, sits - (1 - part) * side, middle + side / 2, sits + part * side)
    else:
        side = 0.6 * min(width, height)
        at = {"left_of": left - side * 0.6, "above": (left + right) / 2, "on": (left + right) / 2}
        middle = at.get(wish.how or "", right + side * 0.6)
        foot = {"above": top - side * 0.1, "on": top + side * 0.12}.get(wish.how or "", bottom)
        box = (middle - side / 2, foot - side, middle + side / 2, foot)
    return _shares(work, (round(box[0]), round(box[1]), round(box[2]) + 1, round(box[3]) + 1))


def _centred(spot: Shares, subject: Subject, size: tuple[int, int]) -> Shares:
    """The spot cut down to the drawing's height around its middle, for what is worn there: glasses don't stand."""
    entry = vocabulary().subject(subject.noun)
    if entry.worn in (None, "head", "feet"):
        return spot
    left, top, right, bottom = spot
    tall = (right - left) * size[0] / figure(entry.art_for(subject.adjectives)).aspect / size[1]
    spare = max(0.0, bottom - top - tall) / 2
    return left, top + spare, right, bottom - spare


def _box(spot: Shares, size: tuple[int, int]) -> Box:
    """The spot in the layout's units. Raises Impossible at the far ends of a picture that is very long or narrow."""
    left, top, right, bottom = (min(max(value, -1.0), 2.0) for value in spot)
    units = Frame(*size)
    columns = [(share * size[0] - units.left) / units.scale for share in (left, max(right, left + 0.02))]
    rows = [(share * size[1] - units.top) / units.scale for share in (top, max(bottom, top + 0.02))]
    # As far as a box may reach (`scene.Box`).
    columns, rows = np.clip(columns, -2, 3).tolist(), np.clip(rows, -2, 3).tolist()
    if columns[0] >= columns[1] or rows[0] >= rows[1]:
        raise Impossible("not_supported", "I can't draw anything so far out in so long a picture.")
    return Box(left=columns[0], top=rows[0], right=columns[1], bottom=rows[1])


def _drawn(work: Work, subject: Subject, spot: Shares | None, wish: Add | None) -> Floats:
    frame = Frame(*work.size)
    box = None if spot is None else _box(_centred(spot, subject, work.size), work.size)
    scene = Scene(subjects=(subject.model_copy(update={"box": box}),), time=hour_of(work.rgb))
    if spot is None and wish is not None and wish.how in ("left_of", "right_of"):
        scene = scene.model_copy(update={"relations": (Relation(of=0, kind=wish.how, to=0),)})
    layout = lay_out(scene, seed=work.seed)
    light = light_for(layout)
    picture = np.array(work.rgb, np.float32)
    for placed in layout.placed:
        if placed.subject is not None:  # the picture has furniture of its own, and no water that is known
            standing = replace(placed, carrier="ground") if placed.carrier == "water" else placed
            paint_figure(picture, frame, layout, light, standing)
    picture = np.clip(picture, 0, 1)
    return work.covered(picture, (np.abs(picture - work.rgb).max(axis=-1) > 0.02).astype(np.float32))
