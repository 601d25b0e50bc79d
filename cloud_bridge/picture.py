"""A picture that came from outside, looked at before anything is done with it."""

import io
from dataclasses import dataclass
from typing import Literal, cast

from PIL import Image

MAX_BYTES = 64 * 1024 * 1024
SIDE = (64, 4096)
"""The shortest and the longest side, in pixels."""

MediaType = Literal["image/png", "image/jpeg", "image/webp"]
MEDIA_TYPES: dict[str, MediaType] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class NotAPicture(Exception):
    """These bytes can't be used; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Bytes that have been decoded once, and what they turned out to be."""

    data: bytes
    media_type: MediaType
    width: int
    height: int


def look_at(data: bytes) -> Picture:
    """Decode the whole picture within bounds; what its sender says about it does not count. Raises NotAPicture."""
    if len(data) > MAX_BYTES:
        raise NotAPicture(f"The picture has {len(data)} bytes; at most {MAX_BYTES} are taken.")
    try:
        image = Image.open(io.BytesIO(data), formats=tuple(MEDIA_TYPES))  # reads no more than the head
        shortest, longest = SIDE
        if min(image.size) < shortest or max(image.size) > longest:
            width, height = image.size
            raise NotAPicture(f"The picture is {width} x {height} pixels; {shortest} to {longest} a side are taken.")
        image.load()
    except NotAPicture:
        raise
    except Exception:  # noqa: BLE001 - decoders raise whatever they like at broken bytes
        raise NotAPicture("The picture can't be decoded.") from None
    return Picture(data, MEDIA_TYPES[cast("str", image.format)], image.width, image.height)
