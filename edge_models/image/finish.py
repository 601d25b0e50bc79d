"""The studio's final: the same layout as the draft, drawn anew at full size with light, depth and detail."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from edge_models.image.frame import Frame
from edge_models.image.grade import add_bloom, add_shafts, graded
from edge_models.image.grass import sow
from edge_models.image.ground import paint_ground, paint_ridges
from edge_models.image.layout import lay_out
from edge_models.image.light import light_for
from edge_models.image.scene import Scene
from edge_models.image.sky import paint_sky
from edge_models.image.studio import paint_figure

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
    reached(0.2)
    for placed in layout.placed:
        if placed.carrier == "sky":
            paint_figure(picture, frame, layout, light, placed)
    paint_ridges(picture, frame, layout, light, fine=True)
    paint_ground(picture, frame, layout, light, fine=True)
    if partials:
        on_partial(_to_image(picture))
    reached(0.4)
    figures = [placed for placed in layout.placed if placed.carrier != "sky"]
    meadow = sow(frame, layout, light)
    mown = 0.0
    for nth, placed in enumerate(figures):
        if meadow is not None and placed.carrier == "ground" and placed.base - 0.006 > mown:
            meadow.paint(picture, frame, mown, placed.base - 0.006)
            mown = placed.base - 0.006
        paint_figure(picture, frame, layout, light, placed)
        reached(0.4 + 0.4 * (nth + 1) / len(figures))
    if meadow is not None:
        meadow.paint(picture, frame, mown, 9.0)
    add_shafts(picture, frame, layout, light)
    add_bloom(picture, frame, light)
    picture = graded(picture, frame, layout, light)
    reached(1.0)
    return _to_image(picture)


def _to_image(picture: np.ndarray) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
