"""The picture's pixels in unit coordinates."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from edge_models.image.filters import Floats


@dataclass(frozen=True)
class Frame:
    """A picture of `width` by `height` pixels around the layout's unit square."""

    width: int
    height: int

    @property
    def scale(self) -> int:
        """Pixels a unit."""
        return min(self.width, self.height)

    @property
    def left(self) -> float:
        """Pixel column of x = 0."""
        return (self.width - self.scale) / 2

    @property
    def top(self) -> float:
        """Pixel row of y = 0: what a tall frame shows more of is mostly sky."""
        return (self.height - self.scale) * 0.62

    @cached_property
    def xs(self) -> Floats:
        """(width,) x of each column's centre."""
        return ((np.arange(self.width) + 0.5 - self.left) / self.scale).astype(np.float32)

    @cached_property
    def ys(self) -> Floats:
        """(height,) y of each row's centre."""
        return ((np.arange(self.height) + 0.5 - self.top) / self.scale).astype(np.float32)

    @property
    def reach(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) of the frame in units."""
        left, top = -self.left / self.scale, -self.top / self.scale
        return (left, top, left + self.width / self.scale, top + self.height / self.scale)

    def column(self, x: float) -> float:
        """Unit x to pixels."""
        return self.left + x * self.scale

    def row(self, y: float) -> float:
        """Unit y to pixels."""
        return self.top + y * self.scale
