"""Figures as pixels: drawn at the size that is needed, in the colour asked for, and laid into a picture."""

from functools import cache, lru_cache

import numpy as np
from PIL import Image

from edge_models.image.colour import Rgb, repaint
from edge_models.image.figure import figure
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout, Placed
from edge_models.image.light import Light
from edge_models.image.noise import stretched, texture
from edge_models.image.vocabulary import vocabulary


def _unit(rgb: tuple[int, int, int]) -> Rgb:
    return (rgb[0] / 255, rgb[1] / 255, rgb[2] / 255)


def _pixels(code: str, colour: str | None, height: int) -> Floats:
    rgba = figure(code).raster(height).astype(np.float32) / 255
    entry = vocabulary().colours.get(colour) if colour else None
    if entry is not None:
        painted = repaint(rgba, _unit(entry.rgb))
        if entry.second is not None:
            # Two colours lie in patches, as on a cow.
            patches = stretched(texture(7, "patches", cells=7, octaves=3), rgba.shape[1], height, (0, 0, 0.7, 0.9))
            share = np.clip((patches - 0.5) * 9 + 0.5, 0, 1)[..., None]
            painted = painted + (repaint(rgba, _unit(entry.second)) - painted) * share
        rgba = painted
    return rgba


@lru_cache(maxsize=128)
def _kept(code: str, colour: str | None, height: int) -> Image.Image:
    rgba = _pixels(code, colour, height)
    # Premultiplied: enlarging and reducing then mixes no colour in from where there is no ink.
    rgba[..., :3] *= rgba[..., 3:]
    return Image.fromarray((rgba * 255 + 0.5).astype(np.uint8), "RGBa")


def small_figure(code: str, colour: str | None, width: int, height: int) -> Floats:
    """(height, width, 4) float32 0 to 1, straight alpha, from a kept drawing, so that a second draft is quick."""
    kept = _kept(code, colour, next((size for size in (64, 128, 256) if height <= size), 448))
    rgba = np.asarray(kept.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0), np.float32) / 255
    rgba[..., :3] /= np.maximum(rgba[..., 3:], 1 / 255)
    return rgba


def large_figure(code: str, colour: str | None, height: int) -> Floats:
    """(height, w, 4) float32 0 to 1, straight alpha, rendered at just this size."""
    return _pixels(code, colour, height)


def oriented(rgba: Floats, placed: Placed) -> Floats:
    """A figure's pixels as it stands in the picture: mirrored or upside down."""
    if placed.flip:
        rgba = rgba[:, ::-1]
    return rgba[::-1] if placed.turned else rgba


def add_halo(picture: Floats, frame: Frame, placed: Placed, light: Light) -> None:
    """A glow around a figure that was asked to glow, painted before it."""
    if not placed.halo:
        return
    x, y = placed.x, placed.base - placed.height / 2
    away = ((frame.xs[None, :] - x) / placed.width) ** 2 + ((frame.ys[:, None] - y) / placed.height) ** 2
    glow = np.exp(-away / 0.3) * (0.85 if light.dark else 0.6)
    picture += (1 - np.clip(picture, 0, 1)) * np.array([1.0, 0.93, 0.62], np.float32) * glow[..., None]


def lay(picture: Floats, rgb: Floats, alpha: Floats, column: int, row: int) -> None:
    """Paint `rgb` (h, w, 3) through `alpha` (h, w) over `picture`, left top at (column, row), clipped at the edges."""
    height, width = alpha.shape
    top, left = max(0, row), max(0, column)
    bottom, right = min(picture.shape[0], row + height), min(picture.shape[1], column + width)
    if top >= bottom or left >= right:
        return
    part = picture[top:bottom, left:right]
    cut = (slice(top - row, bottom - row), slice(left - column, right - column))
    part += (rgb[cut] - part) * alpha[cut][..., None]


def soft_shadow(
    picture: Floats, frame: Frame, *, x: float, y: float, width: float, height: float, strength: float
) -> None:
    """A soft, dark ellipse on the ground around (x, y), in units."""
    left, right = int(frame.column(x - width)), int(frame.column(x + width)) + 1
    top, bottom = int(frame.row(y - height)), int(frame.row(y + height)) + 1
    left, top, right, bottom = max(0, left), max(0, top), min(frame.width, right), min(frame.height, bottom)
    if left >= right or top >= bottom:
        return
    away = ((frame.xs[None, left:right] - x) / width) ** 2 + ((frame.ys[top:bottom, None] - y) / height) ** 2
    dark = strength * np.clip(1 - away, 0, 1) ** 1.5
    picture[top:bottom, left:right] *= (1 - dark)[..., None]


def box_of(placed: Placed, frame: Frame) -> tuple[int, int, int, int]:
    """(column, row, width, height) of a figure in pixels."""
    height = max(3, round(placed.height * frame.scale))
    width = max(3, round(height * figure(placed.code).aspect))
    return (
        round(frame.column(placed.x) - width / 2),
        round(frame.row(placed.base) - height),
        width,
        height,
    )


@cache
def _kinds() -> dict[str, str]:
    entries = vocabulary().subjects.values()
    return {code: entry.kind for entry in entries for code in (entry.art, *entry.variants.values())}


def kind_of(placed: Placed) -> str | None:
    """The vocabulary's kind of what a figure shows (`animal`), None for what is furniture only."""
    return _kinds().get(placed.code)


def draught(placed: Placed) -> float:
    """How much of a figure on the water is under it: a duck's legs, a boat's keel."""
    return 0.19 if kind_of(placed) == "animal" else 0.045


def water_ends(frame: Frame, layout: Layout) -> int:
    """The pixel row from which the land begins again: nothing is mirrored there."""
    return min(frame.height, int(frame.row(layout.place.shore - 0.015)))


def sunk(alpha: Floats, keel: int) -> Floats:
    """An outline that disappears in the water at the row `keel`."""
    rows = np.arange(alpha.shape[0], dtype=np.float32)[:, None]
    return alpha * np.clip((keel - rows) / max(2.0, alpha.shape[0] * 0.03), 0, 1)


def lit(rgb: Floats, placed: Placed, light: Light) -> Floats:
    """A figure's colours in the scene's light: lights keep theirs."""
    if placed.shines:
        return rgb
    ambient = np.asarray(light.figures if placed.subject is not None else light.ambient, np.float32)
    coloured = rgb * ambient
    if placed.carrier == "sky":
        haze = np.asarray(light.haze, np.float32)
        return coloured + (haze - coloured) * 0.12
    return coloured
