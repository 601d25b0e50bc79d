"""Another colour for a thing: hue and chroma change, light and shade and texture stay."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.colour import from_lab, main_colour, to_lab
from edge_models.image.filters import Floats
from edge_models.image.noise import stretched, texture
from edge_models.image.retouch.find import found
from edge_models.image.retouch.wish import Recolour
from edge_models.image.retouch.work import Work
from edge_models.image.vocabulary import RGB, vocabulary


def recolour(work: Work, wish: Recolour) -> Iterator[Floats]:
    """The picture with the thing in the new colour. Raises Impossible where it isn't found."""
    matte = found(work, wish.what)
    colour = vocabulary().colours[wish.colour]
    lab = to_lab(work.rgb)
    weight, main = main_colour(lab, matte > 0.5)
    if wish.what is not None and not wish.what.known:  # a sky, a background: all of it
        weight, main = np.ones_like(matte), np.median(lab[matte > 0.5], axis=0)
    weight = weight * matte
    painted = _painted(lab, main, colour.rgb)
    if colour.second is not None:
        height, width = matte.shape
        patches = stretched(texture(work.seed, "patches", cells=7, octaves=3), width, height, (0, 0, 1, height / width))
        share = np.clip((patches - 0.5) * 9 + 0.5, 0, 1)[..., None]
        painted = painted + (_painted(lab, main, colour.second) - painted) * share
    mixed = lab + (painted - lab) * weight[..., None]
    yield work.changed(np.where(weight[..., None] > 0, from_lab(mixed), work.rgb))


def _painted(lab: Floats, main: Floats, rgb: RGB) -> Floats:
    """Every pixel of (h, w, 3) OKLab as it would be if the `main` colour were `rgb`."""
    goal = to_lab(np.asarray(rgb, np.float32) / 255)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    main_chroma, goal_chroma = float(np.hypot(main[1], main[2])), float(np.hypot(goal[1], goal[2]))
    fresh = np.empty_like(lab)
    # Most of the way in lightness, or yellow would be olive; less where it would leave no room for light and shade.
    shift = float(goal[0] - main[0]) * (0.85 if goal_chroma > 0.02 else 0.95)
    light = lab[..., 0] + shift * np.clip(lab[..., 0] / max(0.15, float(main[0])), 0.3, 1)
    # A shoulder instead of a clip, so that what was lighter than the rest still is.
    over = np.clip(light - 0.88, 0, None)
    fresh[..., 0] = np.where(
        light > 0.88, 0.88 + 0.11 * (1 - np.exp(-over / 0.11)), np.maximum(light, lab[..., 0] * 0.25)
    )
    if goal_chroma < 0.02:
        fresh[..., 1:] = goal[1:]
        return fresh
    ratio = np.clip(chroma / main_chroma, 0.25, 1.4) if main_chroma > 0.04 else np.ones_like(chroma)
    # What shines and what lies in the dark has little colour of its own.
    ends = np.clip((1 - fresh[..., 0]) / 0.1, 0, 1) * np.clip(fresh[..., 0] / 0.25, 0.3, 1)
    fresh[..., 1:] = goal[1:] * (ratio * ends)[..., None]
    return fresh
