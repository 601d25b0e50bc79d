"""What stands out in other pictures is put into the first: cut out, made to fit, lit as that one is, on its ground."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_models.image.filters import Floats
from edge_models.image.retouch.backdrop import in_light_of, own_colours, shadow_under
from edge_models.image.retouch.cut import cut_out
from edge_models.image.retouch.region import Pixels, box_around
from edge_models.image.retouch.wish import Combine
from edge_models.image.retouch.work import Impossible, Work, to_floats

_CLEAR = 0.4
_TALL, _WIDE = 0.5, 0.45
"""Shares of the picture's height and width that a thing takes at most, where no part is marked for it."""
_FOOT = 0.93
"""Where things stand, as a share of the height."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """One thing, cut out."""

    rgba: Floats
    """(h, w, 4), alpha not premultiplied."""
    cut_off: bool
    """Whether it went on beyond its picture's lower edge, as a portrait does."""


def combine(work: Work, wish: Combine, others: Sequence[Pixels]) -> Iterator[Floats]:
    """The picture with one thing more at a time. Raises Impossible where a picture has none that stands out."""
    pieces = [_piece(picture, nth) for nth, picture in enumerate(others, start=2)]
    for nth, piece in enumerate(pieces):
        box = _room(work, wish, nth, len(pieces))
        rgb, matte = _put(work, piece, box)
        work = Work(work.covered(rgb, matte), work.marked, work.seed)
        yield work.rgba


def _piece(picture: Pixels, number: int) -> _Piece:
    rgba = to_floats(picture)
    matte = rgba[..., 3]
    if not (matte < 0.5).any():
        cut = cut_out(rgba[..., :3])
        if cut is None or cut.clear < _CLEAR:
            text = f"I can't tell what to take from picture {number}: send it with a transparent background."
            raise Impossible("part_not_found", text)
        matte = cut.matte
    if not (matte > 0.5).any():
        raise Impossible("part_not_found", f"Picture {number} is empty.")
    colours = own_colours(rgba[..., :3], matte)
    left, top, right, bottom = box_around(matte > 0.1)
    whole = np.concatenate([colours, matte[..., None]], axis=-1).astype(np.float32)
    return _Piece(whole[top:bottom, left:right], cut_off=bottom >= len(matte) - 2)


def _room(work: Work, wish: Combine, nth: int, count: int) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in pixels of the place for a thing."""
    width, height = work.size
    if work.marked is not None:
        left, top, right, bottom = box_around(work.marked)
        step = (right - left) / count
        return left + nth * step, top, left + (nth + 1) * step, bottom
    wide, tall = min(_WIDE, 0.9 / count) * width, _TALL * height
    middle = (nth + 0.5) / count if count > 1 else _free_side(work, wish)
    foot = _FOOT * height
    left = min(max(middle * width - wide / 2, 0.02 * width), 0.98 * width - wide)
    return left, foot - tall, left + wide, foot


def _free_side(work: Work, wish: Combine) -> float:
    """The middle of the place, as a share of the width: where it was said, else away from what stands there."""
    if wish.side is not None:
        return {"left": 0.25, "middle": 0.5, "right": 0.75}[wish.side]
    cut = cut_out(work.rgb)
    if cut is None or cut.clear < _CLEAR:
        return 0.5
    across = np.arange(cut.matte.shape[1])[None, :] * cut.matte
    return 0.75 if float(across.sum() / cut.matte.sum()) < 0.5 * cut.matte.shape[1] else 0.25


def _put(work: Work, piece: _Piece, box: tuple[float, float, float, float]) -> tuple[Floats, Floats]:
    """The picture with the thing in the box, standing at its lower edge, and where it is."""
    width, height = work.size
    tall, wide = piece.rgba.shape[:2]
    scale = min((box[2] - box[0]) / wide, (box[3] - box[1]) / tall)
    size = max(1, round(wide * scale)), max(1, round(tall * scale))
    image = Image.fromarray((np.clip(piece.rgba, 0, 1) * 255 + 0.5).astype(np.uint8)).convert("RGBa")
    small = to_floats(np.asarray(image.resize(size, Image.Resampling.LANCZOS).convert("RGBA")))
    column = round((box[0] + box[2] - size[0]) / 2)
    row = height - size[1] if piece.cut_off and work.marked is None else round(box[3]) - size[1]
    colours, matte = np.zeros((height, width, 3), np.float32), np.zeros((height, width), np.float32)
    top, left = max(0, row), max(0, column)
    bottom, right = min(height, row + size[1]), min(width, column + size[0])
    part = small[top - row : bottom - row, left - column : right - column]
    colours[top:bottom, left:right], matte[top:bottom, left:right] = part[..., :3], part[..., 3]
    around = work.rgb[max(0, top - size[1] // 4) : bottom, max(0, left - size[0] // 4) : right + size[0] // 4]
    ground = work.rgb if piece.cut_off else work.rgb * (1 - 0.45 * shadow_under(matte))[..., None]
    front = in_light_of(colours, matte, around) if (matte > 0.5).any() else colours
    return ground + (front - ground) * matte[..., None], matte
