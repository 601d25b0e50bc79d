"""The studio's final: the same layout as the draft, drawn anew at full size with light, depth and detail."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from edge_models.image.compositor import _draw
from edge_models.image.frame import Frame
from edge_models.image.ground import paint_ground, paint_ridges
from edge_models.image.layout import lay_out
from edge_models.image.light import light_for
from edge_models.image.scene import Scene
from edge_models.image.sky import paint_sky

ENGINE = "Nightjar studio"


class Cancelled(Exception):
    """The picture isn't wanted any more."""


def finish(
    scene: Scene,
    *,
    seed: int,
    width: int,
    height: int,
    partials: int,
    on_progress: Callable[[float], None],
    on_partial: Callable[[Image.Image], None],
    cancelled: Callable[[], bool],
) -> Image.Image:
    """A `width` by `height` RGB picture of the scene, the same for the same scene, seed and size.

    `on_progress` is told the share that is done, 0 to 1; `on_partial` gets up to `partials` (0 to 3) pictures of what
    exists so far. Raises `Cancelled` soon after `cancelled()` says so.
    """

    def reached(share: float) -> None:
        if cancelled():
            raise Cancelled
        on_progress(share)

    layout = lay_out(scene, seed=seed)
    frame = Frame(width, height)
    light = light_for(layout)
    reached(0.02)
    picture = paint_sky(frame, layout, light, fine=True)
    reached(0.25)
    for placed in layout.placed:
        if placed.carrier == "sky":
            _draw(picture, frame, placed, light, layout)
    paint_ridges(picture, frame, layout, light, fine=True)
    paint_ground(picture, frame, layout, light, fine=True)
    if partials:
        on_partial(_to_image(picture))
    reached(0.5)
    for placed in layout.placed:
        if placed.carrier != "sky":
            _draw(picture, frame, placed, light, layout)
    reached(1.0)
    return _to_image(picture)


def _to_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
