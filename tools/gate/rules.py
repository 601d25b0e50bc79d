"""Two rules that look at a picture of a known layout: which colour is the subject, and which place is it.

Both know where the figures stand and judge what is to be seen there; both are held against the compositor's own
pictures (`tests/tools/gate/test_gate.py`), whose colours and places are right by construction.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_models.image.colour import main_colour, to_lab
from edge_models.image.compositor import paint
from edge_models.image.cutout import figure_map
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout, lay_out
from edge_models.image.light import light_for
from edge_models.image.scene import Scene
from edge_models.image.sprites import box_of, oriented, small_figure
from edge_models.image.vocabulary import vocabulary

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "white", "grey", "black")
"""Colours that people tell apart without being asked to be careful."""
PLACES = (
    "forest", "beach", "sea", "underwater", "desert", "snow", "street", "space", "moon_surface", "mars", "kitchen",
    "living_room", "bedroom", "castle_hall", "cave", "library", "mountains", "meadow",
)  # fmt: skip
BANDS = 8


def colour_seen(picture: Image.Image, layout: Layout, index: int) -> str:
    """Which of `COLOURS` the figure `layout.placed[index]` has, where its drawing has its main colour."""
    frame = Frame(*picture.size)
    placed = layout.placed[index]
    column, row, width, height = box_of(placed, frame)
    rgba = oriented(small_figure(placed.code, None, width, height), placed)
    weight, _ = main_colour(to_lab(rgba[..., :3]), rgba[..., 3] > 0.9)
    whole = np.zeros((frame.height + 2 * height, frame.width + 2 * width), bool)
    whole[row + height : row + 2 * height, column + width : column + 2 * width] = weight > 0.7
    inside = whole[height : height + frame.height, width : width + frame.width]
    inside &= figure_map(frame, layout) == index + 1
    if not inside.any():
        return ""
    seen = np.median(to_lab(np.asarray(picture, np.float32)[inside] / 255), axis=0)
    light = np.asarray(light_for(layout).figures, np.float32)
    wished = np.array([vocabulary().colours[name].rgb for name in COLOURS], np.float32) / 255
    away = (to_lab(wished * light) - seen) * np.array([0.6, 1.0, 1.0], np.float32)
    return COLOURS[int((away**2).sum(axis=1).argmin())]


def place_seen(picture: Image.Image, layout: Layout) -> str:
    """Which of `PLACES` it is, by what is to be seen between the figures, by day."""
    middles, whitening = _places()
    seen = (_bands(np.asarray(picture.resize((128, 128), Image.Resampling.BOX)), layout) - middles) @ whitening
    return PLACES[int((seen**2).sum(axis=1).argmin())]


def _bands(picture: NDArray[np.uint8], layout: Layout) -> Floats:
    """(64,): mean and spread of OKLab and the unevenness of lightness across and down, in eight bands."""
    free = figure_map(Frame(128, 128), layout) == 0
    lab = to_lab(picture.astype(np.float32) / 255)
    found: list[float] = []
    step = 128 // BANDS
    for band in range(BANDS):
        rows = slice(band * step, (band + 1) * step)
        pixels = lab[rows][free[rows]]
        if len(pixels) < 12:
            pixels = lab[rows].reshape(-1, 3)
        across, down = np.abs(np.diff(lab[rows, :, 0], axis=1)).mean(), np.abs(np.diff(lab[rows, :, 0], axis=0)).mean()
        found += [*pixels.mean(axis=0) * 2, *pixels.std(axis=0), float(across), float(down)]
    return np.array(found, np.float32)


@cache
def _places() -> tuple[Floats, Floats]:
    """The middle of each place's bands and what makes their spread even, from the compositor's empty places."""
    rows = []
    for place in PLACES:
        for seed in range(5000, 5010):
            layout = lay_out(Scene(place=place, time="day"), seed=seed)
            picture = (np.clip(paint(layout, Frame(128, 128)), 0, 1) * 255).astype(np.uint8)
            rows.append(_bands(picture, layout))
    table = np.array(rows).reshape(len(PLACES), -1, rows[0].size)
    middles = table.mean(axis=1)
    spread = (table - middles[:, None]).reshape(-1, rows[0].size)
    covariance = spread.T @ spread / len(spread) + 0.0006 * np.eye(rows[0].size)
    values, vectors = np.linalg.eigh(covariance)
    return middles, (vectors / np.sqrt(values)).astype(np.float32)
