"""A part out of focus: what is behind a thing, as a lens does it, or a face that nobody is to recognise."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.filters import Floats, blurred
from edge_models.image.retouch.find import found
from edge_models.image.retouch.region import box_around
from edge_models.image.retouch.relight import where
from edge_models.image.retouch.wish import BACKGROUND, Blur
from edge_models.image.retouch.work import Work


def blur(work: Work, wish: Blur) -> Iterator[Floats]:
    """The picture with that part blurred: all that is marked, else what is found. Raises Impossible."""
    behind = wish.what is not None and wish.what.noun == BACKGROUND
    if work.marked is not None and not behind:
        matte, share = where(work), work.marked
    else:
        matte = found(work, wish.what)
        share = matte > 0.5
    left, top, right, bottom = box_around(share)
    # Behind a thing, as much as a portrait's lens does; of a thing, so much that it can't be told any more.
    sigma = min(work.size) / 60 if behind else max(right - left, bottom - top) / 9
    # Colours of what stays sharp aren't smeared into what doesn't.
    weight = np.maximum(blurred(matte, sigma), 1e-3)[..., None]
    soft = blurred(work.rgb * matte[..., None], sigma) / weight
    yield work.changed(np.clip(soft, 0, 1), matte)
