"""Blurs of float arrays that keep their precision, quick at any width."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.floating]
"""Values of a picture, 0 to 1 as a rule and float32; intermediate results may be wider."""


def resized(values: Floats, width: int, height: int, how: Image.Resampling = Image.Resampling.BICUBIC) -> Floats:
    """An (h, w) or (h, w, n) float32 array at another size."""
    if values.ndim == 2:
        return np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize((width, height), how))
    return np.stack([resized(values[..., channel], width, height, how) for channel in range(values.shape[2])], axis=-1)


def blurred(values: Floats, sigma: float) -> Floats:
    """A Gaussian blur with standard deviation `sigma` pixels of an (h, w) or (h, w, n) array; the edge is repeated.

    Three box blurs, after reducing the array when the blur is wide enough for nobody to see it.
    """
    if sigma < 0.4:
        return values
    height, width = values.shape[:2]
    step = int(sigma / 2.2)
    if step >= 2:
        small = resized(values, max(2, width // step), max(2, height // step), Image.Resampling.BOX)
        return resized(_boxes(small, sigma / step), width, height)
    return _boxes(values, sigma)


def _boxes(values: Floats, sigma: float) -> Floats:
    radius = max(1, round(sigma * 0.98))
    for _ in range(3):
        for axis in (0, 1):
            values = _box(values, radius, axis)
    return values


def _box(values: Floats, radius: int, axis: int) -> Floats:
    pads = [(0, 0)] * values.ndim
    pads[axis] = (radius + 1, radius)
    total = np.cumsum(np.pad(values, pads, mode="edge"), axis=axis, dtype=np.float32)
    size = 2 * radius + 1
    count = values.shape[axis]
    if axis == 0:
        return (total[size : size + count] - total[:count]) / size
    return (total[:, size : size + count] - total[:, :count]) / size


def slopes(values: Floats) -> tuple[Floats, Floats]:
    """How an (h, w) array changes downwards and to the right, per pixel."""
    return np.gradient(values, axis=0), np.gradient(values, axis=1)
