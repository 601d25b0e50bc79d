"""What the draft model is told about a picture: drawings in their slots, colours asked for, place, light, weather.

::

    Layout ──▶ canvas   128² RGBA: every drawing where it will stand, in the colours it was drawn in
           ├─▶ asked    32² × 8: over those figures, what they are to become (a colour, a light, something in the water)
           ├─▶ mood     place, light, weather and style as numbers
           └─▶ sun      where the light comes from, and the horizon

Recolouring, lighting, the land and the sky are left to the model. Drawings that hide each other do so here too.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout, Placed
from edge_models.image.places import PLACES, Place
from edge_models.image.sprites import box_of, lay, oriented, small_figure
from edge_models.image.vocabulary import vocabulary

SIDE = 128
"""Pixels of the model's pictures."""
ASKED_SIDE = 32
ASKED = 8
"""Channels: the colour asked for (3), whether one was, two-coloured, shining, in the water, glowing."""
LIGHTS = ("dawn", "day", "sunset", "night")
NOTHING = "-"
"""In place of a weather or a style: none was said."""
_USUAL = ("plain", "day", NOTHING, NOTHING)
Moods = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]
"""Places, lights, weathers and styles; each one's number is its place in its row."""


@dataclass(frozen=True, slots=True)
class Told:
    """The model's inputs besides noise."""

    canvas: NDArray[np.uint8]
    """(128, 128, 4) RGBA, premultiplied."""
    asked: NDArray[np.uint8]
    """(32, 32, 8), premultiplied by how much of a figure is there."""
    mood: NDArray[np.int64]
    """(4,): the numbers of place, light, weather and style."""
    sun: Floats
    """(3,): where the light comes from, x and y, and the horizon, in units of the picture."""


def tell(layout: Layout, known: Moods | None = None) -> Told:
    """What the model is told about a layout; `known`: the moods it has learnt, by default all that there are."""
    frame = Frame(SIDE, SIDE)
    canvas = np.zeros((SIDE, SIDE, 4), np.float32)
    marks = np.zeros((SIDE, SIDE, ASKED), np.float32)
    # What stands on the land is in front of what hangs in the sky, as the compositor paints it.
    for placed in sorted(layout.placed, key=lambda figure: figure.carrier != "sky"):
        column, row, width, height = box_of(placed, frame)
        rgba = oriented(small_figure(placed.code, None, width, height), placed)
        ink = np.concatenate([rgba[..., :3], np.ones_like(rgba[..., :1])], axis=-1)
        lay(canvas, ink, rgba[..., 3], column, row)
        mark = np.broadcast_to(_wish(placed), (*rgba.shape[:2], ASKED))
        lay(marks, mark, rgba[..., 3], column, row)
    step = SIDE // ASKED_SIDE
    asked = marks.reshape(ASKED_SIDE, step, ASKED_SIDE, step, ASKED).mean(axis=(1, 3))
    return Told(
        canvas=_bytes(canvas),
        asked=_bytes(asked),
        mood=_mood(layout, known or moods()),
        sun=np.array([*layout.sun, layout.horizon], np.float32),
    )


def moods() -> Moods:
    """All places, lights, weathers and styles that there are now, in the order in which a new model learns them."""
    words = vocabulary()
    return (tuple(PLACES), LIGHTS, (NOTHING, *words.weathers), (NOTHING, *words.styles))


def with_the_usual(known: Moods) -> Moods:
    """Return `known`. Raises ValueError where it lacks what stands for moods that it doesn't know."""
    if not all(word in words for words, word in zip(known, _USUAL, strict=True)):
        raise ValueError(f"each row must have one of {', '.join(_USUAL)}")
    return known


def _mood(layout: Layout, known: Moods) -> NDArray[np.int64]:
    said = (_place_key(layout.place), layout.light, layout.weather or NOTHING, layout.style or NOTHING)
    found = [
        words.index(word if word in words else other) for words, word, other in zip(known, said, _USUAL, strict=True)
    ]
    return np.array(found, np.int64)


def _place_key(place: Place) -> str:
    look = (place.colour, place.ridges, place.indoors)
    return next(key for key, known in PLACES.items() if (known.colour, known.ridges, known.indoors) == look)


def _wish(placed: Placed) -> Floats:
    entry = vocabulary().colours.get(placed.colour) if placed.colour else None
    rgb = (0, 0, 0) if entry is None else entry.rgb
    return np.array(
        [
            *(value / 255 for value in rgb),
            entry is not None,
            entry is not None and entry.second is not None,
            placed.shines,
            placed.carrier == "water",
            placed.halo,
        ],
        np.float32,
    )


def _bytes(values: Floats) -> NDArray[np.uint8]:
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
