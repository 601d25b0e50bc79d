"""Pictures at the door: bytes from outside become pixels of a bounded size, the right way up, or are refused.

The size is looked at before any pixel is decoded, and one picture is decoded after the other, so that no upload, small
or large, asks for more memory than one picture of `MAX_PIXELS` takes. Nothing but pixels comes through: where and when
a photo was taken stays behind.
"""

import threading
import warnings
from contextlib import suppress
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image, ImageCms, ImageOps

from cloud_bridge.studio.wire import Refused
from edge_models.image.retouch import Part, Pixels, filled_in, grown

MAX_PIXELS = 40_000_000
LONGEST = 2048
"""Pixels of the longer side; a larger picture is made smaller. The others of several are half of that."""
SHORTEST = 16
MAX_SHAPE = 20
"""How many times longer than high, or the other way round, a picture may be."""
_TYPES = ("PNG", "JPEG", "WEBP")
_one_at_a_time = threading.Lock()


def read_picture(file: BinaryIO, *, param: str = "image", longest: int = LONGEST) -> Pixels:
    """(h, w, 4) uint8, sRGB, alpha not premultiplied. Takes up to seconds; raises Refused."""
    with _one_at_a_time:
        return np.asarray(_opened(file, param, longest=longest))


def read_part(file: BinaryIO, *, of: tuple[int, int], size: tuple[int, int]) -> Part:
    """(h, w): where the mask for a picture `of` this width and height is wholly transparent, at `size`; or Refused."""
    with _one_at_a_time:
        mask = _opened(file, "mask", png=True, longest=MAX_PIXELS)
    if mask.size != of:
        text = f"The mask has {mask.width}×{mask.height} pixels and the picture {of[0]}×{of[1]}: they must be the same."
        raise Refused(400, "invalid_mask", text, param="mask")
    clear = np.asarray(mask)[..., 3] == 0
    if mask.size != size:  # of a picture that was made smaller: a pixel may change if all that it was made of may
        clear = np.asarray(Image.fromarray(clear.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)) == 255
    if not clear.any():
        raise Refused(400, "invalid_mask", "The mask marks nothing: what may change must be transparent.", param="mask")
    return clear


def read_markup(file: BinaryIO, *, of: tuple[int, int], size: tuple[int, int]) -> Part:
    """(h, w): what is drawn over, or around, on a picture `of` this width and height, at `size`; or Refused.

    A ring that isn't quite closed is closed.
    """
    with _one_at_a_time:
        markup = _opened(file, "markup", png=True, longest=MAX_PIXELS)
    if markup.size != of:
        text = f"The markup has {markup.width}×{markup.height} pixels and the picture {of[0]}×{of[1]}: they must match."
        raise Refused(400, "invalid_markup", text, param="markup")
    drawn = np.asarray(markup.resize(size, Image.Resampling.BOX))[..., 3] > 64
    if not drawn.any() or drawn.all():
        text = "The markup must be transparent where nothing is drawn, and something must be drawn."
        raise Refused(400, "invalid_markup", text, param="markup")
    gap = max(3, max(size) // 40)
    return ~grown(~filled_in(grown(drawn, gap)), gap)


def upright_size(file: BinaryIO, *, param: str = "image") -> tuple[int, int]:
    """Width and height as the picture is to be looked at, before it is made smaller. Raises Refused."""
    with _header(file, param) as picture:
        sideways = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
        return (picture.height, picture.width) if sideways else picture.size


def _header(file: BinaryIO, param: str, *, png: bool = False) -> Image.Image:
    file.seek(0)
    kind = "PNG file" if png else "PNG, JPEG or WebP picture"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the bound below is tighter
            picture = Image.open(file, formats=("PNG",) if png else _TYPES)
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise anything on bytes made to break them
        if isinstance(error, Image.DecompressionBombError):
            raise _too_large(param) from None
        raise Refused(400, "invalid_image_file", f"The {param} is not a {kind}.", param=param) from None
    _bound(picture, param)
    return picture


def _bound(picture: Image.Image, param: str) -> None:
    width, height = picture.size
    if width * height > MAX_PIXELS:
        raise _too_large(param)
    if min(width, height) < SHORTEST:
        text = f"The {param} is too small: it has {width}×{height} pixels, {SHORTEST} a side are the least."
        raise Refused(400, "invalid_image_size", text, param=param)
    if max(width, height) > MAX_SHAPE * min(width, height):
        raise Refused(400, "invalid_image_size", f"The {param} is too long and narrow.", param=param)
    frames = getattr(picture, "n_frames", 1)
    if frames > 1 and picture.format != "MPO":  # a phone's photo with a second one for its depth is still a photo
        raise Refused(400, "invalid_image_file", f"The {param} is animated: send a still picture.", param=param)


def _too_large(param: str) -> Refused:
    text = f"The {param} is too large: {MAX_PIXELS // 1_000_000} million pixels are the most."
    return Refused(400, "invalid_image_size", text, param=param)


def _opened(file: BinaryIO, param: str, *, longest: int, png: bool = False) -> Image.Image:
    with _header(file, param, png=png) as picture:
        try:
            # A JPEG can be decoded at a half or a quarter of its size: less memory, less time.
            picture.draft(picture.mode, (longest, longest))
            picture.load()
            if max(picture.size) > longest:
                return _in_srgb(ImageOps.exif_transpose(_smaller(picture, longest)))
            return _in_srgb(ImageOps.exif_transpose(picture))
        except Exception:  # noqa: BLE001 - as above
            text = f"The {param} is damaged or breaks off."
            raise Refused(400, "invalid_image_file", text, param=param) from None


def _smaller(picture: Image.Image, longest: int) -> Image.Image:
    """At most `longest` pixels a side; in its own colours where those can be mixed."""
    mixable = picture if picture.mode in ("L", "RGB", "RGBA", "CMYK") else _in_srgb(picture)
    mixable.thumbnail((longest, longest), Image.Resampling.LANCZOS)
    return mixable


def _in_srgb(picture: Image.Image) -> Image.Image:
    """RGBA, in the colours that a screen without a profile shows."""
    if picture.mode.startswith("I"):  # 16 bits a pixel
        values = np.asarray(picture).astype(np.int64)
        deep = picture.mode != "I" or values.max(initial=0) > 255
        picture = Image.fromarray(np.clip(values >> 8 if deep else values, 0, 255).astype(np.uint8))
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        # A profile that is broken says nothing about the picture.
        with suppress(ImageCms.PyCMSError, OSError, ValueError):
            own, srgb = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            picture = ImageCms.profileToProfile(picture, own, srgb, outputMode="RGB") or picture
    return picture.convert("RGBA")
