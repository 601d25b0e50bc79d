"""The on-device draft: a scene put together from drawings in about a tenth of a second."""

from dataclasses import replace

import numpy as np
from PIL import Image

from edge_models.image.binder import Carrier
from edge_models.image.cutout import paint_shapes
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.ground import paint_ground, paint_ridges
from edge_models.image.layout import Layout, Placed, lay_out
from edge_models.image.light import Light, light_for
from edge_models.image.scene import Box, Scene
from edge_models.image.sky import paint_sky
from edge_models.image.sprites import (
    add_halo,
    box_of,
    draught,
    lay,
    lit,
    oriented,
    small_figure,
    soft_shadow,
    sunk,
    water_ends,
)
from edge_models.image.style import FLAT_STYLES, cut, styled
from edge_models.image.weather import paint_falling, paint_in_sky, paint_mist

ENGINE = "Nightjar compositor"
SIZE = 512
LONGEST = 1024
"""Pixels, of the longer side of a photo that is drawn into."""
_IN_PHOTO: dict[Carrier, Carrier] = {"water": "ground"}


class Compositor:
    """Draws drafts; holds nothing but what the process has cached."""

    engine = ENGINE
    """Its name on the page."""

    def draft(self, scene: Scene, *, seed: int, backdrop: Image.Image | None = None) -> Image.Image:
        """A 512 by 512 RGB picture, the same for the same scene and seed; unknown subjects are left out.

        With a `backdrop`, the subjects stand in that photo instead of a landscape, and the picture has its shape.
        """
        layout = lay_out(scene, seed=seed)
        return _in_photo(backdrop, layout) if backdrop is not None else _to_image(paint(layout, Frame(SIZE, SIZE)))

    def close(self) -> None:
        """Nothing is to be given back."""


def paint(layout: Layout, frame: Frame) -> Floats:
    """(height, width, 3) float32, about 0 to 1: a draft of any size."""
    light = light_for(layout)
    if layout.style in FLAT_STYLES:
        shapes, level = paint_shapes(frame, layout, light)
        return cut(shapes, level, layout.style, seed=layout.seed)
    picture = paint_sky(frame, layout, light, fine=False)
    paint_in_sky(picture, frame, layout, light)
    for placed in layout.placed:
        if placed.carrier == "sky":
            _draw(picture, frame, layout, light, placed)
    paint_ridges(picture, frame, layout, light, fine=False)
    paint_ground(picture, frame, layout, light, fine=False)
    paint_mist(picture, frame, layout, light, near=False)
    for placed in layout.placed:
        if placed.carrier != "sky":
            _draw(picture, frame, layout, light, placed)
    paint_mist(picture, frame, layout, light, near=True)
    paint_falling(picture, frame, layout, light, fine=False)
    return styled(picture, layout.style, seed=layout.seed)


def in_units(shares: tuple[float, float, float, float], width: int, height: int) -> Box:
    """A part of a picture of `width` by `height` pixels, given in shares of it, in the layout's unit square."""
    frame = Frame(width, height)
    left, top, right, bottom = shares
    return Box(
        left=(left * width - frame.left) / frame.scale,
        top=(top * height - frame.top) / frame.scale,
        right=(right * width - frame.left) / frame.scale,
        bottom=(bottom * height - frame.top) / frame.scale,
    )


def _in_photo(photo: Image.Image, layout: Layout) -> Image.Image:
    scale = max(1.0, min(photo.size) / SIZE, max(photo.size) / LONGEST)
    small = photo.convert("RGB").resize((max(1, round(photo.width / scale)), max(1, round(photo.height / scale))))
    frame, light = Frame(*small.size), light_for(layout)
    picture = np.asarray(small, np.float32) / 255
    for placed in layout.placed:
        if placed.subject is not None:  # the photo has its own furniture, and nothing is mirrored in its water
            _draw(picture, frame, layout, light, replace(placed, carrier=_IN_PHOTO.get(placed.carrier, placed.carrier)))
    return _to_image(styled(picture, layout.style, seed=layout.seed))


def _to_image(picture: Floats) -> Image.Image:
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))


def _draw(picture: Floats, frame: Frame, layout: Layout, light: Light, placed: Placed) -> None:
    column, row, width, height = box_of(placed, frame)
    add_halo(picture, frame, placed, light)
    rgba = small_figure(placed.code, placed.colour, width, height)
    rgba = oriented(rgba, placed)
    if placed.carrier == "ground":
        soft_shadow(
            picture,
            frame,
            x=placed.x,
            y=placed.base - 0.008,
            width=placed.width * 0.62,
            height=max(0.02, placed.width * 0.12),
            strength=light.shadow,
        )
    rgb, alpha = lit(rgba[..., :3], placed, light), rgba[..., 3]
    if placed.carrier == "water":
        keel = round(height * (1 - draught(placed)))
        alpha = sunk(alpha, keel)
        rows = max(0, min(round(keel * 0.6), water_ends(frame, layout) - row - keel))
        reflection = alpha[:keel][::-1][:rows]
        fade = np.linspace(0.42, 0.0, len(reflection), dtype=np.float32)[:, None]
        lay(picture, rgb[:keel][::-1][: len(reflection)] * 0.8, reflection * fade, column, row + keel)
    lay(picture, rgb, alpha, column, row)
