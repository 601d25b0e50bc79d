"""A picture that is about to leave: its pixels and nothing else, before anybody takes its hash.

Cutting out what is known to be metadata leaves what isn't known. So nothing is cut out: the picture is decoded, and
its pixels are encoded anew, into a file that holds what it takes to decode them and not a byte more. Proved in
`tests/device/test_offload_metadata.py` by reading the file piece by piece, and by `exiftool`.
"""

import hashlib
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

from PIL import Image

from device.gallery import BadPicture, pixels

SIDE = (64, 4096)
"""Pixels: what the bridge takes."""
MAX_BYTES = 64 * 1024 * 1024
_TYPES = ("JPEG", "PNG", "WEBP")


@dataclass(frozen=True, slots=True)
class Bare:
    """A picture without metadata."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int
    sha256: str


def bare(data: bytes) -> Bare:
    """The picture as it may leave: PNG where it was PNG or is transparent, otherwise JPEG of high quality; in sRGB.

    Takes up to some seconds. The size is checked before any pixel is decoded. Raises BadPicture.
    """
    if len(data) > MAX_BYTES:
        raise BadPicture(f"The picture has more than {MAX_BYTES // 1024 // 1024} MB.")
    try:
        with Image.open(BytesIO(data), formats=_TYPES) as image:
            shortest, longest = SIDE
            if min(image.size) < shortest or max(image.size) > longest:
                size = f"{image.width}×{image.height}"
                raise BadPicture(f"The picture has {size} pixels; {shortest} to {longest} a side are sent.")
            return encode(pixels(image), exact=image.format == "PNG")
    except BadPicture:
        raise
    except Exception as error:  # noqa: BLE001 Pillow's decoders raise anything on bytes made to break them
        raise BadPicture(f"These bytes are not a PNG, JPEG or WebP picture ({type(error).__name__}).") from None


def encode(image: Image.Image, *, exact: bool) -> Bare:
    """An image without anything beside its pixels, in mode RGB or RGBA, as a file. `exact`: no pixel changes."""
    file = BytesIO()
    if exact or image.mode == "RGBA":
        image.save(file, "PNG")
    else:
        # 95 and full colour resolution: what it was before can hardly be told from it, at a quarter of a PNG's size.
        image.save(file, "JPEG", quality=95, subsampling=0)
    data = file.getvalue()
    media_type = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return Bare(data, media_type, image.width, image.height, hashlib.sha256(data).hexdigest())
