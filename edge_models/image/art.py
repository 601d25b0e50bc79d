"""The drawings that pictures are composed of: vector art from the pack that `tools/art.py` makes (`art/README.md`)."""

from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

PACK = "noto.zip"


class ArtMissing(LookupError):
    """A drawing was asked for that the pack doesn't hold."""


@cache
def _drawings() -> dict[str, str]:
    # One read of about 2 MB: the archive is stored, not compressed, and nothing stays open afterwards.
    with ZipFile(BytesIO(files("edge_models.image").joinpath("art", PACK).read_bytes())) as pack:
        return {Path(name).stem: pack.read(name).decode() for name in pack.namelist()}


def codes() -> frozenset[str]:
    """The code points, as lower-case hexadecimal joined by `-`, of every drawing in the pack."""
    return frozenset(_drawings())


def sprite_svg(code: str) -> str:
    """The SVG document of a drawing, 128 units wide and high; `ArtMissing` when the pack doesn't hold it."""
    try:
        return _drawings()[code]
    except KeyError:
        raise ArtMissing(f"The art pack has no drawing {code}.") from None


def sprite_body(code: str) -> str:
    """What is inside a drawing's `<svg>` element, to be placed into another document."""
    document = sprite_svg(code)
    return document[document.index(">") + 1 : document.rindex("</svg>")]


def rasterise(document: str, *, width: int, height: int) -> NDArray[np.uint8]:
    """Render an SVG document to (height, width, 4) uint8 RGBA, alpha not premultiplied."""
    png = resvg_py.svg_to_bytes(svg_string=document, width=width, height=height, skip_system_fonts=True)
    with Image.open(BytesIO(bytes(png))) as picture:
        return np.asarray(picture.convert("RGBA").resize((width, height), Image.Resampling.BILINEAR))


@lru_cache(maxsize=512)
def drawn_box(document: str) -> tuple[float, float, float, float]:
    """Where a document's ink is: (left, top, right, bottom) in fractions of its size, to about half a per cent."""
    alpha = rasterise(document, width=192, height=192)[..., 3] > 24
    rows, columns = np.flatnonzero(alpha.any(axis=1)), np.flatnonzero(alpha.any(axis=0))
    if not len(rows):
        return (0.0, 0.0, 1.0, 1.0)
    return (columns[0] / 192, rows[0] / 192, (columns[-1] + 1) / 192, (rows[-1] + 1) / 192)
