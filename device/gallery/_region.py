"""A part of a picture that a person marked with a finger, mouse or keyboard."""

import base64
import binascii
import sqlite3
from dataclasses import dataclass
from io import BytesIO
from typing import Annotated

import numpy as np
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from uuid_utils import uuid7

from device.store import Store

MASK_SIDE = 64
"""Cells a side of the mask that is kept: as fine as a finger."""
MAX_MASK_BYTES = 40_000
MAX_MASK_SIDE = 2048
SMALLEST = 0.02
"""Of the picture's width and height."""
UNUSED_KEPT = 20
"""Of a picture: what was marked and never changed, each time the finger was lifted, isn't kept for ever."""
_FORGOTTEN = """DELETE FROM regions WHERE picture = ? AND id NOT IN (SELECT region FROM pictures WHERE region NOT NULL)
    AND id NOT IN (SELECT id FROM regions WHERE picture = ? ORDER BY rowid DESC LIMIT ?)"""
_Share = Annotated[float, Field(ge=0, le=1)]


class BadRegion(ValueError):
    """This is no part of a picture; the text is one plain sentence."""


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=False)

    region: tuple[_Share, _Share, _Share, _Share] | None = None
    mask: Annotated[str, Field(max_length=MAX_MASK_BYTES * 4 // 3 + 4)] | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """A part, in shares of the picture's width and height from its left top."""

    box: tuple[float, float, float, float]
    """Left, top, right, bottom."""
    mask: bytes
    """PNG of `MASK_SIDE` by `MASK_SIDE` pixels of one bit; white is the part."""


def read_region(body: object) -> Region:
    """The region in a request: `region` [x0, y0, x1, y1], or `mask`, a PNG in base64 whose light pixels are the part.

    Raises BadRegion.
    """
    try:
        asked = _Asked.model_validate(body)
    except ValidationError:
        raise BadRegion("A region has four numbers from 0 to 1: left, top, right and bottom.") from None
    if asked.mask is not None:
        return _from_mask(asked.mask)
    if asked.region is None:
        raise BadRegion("Mark the part of the picture that is to change.")
    x0, y0, x1, y1 = asked.region
    return _from_box(min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))


def _from_box(left: float, top: float, right: float, bottom: float) -> Region:
    if right - left < SMALLEST or bottom - top < SMALLEST:
        raise BadRegion("That part is too small; mark a larger one.")
    cells = np.zeros((MASK_SIDE, MASK_SIDE), bool)
    rows = slice(int(top * MASK_SIDE), max(int(top * MASK_SIDE) + 1, round(bottom * MASK_SIDE)))
    columns = slice(int(left * MASK_SIDE), max(int(left * MASK_SIDE) + 1, round(right * MASK_SIDE)))
    cells[rows, columns] = True
    return Region((left, top, right, bottom), _png(cells))


def _from_mask(text: str) -> Region:
    try:
        data = base64.b64decode(text.removeprefix("data:image/png;base64,"), validate=True)
        with Image.open(BytesIO(data), formats=("PNG",)) as image:
            if max(image.size) > MAX_MASK_SIDE:
                raise BadRegion(f"A mask has at most {MAX_MASK_SIDE} pixels a side.")
            small = image.convert("L").resize((MASK_SIDE, MASK_SIDE), Image.Resampling.BOX)
    except BadRegion:
        raise
    except (binascii.Error, ValueError, OSError, SyntaxError, Image.DecompressionBombError):
        raise BadRegion("The mask is not a PNG picture.") from None
    cells = np.asarray(small) > 64  # a quarter of a cell: a thin stroke of a finger counts
    if not cells.any():
        raise BadRegion("Mark the part of the picture that is to change.")
    rows, columns = np.flatnonzero(cells.any(axis=1)), np.flatnonzero(cells.any(axis=0))
    edges = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    left, top, right, bottom = (float(edge) / MASK_SIDE for edge in edges)
    return Region((left, top, right, bottom), _png(cells))


def _png(cells: np.ndarray) -> bytes:
    """As small as it gets: a few hundred bytes."""
    file = BytesIO()
    Image.fromarray(cells.astype(np.uint8) * 255).convert("1").save(file, "PNG", optimize=True)
    return file.getvalue()


class Regions:
    """The marked parts of the pictures in the gallery; each goes with its picture."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def add(self, picture_id: str, region: Region) -> str:
        """Keep a region of a picture and return its id. Raises LookupError when the picture isn't there."""
        region_id = str(uuid7())

        def insert(db: sqlite3.Connection) -> None:
            values = (region_id, picture_id, *region.box, region.mask)
            db.execute("INSERT INTO regions VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            db.execute(_FORGOTTEN, (picture_id, picture_id, UNUSED_KEPT))

        try:
            await self._store.write(insert)
        except sqlite3.IntegrityError:
            raise LookupError("There is no such picture.") from None
        return region_id

    async def get(self, region_id: str) -> Region | None:
        """A region, None when it isn't there (any more)."""
        which = "SELECT x0, y0, x1, y1, mask FROM regions WHERE id = ?"
        row = await self._store.read(lambda db: db.execute(which, (region_id,)).fetchone())
        return None if row is None else Region(tuple(row[:4]), row[4])
