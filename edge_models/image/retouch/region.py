"""Parts of a picture: grown, softened inwards, joined up, and put back so that nothing around them changes.

A part is an (h, w) bool array; a matte is (h, w) float32, 0 to 1, how much of each pixel belongs to it.
"""

import numpy as np
from numpy.typing import NDArray

from edge_models.image.filters import Floats, blurred

Part = NDArray[np.bool_]
Pixels = NDArray[np.uint8]


def composed(before: Pixels, after: Floats, part: Part | None) -> Pixels:
    """`before` (h, w, 4) uint8 with `after` (h, w, 4) float 0 to 1 in the part; outside it every byte stays.

    This is the only place where a changed picture becomes bytes again: whatever an operation did elsewhere is dropped.
    """
    fresh = (np.clip(after, 0, 1) * 255 + 0.5).astype(np.uint8)
    return fresh if part is None else np.where(part[..., None], fresh, before)


def grown(part: Part, pixels: int) -> Part:
    """The part with everything that is at most `pixels` away, across and down."""
    if pixels <= 0:
        return part
    total = np.pad(part, pixels).astype(np.int32).cumsum(axis=0).cumsum(axis=1)
    total = np.pad(total, ((1, 0), (1, 0)))
    side = 2 * pixels + 1
    return (total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]) > 0


def softened(part: Part, pixels: float) -> Floats:
    """A matte that is 0 outside the part and rises to 1 within about `pixels` inside its edge.

    A part that is too narrow for that has a hard edge.
    """
    if pixels < 1:
        return part.astype(np.float32)
    inward = np.clip(2 * blurred(part.astype(np.float32), pixels / 2) - 1, 0, 1) * part
    return (inward if inward.max(initial=0) > 0.5 else part).astype(np.float32)


def numbered(part: Part) -> NDArray[np.int64]:
    """Which connected piece each pixel belongs to, neighbours by their sides; 0 outside the part."""
    height, width = part.shape
    parent = np.arange(height * width, dtype=np.int64).reshape(height, width)
    across = part[:, 1:] & part[:, :-1]
    down = part[1:] & part[:-1]
    pairs = np.concatenate(
        [
            np.stack([parent[:, 1:][across], parent[:, :-1][across]], axis=1),
            np.stack([parent[1:][down], parent[:-1][down]], axis=1),
        ]
    )
    label = parent.ravel().copy()
    while True:
        # Every pixel points at the smallest number around; pointers are then followed to their ends.
        low = np.minimum(label[pairs[:, 0]], label[pairs[:, 1]])
        fresh = label.copy()
        np.minimum.at(fresh, label[pairs[:, 0]], low)
        np.minimum.at(fresh, label[pairs[:, 1]], low)
        fresh = fresh[fresh]
        while not np.array_equal(fresh, fresh[fresh]):
            fresh = fresh[fresh]
        if np.array_equal(fresh, label):
            break
        label = fresh
    return np.where(part, label.reshape(height, width) + 1, 0)


def filled_in(part: Part) -> Part:
    """The part with its holes: what can't be reached from the picture's edge without crossing it."""
    outside = numbered(np.pad(~part, 1, constant_values=True))
    return (outside != outside[0, 0])[1:-1, 1:-1]


def box_around(part: Part) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of a part that isn't empty, the last two exclusive."""
    rows, columns = np.flatnonzero(part.any(axis=1)), np.flatnonzero(part.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
