"""What a picture shows that is not shown to everybody: nakedness, by Yahoo's open_nsfw with ONNX Runtime.

https://github.com/yahoo/open_nsfw (BSD-2-Clause): a thin ResNet-50 that was trained on photographs in 2016. One number
comes out, 0 to 1, for how likely it is that a picture is pornographic. It knows nothing of cruelty, of symbols of hate
or of what is written in a picture, and drawings are not what it learnt from.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from edge_models.onnx_session import open_session

MODEL = "open-nsfw"
_FILE = "open-nsfw.onnx"
_WHOLE, _LOOKED_AT = 256, 224
"""Pixels a side: what a picture is made into, and what of its middle is looked at."""
_MEAN_BGR = np.array([104.0, 117.0, 123.0], np.float32)
"""Of the pictures that it learnt from."""


class Sights:
    """The model, loaded. From several threads at the same time."""

    def __init__(self, folder: Path) -> None:
        """`folder`: where the model `open-nsfw` is installed."""
        self._session = open_session(folder / _FILE)

    def naked(self, picture: Image.Image) -> float:
        """Return how likely it is, 0 to 1, that this is pornographic. 10 ms on one core.

        Like the pictures that it learnt from, this one is saved as JPEG on the way. White is put behind what is
        transparent.
        """
        small = _flat(picture).resize((_WHOLE, _WHOLE), Image.Resampling.BILINEAR)
        file = io.BytesIO()
        small.save(file, "JPEG")
        edge = (_WHOLE - _LOOKED_AT) // 2
        seen = np.asarray(Image.open(file), np.float32)[edge:-edge, edge:-edge, ::-1] - _MEAN_BGR
        (shares,) = self._session.run(None, {self._session.get_inputs()[0].name: seen[np.newaxis]})
        return float(np.asarray(shares)[0, 1])


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode == "P" or "transparency" in picture.info:
        picture = picture.convert("RGBA")
    if picture.mode in ("RGBA", "LA"):
        white = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")
    return picture.convert("RGB")
