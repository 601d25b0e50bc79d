"""Weather: a rainbow and lightning in the sky, fog over the land, rain, snow and blown leaves in front of all."""

import numpy as np
from PIL import Image, ImageDraw

from edge_models.image.filters import Floats, blurred, resized
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator, stretched, texture


def paint_in_sky(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    """What the weather puts into the sky, before the land is painted."""
    if layout.place.indoors is not None or layout.place.ground in ("void", "seabed"):
        return
    if layout.weather == "rainbow":
        _rainbow(picture, frame, layout, light)
    elif layout.weather == "storm":
        _lightning(picture, frame, layout)


def paint_mist(picture: Floats, frame: Frame, layout: Layout, light: Light, *, near: bool) -> None:
    """Fog: thick over the land before the figures are painted, thin (`near`) in front of them."""
    if layout.weather != "fog" or layout.place.indoors is not None:
        return
    left, top, right, bottom = frame.reach
    # Fog has no fine detail: a quarter of the size is enough.
    width, height = max(8, frame.width // 4), max(8, frame.height // 4)
    noise = texture(layout.seed, "fog near" if near else "fog", cells=3, octaves=5)
    cloud = stretched(noise, width, height, (left * 0.5, top * 1.4, right * 0.5, bottom * 1.4))
    ys = np.linspace(top, bottom, height, dtype=np.float32)[:, None]
    if near:
        thick = 0.5 * np.exp(-(((ys - 0.9) / 0.16) ** 2)) + 0.1
    else:
        thick = 0.95 * np.exp(-(((ys - layout.horizon) / 0.22) ** 2)) + 0.22
    alpha = np.clip(thick * (0.35 + 0.95 * cloud), 0, 0.94)
    full = resized(alpha.astype(np.float32), frame.width, frame.height)[..., None]
    colour = np.asarray(light.haze, np.float32) * 0.97 + 0.03
    picture += (colour - picture) * np.clip(full, 0, 1)


def paint_falling(picture: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    """Rain, snow or leaves in the air, in front of everything, at several depths."""
    if layout.place.indoors is not None or layout.place.ground in ("void", "seabed"):
        return
    match layout.weather:
        case "rain" | "storm":
            _rain(picture, frame, layout, light, fine=fine)
        case "snow":
            _snow(picture, frame, layout, light, fine=fine)
        case "wind":
            _leaves(picture, frame, layout, light)
        case None if fine and light.dark and layout.place.ground == "grass":
            _fireflies(picture, frame, layout)
        case _:
            pass


def _rainbow(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    centre_x = 0.5 + (0.12 if layout.sun[0] < 0.5 else -0.12)
    centre_y = layout.horizon + 0.06
    radius, band = 0.56, 0.1
    away = np.sqrt((frame.xs[None, :] - centre_x) ** 2 + (frame.ys[:, None] - centre_y) ** 2)
    across = (radius - away) / band
    inside = np.clip(across * 10, 0, 1) * np.clip((1 - across) * 10, 0, 1)
    stops = np.linspace(0, 1, 7)
    colours = np.array(
        [
            (0.9, 0.2, 0.2),
            (1, 0.55, 0.15),
            (1, 0.9, 0.25),
            (0.35, 0.8, 0.35),
            (0.25, 0.65, 0.95),
            (0.3, 0.35, 0.85),
            (0.6, 0.3, 0.8),
        ]
    )
    share = np.clip(across, 0, 1)
    paint = np.stack([np.interp(share, stops, colours[:, channel]) for channel in range(3)], axis=-1).astype(np.float32)
    alpha = (inside * (0.34 if light.dark else 0.62)).astype(np.float32)
    alpha *= np.clip((layout.horizon + 0.02 - frame.ys) / 0.2, 0.25, 1)[:, None]
    picture += (paint * (0.7 if light.dark else 1.0) - picture) * alpha[..., None]


def _lightning(picture: Floats, frame: Frame, layout: Layout) -> None:
    random = generator(layout.seed, "lightning")
    layer = Image.new("L", (frame.width, frame.height))
    draw = ImageDraw.Draw(layer)
    x, y = float(random.uniform(0.12, 0.3)) + (0.6 if layout.sun[0] > 0.5 else 0.0), -0.05
    points = [(frame.column(x), frame.row(y))]
    while y < layout.horizon:
        y += float(random.uniform(0.02, 0.05))
        x += float(random.uniform(-0.04, 0.04))
        points.append((frame.column(x), frame.row(y)))
        if random.random() < 0.28:
            branch = [points[-1]]
            bx, by, side = x, y, float(random.choice([-1, 1]))
            for _ in range(4):
                bx, by = bx + side * float(random.uniform(0.01, 0.04)), by + float(random.uniform(0.01, 0.03))
                branch.append((frame.column(bx), frame.row(by)))
            draw.line(branch, fill=150, width=max(1, frame.scale // 420))
    draw.line(points, fill=255, width=max(2, frame.scale // 190), joint="curve")
    core = np.asarray(layer, np.float32) / 255
    glow = core + 0.8 * blurred(core, frame.scale * 0.006) * 4 + blurred(core, frame.scale * 0.05) * 7
    picture += (1 - picture) * np.array([0.9, 0.92, 1.0], np.float32) * np.clip(glow, 0, 1)[..., None]


def _fireflies(picture: Floats, frame: Frame, layout: Layout) -> None:
    random = generator(layout.seed, "fireflies")
    for x, y, size in random.uniform(0, 1, (22, 3)):
        column, row = frame.column(x), frame.row(layout.horizon - 0.06 + y * (1.0 - layout.horizon))
        radius = (0.0012 + 0.0016 * size) * frame.scale * (0.6 + y)
        reach = int(radius * 9) + 2
        left, top = int(column) - reach, int(row) - reach
        if left < 0 or top < 0:
            continue
        part = picture[top : top + 2 * reach + 1, left : left + 2 * reach + 1]
        ys = np.arange(part.shape[0])[:, None] + top + 0.5 - row
        xs = np.arange(part.shape[1])[None, :] + left + 0.5 - column
        away = (xs**2 + ys**2) / radius**2
        glow = np.exp(-away / 1.2) + 0.3 * np.exp(-away / 12)
        part += (1 - np.clip(part, 0, 1)) * np.array([0.95, 0.95, 0.45], np.float32) * np.clip(glow, 0, 1)[..., None]


def _rain(picture: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    random = generator(layout.seed, "rain")
    left, top, right, bottom = frame.reach
    area = (right - left) * (bottom - top)
    tilt = 0.34 if layout.weather == "storm" else 0.14
    colour = np.array([0.78, 0.84, 0.92] if not light.dark else [0.55, 0.64, 0.82], np.float32)
    for depth, (count, length, alpha) in enumerate(((520, 0.045, 0.3), (240, 0.085, 0.36), (70, 0.17, 0.28))):
        layer = Image.new("L", (frame.width, frame.height))
        draw = ImageDraw.Draw(layer)
        width = max(1, round(frame.scale / 512 * (0.8, 1.1, 2.2)[depth]))
        for x, y, stretch in random.uniform(0, 1, (round(count * area), 3)):
            unit_x, unit_y = left - 0.2 + x * (right - left + 0.4), top - 0.1 + y * (bottom - top + 0.1)
            reach = length * (0.6 + 0.8 * stretch)
            start = (frame.column(unit_x), frame.row(unit_y))
            end = (frame.column(unit_x - tilt * reach), frame.row(unit_y + reach))
            draw.line((start, end), fill=255, width=width)
        streaks = np.asarray(layer, np.float32) / 255
        if fine:
            streaks = blurred(streaks, frame.scale / 1024 * (0.5, 0.8, 2.0)[depth] + 0.2)
        picture += (colour - picture) * (streaks * alpha)[..., None]


def _snow(picture: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    random = generator(layout.seed, "snow")
    left, top, right, bottom = frame.reach
    area = (right - left) * (bottom - top)
    white = np.asarray(light.figures, np.float32) * np.array([0.97, 0.98, 1.0], np.float32)
    for count, radius, soft, alpha in (
        (620, 0.0019, 0.0004, 0.7),
        (230, 0.0042, 0.001, 0.8),
        (46, 0.0105, 0.0042, 0.72),
    ):
        layer = Image.new("L", (frame.width, frame.height))
        draw = ImageDraw.Draw(layer)
        for x, y, size in random.uniform(0, 1, (round(count * area), 3)):
            column, row = frame.column(left + x * (right - left)), frame.row(top + y * (bottom - top))
            reach = max(0.7, radius * (0.6 + 0.9 * size) * frame.scale)
            draw.ellipse((column - reach, row - reach, column + reach, row + reach), fill=255)
        flakes = np.asarray(layer, np.float32) / 255
        flakes = blurred(flakes, soft * frame.scale if fine else min(1.0, soft * frame.scale))
        picture += (white - picture) * (flakes * alpha)[..., None]


def _leaves(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    random = generator(layout.seed, "leaves in the air")
    layer = Image.new("RGBA", (frame.width, frame.height))
    draw = ImageDraw.Draw(layer)
    palette = ((226, 140, 48), (200, 84, 40), (150, 170, 60), (232, 186, 74))
    ambient = np.asarray(light.figures)
    for x, y, turn, size in random.uniform(0, 1, (26, 4)):
        column, row, reach = frame.column(x), frame.row(y), (0.007 + 0.012 * size) * frame.scale
        angle = turn * 2 * np.pi
        along = np.array([np.cos(angle), np.sin(angle)]) * reach
        across = np.array([-np.sin(angle), np.cos(angle)]) * reach * 0.42
        middle = np.array([column, row])
        corners = [middle - along, middle + across - along * 0.2, middle + along, middle - across - along * 0.2]
        red, green, blue = (np.asarray(palette[int(turn * 997) % 4]) * ambient).astype(int)
        draw.polygon([(float(px), float(py)) for px, py in corners], fill=(int(red), int(green), int(blue), 235))
    pixels = np.asarray(layer, np.float32) / 255
    alpha = blurred(pixels[..., 3], 0.6)
    picture += (pixels[..., :3] - picture) * (alpha * (pixels[..., 3] > 0))[..., None]
