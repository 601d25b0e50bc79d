"""Repeatable randomness: numbers, ridge lines and clouds that depend on a seed and a name alone."""

from functools import lru_cache
from zlib import crc32

import numpy as np
from PIL import Image

from edge_models.image.filters import Floats


def generator(seed: int, name: str) -> np.random.Generator:
    """Random numbers of their own for each part of a picture, so that one part's use doesn't shift another's."""
    return np.random.default_rng([seed & 0xFFFFFFFFFFFFFFFF, crc32(name.encode())])


def ridge(seed: int, name: str, xs: Floats, *, wavelength: float, octaves: int, sharp: bool = False) -> Floats:
    """A ridge line over unit coordinates `xs`, (n,) about -1 to 1; defined beyond 0 to 1 (to -8 and 9)."""
    random = generator(seed, name)
    total = np.zeros_like(xs)
    weight, norm = 1.0, 0.0
    for octave in range(octaves):
        step = wavelength / 2**octave
        count = int(18 / step) + 3
        values = random.uniform(-1, 1, count).astype(np.float32)
        position = (np.clip(xs, -8, 9) + 8.5) / step
        index = position.astype(np.int32)
        share = position - index
        if not sharp:
            share = share * share * (3 - 2 * share)
        total += weight * (values[index % count] * (1 - share) + values[(index + 1) % count] * share)
        norm += weight
        weight *= 0.5
    return total / norm


@lru_cache(maxsize=24)
def texture(seed: int, name: str, *, size: int = 512, cells: int = 8, octaves: int = 5) -> Floats:
    """Fractal noise that tiles without a seam, (size, size) float32, 0 to 1 with a mean near 0.5; don't write to it."""
    random = generator(seed, name)
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for octave in range(octaves):
        grid = random.random((cells * 2**octave, cells * 2**octave), np.float32)
        edge = 2
        wrapped = np.pad(grid, edge, mode="wrap")
        step = size / grid.shape[0]
        if step < 1:
            break
        big = Image.fromarray(wrapped).resize(
            (round(wrapped.shape[1] * step), round(wrapped.shape[0] * step)), Image.Resampling.BICUBIC
        )
        margin = round(edge * step)
        total += weight * np.asarray(big)[margin : margin + size, margin : margin + size]
        weight *= 0.52
    low, high = np.percentile(total, (1, 99))
    return np.clip((total - low) / (high - low), 0, 1).astype(np.float32)


def look_up(noise: Floats, u: Floats, v: Floats) -> Floats:
    """Values of a tiling texture at (u, v), one unit a tile: nearest pixel, any shape."""
    size = noise.shape[0]
    return noise[(v * size).astype(np.int32) % size, (u * size).astype(np.int32) % size]


def stretched(noise: Floats, width: int, height: int, box: tuple[float, float, float, float]) -> Floats:
    """The part (left, top, right, bottom) of a tiling texture, in tiles, smoothly enlarged to (height, width)."""
    size = noise.shape[0]
    left, top, right, bottom = box
    columns = np.arange(int(np.floor(left * size)) - 2, int(np.ceil(right * size)) + 3)
    rows = np.arange(int(np.floor(top * size)) - 2, int(np.ceil(bottom * size)) + 3)
    part = noise[np.ix_(rows % size, columns % size)]
    inner = (left * size - columns[0], top * size - rows[0], right * size - columns[0], bottom * size - rows[0])
    picture = Image.fromarray(np.ascontiguousarray(part)).resize((width, height), Image.Resampling.BICUBIC, box=inner)
    return np.asarray(picture)
