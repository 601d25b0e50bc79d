"""What is seen of a picture and nothing else: the right way up, in sRGB, eight bits a colour.

Where and when a photo was taken, by which camera and of whom stands beside its pixels: EXIF, XMP, IPTC, comments,
previews, further pictures in the same file, colour profiles with a serial number. A new image takes over none of it.
"""

from contextlib import suppress
from io import BytesIO

import numpy as np
from PIL import ExifTags, Image, ImageCms

_TURNED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""By EXIF's orientation."""


def pixels(image: Image.Image) -> Image.Image:
    """A new image in mode RGB, or RGBA where some of it is transparent, as a page would show this one.

    Of several pictures in one file it is the first. Raises whatever Pillow raises at broken pixels.
    """
    image.load()
    turned = _TURNED.get(_orientation(image))
    profile = image.info.get("icc_profile")
    has_alpha = image.has_transparency_data and not image.mode.startswith("I")
    alpha = image.convert("RGBA").getchannel("A") if has_alpha else None
    seen = _in_srgb(_eight_bits(image), profile)
    bare = Image.new("RGB", seen.size)
    if alpha is None or alpha.getextrema() == (255, 255):
        bare.paste(seen)
    else:
        bare.paste(seen, mask=alpha.point(lambda value: 255 if value else 0))  # nobody sees what lies under nothing
        bare.putalpha(alpha)
    return bare if turned is None else bare.transpose(turned)


def _orientation(image: Image.Image) -> int:
    """As EXIF has it, or XMP; 1 where neither says anything that can be read."""
    with suppress(Exception):  # whatever broken EXIF makes Pillow raise: the pixels are none the worse
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    return 1


def _eight_bits(image: Image.Image) -> Image.Image:
    """In mode L, RGB or CMYK."""
    if image.mode.startswith("I"):  # 16 bits of grey
        return Image.fromarray((np.asarray(image, np.uint32) >> 8).astype(np.uint8))
    if image.mode in ("L", "RGB", "CMYK"):
        return image
    return image.convert("L" if image.mode in ("1", "LA", "La") else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    if profile:
        for own in dict.fromkeys((image.mode, "RGB")):  # greys often come with a profile of colours
            # A profile that is broken, or not for these pixels, says nothing about the picture.
            with suppress(ImageCms.PyCMSError, OSError, ValueError):
                source, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
                if seen := ImageCms.profileToProfile(image.convert(own), source, srgb, outputMode="RGB"):
                    return seen
    return image.convert("RGB")
