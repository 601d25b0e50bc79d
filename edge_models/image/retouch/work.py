"""What an operation works on, and how it says that it can't."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from PIL import Image

from edge_models.image.filters import Floats
from edge_models.image.retouch.region import Part, Pixels


class Impossible(Exception):
    """The picture doesn't allow what was asked for; the text is one plain sentence."""

    def __init__(self, code: Literal["part_not_found", "not_supported"], text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Work:
    """A picture that is being changed."""

    rgba: Floats
    """(h, w, 4) float32 0 to 1, alpha not premultiplied."""
    marked: Part | None
    """(h, w): the part that may change; None: everything may."""
    seed: int

    @property
    def rgb(self) -> Floats:
        """(h, w, 3)."""
        return self.rgba[..., :3]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.rgba.shape[1], self.rgba.shape[0]

    def changed(self, rgb: Floats, matte: Floats | None = None) -> Floats:
        """(h, w, 4): this picture with other colours where the matte (h, w) says so, or everywhere."""
        fresh = rgb if matte is None else self.rgb + (rgb - self.rgb) * matte[..., None]
        return np.concatenate([fresh, self.rgba[..., 3:]], axis=-1).astype(np.float32)

    def covered(self, rgb: Floats, matte: Floats) -> Floats:
        """(h, w, 4): `rgb` already painted in, and nothing transparent where the matte (h, w) covers it."""
        alpha = np.maximum(self.rgba[..., 3], matte)
        return np.concatenate([rgb, alpha[..., None]], axis=-1).astype(np.float32)


def to_floats(pixels: Pixels) -> Floats:
    """Bytes as 0 to 1."""
    return pixels.astype(np.float32) / 255


def to_pixels(picture: Image.Image) -> Pixels:
    """(h, w, 4) uint8."""
    return np.asarray(picture.convert("RGBA"))
