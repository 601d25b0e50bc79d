"""The judge: which of our subjects is it that it is shown? It has learnt from other people's drawings (`teach.py`)."""

from collections.abc import Collection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_models.onnx_session import open_session

SIDE = 144
"""Pixels of what it looks at."""
MODEL = Path(__file__).with_name("judge.onnx")


class Judge:
    """Names subjects."""

    def __init__(self, model: Path = MODEL, *, threads: int = 1) -> None:
        self._session = open_session(model, threads=threads)
        self.subjects: tuple[str, ...] = tuple(self._session.get_modelmeta().custom_metadata_map["subjects"].split(" "))

    def scores(self, looks: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(n, 144, 144, 3) uint8 to (n, subjects): the higher, the likelier."""
        return np.asarray(self._session.run(None, {"pixels": prepared(looks)})[0], np.float32)

    def names(self, looks: NDArray[np.uint8], among: Collection[str]) -> list[str]:
        """The likeliest subject of each look, of those in `among`."""
        allowed = np.array([subject in among for subject in self.subjects])
        scores = np.where(allowed, self.scores(looks), -np.inf)
        return [self.subjects[best] for best in scores.argmax(axis=1)]


def prepared(looks: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(n, side, side, 3) uint8 to what the network takes, (n, 3, side, side) float32."""
    scaled = (looks.astype(np.float32) - np.float32(127)) / np.float32(128)
    return np.ascontiguousarray(scaled.transpose(0, 3, 1, 2), np.float32)


def look_at(picture: Image.Image, box: tuple[float, float, float, float]) -> NDArray[np.uint8]:
    """(144, 144, 3): the square around a box (left, top, right, bottom) in pixels, with a tenth to spare."""
    left, top, right, bottom = box
    half = 0.55 * max(right - left, bottom - top)
    x, y = (left + right) / 2, (top + bottom) / 2
    return np.asarray(
        picture.crop((round(x - half), round(y - half), round(x + half), round(y + half))).resize(
            (SIDE, SIDE), Image.Resampling.BICUBIC
        )
    )
