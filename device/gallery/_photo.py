"""A photo from a phone, made fit for the gallery: small enough, the right way up, nothing in it but the picture.

Where and when it was taken, by which camera and of whom, stands in a photo's metadata; none of it is kept.
"""

from io import BytesIO

from PIL import Image

from device.gallery._image import BadPicture
from device.gallery._pixels import pixels

MAX_BYTES = 20 * 1024 * 1024
MAX_PIXELS = 40_000_000
LONGEST = 2048
"""Pixels, of the longer side of what is kept."""
_TYPES = ("JPEG", "PNG", "WEBP")


def read_photo(data: bytes) -> bytes:
    """The photo as a JPEG of at most `LONGEST` pixels a side, in sRGB, without metadata. Takes up to a second.

    The size is checked before any pixel is decoded. Raises BadPicture.
    """
    if len(data) > MAX_BYTES:
        raise BadPicture(f"The photo is larger than {MAX_BYTES // 1024 // 1024} MB.")
    try:
        with Image.open(BytesIO(data), formats=_TYPES) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadPicture(f"The photo has more than {MAX_PIXELS // 1_000_000} million pixels.")
            # JPEG can be decoded at a half or a quarter of its size: less memory, less time.
            image.draft("RGB", (LONGEST, LONGEST))
            image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS)
            return _encoded(pixels(image))
    except BadPicture:
        raise
    except Exception as error:  # noqa: BLE001 Pillow's decoders raise anything on bytes made to break them
        raise BadPicture(f"This is not a JPEG, PNG or WebP photo ({type(error).__name__}).") from None


def _encoded(image: Image.Image) -> bytes:
    """As JPEG; on white where it is transparent."""
    if image.mode == "RGBA":
        clear, image = image, Image.new("RGBA", image.size, "white")
        image.alpha_composite(clear)
    file = BytesIO()
    image.convert("RGB").save(file, "JPEG", quality=90)
    return file.getvalue()
