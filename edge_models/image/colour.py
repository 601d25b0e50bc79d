"""Colour that looks even to the eye: OKLab (Björn Ottosson, 2020), and repainting a drawing in a colour asked for."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from edge_models.image.filters import Floats

Rgb = tuple[float, float, float]
"""sRGB, each 0 to 1."""

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    np.float32,
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ],
    np.float32,
)
_FROM_LMS = np.linalg.inv(_TO_LMS).astype(np.float32)
_FROM_LAB = np.linalg.inv(_TO_LAB).astype(np.float32)


def hexadecimal(text: str) -> Rgb:
    """`#rrggbb` as sRGB 0 to 1."""
    value = int(text.lstrip("#"), 16)
    return ((value >> 16 & 255) / 255, (value >> 8 & 255) / 255, (value & 255) / 255)


def mix(a: Rgb, b: Rgb, share: float) -> Rgb:
    """A colour between two, `share` of the way to `b`."""
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share)


@cache
def _linear_table() -> Floats:
    values = np.linspace(0, 1, 1024, dtype=np.float32)
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


@cache
def _gamma_table() -> Floats:
    values = np.linspace(0, 1, 4096, dtype=np.float32)
    return np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055).astype(np.float32)


def to_linear(rgb: Floats) -> Floats:
    """SRGB 0 to 1 to linear light, by table (1024 steps)."""
    return _linear_table()[np.clip(rgb * 1023 + 0.5, 0, 1023).astype(np.int32)]


def to_gamma(linear: Floats) -> Floats:
    """Linear light to sRGB 0 to 1, by table (4096 steps)."""
    return _gamma_table()[np.clip(linear * 4095 + 0.5, 0, 4095).astype(np.int32)]


def to_lab(rgb: Floats) -> Floats:
    """(..., 3) sRGB 0 to 1 to (..., 3) OKLab."""
    return np.cbrt(to_linear(np.asarray(rgb, np.float32)) @ _TO_LMS.T) @ _TO_LAB.T


def from_lab(lab: Floats) -> Floats:
    """(..., 3) OKLab to (..., 3) sRGB, clipped to 0 to 1."""
    roots = lab @ _FROM_LAB.T
    return to_gamma(roots**3 @ _FROM_LMS.T)


def repaint(rgba: Floats, target: Rgb) -> Floats:
    """Give a drawing the colour `target`: (h, w, 4) float32 0 to 1, straight alpha, in and out.

    What takes the new colour is the drawing's main colour and its shades (found by area, in hue or, for a grey
    drawing, in lightness); eyes, outlines, white bellies and other accents keep theirs, and so does the shading.
    """
    ink = rgba[..., 3] > 0.5
    if not ink.any():
        return rgba
    lab = to_lab(rgba[..., :3])
    goal = to_lab(np.asarray(target, np.float32))
    weight, main = main_colour(lab, ink)
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    goal_chroma = float(np.hypot(goal[1], goal[2]))
    contrast = 0.8 if goal[0] > 0.35 else 0.6
    lightness = goal[0] + (lab[..., 0] - main[0]) * contrast
    # Near black and white a shift would clip all shading away: keep a little room for it.
    lightness = np.clip(lightness, 0.12, 0.985)
    main_chroma = float(np.hypot(main[1], main[2]))
    ratio = np.clip(chroma / main_chroma, 0.55, 1.25) if main_chroma > 0.04 else np.ones_like(chroma)
    fresh = np.empty_like(lab)
    fresh[..., 0] = lightness
    if goal_chroma < 0.02:
        fresh[..., 1:] = goal[1:]
    else:
        fresh[..., 1:] = goal[1:] * ratio[..., None]
    blended = lab + (fresh - lab) * weight[..., None]
    painted = rgba.copy()
    painted[..., :3] = from_lab(blended)
    return painted


def main_colour(lab: Floats, ink: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """How much each pixel belongs to the drawing's main colour, (h, w) 0 to 1, and that colour in OKLab."""
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    vivid = ink & (chroma > 0.045)
    if vivid.sum() < 0.28 * ink.sum():
        # A grey, white or black drawing: everything but its darkest marks and its few vivid accents.
        greys = ink & (chroma <= 0.07)
        light = lab[..., 0]
        middle = float(np.median(light[greys]))
        weight = np.clip((0.1 - chroma) / 0.04, 0, 1)
        if middle > 0.45:
            weight = weight * np.clip((light - 0.33) / 0.12, 0, 1)
        return (weight * ink).astype(np.float32), np.array([middle, 0, 0], np.float32)
    hue = np.arctan2(lab[..., 2], lab[..., 1])
    histogram, _ = np.histogram(hue[vivid], bins=36, range=(-np.pi, np.pi), weights=chroma[vivid])
    smooth = histogram + np.roll(histogram, 1) + np.roll(histogram, -1)
    centre = (int(np.argmax(smooth)) + 0.5) / 36 * 2 * np.pi - np.pi
    apart = np.abs((hue - centre + np.pi) % (2 * np.pi) - np.pi)
    near = np.clip((np.radians(62) - apart) / np.radians(16), 0, 1) * np.clip((chroma - 0.02) / 0.025, 0, 1)
    members = vivid & (near > 0.5)
    main = np.median(lab[members], axis=0) if members.any() else np.median(lab[ink], axis=0)
    return (near * ink).astype(np.float32), main.astype(np.float32)
