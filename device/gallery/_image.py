"""The gallery's door: bytes from a network or an engine become a known, bounded image, or are refused."""

import warnings
from dataclasses import dataclass
from io import BytesIO

from PIL import Image

MAX_SIDE = 4096
"""Pixels; of both sides."""
SUFFIXES = {"image/png": ".png", "image/jpeg": ".jpg", "image/webp": ".webp"}
_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class BadPicture(ValueError):
    """Bytes that the gallery doesn't take; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What the bytes say about themselves."""

    media_type: str
    width: int
    height: int


def examine(data: bytes) -> ImageFacts:
    """Decode the whole image to know that it is one. Takes tens of milliseconds; raises BadPicture.

    The size is checked between header and pixels, so that a small file can't ask for much memory.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(BytesIO(data), formats=tuple(_MEDIA_TYPES)) as image:
                width, height = image.size
                if max(width, height) > MAX_SIDE:
                    raise BadPicture(f"The picture has {width}×{height} pixels; at most {MAX_SIDE} a side are allowed.")
                image.load()
                return ImageFacts(_MEDIA_TYPES[str(image.format)], width, height)
    except BadPicture:
        raise
    except Exception as error:  # noqa: BLE001 Pillow's decoders raise anything on bytes made to break them
        raise BadPicture(f"These bytes are not a PNG, JPEG or WebP picture ({type(error).__name__}).") from None
