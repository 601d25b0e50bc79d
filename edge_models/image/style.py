"""The vocabulary's styles, laid over a finished picture: each a function from pixels to pixels."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from edge_models.image.cutout import FIRST_FIGURE
from edge_models.image.filters import Floats, blurred, resized, slopes
from edge_models.image.noise import generator, stretched, texture

Style = Callable[[Floats, int], Floats]
FlatStyle = Callable[[Floats, Floats, int], Floats]

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def styled(picture: Floats, style: str | None, *, seed: int) -> Floats:
    """(h, w, 3) float32 0 to 1 in a style of `STYLES`; None leaves it as it is."""
    if style is None or style not in STYLES:
        return picture
    return np.clip(STYLES[style](np.clip(picture, 0, 1), seed), 0, 1).astype(np.float32)


def cut(picture: Floats, level: Floats, style: str, *, seed: int) -> Floats:
    """Flat shapes (h, w, 3) and their sheets (h, w) in a style of `FLAT_STYLES`."""
    return np.clip(FLAT_STYLES[style](np.clip(picture, 0, 1), level, seed), 0, 1).astype(np.float32)


def _scale(picture: Floats) -> float:
    """How many pixels are one 512th of the picture's shorter side."""
    return min(picture.shape[:2]) / 512


def _luma(picture: Floats) -> Floats:
    return picture @ _LUMA


def _saturated(picture: Floats, factor: float) -> Floats:
    grey = _luma(picture)[..., None]
    return np.clip(grey + (picture - grey) * factor, 0, 1)


def _noise(picture: Floats, seed: int, name: str, *, cells: int, tiles: float = 1.0, octaves: int = 4) -> Floats:
    height, width = picture.shape[:2]
    short = min(height, width)
    noise = texture(seed, name, cells=cells, octaves=octaves)
    return stretched(noise, width, height, (0, 0, tiles * width / short, tiles * height / short))


def _smoothed(picture: Floats, radius: int) -> Floats:
    """Kuwahara's filter: each pixel becomes the mean of its most even neighbouring quarter, as a brush would dab it."""
    height, width = picture.shape[:2]
    pad = 2 * radius + 1
    grown = np.pad(
        np.concatenate([picture, _luma(picture)[..., None] ** 2], axis=-1),
        ((pad, pad), (pad, pad), (0, 0)),
        mode="edge",
    )
    total = np.pad(grown, ((1, 0), (1, 0), (0, 0))).cumsum(axis=0, dtype=np.float64).cumsum(axis=1)
    side = radius + 1
    means = (total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]) / side**2
    best = np.zeros((height, width, 3), np.float32)
    least = np.full((height, width), np.inf, np.float32)
    for down in (pad - radius, pad):
        for across in (pad - radius, pad):
            mean = means[down : down + height, across : across + width]
            spread = (mean[..., 3] - (mean[..., :3] @ _LUMA) ** 2).astype(np.float32)
            better = spread < least
            least = np.where(better, spread, least)
            best[better] = mean[..., :3][better]
    return best


def _outlines(picture: Floats, width: float) -> Floats:
    """Where shapes meet, (h, w) 0 to 1: a difference of two blurs of each channel, the strongest counts."""
    fine, coarse = blurred(picture, width), blurred(picture, width * 1.8)
    return np.clip(np.abs(fine - coarse).max(axis=-1) * 14 - 0.25, 0, 1)


def _shifted(picture: Floats, seed: int, name: str, amount: float, cells: int) -> Floats:
    """The picture's pixels displaced by noise: a hand that isn't quite steady."""
    height, width = picture.shape[:2]
    dx = (_noise(picture, seed, name + " x", cells=cells) - 0.5) * amount
    dy = (_noise(picture, seed, name + " y", cells=cells) - 0.5) * amount
    rows = np.clip(np.arange(height)[:, None] + dy, 0, height - 1).astype(np.int32)
    columns = np.clip(np.arange(width)[None, :] + dx, 0, width - 1).astype(np.int32)
    return picture[rows, columns]


def _levels(picture: Floats, count: int) -> Floats:
    """The picture's lightness in `count` steps with soft edges, its colours kept."""
    light = np.maximum(_luma(picture), 1e-3)
    stepped = light * count
    whole = np.floor(stepped)
    share = np.clip((stepped - whole - 0.5) * 5 + 0.5, 0, 1)
    return np.clip(picture * ((whole + share) / count / light)[..., None], 0, 1)


