"""Skies: a gradient, a glow around the light, stars and clouds; walls where the picture is indoors."""

import numpy as np
from numpy.typing import NDArray

from edge_models.image.colour import hexadecimal
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator, stretched, texture

Floats = NDArray[np.float32]


def paint_sky(frame: Frame, layout: Layout, light: Light, *, fine: bool) -> Floats:
    """(height, width, 3) float32 sRGB: the sky over the whole frame, the ground comes over it."""
    if layout.place.indoors is not None:
        return _wall(frame, layout, light, fine=fine)
    share = np.clip(frame.ys / layout.horizon, 0, 1)
    stops = np.array([0.0, 0.5, 1.0], np.float32)
    colours = np.array([light.zenith, light.middle, light.horizon], np.float32)
    column = np.stack([np.interp(share**0.9, stops, colours[:, channel]) for channel in range(3)], axis=-1)
    sky = np.broadcast_to(column[:, None, :], (frame.height, frame.width, 3)).astype(np.float32)
    if light.stars:
        _add_stars(sky, frame, layout, light, fine=fine)
    if layout.place.ground == "void":
        _add_nebula(sky, frame, layout)
    _add_glow(sky, frame, layout, light)
    if light.cover > 0.05:
        _add_clouds(sky, frame, layout, light, fine=fine)
    return sky


def _add_glow(sky: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    x, y = layout.sun
    away = np.sqrt((frame.xs[None, :] - x) ** 2 + (frame.ys[:, None] - y) ** 2)
    strength = 0.5 / (1 + (away / 0.11) ** 2) + 0.35 / (1 + (away / 0.32) ** 2)
    if layout.place.ground in ("void", "moon", "seabed"):
        strength *= 0.4
    glow = np.asarray(light.glow, np.float32)
    # Screen, so that a glow never burns out to flat white.
    sky += (1 - sky) * glow * (strength * (0.62 if light.dark else 0.5))[..., None].astype(np.float32)


def _add_stars(sky: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    random = generator(layout.seed, "stars")
    left, top, right, bottom = frame.reach
    count = round(420 * light.stars * (right - left) * (bottom - top))
    xs, ys = random.uniform(left, right, count), random.uniform(top, bottom, count)
    size = random.pareto(2.2, count) * 0.35 + 0.25
    warmth = random.uniform(-1, 1, count)
    radius = frame.scale / 512 * (0.75 if fine else 0.8)
    for x, y, brightness, warm in zip(xs, ys, np.minimum(size, 2.2), warmth, strict=True):
        spread = max(0.6, radius * (0.7 + 0.4 * brightness))
        reach = int(np.ceil(spread * 2.5))
        column, row = int(frame.column(x)), int(frame.row(y))
        if not (reach <= column < frame.width - reach and reach <= row < frame.height - reach):
            continue
        patch = sky[row - reach : row + reach + 1, column - reach : column + reach + 1]
        axis = np.arange(-reach, reach + 1, dtype=np.float32)
        spot = np.exp(-(axis[:, None] ** 2 + axis[None, :] ** 2) / (2 * spread**2)) * min(1.0, 0.28 + 0.5 * brightness)
        fade = np.clip(1.15 - y / layout.horizon, 0.05, 1)
        tint = np.array([1.0, 0.96, 0.9 if warm > 0 else 1.0], np.float32)
        patch += (1 - patch) * spot[..., None] * tint * np.float32(fade * min(light.stars, 1))


def _add_nebula(sky: Floats, frame: Frame, layout: Layout) -> None:
    left, top, right, bottom = frame.reach
    for name, tint in (("nebula a", (0.42, 0.12, 0.55)), ("nebula b", (0.05, 0.32, 0.6))):
        noise = texture(layout.seed, name, cells=3)
        cloud = stretched(noise, frame.width, frame.height, (left * 0.6, top * 0.6, right * 0.6, bottom * 0.6))
        band = np.clip(cloud * 1.7 - 0.62, 0, 1) ** 1.6
        sky += (1 - sky) * np.asarray(tint, np.float32) * band[..., None]


def _add_clouds(sky: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    """Heaped clouds: bright where they are thick and face the light, darker underneath, thin towards the horizon."""
    left, top, right, _ = frame.reach
    rows = int(min(frame.height, frame.row(layout.horizon) + 2))
    noise = texture(layout.seed, "clouds", size=768 if fine else 384, cells=4, octaves=7 if fine else 5)
    box = (left * 0.5, top * 0.95, right * 0.5, float(frame.ys[rows - 1]) * 0.95)
    value = stretched(noise, frame.width, rows, box)
    toward = 0.016 if layout.sun[0] > 0.5 else -0.016
    shifted = stretched(noise, frame.width, rows, (box[0] + toward, box[1] - 0.022, box[2] + toward, box[3] - 0.022))
    edge = 0.98 - 0.78 * light.cover
    body = np.clip((value - edge) / 0.26, 0, 1)
    alpha = body * body * (3 - 2 * body)
    # Where the cloud is thinner towards the light, the light comes in.
    lit = np.clip(0.5 + (value - shifted) * 2.6, 0, 1)
    fade = np.clip((layout.horizon - frame.ys[:rows]) / 0.2, 0.1, 1)[:, None]
    bright = np.asarray(light.clouds, np.float32)
    under = bright * 0.74 + np.asarray(light.middle, np.float32) * 0.2
    colour = under + (np.minimum(bright * 1.04, 1) - under) * lit[..., None]
    sky[:rows] += (colour - sky[:rows]) * (alpha * fade * (0.9 if not light.dark else 0.62))[..., None]


def _wall(frame: Frame, layout: Layout, light: Light, *, fine: bool) -> Floats:
    colour = np.asarray(hexadecimal(layout.place.indoors or "#cccccc"), np.float32) * np.asarray(
        light.ambient, np.float32
    )
    x, y = layout.sun
    away = np.sqrt((frame.xs[None, :] - 0.5) ** 2 + (frame.ys[:, None] - 0.3) ** 2)
    shade = 1.06 - 0.42 * np.clip(away - 0.1, 0, 1.2)
    if fine:
        left, top, right, bottom = frame.reach
        grain = stretched(
            texture(layout.seed, "plaster", cells=48, octaves=3), frame.width, frame.height, (left, top, right, bottom)
        )
        shade = shade * (0.975 + 0.05 * grain)
    del x, y
    return np.clip(colour * shade[..., None], 0, 1).astype(np.float32)
