"""One figure of a final: drawn large, given form and light, with its shadow, its reflection and its distance."""

import numpy as np
from PIL import Image

from edge_models.image.colour import hexadecimal, mix
from edge_models.image.filters import Floats, blurred, resized
from edge_models.image.frame import Frame
from edge_models.image.fur import FURRY, combed
from edge_models.image.layout import Layout, Placed
from edge_models.image.light import Light
from edge_models.image.noise import stretched, texture
from edge_models.image.relight import Rig, relit
from edge_models.image.sprites import add_halo, box_of, draught, kind_of, large_figure, lay, oriented, sunk, water_ends

_LEAFY = frozenset({"1f333", "1f332", "1f384", "1f33f", "1fab4", "2618", "1f340"})
"""Drawings of leaves."""


def paint_figure(picture: Floats, frame: Frame, layout: Layout, light: Light, placed: Placed) -> None:
    """Paint one figure of the layout into `picture`."""
    column, row, width, height = box_of(placed, frame)
    add_halo(picture, frame, placed, light)
    kind = kind_of(placed)
    blur = _blur(frame, placed)
    # What will be blurred needs no more pixels than the blur leaves.
    small = (max(3, width // 2), max(3, height // 2)) if blur > 2 else (width, height)
    grain = None
    if placed.code in _LEAFY:
        # Drawn larger than needed, so that the frayed edge is smooth once it is reduced.
        rgba = large_figure(placed.code, placed.colour, 2 * small[1])
        leaves = _leaves(layout, rgba.shape[0], rgba.shape[1])
        rgba = _halved(_ruffled(rgba, leaves, 0.02), *small)
        grain = resized(leaves, *small, Image.Resampling.BOX)
        rgba[..., :3] = np.clip(rgba[..., :3] * (1 + 0.5 * grain)[..., None], 0, 1)
        grain = grain * 0.5
    else:
        rgba = large_figure(placed.code, placed.colour, small[1])
    rgba = np.ascontiguousarray(oriented(rgba, placed))
    rgb = _lit(rgba, layout, light, placed, kind=kind, grain=grain)
    alpha = rgba[..., 3]
    if blur > 2:
        rgb, alpha = resized(rgb, width, height), np.clip(resized(alpha, width, height), 0, 1)
    if placed.carrier == "ground":
        _cast_shadow(picture, frame, layout, light, placed=placed, alpha=alpha)
    if placed.code in FURRY:
        rgb, alpha, margin = combed(rgb, alpha, rgba[..., :3], seed=layout.seed, name=f"{placed.x:.4f}")
    else:
        rgb, alpha, margin = _out_of_focus(rgb, alpha, blur)
    left, top = column - margin, row - margin
    if placed.carrier == "water":
        keel = margin + round(height * (1 - draught(placed)))
        alpha = sunk(alpha, keel)
        lay(picture, rgb, alpha, left, top)
        _mirror(picture, frame, layout, light, placed=placed, rgb=rgb[:keel], alpha=alpha[:keel], column=left, row=top)
    else:
        lay(picture, rgb, alpha, left, top)


def _lit(
    rgba: Floats, layout: Layout, light: Light, placed: Placed, *, kind: str | None, grain: Floats | None
) -> Floats:
    if placed.shines:
        return _glowing(rgba, layout, placed)
    x, y = layout.sun
    middle = placed.base - placed.height / 2
    indoors = layout.place.indoors is not None
    direction = (x - placed.x, (y - middle) * 0.9, 0.42 if not indoors else 0.6)
    if indoors:
        direction = (direction[0] * 0.8, -0.6, 0.6)
    ground = np.asarray(hexadecimal(layout.place.colour), np.float32) * np.asarray(light.ambient, np.float32)
    alive = kind in ("animal", "fantasy", "person", "food", "toy", "clothing")
    fill = mix(light.ambient, light.figures, 1.0 if alive else 0.55 if placed.subject is not None else 0.0)
    share = 0.7 if not light.dark else 0.62
    strength = {"day": 0.52, "dawn": 0.5, "sunset": 0.62, "night": 0.42}[layout.light]
    rig = Rig(
        key_direction=direction,
        key=light.key,
        key_strength=strength,
        fill=(fill[0] * share, fill[1] * share, fill[2] * share),
        bounce=(float(ground[0]), float(ground[1]), float(ground[2])),
        rim_strength={"day": 0.35, "dawn": 0.6, "sunset": 0.8, "night": 0.85}[layout.light],
        gloss=0.3 if kind in ("vehicle", "food", "toy") else 0.03 if placed.code in FURRY else 0.1,
    )
    rgb = relit(rgba, rig, grain=grain)
    if placed.depth > 0.05 and layout.place.indoors is None:
        haze = np.asarray(light.haze, np.float32)
        rgb = rgb + (haze - rgb) * (0.42 * placed.depth**1.2 * (0.5 if placed.subject is not None else 1.0))
    return rgb


def _leaves(layout: Layout, height: int, width: int) -> Floats:
    """Leaves, (height, width) about -0.5 to 0.5, the same number of them whatever the figure's size."""
    noise = texture(layout.seed, "leaves", cells=56, octaves=3)
    return stretched(noise, width, height, (0, 0, width / height, 1.0)) - 0.5


def _ruffled(rgba: Floats, grain: Floats, amount: float) -> Floats:
    """The figure with its edges and inner borders frayed, by up to half of `amount` of its height."""
    height, width = grain.shape
    shift = grain * amount * height
    other = np.roll(grain, (height // 3, width // 3), (0, 1)) * amount * height
    rows = np.clip(np.arange(height)[:, None] + shift, 0, height - 1).astype(np.int32)
    columns = np.clip(np.arange(width)[None, :] + other, 0, width - 1).astype(np.int32)
    return rgba[rows, columns]


def _halved(rgba: Floats, width: int, height: int) -> Floats:
    """Straight alpha at about half the size, without colour from where there is no ink."""
    rgba[..., :3] *= rgba[..., 3:]
    small = resized(rgba, width, height, Image.Resampling.BOX)
    small[..., :3] /= np.maximum(small[..., 3:], 1 / 255)
    return small


def _glowing(rgba: Floats, layout: Layout, placed: Placed) -> Floats:
    """A light's own surface: a little mottled when it is large, never shaded."""
    height, width = rgba.shape[:2]
    noise = texture(layout.seed, "mottle", cells=10, octaves=5)
    mottle = stretched(noise, width, height, (0.1, 0.1, 0.1 + 0.9 * width / height, 1.0)) - 0.5
    return np.clip(rgba[..., :3] * (1 + (0.16 if placed.height > 0.12 else 0.0) * mottle)[..., None], 0, 1)


def _cast_shadow(picture: Floats, frame: Frame, layout: Layout, light: Light, *, placed: Placed, alpha: Floats) -> None:
    """The outline laid on the ground away from the light, and the dark where the figure touches the ground."""
    height, width = alpha.shape
    x, _ = layout.sun
    length = {"day": 0.2, "dawn": 0.34, "sunset": 0.38, "night": 0.26}[layout.light]
    lean = (
        float(np.clip((placed.x - x) * 1.5, -1.2, 1.2)) * height * (0.9 if layout.light in ("dawn", "sunset") else 0.6)
    )
    rows = max(4, round(height * length))
    pad = round(abs(lean)) + round(width * 0.12) + 4
    # A row `v` of the shadow shows the outline at height `v / length` above the foot, shifted with that height.
    affine = (1, -lean / rows, -pad, 0, -(height - 1) / rows, height - 1)
    outline = Image.fromarray(np.ascontiguousarray(alpha)).transform(
        (width + 2 * pad, rows), Image.Transform.AFFINE, affine, Image.Resampling.BILINEAR
    )
    shadow = np.pad(np.asarray(outline), ((round(rows * 0.2), round(rows * 0.2)), (0, 0)))
    near, far = blurred(shadow, frame.scale * 0.004), blurred(shadow, frame.scale * 0.014)
    down = np.clip((np.arange(shadow.shape[0], dtype=np.float32) - rows * 0.2) / rows, 0, 1)[:, None]
    shape = (near + (far - near) * down) * (1 - 0.6 * down) * light.shadow * 1.25
    column, _, _, _ = box_of(placed, frame)
    dark = np.asarray(light.zenith, np.float32) * 0.12
    foot = round(frame.row(placed.base) - height * 0.022)
    lay(picture, np.broadcast_to(dark, (*shape.shape, 3)), shape, column - pad, foot - round(rows * 0.2))
    # Where it stands: the lowest part of the outline, squeezed flat and blurred.
    sole = alpha[min(height - 1, round(height * 0.86)) :].max(axis=0)
    flat = max(3, round(height * 0.05))
    contact = np.zeros((flat * 3, width + 6 * flat), np.float32)
    contact[flat : 2 * flat, 3 * flat : 3 * flat + width] = sole
    contact = blurred(contact, flat * 0.55) * min(0.95, light.shadow * 1.7)
    lay(
        picture,
        np.broadcast_to(dark, (*contact.shape, 3)),
        contact,
        column - 3 * flat,
        round(frame.row(placed.base)) - round(flat * 1.75),
    )


def _blur(frame: Frame, placed: Placed) -> float:
    """How far out of focus what furnishes the place is, in pixels, by its distance from the figures."""
    if placed.subject is not None:
        return 0.0
    return frame.scale * (0.0035 if placed.base > 0.93 else 0.0008 + 0.0022 * placed.depth)


def _out_of_focus(rgb: Floats, alpha: Floats, radius: float) -> tuple[Floats, Floats, int]:
    """Blur a figure; the margin in pixels that the blur needed."""
    if radius < 0.6:
        return rgb, alpha, 0
    margin = int(radius * 3) + 1
    weights = ((margin, margin), (margin, margin))
    soft = np.pad(alpha, weights)
    premultiplied = np.pad(rgb * alpha[..., None], (*weights, (0, 0)))
    soft, premultiplied = blurred(soft, radius), blurred(premultiplied, radius)
    return premultiplied / np.maximum(soft, 1e-3)[..., None], soft, margin


def _mirror(
    picture: Floats,
    frame: Frame,
    layout: Layout,
    light: Light,
    *,
    placed: Placed,
    rgb: Floats,
    alpha: Floats,
    column: int,
    row: int,
) -> None:
    """The figure's reflection, broken up by ripples and fading with depth."""
    height, width = alpha.shape
    rows = min(round(height * 0.75), water_ends(frame, layout) - row - height)
    if rows < 4:
        return
    noise = texture(layout.seed, "ripple", cells=24, octaves=4)
    span = rows / frame.scale
    wave = (
        stretched(
            noise,
            width,
            rows,
            (placed.x * 0.6, placed.base * 2, placed.x * 0.6 + width / frame.scale * 0.6, placed.base * 2 + span * 4),
        )
        - 0.5
    )
    down = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    columns = np.arange(width)[None, :] + wave * (0.02 + 0.07 * down) * frame.scale
    sources = height - 1 - np.arange(rows)[:, None] * 1.15 + wave * 0.03 * frame.scale
    inside = (columns >= 0) & (columns < width) & (sources >= 0)
    columns = np.clip(columns, 0, width - 1).astype(np.int32)
    sources = np.clip(sources, 0, height - 1).astype(np.int32)
    tint = np.asarray(light.ambient, np.float32) * np.asarray(hexadecimal(layout.place.water or "#4080a0"), np.float32)
    shown = rgb[sources, columns] * 0.68 + tint * 0.28
    strength = alpha[sources, columns] * inside * (0.72 - 0.6 * down)
    lay(picture, shown, strength, column, row + height)
