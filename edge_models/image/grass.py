"""Blades of grass, drawn one by one from the horizon towards us, so that figures stand in the grass and not on it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from edge_models.image.colour import hexadecimal
from edge_models.image.filters import Floats, blurred
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator, ridge
from edge_models.image.sprites import lay


@dataclass(frozen=True)
class Meadow:
    """All blades of a picture, from far to near."""

    x: Floats
    y: Floats
    """Of the roots, ascending."""
    tip_x: Floats
    tip_y: Floats
    half: Floats
    colour: NDArray[np.uint8]
    """(n, 3)."""

    def paint(self, picture: Floats, frame: Frame, above: float, below: float) -> None:
        """Paint the blades whose roots lie between two heights of the picture (unit y) into it."""
        first, last = np.searchsorted(self.y, (above, below))
        if first >= last:
            return
        top = max(0, int(frame.row(float(self.tip_y[first:last].min()))) - 2)
        bottom = min(frame.height, int(frame.row(float(self.y[first:last].max()))) + 3)
        if top >= bottom:
            return
        layer = Image.new("RGBA", (frame.width, bottom - top))
        draw = ImageDraw.Draw(layer)
        scale = frame.scale
        x, y = frame.left + self.x * scale, frame.top + self.y * scale - top
        tip_x, tip_y = frame.left + self.tip_x * scale, frame.top + self.tip_y * scale - top
        half = np.maximum(self.half * scale, 0.5)
        bend_x, bend_y = x + (tip_x - x) * 0.35, y + (tip_y - y) * 0.6
        for n in range(first, last):
            red, green, blue = self.colour[n]
            draw.polygon(
                (
                    (x[n] - half[n], y[n]),
                    (bend_x[n] - half[n] * 0.7, bend_y[n]),
                    (tip_x[n], tip_y[n]),
                    (bend_x[n] + half[n] * 0.7, bend_y[n]),
                    (x[n] + half[n], y[n]),
                ),
                fill=(int(red), int(green), int(blue), 255),
            )
        pixels = np.asarray(layer, np.float32) / 255
        alpha = pixels[..., 3]
        # The polygons have hard edges; a breath of blur makes them smooth, and the nearest are out of focus.
        soft = 0.55 * scale / 1024 + (scale * 0.0016 if above > 0.96 else 0.0)
        weight = blurred(alpha, soft)
        colour = blurred(pixels[..., :3] * alpha[..., None], soft) / np.maximum(weight, 1e-3)[..., None]
        lay(picture, colour, weight, 0, top)


def sow(frame: Frame, layout: Layout, light: Light) -> Meadow | None:
    """The grass of a layout's ground, or None where none grows."""
    place = layout.place
    if place.ground != "grass":
        return None
    random = generator(layout.seed, "grass")
    left, _, right, bottom = frame.reach
    start = place.shore + 0.02 if place.water else layout.horizon + 0.015
    rows = np.geomspace(0.04, bottom + 0.05 - start + 0.04, 64) + start - 0.04
    xs, ys, nears = [], [], []
    for y in rows:
        near = (y - layout.horizon) / (1 - layout.horizon)
        count = int((right - left) * (44 + 66 / (near + 0.16)))
        xs.append(random.uniform(left - 0.02, right + 0.02, count))
        ys.append(y + random.uniform(-0.5, 0.5, count) * 0.02 * (0.3 + near))
        nears.append(np.full(count, near))
    x, y, near = (np.concatenate(values).astype(np.float32) for values in (xs, ys, nears))
    order = np.argsort(y, kind="stable")
    x, y, near = x[order], y[order], near[order]
    count = len(x)
    clump = ridge(layout.seed, "tufts", x + 3 * y, wavelength=0.12, octaves=2)
    height = (0.008 + 0.03 * near) * random.uniform(0.55, 1.25, count) * (1 + 0.5 * clump)
    wind = 0.9 if layout.weather in ("wind", "storm") else 0.25
    lean = random.normal(0.0, 0.32, count) + wind * (
        0.4 + 0.6 * ridge(layout.seed, "gusts", x, wavelength=0.4, octaves=2)
    )
    base = np.asarray(hexadecimal(place.colour), np.float32) * np.asarray(light.ambient, np.float32)
    shade = random.uniform(0.62, 1.22, count) * (1 + 0.16 * clump)
    warm = random.uniform(-0.05, 0.07, count)
    colour = base[None, :] * shade[:, None]
    colour[:, 0] *= 1 + 1.6 * warm
    colour[:, 2] *= 1 - 1.5 * warm
    # The nearest frame the picture: darker, as if the light fell behind them.
    colour *= (1 - 0.34 * np.clip(near - 0.86, 0, 1))[:, None]
    key = np.asarray(light.key, np.float32)
    sunward = np.exp(-(((x - layout.sun[0]) / 0.3) ** 2))
    colour += (key * base)[None, :] * (0.3 * sunward * random.uniform(0, 1, count))[:, None]
    haze = np.asarray(light.haze, np.float32)
    colour += (haze - colour) * (0.5 * np.exp(-near * 7))[:, None]
    return Meadow(
        x=x,
        y=y,
        tip_x=(x + lean * height).astype(np.float32),
        tip_y=(y - height).astype(np.float32),
        half=(0.0009 + 0.0021 * near).astype(np.float32),
        colour=(np.clip(colour, 0, 1) * 255).astype(np.uint8),
    )
