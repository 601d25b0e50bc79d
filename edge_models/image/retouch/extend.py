"""More of what is around a picture: the same pixels in a larger frame, and the rest continued from them."""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from edge_models.image.filters import Floats
from edge_models.image.retouch.cut import cut_out
from edge_models.image.retouch.fill import filled
from edge_models.image.retouch.region import Part, Pixels, grown
from edge_models.image.retouch.remove import emptied
from edge_models.image.retouch.wish import Extend
from edge_models.image.retouch.work import Work, to_floats

_MORE = 0.25
"""Of the picture's width or height, on each side that is named; twice that for a side alone."""
_LONGEST = 2048
_CLEAR, _LARGE = 0.6, 0.45
"""How clearly a thing must stand out, and how much of the picture it may fill, not to be copied."""


def size_of(size: tuple[int, int], wish: Extend) -> tuple[int, int]:
    """Width and height of what a picture of this size becomes."""
    if wish.to is not None:
        return wish.to
    width, height = size
    left, top, right, bottom = _margins(size, wish)
    return width + left + right, height + top + bottom


def extend(picture: Pixels, wish: Extend, *, seed: int) -> Iterator[Pixels]:
    """Better and better (h, w, 4) uint8 pictures of the new size; unless it is scaled, the old pixels stay.

    A picture that doesn't fit into the size that was asked for is made smaller, and one that fills less than half of
    it larger.
    """
    if wish.to is not None:
        picture = _fitted(picture, wish.to)
    height, width = picture.shape[:2]
    left, top, right, bottom = _margins((width, height), wish)
    if left == top == right == bottom == 0:
        yield picture
        return
    frame = np.zeros((height + top + bottom, width + left + right, 4), np.uint8)
    inner = (slice(top, top + height), slice(left, left + width))
    frame[inner] = picture
    hole = np.ones(frame.shape[:2], bool)
    hole[inner] = False
    # What is continued stays at its height, or as near to it as can be, as a sky does.
    down, across = (12.0, 0.5) if top == bottom == 0 else (4.0, 2.0)
    never = np.zeros(frame.shape[:2], bool)
    never[inner] = _not_twice(picture)
    opaque = np.where(hole, 255, frame[..., 3]).astype(np.uint8)
    for rgb in filled(to_floats(frame)[..., :3], hole, seed=seed, sideways=(down, across), never=never):
        fresh = (np.clip(rgb, 0, 1) * 255 + 0.5).astype(np.uint8)
        yield np.concatenate([np.where(hole[..., None], fresh, frame[..., :3]), opaque[..., None]], axis=-1)


def _not_twice(picture: Pixels) -> Part:
    """The thing that the picture is of: there is one of it."""
    rgb = to_floats(picture)[..., :3]
    cut = cut_out(rgb)
    if cut is None or cut.clear < _CLEAR or cut.matte.mean() > _LARGE:
        return np.zeros(picture.shape[:2], bool)
    return grown(cut.matte > 0.2, max(picture.shape[:2]) // 60)


def continued(work: Work) -> Iterator[Floats]:
    """The marked part as a continuation of the rest, for whoever has made the frame larger already."""
    assert work.marked is not None
    return emptied(work, work.marked)


def _fitted(picture: Pixels, to: tuple[int, int]) -> Pixels:
    height, width = picture.shape[:2]
    scale = min(to[0] / width, to[1] / height)
    if 1 <= scale < 2 and (width, height) != to and not _same_shape((width, height), to):
        return picture
    size = (min(to[0], max(1, round(width * scale))), min(to[1], max(1, round(height * scale))))
    if size == (width, height):
        return picture
    # Enlarging with the alpha not multiplied in would draw hidden colours out to the edges.
    image = Image.fromarray(picture).convert("RGBa").resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image.convert("RGBA"))


def _same_shape(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return abs(one[0] * other[1] - one[1] * other[0]) <= max(other)


def _margins(size: tuple[int, int], wish: Extend) -> tuple[int, int, int, int]:
    """What is added at the left, top, right and bottom, in pixels."""
    width, height = size
    if wish.to is None:
        both = len(wish.sides) > 1
        across = min(round(width * _MORE) * (1 if both else 2), max(0, _LONGEST - width) // (2 if both else 1))
        down = min(round(height * _MORE) * (1 if both else 2), max(0, _LONGEST - height) // (2 if both else 1))
        amount = {"left": across, "right": across, "top": down, "bottom": down}
        left, top, right, bottom = (
            amount[side] if side in wish.sides else 0 for side in ("left", "top", "right", "bottom")
        )
        return left, top, right, bottom
    spare_x, spare_y = wish.to[0] - width, wish.to[1] - height
    left = _share(spare_x, "left" in wish.sides, "right" in wish.sides)
    top = _share(spare_y, "top" in wish.sides, "bottom" in wish.sides)
    return left, top, spare_x - left, spare_y - top


def _share(spare: int, before: bool, after: bool) -> int:
    """How much of the spare room comes before the picture."""
    return spare if before and not after else 0 if after and not before else spare // 2