def _watercolour(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    paper = _noise(picture, seed, "paper", cells=96, octaves=3)
    wash = _shifted(_smoothed(picture, max(2, round(3 * unit))), seed, "wash", 9 * unit, 24)
    wash = blurred(wash, 0.7 * unit)
    # Pigment gathers at the edges of a wash and in the hollows of the paper.
    edge = np.clip(blurred(_luma(wash), 3 * unit) - _luma(wash), -0.1, 0.1)
    pool = _noise(picture, seed, "pools", cells=6, octaves=5) - 0.5
    body = _saturated(wash, 1.12) ** 0.82
    density = 1 + 0.34 * pool + 0.22 * (paper - 0.5) + 1.5 * edge
    body = 1 - np.clip((1 - body) * density[..., None], 0, 1)
    height, width = picture.shape[:2]
    rim_y = np.minimum(np.arange(height), np.arange(height)[::-1])[:, None] / unit
    rim_x = np.minimum(np.arange(width), np.arange(width)[::-1])[None, :] / unit
    rim = np.minimum(rim_x, rim_y) + (_noise(picture, seed, "deckle", cells=10, octaves=5) - 0.5) * 34
    paint = np.clip((rim - 17) / 3, 0, 1)
    line = np.exp(-(((rim - 20) / 3.5) ** 2)) * 0.1
    white = np.array([0.985, 0.975, 0.95], np.float32) * (0.965 + 0.05 * paper)[..., None]
    return white + (body * (1 - line)[..., None] * (0.97 + 0.04 * paper)[..., None] - white) * paint[..., None]


def _strokes(picture: Floats, seed: int, layers: tuple[tuple[int, float, float], ...], jitter: float) -> Floats:
    """The picture painted again with brush strokes along its shapes: (count, length, width in 512ths) a layer."""
    height, width = picture.shape[:2]
    unit = _scale(picture)
    random = generator(seed, "strokes")
    soft = blurred(picture, 2 * unit)
    slope_y, slope_x = slopes(blurred(_luma(picture), 4 * unit))
    swirl = (_noise(picture, seed, "swirl", cells=4, octaves=3) - 0.5) * 2.4
    angle = np.arctan2(slope_x, -slope_y)
    flat = np.hypot(slope_x, slope_y) < 0.004 / unit
    angle = np.where(flat, swirl, angle)
    canvas = Image.fromarray((soft * 255).astype(np.uint8))
    draw = ImageDraw.Draw(canvas)
    for count, length, thick in layers:
        total = round(count * height * width / min(height, width) ** 2)
        xs, ys = random.integers(0, width, total), random.integers(0, height, total)
        colours = soft[ys, xs] + random.normal(0, jitter, (total, 1)) + random.normal(0, jitter * 0.6, (total, 3))
        turn = angle[ys, xs] + random.normal(0, 0.22, total)
        reach = length * unit * random.uniform(0.6, 1.2, total) / 2
        dx, dy = np.cos(turn) * reach, np.sin(turn) * reach
        inks = (np.clip(colours, 0, 1) * 255).astype(int)
        thickness = np.maximum(1, (thick * unit * random.uniform(0.7, 1.2, total))).round().astype(int)
        for n in range(total):
            ends = (xs[n] - dx[n], ys[n] - dy[n], xs[n] + dx[n], ys[n] + dy[n])
            draw.line(ends, fill=(int(inks[n, 0]), int(inks[n, 1]), int(inks[n, 2])), width=int(thickness[n]))
    return np.asarray(canvas, np.float32) / 255


def _embossed(picture: Floats, strength: float) -> Floats:
    """Light across the paint's relief, from the left above."""
    relief = _luma(picture)
    slope_y, slope_x = slopes(blurred(relief, 0.6 * _scale(picture)))
    return picture * (1 + np.clip((slope_x + slope_y) * strength * _scale(picture), -0.22, 0.22))[..., None]


def _oil(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    base = _smoothed(_saturated(picture, 1.15), max(2, round(3.5 * unit)))
    painted = _strokes(base, seed, ((2600, 26, 7), (7000, 15, 3.6), (9000, 8, 1.8)), 0.022)
    painted = painted * 0.72 + base * 0.28
    weave = _noise(picture, seed, "canvas", cells=128, octaves=2) - 0.5
    return _embossed(painted, 4.5) * (1 + 0.05 * weave)[..., None]


def _impressionist(picture: Floats, seed: int) -> Floats:
    vivid = _saturated(picture, 1.35) ** 0.92
    return _embossed(_strokes(vivid, seed, ((2400, 30, 9), (7000, 17, 5), (6000, 10, 3)), 0.05), 2.5)


def _pencil(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    light = _luma(_smoothed(picture, max(1, round(1.6 * unit))))
    light = np.clip((light - light.min()) / max(1e-3, float(light.max() - light.min())), 0, 1)
    soft = blurred(1 - light, 4 * unit)
    dodge = np.clip(light / np.maximum(1 - soft, 0.04), 0, 1) ** 2.4
    paper = _noise(picture, seed, "paper", cells=110, octaves=3)
    height, width = light.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / unit
    wobble = _noise(picture, seed, "hand", cells=10) * 9
    tone = np.zeros_like(light)
    for slope, limit in ((0.9, 0.66), (-0.7, 0.42), (0.12, 0.24)):
        line = 0.5 + 0.5 * np.sin((xs * slope + ys + wobble) * 1.55)
        tone += np.clip((limit - light) * 1.9, 0, 0.55) * line * (0.55 + 0.8 * paper)
    edges = np.clip(_outlines(picture, 1.0 * unit), 0, 1) * (0.55 + 0.55 * paper)
    graphite = np.clip((1 - dodge) * 0.75 + tone * 0.85 + edges * 0.7, 0, 0.93)
    sheet = np.array([0.965, 0.955, 0.93], np.float32) * (0.97 + 0.05 * paper)[..., None]
    return sheet * (1 - graphite[..., None] * np.array([0.86, 0.85, 0.82], np.float32))


def _pixel_art(picture: Floats, seed: int) -> Floats:
    height, width = picture.shape[:2]
    short = min(height, width)
    columns, rows = round(width * 128 / short), round(height * 128 / short)
    small = resized(_saturated(picture, 1.25), columns, rows, Image.Resampling.BOX)
    # An ordered 2 by 2 pattern between neighbouring tones, as was done when there were few.
    pattern = np.array([[-0.5, 0.17], [0.5, -0.17]], np.float32)
    dither = np.tile(pattern, (rows // 2 + 1, columns // 2 + 1))[:rows, :columns, None] * 0.028
    image = Image.fromarray((np.clip(small + dither, 0, 1) * 255).astype(np.uint8))
    few = image.quantize(colors=40, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).convert("RGB")
    del seed
    return np.asarray(few.resize((width, height), Image.Resampling.NEAREST), np.float32) / 255


def _cartoon(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    flat = _smoothed(picture, max(2, round(3 * unit)))
    flat = _saturated(_levels(flat, 7), 1.3)
    ink = _outlines(_smoothed(picture, max(1, round(2 * unit))), 1.1 * unit)
    del seed
    return flat * (1 - 0.88 * np.clip(ink * 1.5, 0, 1))[..., None]


def _comic(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    flat = _smoothed(picture, max(2, round(3 * unit)))
    light = _luma(flat)
    vivid = np.clip(_saturated(_levels(flat, 4), 1.6) * 1.06 + 0.02, 0, 1)
    height, width = light.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / unit
    pitch = 5.2
    u, v = (xs + ys) / pitch, (xs - ys) / pitch
    away = np.hypot(u - np.floor(u) - 0.5, v - np.floor(v) - 0.5)
    size = np.sqrt(np.clip(0.78 - light, 0, 1)) * 0.62
    dots = np.clip((size - away) * pitch * unit * 0.8 + 0.5, 0, 1)
    ink = np.clip(_outlines(flat, 1.4 * unit) * 1.8, 0, 1)
    printed = vivid * (1 - 0.34 * dots)[..., None]
    border = np.minimum(np.minimum(xs, xs[:, ::-1]), np.minimum(ys, ys[::-1]))
    printed = printed * (1 - ink)[..., None] + np.array([0.07, 0.06, 0.09], np.float32) * ink[..., None]
    frame = np.clip(border - 9, 0, 1)[..., None]
    line = (np.clip(border - 9, 0, 1) * np.clip(12.5 - border, 0, 1))[..., None]
    del seed
    paper = np.array([0.985, 0.98, 0.96], np.float32)
    return (paper + (printed - paper) * frame) * (1 - 0.95 * line)


def _cells(picture: Floats, seed: int, name: str, pitch: float, wild: float) -> tuple[NDArray[np.int32], Floats]:
    """The nearest of scattered points for every pixel, and how near the border to the next one's cell it is (px)."""
    height, width = picture.shape[:2]
    random = generator(seed, name)
    rows, columns = int(height / pitch) + 4, int(width / pitch) + 4
    jitter = random.uniform(-wild, wild, (rows, columns, 2)).astype(np.float32)
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / pitch + 1.5
    base_y, base_x = np.floor(ys).astype(np.int32), np.floor(xs).astype(np.int32)
    nearest = np.full((height, width), np.inf, np.float32)
    second = nearest.copy()
    label = np.zeros((height, width), np.int32)
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            row, column = base_y + down, base_x + across
            point = jitter[row, column]
            away = np.hypot(row + 0.5 + point[..., 0] - ys, column + 0.5 + point[..., 1] - xs)
            closer = away < nearest
            second = np.where(closer, nearest, np.minimum(second, away))
            label = np.where(closer, row * columns + column, label)
            nearest = np.where(closer, away, nearest)
    return label, (second - nearest) * pitch


def _cell_means(picture: Floats, label: NDArray[np.int32]) -> Floats:
    """(h, w, 3): every pixel the mean colour of its cell."""
    flat = label.ravel()
    counts = np.maximum(np.bincount(flat), 1)
    means = np.stack([np.bincount(flat, picture[..., channel].ravel()) / counts for channel in range(3)], axis=-1)
    return means[label].astype(np.float32)


def _stained_glass(picture: Floats, level: Floats, seed: int) -> Floats:
    """Panes cut along the shapes, large ones elsewhere; lead between them, light through them."""
    unit = _scale(picture)
    figures = level >= FIRST_FIGURE
    label, border = _cells(picture, seed, "glass", 40 * unit, 0.42)
    calm = _smoothed(picture, max(1, round(1.5 * unit)))
    tones = np.digitize(_luma(calm), (0.22, 0.42, 0.62, 0.82)).astype(np.int32)
    tint = tones * 2 + (calm[..., 0] > calm[..., 2] + 0.08)
    shapes = level.astype(np.int32) * 12 + np.where(figures, tint, 0)
    panes = np.unique(label * np.int64(shapes.max() + 1) + shapes, return_inverse=True)[1].reshape(label.shape)
    glass = np.where(figures[..., None], calm, _cell_means(picture, panes.astype(np.int32)))
    random = generator(seed, "panes")
    glass = glass * random.uniform(0.84, 1.14, int(panes.max()) + 1).astype(np.float32)[panes][..., None]
    glass = np.clip(_saturated(np.clip(glass, 0, 1), 1.55), 0, 1)

    def seams(of: NDArray[np.int32], width: float) -> Floats:
        seam = np.zeros(of.shape, np.float32)
        seam[1:] = of[1:] != of[:-1]
        seam[:, 1:] = np.maximum(seam[:, 1:], of[:, 1:] != of[:, :-1])
        return np.clip(blurred(seam, width * unit) * width * unit * 2.6 - 0.25, 0, 1)

    net = np.where(figures, 0, np.clip((1.2 * unit - border) / unit + 0.5, 0, 1))
    lead = np.maximum(np.maximum(net, seams(level.astype(np.int32), 1.5)), seams(shapes, 0.6) * 0.75)
    ripple = _noise(picture, seed, "ripples in glass", cells=30, octaves=3)
    glass = glass * (0.8 + 0.42 * ripple)[..., None]
    glow = np.clip(blurred(glass, 8 * unit), 0, 1)
    glass = 1 - (1 - np.clip(glass, 0, 1)) * (1 - 0.24 * glow)
    metal = np.array([0.09, 0.09, 0.11], np.float32) * (0.8 + 0.5 * ripple)[..., None]
    return glass + (metal - glass) * lead[..., None]


def _mosaic(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    label, border = _cells(picture, seed, "mosaic", 9 * unit, 0.2)
    stone = _cell_means(_saturated(picture, 1.2), label)
    random = generator(seed, "stones")
    tint = random.normal(1, 0.07, int(label.max()) + 1).astype(np.float32)
    slant = random.uniform(-0.09, 0.09, (int(label.max()) + 1, 2)).astype(np.float32)
    height, width = label.shape
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / (9 * unit)
    tilt = slant[label, 0] * (xs % 1 - 0.5) + slant[label, 1] * (ys % 1 - 0.5)
    stone = stone * (tint[label] + tilt)[..., None]
    bevel = np.clip(border / (2.2 * unit), 0, 1)
    slope_y, slope_x = slopes(bevel)
    stone = stone * (1 - np.clip((slope_x + slope_y) * 0.5 * unit, -0.3, 0.3))[..., None]
    grout = np.clip((0.8 * unit - border) / (0.8 * unit) + 0.5, 0, 1)[..., None]
    mortar = blurred(picture, 6 * unit) * 0.5 + 0.1
    return stone + (mortar - stone) * grout * 0.85


def _paper_cut(picture: Floats, level: Floats, seed: int) -> Floats:
    """Sheets of paper one over the other: each throws a shadow on those behind it and shows its cut edge."""
    unit = _scale(picture)
    shadow = np.zeros_like(level)
    for reach, soft, strength in ((1.8, 1.0, 0.36), (6.0, 4.0, 0.46)):
        moved = np.roll(level, (round(reach * unit), round(reach * 0.6 * unit)), (0, 1))
        shadow += blurred((moved > level + 0.5).astype(np.float32), soft * unit) * (moved >= level) * strength
    shadow[: round(5 * unit)] = 0
    upper = np.roll(level, (-max(1, round(0.9 * unit)), -max(1, round(0.5 * unit))), (0, 1))
    edge = blurred((upper < level - 0.5).astype(np.float32), 0.35 * unit) * (upper <= level)
    fibre = _noise(picture, seed, "fibre", cells=110, octaves=3)
    crumple = _noise(picture, seed, "crumple", cells=9, octaves=5) - 0.5
    sheet = _saturated(picture, 1.06) * (0.93 + 0.1 * fibre + 0.07 * crumple)[..., None]
    sheet = sheet * (1 - np.clip(shadow, 0, 0.6))[..., None]
    return sheet + (1 - sheet) * (0.3 * np.clip(edge, 0, 1))[..., None]


def _neon(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    calm = _smoothed(picture, max(1, round(2 * unit)))
    edges = _outlines(calm, 1.1 * unit)
    tube = np.clip(blurred(edges, 0.5 * unit) * 1.5, 0, 1)[..., None]
    hue = _saturated(calm, 2.6)
    hue = hue / np.maximum(hue.max(axis=-1, keepdims=True), 0.1)
    height = picture.shape[0]
    cold = np.array([0.15, 0.85, 1.0], np.float32)
    hot = np.array([1.0, 0.2, 0.85], np.float32)
    blend = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    grey = 1 - np.clip((calm.max(axis=-1) - calm.min(axis=-1)) * 4, 0, 1)[..., None]
    colour = np.clip(hue, 0, 1) * (1 - grey) + (hot * (1 - blend) + cold * blend) * grey
    lit = colour * tube
    glow = blurred(lit, 2.2 * unit) * 1.5 + blurred(lit, 9 * unit) * 1.7 + blurred(lit, 26 * unit) * 1.3
    dark = np.clip(_saturated(picture, 1.3), 0, 1) ** 1.7 * np.array([0.2, 0.13, 0.34], np.float32)
    core = np.clip(tube * 1.2 - 0.5, 0, 1) * 0.75
    del seed
    return 1 - (1 - np.clip(dark, 0, 1)) * (1 - np.clip(glow, 0, 1)) * (1 - np.clip(lit + core, 0, 1))


def _vintage(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    grey = _luma(blurred(picture, 0.5 * unit))[..., None]
    sepia = np.clip(grey * 1.02, 0, 1) ** np.array([0.8, 1.0, 1.32], np.float32)
    tone = 0.1 + 0.84 * (sepia * 0.78 + picture * 0.22)
    height, width = picture.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    tone = tone * (1 - 0.34 * np.clip(across**2 + down**2 - 0.35, 0, 1))[..., None]
    stain = _noise(picture, seed, "stain", cells=5, octaves=5)[..., None]
    tone = tone * (0.94 + 0.1 * stain) + np.array([0.05, 0.025, 0.0], np.float32) * stain
    random = generator(seed, "dust")
    scratches = Image.new("L", (width, height))
    draw = ImageDraw.Draw(scratches)
    for x, y, length, kind in random.uniform(0, 1, (46, 4)):
        if kind < 0.24:
            draw.line((x * width, y * height, x * width + 3 * unit, (y + length * 0.4) * height), fill=110)
        else:
            reach = (0.3 + length) * unit
            draw.ellipse((x * width - reach, y * height - reach, x * width + reach, y * height + reach), fill=150)
    marks = blurred(np.asarray(scratches, np.float32) / 255, 0.4 * unit)[..., None]
    grain = random.standard_normal((height, width), np.float32)[..., None] * 0.03
    return tone + (0.9 - tone) * marks * 0.5 + grain


def _black_and_white(picture: Floats, seed: int) -> Floats:
    # A red filter's mix: skies go dark and faces light, as photographers like it.
    grey = picture @ np.array([0.46, 0.42, 0.12], np.float32)
    low, high = np.percentile(grey, (0.7, 99.3))
    grey = np.clip((grey - low) / max(1e-3, float(high - low)), 0, 1)
    grey = grey + (grey * grey * (3 - 2 * grey) - grey) * 0.6
    grain = generator(seed, "silver").standard_normal(grey.shape, np.float32)
    return np.repeat((grey + blurred(grain, 0.6) * 0.035)[..., None], 3, axis=-1)


def _minimal(picture: Floats, level: Floats, seed: int) -> Floats:
    """The flat shapes as they are, in calmer colours."""
    del level, seed
    return 0.07 + 0.93 * _saturated(picture, 0.92)


def _photo(picture: Floats, seed: int) -> Floats:
    # A lens bends red and blue a little apart towards the corners, and film is a little softer than glass.
    height, width = picture.shape[:2]
    shift = 0.0012
    fringed = picture.copy()
    for channel, grow in ((0, 1 + shift), (2, 1 - shift)):
        rows = np.clip((np.arange(height) - height / 2) / grow + height / 2, 0, height - 1).round().astype(np.int32)
        columns = np.clip((np.arange(width) - width / 2) / grow + width / 2, 0, width - 1).round().astype(np.int32)
        fringed[..., channel] = picture[..., channel][np.ix_(rows, columns)]
    grain = generator(seed, "film").standard_normal((height, width), np.float32)
    toned = _saturated(fringed, 0.9)
    return toned + (blurred(grain, 0.6) * 0.02)[..., None]


def _chalk(picture: Floats, seed: int) -> Floats:
    unit = _scale(picture)
    calm = _smoothed(picture, max(2, round(3 * unit)))
    grain = _noise(picture, seed, "slate", cells=128, octaves=2)
    smear = _noise(picture, seed, "smear", cells=7, octaves=5)
    height, width = picture.shape[:2]
    ys, xs = np.mgrid[0:height, 0:width].astype(np.float32) / unit
    hatch = 0.5 + 0.5 * np.sin((xs * 0.8 + ys + smear * 14) * 1.25)
    light = _luma(calm)
    fill = np.clip(light * 1.3 - 0.06, 0, 1) * (0.8 + 0.2 * hatch)
    edges = _outlines(calm, 1.1 * unit)
    cover = np.clip(fill * 0.86 + edges * 0.9, 0, 1) * np.clip(0.5 + 0.9 * (grain - 0.1), 0, 1)
    board = np.array([0.13, 0.17, 0.16], np.float32) * (0.8 + 0.4 * smear)[..., None]
    colour = np.clip(_saturated(calm, 1.2), 0, 1)
    colour = colour / np.maximum(colour.max(axis=-1, keepdims=True), 0.2)
    pastel = 0.38 + 0.62 * colour
    return board + (pastel - board) * cover[..., None]


STYLES: dict[str, Style] = {
    "watercolour": _watercolour,
    "oil_painting": _oil,
    "pencil": _pencil,
    "pixel_art": _pixel_art,
    "cartoon": _cartoon,
    "comic": _comic,
    "neon": _neon,
    "vintage": _vintage,
    "black_and_white": _black_and_white,
    "photo": _photo,
    "impressionist": _impressionist,
    "mosaic": _mosaic,
    "chalk": _chalk,
}
"""By key of the vocabulary's styles: from a picture to a picture."""

FLAT_STYLES: dict[str, FlatStyle] = {
    "paper_cut": _paper_cut,
    "stained_glass": _stained_glass,
    "minimal": _minimal,
}
"""From the flat shapes of `cutout.paint_shapes` and their sheets to a picture."""
