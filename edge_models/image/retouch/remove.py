"""A thing is taken out, and what could be behind it is shown."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.filters import Floats
from edge_models.image.retouch.fill import filled
from edge_models.image.retouch.find import found
from edge_models.image.retouch.region import Part, box_around, grown
from edge_models.image.retouch.wish import Remove
from edge_models.image.retouch.work import Impossible, Work
from edge_models.image.scene import Subject

_MOST = 0.85
"""Share of the picture that may go: from the rest, nothing could be made any more."""


def remove(work: Work, wish: Remove) -> Iterator[Floats]:
    """Better and better pictures without the thing. Raises Impossible where it isn't found or is nearly everything."""
    yield from emptied(work, hole_for(work, wish.what))


def hole_for(work: Work, what: Subject | None) -> Part:
    """The part that goes: all that is marked, else the thing with its soft edge and its nearest shadow."""
    hole = _with_its_foot(found(work, what) > 0.2, work) if work.marked is None else work.marked
    if hole.mean() > _MOST:
        raise Impossible("not_supported", "Hardly anything of the picture would be left: mark a smaller part.")
    return hole


def _with_its_foot(thing: Part, work: Work) -> Part:
    """The thing with its soft edge, and below it what touches the ground: wheels, feet, the darkest shadow."""
    _, top, _, bottom = box_around(thing)
    hole = grown(thing, max(2, min(work.size) // 90))
    reach = round(0.1 * (bottom - top))
    lower = thing.copy()
    lower[: bottom - 3 * reach] = False
    at = 1
    while at <= reach:  # smeared downwards, twice as far each time
        lower[at:] |= lower[:-at].copy()
        at *= 2
    return hole | lower


def emptied(work: Work, hole: Part) -> Iterator[Floats]:
    """The picture with the hole filled from what is around it."""
    # In upright pictures what belongs there is rather beside it than above or below it.
    for rgb in filled(work.rgb, hole, seed=work.seed, sideways=(5.0, 0.5)):
        yield work.covered(np.clip(rgb, 0, 1), _alpha_behind(work, hole))


def _alpha_behind(work: Work, hole: Part) -> Floats:
    """Filled pixels are as opaque as what they are filled from."""
    around = grown(hole, 2) & ~hole
    opaque = float(work.rgba[..., 3][around].mean()) if around.any() else 1.0
    return hole * np.float32(opaque)
