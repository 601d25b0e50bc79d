"""The draft model's codec: a picture is cut into patches of 8 by 8 pixels, each of which becomes a few numbers (PCA).

Linear and fixed: encoding and decoding are one matrix product each. It is fitted once (`tools.train.codec`) and travels
with the model, which knows pictures in these numbers only.
"""

import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.image.filters import Floats
from edge_models.image.told import ASKED_SIDE, SIDE, Told

PATCH = 8
GRID = SIDE // PATCH
TOKENS = GRID * GRID
TOLD = PATCH * PATCH * 4 + (ASKED_SIDE // GRID) ** 2 * 8
"""Numbers a patch that the model is told: the canvas as it is, and what is asked."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A fitted codec."""

    mean: Floats
    """(192,): the mean patch, of pixels from -1 to 1."""
    basis: Floats
    """(192, dims), orthonormal columns, the strongest first."""

    @property
    def dims(self) -> int:
        """How many numbers a patch becomes."""
        return self.basis.shape[1]

    def encode(self, pictures: NDArray[np.uint8]) -> Floats:
        """(n, 128, 128, 3) uint8 to (n, 256, dims) float32."""
        pixels = cut_up(pictures).astype(np.float32) / 127.5 - 1
        return (pixels - self.mean) @ self.basis

    def decode(self, tokens: Floats) -> NDArray[np.uint8]:
        """(n, 256, dims) float32 to (n, 128, 128, 3) uint8."""
        pixels = (tokens @ self.basis.T + self.mean + 1) * 127.5
        bytes_ = np.clip(pixels + 0.5, 0, 255).astype(np.uint8)
        grid = bytes_.reshape(-1, GRID, GRID, PATCH, PATCH, 3)
        return grid.transpose(0, 1, 3, 2, 4, 5).reshape(-1, SIDE, SIDE, 3)

    def save(self, path: Path) -> None:
        """Write it, as half precision: its error is a hundredth of what the left-out numbers cost."""
        np.savez(path, mean=self.mean.astype(np.float16), basis=self.basis.astype(np.float16))


def load_codec(path: Path) -> Codec:
    """Read what `Codec.save` wrote. Raises OSError, KeyError or ValueError where it is something else."""
    try:
        with np.load(path) as kept:
            codec = Codec(kept["mean"].astype(np.float32), kept["basis"].astype(np.float32))
    except zipfile.BadZipFile as error:
        raise ValueError(str(error)) from None
    numbers = PATCH * PATCH * 3
    if codec.mean.shape != (numbers,) or codec.basis.shape[:1] != (numbers,) or codec.basis.ndim != 2:
        raise ValueError(f"{path} is no codec of patches of {PATCH} by {PATCH}")
    return codec


def fit(pictures: NDArray[np.uint8], *, dims: int) -> Codec:
    """The codec of `dims` numbers a patch that loses least of these (n, 128, 128, 3) pictures."""
    pixels = cut_up(pictures).reshape(-1, PATCH * PATCH * 3).astype(np.float32) / 127.5 - 1
    mean = pixels.mean(axis=0)
    centred = pixels - mean
    values, vectors = np.linalg.eigh((centred.T @ centred / len(centred)).astype(np.float64))
    strongest = np.argsort(values)[::-1][:dims]
    return Codec(mean, np.ascontiguousarray(vectors[:, strongest]).astype(np.float32))


def cut_up(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(n, side, side, channels) to (n, 256, numbers): the 16 by 16 patches, row by row."""
    side, channels = pictures.shape[1], pictures.shape[3]
    step = side // GRID
    grid = pictures.reshape(-1, GRID, step, GRID, step, channels)
    return grid.transpose(0, 1, 3, 2, 4, 5).reshape(-1, TOKENS, step * step * channels)


def told_tokens(told: Told) -> Floats:
    """(1, 256, 288) float32 0 to 1: what the model is told of each patch."""
    parts = (cut_up(told.canvas[None]), cut_up(told.asked[None]))
    return np.concatenate(parts, axis=-1).astype(np.float32) / 255
