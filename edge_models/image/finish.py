"""The studio's final: the same layout as the draft, drawn anew at full size with light, depth and detail."""

from collections.abc import Callable

import numpy as np
from PIL import Image

from edge_models.image.cutout import paint_shapes
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.grade import add_bloom, add_shafts, graded
from edge_models.image.grass import sow
from edge_models.image.ground import paint_ground, paint_ridges
from edge_models.image.layout import Layout, lay_out
from edge_models.image.light import Light, light_for
from edge_models.image.scene import Scene
from edge_models.image.sky import paint_sky
from edge_models.image.studio import paint_figure
from edge_models.image.style import FLAT_STYLES, cut, styled
from edge_models.image.weather import paint_falling, paint_in_sky, paint_mist

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
    if layout.style in FLAT_STYLES:
        shapes, level = paint_shapes(frame, layout, light)
        reached(0.5)
        if partials:
            on_partial(to_image(shapes))
        picture = cut(shapes, level, layout.style, seed=seed)
        reached(1.0)
        return to_image(picture)
    picture = paint_sky(frame, layout, light, fine=True)
    paint_in_sky(picture, frame, layout, light)
    reached(0.12)
    for placed in layout.placed:
        if placed.carrier == "sky":
            paint_figure(picture, frame, layout, light, placed)
    paint_ridges(picture, frame, layout, light, fine=True)
    paint_ground(picture, frame, layout, light, fine=True)
    paint_mist(picture, frame, layout, light, near=False)
    reached(0.25)
    if partials:
        on_partial(to_image(picture))
    _people(picture, frame, layout, light, lambda share: reached(0.25 + 0.45 * share))
    if partials > 1:
        on_partial(to_image(picture))
    add_shafts(picture, frame, layout, light)
    paint_mist(picture, frame, layout, light, near=True)
    paint_falling(picture, frame, layout, light, fine=True)
    add_bloom(picture, frame, light)
    if partials > 2:
        on_partial(to_image(picture))
    reached(0.8)
    picture = graded(picture, frame, layout, light)
    reached(0.9)
    picture = styled(picture, layout.style, seed=seed)
    reached(1.0)
    return to_image(picture)


def _people(picture: Floats, frame: Frame, layout: Layout, light: Light, reached: Callable[[float], None]) -> None:
    """Paint the figures on the land from the back to the front, and the grass that grows between them."""
    figures = [placed for placed in layout.placed if placed.carrier != "sky"]
    meadow = sow(frame, layout, light)
    mown = 0.0
    for nth, placed in enumerate(figures):
        root = placed.base - 0.006
        if meadow is not None and placed.carrier == "ground" and root > mown:
            meadow.paint(picture, frame, mown, root)
            mown = root
        paint_figure(picture, frame, layout, light, placed)
        reached((nth + 1) / len(figures))
    if meadow is not None:
        meadow.paint(picture, frame, mown, 9.0)


def to_image(picture: Floats) -> Image.Image:
    """(h, w, 3) float32, clipped to 0 to 1, as an RGB picture."""
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
