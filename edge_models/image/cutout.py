"""A scene as flat shapes one over the other, with a map of which lies where: for styles made of paper or glass."""

import numpy as np
from numpy.typing import NDArray

from edge_models.image.colour import Rgb, hexadecimal, mix
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.ground import outline
from edge_models.image.layout import Layout, Placed
from edge_models.image.light import Light
from edge_models.image.noise import generator, ridge
from edge_models.image.sprites import box_of, large_figure, lay, oriented

FIRST_FIGURE = 100.0
"""Sheets from this number on are figures, those below are sky and land."""


def paint_shapes(frame: Frame, layout: Layout, light: Light) -> tuple[Floats, Floats]:
    """The picture, (h, w, 3), and the number of the sheet that lies on top at each pixel, (h, w), larger is nearer."""
    picture = np.empty((frame.height, frame.width, 3), np.float32)
    level = np.zeros((frame.height, frame.width), np.float32)
    sheet = _paint_sky(picture, level, frame, layout, light)
    figures = list(enumerate(layout.placed))
    for nth, placed in figures:
        if placed.carrier == "sky":
            _stick(picture, level, frame, layout, light, placed=placed, sheet=FIRST_FIGURE + nth)
    _paint_land(picture, level, frame, layout, light, sheet=sheet)
    for nth, placed in figures:
        if placed.carrier != "sky":
            _stick(picture, level, frame, layout, light, placed=placed, sheet=FIRST_FIGURE + nth)
    return picture, level


def _sheet(picture: Floats, level: Floats, frame: Frame, *, top: Floats, colour: Rgb, number: float) -> None:
    """Everything below the line `top` (width,) becomes one flat sheet."""
    cover = np.clip((frame.ys[:, None] - top[None, :]) * frame.scale + 0.5, 0, 1)
    picture += (np.asarray(colour, np.float32) - picture) * cover[..., None]
    level[cover > 0.5] = number


def _paint_sky(picture: Floats, level: Floats, frame: Frame, layout: Layout, light: Light) -> float:
    if layout.place.indoors is not None:
        wall = hexadecimal(layout.place.indoors)
        picture[...] = (wall[0] * light.ambient[0], wall[1] * light.ambient[1], wall[2] * light.ambient[2])
        return 0.0
    picture[...] = light.zenith
    bands = 5
    for band in range(1, bands):
        share = band / (bands - 1)
        colour = (
            mix(light.zenith, light.middle, share * 2)
            if share <= 0.5
            else mix(light.middle, light.horizon, share * 2 - 1)
        )
        wave = ridge(layout.seed, f"band {band}", frame.xs, wavelength=0.55, octaves=2)
        _sheet(
            picture, level, frame, top=layout.horizon * (band - 0.25) / bands + 0.022 * wave, colour=colour, number=band
        )
    if light.stars:
        _prick(picture, frame, layout, light)
    return float(bands)


def _prick(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    random = generator(layout.seed, "pricked stars")
    left, top, right, _ = frame.reach
    for x, y, size in random.uniform(0, 1, (round(70 * light.stars), 3)):
        column, row = frame.column(left + x * (right - left)), frame.row(top + y * (layout.horizon - top))
        reach = int(np.ceil((0.0012 + 0.0022 * size) * frame.scale)) + 1
        first, last = max(0, int(row) - reach), max(0, int(column) - reach)
        part = picture[first : int(row) + reach + 1, last : int(column) + reach + 1]
        ys = np.arange(first, first + part.shape[0])[:, None] + 0.5 - row
        xs = np.arange(last, last + part.shape[1])[None, :] + 0.5 - column
        spot = np.clip(reach - 0.5 - np.hypot(xs, ys), 0, 1) * min(1.0, light.stars)
        part += (np.array([1.0, 0.96, 0.82], np.float32) - part) * spot[..., None].astype(np.float32)


def _paint_land(picture: Floats, level: Floats, frame: Frame, layout: Layout, light: Light, *, sheet: float) -> None:
    place = layout.place
    ambient = light.ambient
    for nth, (kind, colour, height) in enumerate(place.ridges):
        sheet += 1
        base = hexadecimal(colour)
        lit = (base[0] * ambient[0], base[1] * ambient[1], base[2] * ambient[2])
        far = 0.5 * (1 - (nth + 1) / (len(place.ridges) + 0.6))
        top = outline(frame.xs, layout, f"{kind} {nth}", kind, height, fine=False)
        _sheet(picture, level, frame, top=top, colour=mix(lit, light.haze, far), number=sheet)
    if place.ground == "void":
        return
    strips: list[tuple[float, Rgb]] = []
    if place.water is not None:
        water = hexadecimal(place.water)
        end = min(place.shore, 1.0)
        strips += [
            (layout.horizon + (end - layout.horizon) * n / 3, mix(water, light.horizon, 0.34 - 0.17 * n))
            for n in range(3)
        ]
    if place.shore < 2:
        start = place.shore or layout.horizon
        ground = hexadecimal(place.colour)
        strips += [(start + (1 - start) * n / 3, mix(ground, (0.0, 0.0, 0.0), 0.09 * n)) for n in range(3)]
    for nth, (start, colour) in enumerate(strips):
        sheet += 1
        flat = place.indoors is not None
        wave = ridge(layout.seed, f"strip {nth}", frame.xs, wavelength=0.5, octaves=2)
        top = start + (0.0 if flat or (nth == 0 and place.water) else 0.018) * wave
        lit = (colour[0] * ambient[0], colour[1] * ambient[1], colour[2] * ambient[2])
        _sheet(picture, level, frame, top=top, colour=lit, number=sheet)


def _stick(
    picture: Floats, level: Floats, frame: Frame, layout: Layout, light: Light, *, placed: Placed, sheet: float
) -> None:
    """Lay one figure on top."""
    column, row, _, height = box_of(placed, frame)
    rgba = large_figure(placed.code, placed.colour, height)
    rgba = oriented(rgba, placed)
    rgb, alpha = rgba[..., :3], rgba[..., 3]
    if not placed.shines:
        rgb = rgb * np.asarray(light.figures if placed.subject is not None else light.ambient, np.float32)
        haze = np.asarray(light.haze, np.float32)
        rgb = rgb + (haze - rgb) * (
            0.3 * placed.depth if placed.subject is None and layout.place.indoors is None else 0.0
        )
    if placed.carrier == "water":
        alpha = alpha * (np.arange(alpha.shape[0]) < alpha.shape[0] * 0.95)[:, None]
    lay(picture, rgb, alpha, column, row)
    mark(level, alpha, column, row, sheet)


def mark(level: Floats, alpha: Floats, column: int, row: int, number: float) -> None:
    """Write `number` into `level` where `alpha` is more than half, its left top at (column, row)."""
    top, left = max(0, row), max(0, column)
    bottom, right = min(level.shape[0], row + alpha.shape[0]), min(level.shape[1], column + alpha.shape[1])
    if top < bottom and left < right:
        inked = alpha[top - row : bottom - row, left - column : right - column] > 0.5
        level[top:bottom, left:right][inked] = number


def figure_map(frame: Frame, layout: Layout) -> NDArray[np.uint8]:
    """(h, w) uint8: 0 where there is no figure, else 1 + the index in `layout.placed` of the topmost one."""
    level = np.zeros((frame.height, frame.width), np.float32)
    for nth, placed in enumerate(layout.placed):
        column, row, _, height = box_of(placed, frame)
        alpha = oriented(large_figure(placed.code, None, height), placed)[..., 3]
        mark(level, alpha, column, row, nth + 1)
    return level.astype(np.uint8)
