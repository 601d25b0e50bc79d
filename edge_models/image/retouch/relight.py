"""Another time of day, or more or less of the light there is.

Light is changed as light: what the sun gave is scaled and tinted in linear values, and a sky is given the colours that
our own pictures have at that time, under the clouds that it has.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from edge_models.image.colour import from_lab, to_gamma, to_lab, to_linear
from edge_models.image.filters import Floats, blurred
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.light import light_for
from edge_models.image.retouch.find import sky_of
from edge_models.image.retouch.region import softened
from edge_models.image.retouch.wish import Relight, Retone, Tone
from edge_models.image.retouch.work import Work
from edge_models.image.scene import Scene, TimeOfDay
from edge_models.image.sky import paint_sky

_LUMA = np.array([0.21, 0.72, 0.07], np.float32)


@dataclass(frozen=True, slots=True)
class _Hour:
    """What a time of day makes of things that are seen by day."""

    mean: float
    """How bright the land is to be on average, linear, 0 to 1."""
    tint: tuple[float, float, float]
    colour: float
    """How much of the colours is left."""
    corners: float
    """How dark the corners are."""


_HOURS: dict[TimeOfDay, _Hour] = {
    "dawn": _Hour(0.2, (1.1, 0.95, 0.95), 0.85, 0.12),
    "day": _Hour(0.26, (1.0, 1.0, 0.98), 1.1, 0.0),
    "sunset": _Hour(0.13, (1.32, 0.86, 0.58), 1.0, 0.25),
    "night": _Hour(0.028, (0.5, 0.8, 1.55), 0.55, 0.4),
}


def where(work: Work) -> Floats:
    """The matte of a change of the whole picture: all of it, or the marked part with soft edges."""
    height, width = work.rgba.shape[:2]
    if work.marked is None:
        return np.ones((height, width), np.float32)
    return softened(work.marked, min(height, width) / 60)


def relight(work: Work, wish: Relight) -> Iterator[Floats]:
    """The picture at that time of day; first the land, then the sky."""
    hour, matte = _HOURS[wish.time], where(work)
    sky = sky_of(work.rgb)
    land = _lit(work.rgb, hour, sky)
    yield work.changed(land, matte)
    if sky.any():
        painted = _sky(work, wish.time, sky)
        # Light from the sky spills over the edges of what stands before it.
        spill = blurred(sky, min(work.size) / 60)[..., None] * (0.18 if hour.mean > 0.1 else 0.06)
        land = land + painted.mean(axis=(0, 1)) * spill
        land = land + (painted - land) * sky[..., None]
    yield work.changed(np.clip(_cornered(land, hour.corners), 0, 1), matte)


def _lit(rgb: Floats, hour: _Hour, sky: Floats) -> Floats:
    linear = to_linear(rgb)
    light = linear @ _LUMA
    land = sky < 0.5
    now = float(light[land].mean()) if land.any() else float(light.mean())
    grey = light[..., None]
    tinted = (grey + (linear - grey) * hour.colour) * np.asarray(hour.tint, np.float32)
    scaled = tinted * min(6.0, hour.mean / max(now, 0.01))
    # A shoulder, so that what was white isn't cut off, and what already has such light changes little.
    return to_gamma(np.where(scaled > 0.6, 0.6 + 0.4 * (1 - np.exp(-(scaled - 0.6) / 0.4)), scaled))


def _sky(work: Work, time: TimeOfDay, sky: Floats) -> Floats:
    """Our own sky at that time, modelled by the light and dark of the one that is there."""
    width, height = work.size
    frame = Frame(width, height)
    layout = lay_out(Scene(time=time), seed=work.seed)
    ends = np.flatnonzero((sky > 0.5).any(axis=1))
    painted = paint_sky(frame, layout, light_for(layout), fine=True)
    # Its horizon comes to where the sky in the picture ends.
    rows = np.linspace(0, max(1, frame.row(layout.horizon)), int(ends[-1]) + 1).astype(int)
    rows = np.concatenate([rows, np.full(height - len(rows), rows[-1])])
    painted = np.clip(painted[np.clip(rows, 0, height - 1)], 0, 1)
    light = work.rgb @ _LUMA
    clouds = light / max(0.05, float(light[sky > 0.5].mean()))
    return painted * (0.55 + 0.45 * np.clip(clouds, 0.3, 1.6))[..., None]


def _cornered(rgb: Floats, strength: float) -> Floats:
    height, width = rgb.shape[:2]
    across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return rgb * (1 - strength * np.clip(across**2 + down**2 - 0.5, 0, 1))[..., None]


def retone(work: Work, wish: Retone) -> Iterator[Floats]:
    """The picture brighter, warmer, stronger and so on."""
    yield work.changed(_toned(work.rgb, wish.tone), where(work))


def _toned(rgb: Floats, tone: Tone) -> Floats:
    lab = to_lab(rgb)
    light = lab[..., 0]
    match tone:
        case "brighter":
            # Curves that leave black and white where they are.
            lab[..., 0] = light + 0.55 * light * np.clip(1 - light, 0, 1)
        case "darker":
            lab[..., 0] = light - 0.62 * light * np.clip(1 - light, 0, 1)
        case "warmer":
            lab[..., 1] += 0.012 * light
            lab[..., 2] += 0.05 * light
        case "cooler":
            lab[..., 1] -= 0.012 * light
            lab[..., 2] -= 0.05 * light
        case "stronger" | "softer":
            middle = float(np.median(light))
            lab[..., 0] = np.clip(middle + (light - middle) * (1.35 if tone == "stronger" else 0.65), 0, 1)
        case "vivid" | "pale":
            lab[..., 1:] *= 1.4 if tone == "vivid" else 0.6
    return from_lab(lab)


def hour_of(rgb: Floats) -> TimeOfDay:
    """The time of day that a picture's light is most like: for what is drawn into it."""
    lab = to_lab(rgb).reshape(-1, 3)
    light, _, warm = lab.mean(axis=0)
    if light < 0.38:
        return "night"
    return "sunset" if warm > 0.06 and light < 0.62 else "day"
