"""How far each pixel is from what is behind: the least that colours must change on any way there.

Geodesic saliency (Wei et al., 2012): a sky or a wall changes slowly, so all of it is near the picture's edge; on
the way into a thing there is a step. Small changes cost nothing, or a long way through grass would look like one.
"""

import heapq

import numpy as np

from edge_models.image.filters import Floats
from edge_models.image.retouch.region import Part

_FREE = 0.03
"""A change of colour between neighbours that costs nothing."""


def steps_away(lab: Floats, behind: Part) -> Floats:
    """(h, w) float32 of an (h, w, 3) picture of even colours: 0 at `behind`, larger where a step lies between."""
    rows, columns = behind.shape
    across = np.maximum(0, np.linalg.norm(lab[:, 1:] - lab[:, :-1], axis=-1) - _FREE)
    down = np.maximum(0, np.linalg.norm(lab[1:] - lab[:-1], axis=-1) - _FREE)
    # A frame of walls around, so that the search need not ask where the picture ends.
    wide = columns + 2
    right = np.full((rows + 2, wide), np.inf)
    right[1:-1, 1:-2] = across
    below = np.full((rows + 2, wide), np.inf)
    below[1:-2, 1:-1] = down
    to_right, to_below = right.ravel().tolist(), below.ravel().tolist()
    best = [float("inf")] * len(to_right)
    queue: list[tuple[float, int]] = []
    for row, column in np.argwhere(behind).tolist():
        at = (row + 1) * wide + column + 1
        best[at] = 0.0
        queue.append((0.0, at))
    while queue:
        cost, at = heapq.heappop(queue)
        if cost > best[at]:
            continue
        for beside, step in (
            (at + 1, to_right[at]),
            (at - 1, to_right[at - 1]),
            (at + wide, to_below[at]),
            (at - wide, to_below[at - wide]),
        ):
            reached = cost + step
            if reached < best[beside]:
                best[beside] = reached
                heapq.heappush(queue, (reached, beside))
    found = np.array(best, np.float32).reshape(rows + 2, wide)[1:-1, 1:-1]
    return np.where(np.isfinite(found), found, 0)
