"""Drawing from noise in a few steps.

The network says, from a noisy picture `x_t = t x + (1 - t) noise`, what the clean one is; each step goes that way as
far as the next time. It was taught to make each of these steps at once (`tools/train/flow.py`).
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from edge_models.image.filters import Floats
from edge_models.image.noise import generator
from edge_models.image.patches import TOKENS, told_tokens
from edge_models.image.told import Told

Feed = Mapping[str, NDArray[np.float32] | NDArray[np.int64]]
"""The network's inputs by name: x, told, mood, sun, time, step."""
STEPS = (2, 4)
"""How many steps the network knows."""


def draw(network: Callable[[Feed], Floats], told: Told, *, dims: int, steps: int, seed: int) -> Floats:
    """(1, 256, dims) float32: the picture's tokens, the same for the same seed on the same machine."""
    x = generator(seed, "noise").standard_normal((1, TOKENS, dims), np.float32)
    fixed: Feed = {
        "told": told_tokens(told),
        "mood": told.mood[None],
        "sun": told.sun[None].astype(np.float32),
    }
    stride = np.array([1 / steps], np.float32)
    for nth in range(steps):
        time = np.array([nth / steps], np.float32)
        clean = network({"x": x, **fixed, "time": time, "step": stride})
        x = x + (clean - x) / np.float32(steps - nth)
    return x
