"""Skies: a gradient, a glow around the light, stars and clouds; walls where the picture is indoors."""

import numpy as np

from edge_models.image.colour import hexadecimal
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator, ridge, stretched, texture


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
    if layout.place.ground == "seabed":
        _add_shafts(sky, frame, layout, light)
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


def _add_shafts(sky: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    """Sunlight that falls through the waves above, and bubbles rising in it."""
    fan = frame.xs[None, :] - (frame.xs[None, :] - layout.sun[0]) * 0.35 * frame.ys[:, None]
    beams = ridge(layout.seed, "beams", fan.ravel(), wavelength=0.16, octaves=3).reshape(fan.shape)
    strength = np.clip(beams * 1.6 + 0.1, 0, 1) * np.clip(1 - frame.ys / 0.85, 0, 1)[:, None] ** 1.3
    sky += (1 - sky) * np.array([0.75, 0.95, 1.0], np.float32) * (strength * (0.1 if light.dark else 0.3))[..., None]
    random = generator(layout.seed, "bubbles")
    for x, y, size in random.uniform(0, 1, (34, 3)):
        radius = (0.003 + 0.013 * size**2) * frame.scale
        column, row, reach = frame.column(x), frame.row(y * layout.horizon), int(radius) + 2
        left, top = int(column) - reach, int(row) - reach
        if left < 0 or top < 0:
            continue
        part = sky[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        ys = np.arange(part.shape[0])[:, None] + top + 0.5 - row
        xs = np.arange(part.shape[1])[None, :] + left + 0.5 - column
        away = np.hypot(xs, ys) / radius
        ring = np.exp(-(((away - 0.86) / 0.16) ** 2)) * (0.55 - 0.35 * ys / radius) + 0.12 * (away < 1)
        spark = np.exp(-(((xs / radius + 0.35) ** 2 + (ys / radius + 0.38) ** 2) / 0.03))
        part += (1 - part) * np.clip(ring * 0.6 + spark * 0.8, 0, 0.9)[..., None].astype(np.float32)


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
    """A wall in the light of a lamp somewhere above the middle, with a skirting board where there is plaster."""
    base = np.asarray(hexadecimal(layout.place.indoors or "#cccccc"), np.float32)
    xs, ys = frame.xs[None, :], frame.ys[:, None]
    away = np.sqrt((xs - 0.5) ** 2 + (ys - 0.3) ** 2)
    shade = (1.06 - 0.46 * np.clip(away - 0.1, 0, 1.2))[..., None]
    body = np.broadcast_to(base, (frame.height, frame.width, 3)) * np.ones_like(shade)
    match layout.place.wall:
        case "stripes":
            body = body * (1 + 0.06 * np.sign(np.sin(xs * 2 * np.pi * 12)))[..., None]
        case "tiles":
            body = body * _courses(xs, ys, 0.075, 0.075, offset=0.0, seam=0.035, seed=layout.seed)[..., None]
        case "blocks":
            body = body * _courses(xs, ys, 0.2, 0.1, offset=0.5, seam=0.03, seed=layout.seed)[..., None]
        case "shelves":
            body = _shelves(body, frame, layout)
        case "rock":
            left, top, right, bottom = frame.reach
            noise = texture(layout.seed, "rock", cells=6, octaves=6)
            box = (left * 0.8, top * 0.8, right * 0.8, bottom * 0.8)
            value = stretched(noise, frame.width, frame.height, box)
            lower = stretched(
                noise, frame.width, frame.height, (box[0] + 0.01, box[1] + 0.014, box[2] + 0.01, box[3] + 0.014)
            )
            body = body * (0.6 + 0.7 * value + 3.2 * (value - lower))[..., None]
            shade = shade * np.clip(1.25 - 1.2 * np.abs(xs - 0.5), 0.3, 1.1)[..., None]
        case _:
            pass
    if layout.place.wall in ("plaster", "stripes", "tiles") and layout.place.ground != "rock":
        board = np.clip((ys - layout.horizon + 0.035) * frame.scale, 0, 1) * np.clip(
            (layout.horizon - ys) * frame.scale, 0, 1
        )
        body = body + (np.array([0.95, 0.93, 0.89], np.float32) - body) * (board * 0.9)[..., None]
        line = np.exp(-(((ys - layout.horizon + 0.037) / 0.0025) ** 2))
        shade = shade * (1 - 0.25 * line)[..., None]
    if fine:
        left, top, right, bottom = frame.reach
        grain = stretched(
            texture(layout.seed, "plaster", cells=48, octaves=3), frame.width, frame.height, (left, top, right, bottom)
        )
        shade = shade * (0.975 + 0.05 * grain)[..., None]
    return np.clip(body * shade * np.asarray(light.ambient, np.float32), 0, 1).astype(np.float32)


def _courses(xs: Floats, ys: Floats, width: float, height: float, *, offset: float, seam: float, seed: int) -> Floats:
    """Bricks or tiles: each a little lighter or darker, with dark seams; (h, w) around 1."""
    row = np.floor(ys / height)
    across = xs / width + offset * (row % 2) + 50
    column = np.floor(across)
    tone = (np.sin(column * 12.9898 + row * 78.233 + seed % 89) * 43758.5453) % 1
    edge_x = np.abs(across - column - 0.5) * 2
    edge_y = np.abs(ys / height - row - 0.5) * 2
    joint = np.maximum(
        np.clip((edge_x - 1 + seam) / seam, 0, 1), np.clip((edge_y - 1 + seam * width / height) / seam, 0, 1)
    )
    return (0.95 + 0.1 * tone - 0.2 * joint).astype(np.float32)


def _shelves(body: Floats, frame: Frame, layout: Layout) -> Floats:
    """Shelves full of books."""
    random = generator(layout.seed, "books")
    pitch, board = 0.17, 0.016
    row = np.floor(frame.ys / pitch).astype(np.int32)
    up = 1 - (frame.ys / pitch - row)  # 1 at the shelf's top, 0 at its foot
    widths = random.uniform(0.014, 0.034, 400)
    edges = np.cumsum(widths) - 4.0
    palette = np.array(
        [
            [0.55, 0.16, 0.14],
            [0.16, 0.3, 0.42],
            [0.2, 0.38, 0.24],
            [0.74, 0.58, 0.3],
            [0.42, 0.24, 0.4],
            [0.82, 0.76, 0.64],
        ]
    )
    painted = body.copy()
    for shelf in np.unique(row):
        lines = np.flatnonzero(row == shelf)
        book = np.clip(np.searchsorted(edges, frame.xs + 0.013 * shelf), 1, 399)
        across = (frame.xs + 0.013 * shelf - edges[book - 1]) / widths[book]
        number = (book * 31 + int(shelf) * 101) % 400
        tall = 0.62 + 0.3 * ((number * 0.618) % 1)
        colour = palette[number % 6] * (0.8 + 0.4 * ((number * 0.377) % 1))[:, None]
        colour = colour * (1 - 0.5 * np.abs(across - 0.45))[:, None]
        standing = (up[lines][:, None] > board / pitch) & (up[lines][:, None] < tall[None, :])
        band = (np.abs(up[lines][:, None] - 0.5) < 0.03) & (number % 3 == 0)[None, :]
        spine = np.where(band[..., None], np.array([0.85, 0.7, 0.35]), colour[None])
        dark = body[lines] * 0.42
        painted[lines] = np.where(standing[..., None], spine, dark)
        wood = up[lines] <= board / pitch
        painted[lines[wood]] = body[lines[wood]] * 1.25
    return painted
