"""Values that are known in places only, continued smoothly everywhere: a sheet stretched between its borders.

Pull and push (Gortler et al., "The Lumigraph", 1996) for a start, relaxed towards Laplace's equation at each level.
"""

import numpy as np

from edge_models.image.filters import Floats, resized
from edge_models.image.retouch.region import Part

_SWEEPS = 12
_FINE = 400_000
"""Pixels from which on fewer will do: what is coarser is right already."""


def stretched_over(values: Floats, known: Part) -> Floats:
    """(h, w, n) float32 with the values where `known` kept as they are, and the rest continued from them."""
    weight = known.astype(np.float32)
    return _filled(values.astype(np.float32) * weight[..., None], weight, known)


def _filled(total: Floats, weight: Floats, known: Part) -> Floats:
    """`total` is values times weight, at any level of the pyramid."""
    height, width = weight.shape
    mean = total / np.maximum(weight, 1e-6)[..., None]
    if known.all() or min(height, width) < 2:
        if known.all() or not known.any():
            return mean
        return np.where(known[..., None], mean, mean[known].mean(axis=0))
    small = _halved(total), _halved(weight)
    # A cell that holds any known pixel is known.
    coarse = _filled(*_capped(*small), small[1] > 0)
    values = np.where(known[..., None], mean, resized(coarse, width, height))
    return _relaxed(values, known)


def _capped(total: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Weights of at most 1, so that one known pixel in a cell counts as much as four."""
    share = 1 / np.maximum(weight, 1)
    return total * share[..., None], weight * share


def _halved(values: Floats) -> Floats:
    """The sums of squares of two by two."""
    pads = [(0, values.shape[0] % 2), (0, values.shape[1] % 2)] + [(0, 0)] * (values.ndim - 2)
    even = np.pad(values, pads)
    return even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]


def _relaxed(values: Floats, known: Part) -> Floats:
    for _ in range(_SWEEPS if known.size < _FINE else _SWEEPS // 3):
        around = np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")
        mean = (around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]) / 4
        values = np.where(known[..., None], values, mean)
    return values
