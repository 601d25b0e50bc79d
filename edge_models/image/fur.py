"""Fur: a lit figure combed with thousands of hairs, each in the colour of its root, the outermost over the edge."""

import numpy as np
from PIL import Image, ImageDraw

from edge_models.image.filters import Floats, blurred, resized, slopes
from edge_models.image.noise import generator

_ANIMALS = (
    "1f98a 1f408 1f415 1f429 1f43a 1f981 1f405 1f42f 1f406 1f40e 1f984 1f993 1facf 1f404 1f402 1f403 1f9ac 1f417 1f411 "
    "1f40f 1f410 1f42a 1f42b 1f999 1f992 1f9a3 1f401 1f400 1f439 1f407 1f43f 1f9ab 1f994 1f43b 1f43b-200d-2744 1f428 "
    "1f43c 1f9a5 1f9a6 1f9a8 1f998 1f9a1 1f98d 1f9a7 1f99d 1f412 1f435 1f436 1f431 1f430 1f42d 1f98c 1face 1f987 1f9cc "
    "1f425 1f423 1f427 1f989 1f985 1f54a 1f426 1f426-200d-2b1b 1f9a2 1f986 1fabf 1f9a4 1f9a9 1f99c 1f983 1f413 1f414 "
    "1f9ae 1f415-200d-1f9ba 1f408-200d-2b1b 1f9f8"
)
FURRY = frozenset(_ANIMALS.split())
"""Drawings of animals with fur or feathers."""

_SMALLEST = 60
"""Pixels of height below which hairs would only be noise."""


def combed(rgb: Floats, alpha: Floats, albedo: Floats, *, seed: int, name: str) -> tuple[Floats, Floats, int]:
    """Lit colours (h, w, 3), outline (h, w) and unlit colours to colours and outline with hair, and its margin in px.

    The result is larger than the input by the margin on each side, for the hairs that stand over the edge.
    """
    height = alpha.shape[0]
    if height < _SMALLEST:
        return rgb, alpha, 0
    margin = max(2, round(height * 0.02))
    random = generator(seed, f"fur {name}")
    down, across = slopes(blurred(np.pad(alpha, margin), height * 0.03))
    slope_y, slope_x = down[margin:-margin, margin:-margin], across[margin:-margin, margin:-margin]
    features = _features(albedo, alpha)
    rows, columns = np.nonzero((alpha > 0.6) & (features < 0.06))
    if not len(rows):
        return rgb, alpha, 0
    count = int(20000 * len(rows) / height**2)
    picked = random.integers(0, len(rows), count)
    # From below upwards, so that a hair lies over the one that grows lower down: as coats do.
    picked = np.sort(picked)[::-1]
    ys, xs = rows[picked], columns[picked]
    push = 7.0 * height * 0.03
    dx = -slope_x[ys, xs] * push + random.normal(0, 0.32, count)
    dy = -slope_y[ys, xs] * push + 0.75 + random.normal(0, 0.25, count)
    reach = height * random.uniform(0.008, 0.02, count) / np.maximum(np.hypot(dx, dy), 0.3)
    tones = rgb[ys, xs] * random.normal(1.0, 0.085, (count, 1))
    inks = (np.clip(tones, 0, 1) * 255).astype(np.uint8)
    # Drawn at twice the size and reduced, since a hair is thinner than a pixel.
    filled = _spread(rgb, alpha, margin)
    large = np.clip(resized(filled, 2 * filled.shape[1], 2 * filled.shape[0]), 0, 1)
    coat = Image.fromarray((large * 255).astype(np.uint8))
    shape = np.clip(resized(np.pad(alpha, margin), *coat.size), 0, 1)
    outline = Image.fromarray((shape * 255).astype(np.uint8))
    draw_coat, draw_outline = ImageDraw.Draw(coat), ImageDraw.Draw(outline)
    thick = max(1, round(height * 0.0052))
    x0, y0 = 2.0 * (xs + margin), 2.0 * (ys + margin)
    x1, y1 = x0 + 2 * dx * reach, y0 + 2 * dy * reach
    for n in range(count):
        line = (float(x0[n]), float(y0[n]), float(x1[n]), float(y1[n]))
        draw_coat.line(line, fill=(int(inks[n, 0]), int(inks[n, 1]), int(inks[n, 2])), width=thick)
        draw_outline.line(line, fill=255, width=max(1, thick // 2))
    size = (filled.shape[1], filled.shape[0])
    hairy = np.asarray(coat.resize(size, Image.Resampling.BOX), np.float32) / 255
    edge = np.asarray(outline.resize(size, Image.Resampling.BOX), np.float32) / 255
    bare = np.clip(np.pad(features, margin) * 2.2, 0, 1)
    coverage = 0.8 * (1 - bare)[..., None]
    return filled + (hairy - filled) * coverage, edge, margin


def _features(albedo: Floats, alpha: Floats) -> Floats:
    """Eyes, noses and mouths, (h, w) 0 to 1: dark marks in a lighter coat, where no hair grows."""
    tone = albedo @ np.array([0.3, 0.6, 0.1], np.float32)
    ink = alpha > 0.5
    if float(np.median(tone[ink])) < 0.3:
        return np.zeros_like(alpha)
    marks = ((tone < 0.26) & ink).astype(np.float32)
    return blurred(marks, alpha.shape[0] * 0.004)


def _spread(rgb: Floats, alpha: Floats, margin: int) -> Floats:
    """The colours carried on outwards past the outline, with a margin, so that no border shows under the hairs."""
    inked = np.pad(rgb * alpha[..., None], ((margin, margin), (margin, margin), (0, 0)))
    weight = np.pad(alpha, margin)
    wide = blurred(weight, margin * 0.8)
    outside = blurred(inked, margin * 0.8) / np.maximum(wide, 1e-3)[..., None]
    share = np.clip(weight, 0, 1)[..., None]
    return inked + outside * (1 - share)
