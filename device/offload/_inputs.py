"""What leaves with the wish to change a picture: the pictures without metadata, and the part that may change."""

from collections.abc import Sequence
from io import BytesIO

from PIL import Image

from cloud_bridge.protocol import InputRef
from device.gallery import BadPicture, Picture, Region
from device.offload._metadata import Bare, bare, encode

MOST_BYTES = 48 * 1024 * 1024
"""Of all pictures of a job."""


def prepare(pictures: Sequence[Picture], part: Region | None) -> tuple[list[Bare], Bare | None]:
    """The pictures at their best as they may leave, and the mask of the part that may change. Takes some seconds.

    Raises BadPicture when one of them can't be sent, and OSError when its file is gone.
    """
    versions = [picture.best for picture in pictures]
    there = [bare(version.path.read_bytes()) for version in versions if version is not None]
    if not there or len(there) < len(pictures):
        raise BadPicture("There is nothing to be seen of this picture yet.")
    if sum(len(each.data) for each in there) > MOST_BYTES:
        raise BadPicture("These pictures are too large to be sent together.")
    return there, None if part is None else _mask(part, (there[0].width, there[0].height))


def _mask(part: Region, size: tuple[int, int]) -> Bare:
    """Black, and transparent where the picture may change, with smooth edges between the region's cells."""
    with Image.open(BytesIO(part.mask), formats=("PNG",)) as cells:
        may = cells.convert("L").resize(size, Image.Resampling.BILINEAR).point([255] * 128 + [0] * 128)
    mask = Image.new("RGBA", size)
    mask.putalpha(may)
    return encode(mask, exact=True)


def reference(each: Bare) -> InputRef:
    """How a job names a picture."""
    return InputRef(
        sha256=each.sha256,
        size_bytes=len(each.data),
        media_type=each.media_type,
        width=each.width,
        height=each.height,
    )
