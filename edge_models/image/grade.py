"""What a lens and a colourist add at the end: glow around bright things, shafts of light, contrast, vignette, grain."""

import numpy as np
from PIL import Image

from edge_models.image.filters import Floats, blurred, resized
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator


def add_bloom(picture: Floats, frame: Frame, light: Light) -> None:
    """Let bright things glow into what is around them."""
    step = 4
    width, height = max(2, frame.width // step), max(2, frame.height // step)
    small = resized(picture, width, height, Image.Resampling.BOX)
    brightness = small.max(axis=-1, keepdims=True)
    bright = small * np.clip((brightness - (0.62 if light.dark else 0.86)) / 0.3, 0, 1)
    unit = frame.scale / step
    glow = (
        0.55 * blurred(bright, unit * 0.008) + 0.5 * blurred(bright, unit * 0.03) + 0.4 * blurred(bright, unit * 0.09)
    )
    glow *= 0.26 if light.dark else 0.2
    picture += (1 - np.clip(picture, 0, 1)) * np.clip(resized(glow, frame.width, frame.height), 0, 1)


def add_shafts(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    """Light that streams past things towards us: the bright sky around the sun, smeared away from it."""
    x, y = layout.sun
    if layout.place.indoors is not None or layout.place.ground in ("void", "moon") or y > layout.horizon:
        return
    step = 8
    width, height = frame.width // step, frame.height // step
    small = resized(picture, width, height, Image.Resampling.BOX).mean(axis=-1)
    column, row = frame.column(x) / step, frame.row(y) / step
    away = np.hypot(np.arange(width)[None, :] - column, np.arange(height)[:, None] - row) / (frame.scale / step)
    source = np.clip(small - (0.3 if light.dark else 0.55), 0, 1) * np.exp(-((away / 0.42) ** 2))
    rays = source.astype(np.float32)
    for zoom in (1.04, 1.08, 1.16, 1.32, 1.64):
        # Each pass looks twice as far towards the light, so five passes smear like thirty-two.
        columns = np.clip(column + (np.arange(width) - column) / zoom, 0, width - 1).astype(np.int32)
        rows = np.clip(row + (np.arange(height) - row) / zoom, 0, height - 1).astype(np.int32)
        rays = 0.5 * rays + 0.5 * rays[np.ix_(rows, columns)]
    strength = {"sunset": 0.55, "dawn": 0.6, "night": 0.35, "day": 0.3}[layout.light]
    full = np.clip(resized(blurred(rays, 1.2), frame.width, frame.height), 0, 1)[..., None] * strength
    picture += (1 - np.clip(picture, 0, 1)) * np.asarray(light.glow, np.float32) * full


def graded(picture: Floats, frame: Frame, layout: Layout, light: Light) -> Floats:
    """Contrast, a little more colour, darker corners and film grain; (h, w, 3) in and out."""
    picture = np.clip(picture, 0, 1)
    curve = picture * picture * (3 - 2 * picture)
    picture = picture + (curve - picture) * 0.26
    grey = picture.mean(axis=-1, keepdims=True)
    picture = grey + (picture - grey) * 1.08
    left, top, right, bottom = frame.reach
    across = (frame.xs[None, :] - (left + right) / 2) / (right - left)
    down = (frame.ys[:, None] - (top + bottom) / 2) / (bottom - top)
    corner = np.clip(across**2 + down**2 - 0.12, 0, 1)
    picture *= (1 - (0.62 if light.dark else 0.42) * corner)[..., None]
    grain = generator(layout.seed, "grain").standard_normal((frame.height, frame.width), np.float32)
    picture += (blurred(grain, 0.5) * 0.008)[..., None]
    return np.clip(picture, 0, 1).astype(np.float32)
