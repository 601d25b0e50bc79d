"""Form and light for flat drawings: a surface is guessed from the outline and the inner shapes, and lit.

The surface is a soft cushion over the outline (blurs of the alpha at several widths) with a smaller cushion on every
patch of colour; its normals catch the key light, the sky, the light that the ground throws back and a rim.
"""

from dataclasses import dataclass

import numpy as np

from edge_models.image.colour import Rgb
from edge_models.image.filters import Floats, blurred, slopes


@dataclass(frozen=True, slots=True)
class Rig:
    """The lights on one figure, directions as seen from it: x to the right, y down, z towards us."""

    key_direction: tuple[float, float, float]
    key: Rgb
    key_strength: float
    fill: Rgb
    bounce: Rgb
    rim_strength: float
    gloss: float


def relit(rgba: Floats, rig: Rig, *, grain: Floats | None = None) -> Floats:
    """(h, w, 4) straight alpha to (h, w, 3), both float32 0 to 1: the drawing's colours on a lit surface.

    `grain` (h, w) around 0 roughens the surface: fur, bark, plaster.
    """
    albedo, alpha = rgba[..., :3], rgba[..., 3]
    height = alpha.shape[0]
    slope_x, slope_y, depth = _surface(albedo, alpha, height, grain)
    length = np.sqrt(slope_x**2 + slope_y**2 + 1)
    nx, ny, nz = -slope_x / length, -slope_y / length, 1 / length
    lx, ly, lz = np.asarray(rig.key_direction, np.float32) / np.linalg.norm(rig.key_direction)
    facing = nx * lx + ny * ly + nz * lz
    # Wrapped, as light goes round soft things; and cubed a little, for a terminator that one can see.
    diffuse = np.clip((facing + 0.32) / 1.32, 0, 1) ** 1.35
    sky = 0.5 - 0.5 * ny
    down = np.clip(ny, 0, 1)
    floor = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    occlusion = 1 - 0.22 * floor**3 - 0.18 * np.clip(1 - depth, 0, 1)
    fill = np.asarray(rig.fill, np.float32)
    key = np.asarray(rig.key, np.float32) * rig.key_strength
    bounce = np.asarray(rig.bounce, np.float32)
    light = fill * ((0.62 + 0.5 * sky) * occlusion)[..., None]
    light += key * diffuse[..., None]
    light += bounce * (0.3 * down * (0.35 + 0.65 * floor))[..., None]
    picture = albedo * light
    edge = np.clip(1 - nz, 0, 1) ** 2.2
    toward = np.clip(nx * lx + ny * ly + 0.05, 0, 1)
    rim = rig.rim_strength * edge * toward
    half = np.array([lx, ly, lz + 1], np.float32)
    half /= np.linalg.norm(half)
    shine = rig.gloss * np.clip(nx * half[0] + ny * half[1] + nz * half[2], 0, 1) ** 36
    picture += (1 - np.clip(picture, 0, 1)) * np.asarray(rig.key, np.float32) * np.clip(rim + shine, 0, 1)[..., None]
    # A shoulder instead of a clip, so that bright fur keeps its hue.
    over = np.clip(picture - 0.82, 0, None)
    return np.where(picture > 0.82, 0.82 + 0.18 * (1 - np.exp(-over / 0.18)), picture).astype(np.float32)


def _surface(albedo: Floats, alpha: Floats, height: int, grain: Floats | None) -> tuple[Floats, Floats, Floats]:
    """The surface's slopes in x and y, and how far inside the outline each pixel is (0 at the edge to 1)."""
    form = np.zeros_like(alpha)
    inside = blurred(alpha, height * 0.035)
    for share, weight in ((0.014, 0.4), (0.05, 0.8), (0.11, 1.1), (0.2, 1.0)):
        # The square root of a blurred step is close to the profile of a round body.
        soft = blurred(alpha, height * share) * alpha
        form += weight * share * np.sqrt(np.clip(soft * 2 - 0.9, 0.0, 1.1))
    ink = albedo * alpha[..., None] + (1 - alpha[..., None]) * 0.5
    tone = ink @ np.array([0.4, 0.4, 0.2], np.float32)
    steep = np.abs(np.gradient(tone, axis=0)) + np.abs(np.gradient(tone, axis=1))
    seams = np.clip(blurred(steep, 0.8) * height * 0.016, 0, 1)
    patches = 1 - blurred(seams, height * 0.008) * 0.5 - blurred(seams, height * 0.02) * 0.9
    form += 0.022 * patches
    if grain is not None:
        form += grain * 0.0035
    form = blurred(form, max(0.5, height * 0.0025))
    gain = 2.3 * height
    slope_y, slope_x = slopes(form)
    depth = np.clip(inside * 2 - 0.9, 0, 1)
    return slope_x * gain, slope_y * gain, depth
