"""The land below the sky: far ridges one behind the other, and the ground that the figures stand on."""

import numpy as np
from numpy.typing import NDArray

from edge_models.image.colour import hexadecimal
from edge_models.image.filters import Floats
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout
from edge_models.image.light import Light
from edge_models.image.noise import generator, look_up, ridge, texture


def paint_ridges(picture: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    """Hills, woods, mountains and roofs between the sky and the ground, the farthest first, into `picture`."""
    count = len(layout.place.ridges)
    for nth, (kind, colour, height) in enumerate(layout.place.ridges):
        top = outline(frame.xs, layout, f"{kind} {nth}", kind, height, fine=fine)
        first = max(0, int(frame.row(float(top.min()))) - 2)
        last = min(frame.height, int(frame.row(layout.horizon)) + 3)
        if first >= last:
            continue
        rows = frame.ys[first:last, None]
        cover = np.clip((rows - top[None, :]) * frame.scale + 0.5, 0, 1)
        near = (nth + 1) / (count + 0.6)
        base = np.asarray(hexadecimal(colour), np.float32) * np.asarray(light.ambient, np.float32)
        haze = np.asarray(light.haze, np.float32)
        far = 0.62 * (1 - near) + 0.18
        # Mist gathers at the foot of each ridge, which is what sets one off against the next.
        foot = np.clip(1 - (layout.horizon - rows) / max(height, 0.02), 0, 1) ** 1.6
        blend = np.clip(far + 0.34 * foot, 0, 0.92)[..., None]
        body = np.broadcast_to(base, (*cover.shape, 3))
        if kind in ("mountains", "crags", "hills", "dunes"):
            body = body * _relief(frame, layout, first=first, last=last, top=top, kind=kind, fine=fine)[..., None]
        if kind == "trees":
            body = body * _foliage(frame, layout, first, last, nth)[..., None]
        if kind in ("skyline", "roofs"):
            body = _windows(body, frame, layout, light, rows=rows, top=top, name=f"{kind} {nth}", height=height)
        if kind == "mountains" and layout.place.colour != "#c46a42":
            body = _snow_caps(body, frame, layout, light, rows=rows, height=height, nth=nth)
        layer = body + (haze - body) * blend
        part = picture[first:last]
        part += (np.clip(layer, 0, 1) - part) * cover[..., None]


def outline(xs: Floats, layout: Layout, name: str, kind: str, height: float, *, fine: bool) -> Floats:
    """The ridge's upper edge, (width,) in unit y."""
    seed, horizon = layout.seed, layout.horizon
    octaves = 7 if fine else 6
    match kind:
        case "mountains":
            line = ridge(seed, name, xs, wavelength=0.42, octaves=octaves, sharp=True)
            return horizon - height * (0.52 + 0.6 * line)
        case "crags":
            line = ridge(seed, name, xs, wavelength=0.2, octaves=octaves, sharp=True)
            return horizon - height * (0.4 + 0.6 * line)
        case "trees":
            line = ridge(seed, name, xs, wavelength=0.5, octaves=2)
            tips = ridge(seed, name + " tips", xs, wavelength=0.024, octaves=2, sharp=True)
            return horizon - height * (0.62 + 0.26 * line + 0.2 * tips)
        case "skyline" | "roofs":
            return horizon - _houses(xs, seed, name, height, pitched=kind == "roofs")[0]
        case "dunes":
            line = ridge(seed, name, xs, wavelength=0.7, octaves=2)
            return horizon - height * (0.45 + 0.55 * np.abs(line))
        case _:
            line = ridge(seed, name, xs, wavelength=0.6, octaves=3)
            return horizon - height * (0.55 + 0.5 * line)


def _houses(
    xs: Floats, seed: int, name: str, height: float, *, pitched: bool
) -> tuple[Floats, NDArray[np.int64], Floats]:
    """For each x the roof's height, the number of its house and how far across the house x is (0 to 1)."""
    random = generator(seed, name)
    widths = random.uniform(0.05, 0.12, 400) if name.startswith("skyline") else random.uniform(0.09, 0.17, 400)
    edges = np.cumsum(widths) - 9.0
    index = np.clip(np.searchsorted(edges, xs), 1, 399)
    across = ((xs - edges[index - 1]) / widths[index]).astype(np.float32)
    tall = random.uniform(0.35, 1.0, 400)[index] * height
    if pitched:
        tall = tall * 0.55 + height * 0.3 + np.clip(0.5 - np.abs(across - 0.5), 0, 0.42) * height * 0.6
    return tall.astype(np.float32), index, across


def _relief(frame: Frame, layout: Layout, *, first: int, last: int, top: Floats, kind: str, fine: bool) -> Floats:
    noise = texture(layout.seed, "relief", cells=10, octaves=6 if fine else 4)
    rows = frame.ys[first:last, None]
    below = rows - top[None, :]
    steep = {"mountains": (1.3, 2.6), "crags": (2, 2), "hills": (0.6, 2.2), "dunes": (0.35, 1.6)}[kind]
    u = frame.xs[None, :] * steep[0] + below * (0.9 if layout.sun[0] > 0.5 else -0.9)
    v = below * steep[1] + 0.2
    value = look_up(noise, u + 4, v)
    slope = np.gradient(top) * frame.scale
    facing = np.clip(-slope * (1 if layout.sun[0] < 0.5 else -1) * 0.35, -1, 1)[None, :]
    strength = {"mountains": 0.5, "crags": 0.5, "hills": 0.2, "dunes": 0.14}[kind]
    return (1 + strength * (value - 0.5) + 0.14 * facing * np.exp(-below * 6)).astype(np.float32)


def _foliage(frame: Frame, layout: Layout, first: int, last: int, nth: int) -> Floats:
    noise = texture(layout.seed, "foliage", cells=32, octaves=4)
    rows = frame.ys[first:last, None]
    value = look_up(noise, frame.xs[None, :] * 1.1 + 3 + nth * 0.37, rows * 1.3 + np.zeros_like(frame.xs)[None, :])
    return (0.78 + 0.44 * value).astype(np.float32)


def _windows(
    body: Floats,
    frame: Frame,
    layout: Layout,
    light: Light,
    *,
    rows: Floats,
    top: Floats,
    name: str,
    height: float,
) -> Floats:
    pitched = name.startswith("roofs")
    wall_top = top
    _, index, across = _houses(frame.xs, layout.seed, name, 1.0, pitched=pitched)
    random = generator(layout.seed, name + " paint")
    tone = random.uniform(0.82, 1.12, 400).astype(np.float32)[index]
    body = body * tone[None, :, None]
    if pitched:
        wall_top = layout.horizon - _houses(frame.xs, layout.seed, name, height, pitched=False)[0] * 0.55 - height * 0.3
        plaster = np.array([0.93, 0.88, 0.79], np.float32) * np.asarray(light.ambient, np.float32)
        walls = np.clip((rows - wall_top[None, :]) * frame.scale + 0.5, 0, 1)[..., None]
        body = body + (plaster * tone[None, :, None] - body) * walls
    storey, bay = (0.026, 4.0) if not pitched else (0.05, 3.0)
    down = (rows - top[None, :]) / storey
    wall = down > 1.0
    if pitched:
        down = (rows - wall_top[None, :]) / storey
        wall = down > 0.3
    column = np.floor(across * bay).astype(np.int64)
    opening = (
        (np.abs(across * bay - column - 0.5) < 0.26)[None, :] & (np.abs(down - np.floor(down) - 0.5) < 0.27) & wall
    )
    floor = np.floor(down).astype(np.int64)
    lottery = ((index * 7919 + column * 104729)[None, :] + floor * 15485863) % 97
    lit = lottery < (45 if light.dark else 14 if layout.light in ("sunset", "dawn") else 0)
    dark_pane = body * 0.78
    glow = np.array([1.0, 0.82, 0.48], np.float32)
    body = np.where(opening[..., None], dark_pane, body)
    return np.where((opening & lit)[..., None], glow, body).astype(np.float32)


def _snow_caps(
    body: Floats, frame: Frame, layout: Layout, light: Light, *, rows: Floats, height: float, nth: int
) -> Floats:
    jag = ridge(layout.seed, f"snow line {nth}", frame.xs, wavelength=0.06, octaves=4, sharp=True)
    line = layout.horizon - height * 0.62 + jag * 0.05
    snow = np.clip((line[None, :] - rows) * 60, 0, 1)[..., None]
    white = np.asarray(light.ambient, np.float32) * np.array([0.97, 0.98, 1.0], np.float32)
    shaded = white * np.clip(body.mean(axis=-1, keepdims=True) / max(1e-3, float(body.mean())), 0.72, 1.05)
    return body + (shaded - body) * snow * 0.85


def paint_ground(picture: Floats, frame: Frame, layout: Layout, light: Light, *, fine: bool) -> None:
    """The ground from the horizon down, into `picture`; water first, land from the shore on."""
    place = layout.place
    if place.ground == "void":
        return
    if place.water is not None:
        _paint_water(picture, frame, layout, light)
    if place.shore > 2:
        return
    start = place.shore or layout.horizon
    first = max(0, int(frame.row(start - 0.06)))
    if first >= frame.height:
        return
    rows = frame.ys[first:, None]
    # 0 at the horizon, 1 at the square's lower edge.
    near = np.clip((rows - layout.horizon) / (1 - layout.horizon), 1e-3, 1.6)
    xs = frame.xs[None, :]
    away = 1 / (near + 0.07)
    base = np.asarray(hexadecimal(place.colour), np.float32) * np.asarray(light.ambient, np.float32)
    haze = np.asarray(light.haze, np.float32)
    body = base * _tone(layout, place.ground, xs, near, away, fine=fine)[..., None]
    if place.ground == "road":
        body = _road(body, light, xs, near)
    if place.ground in ("wood", "stone"):
        body = _boards(body, layout, xs, away, place.ground)
    if place.indoors is not None:
        body = body * np.clip(0.72 + 0.4 * near, 0, 1.06)[..., None]
        fog = np.zeros_like(near)
    else:
        fog = np.clip(0.55 * np.exp(-near * 7.5), 0, 1)
    layer = (body + (haze - body) * fog[..., None]) * (1.0 + 0.06 * (0.4 - near))[..., None]
    edge, softness = _edge(frame, layout, start)
    below = rows - edge[None, :]
    cover = np.clip(below / softness + 0.5, 0, 1)
    if place.water is not None:
        layer = layer * (1 - 0.28 * np.exp(-np.clip(below, 0, 1) / 0.03))[..., None]
    part = picture[first:]
    part += (np.clip(layer, 0, 1) - part) * cover[..., None]
    if place.water is not None and place.ground == "sand":
        foam = np.exp(-(((below + 0.006) / 0.0045) ** 2)) * 0.8
        part += (np.asarray(light.ambient, np.float32) - part) * foam[..., None]


def _edge(frame: Frame, layout: Layout, start: float) -> tuple[Floats, float]:
    """The ground's upper edge, (width,) unit y, and how softly it begins."""
    edge = np.full_like(frame.xs, start)
    if layout.place.ground == "cloud":
        return edge + 0.03 * ridge(layout.seed, "cloud edge", frame.xs, wavelength=0.2, octaves=3), 0.1
    if layout.place.water is not None:
        edge = edge + 0.022 * ridge(layout.seed, "shore", frame.xs, wavelength=0.6, octaves=3)
    return edge, 1 / frame.scale


def _tone(layout: Layout, kind: str, xs: Floats, near: Floats, away: Floats, *, fine: bool) -> Floats:
    """Light and dark of the ground in perspective, (rows, width) around 1."""
    broad = texture(layout.seed, "broad", cells=4, octaves=5)
    grain = texture(layout.seed, "grain", cells=48, octaves=4)
    u = (xs - 0.5) * away
    value = look_up(broad, u * 0.16 + 9, np.broadcast_to(away * 0.35, u.shape)) - 0.5
    small = look_up(grain, u * 0.5 + 9, np.broadcast_to(away * 0.9, u.shape)) - 0.5
    small = small * np.clip(near * 2.2, 0.1, 1)
    broad_weight, small_weight = {
        "grass": (0.26, 0.26),
        "sand": (0.13, 0.1),
        "snow": (0.09, 0.05),
        "rock": (0.4, 0.3),
        "moon": (0.3, 0.22),
        "seabed": (0.24, 0.12),
        "cloud": (0.16, 0.04),
        "road": (0.08, 0.1),
        "wood": (0.1, 0.06),
        "stone": (0.12, 0.1),
    }[kind]
    del fine
    return 1 + broad_weight * value + small_weight * small


def _road(body: Floats, light: Light, xs: Floats, near: Floats) -> Floats:
    """Kerbs and a dashed line towards the vanishing point."""
    across = (xs - 0.5) / (near * 0.95 + 0.03)
    pavement = np.array([0.72, 0.71, 0.69], np.float32) * np.asarray(light.ambient, np.float32)
    walk = np.clip((np.abs(across) - 0.62) * 40, 0, 1)[..., None]
    body = body + (pavement - body) * walk * 0.8
    depth = 1 / (near + 0.05)
    dash = (np.abs(across) < 0.016) & ((depth * 1.1) % 1 < 0.55)
    paint = np.array([0.95, 0.93, 0.86], np.float32) * np.asarray(light.ambient, np.float32)
    return np.where(dash[..., None], paint, body)


def _boards(body: Floats, layout: Layout, xs: Floats, away: Floats, kind: str) -> Floats:
    """Floor boards towards the vanishing point, or flagstones."""
    lane = (xs - 0.5) * away * 5 + 40
    index = np.floor(lane)
    tint = (np.sin(index * 12.9898 + layout.seed % 97) * 43758.5453) % 1
    seam = np.clip((np.abs(lane - index - 0.5) - 0.47) * 60, 0, 1)
    tone = 0.93 + 0.14 * tint - 0.22 * seam
    if kind == "stone":
        course = away * 3.2
        seam_across = np.clip((np.abs(course - np.floor(course) - 0.5) - 0.46) * 40, 0, 1)
        mottle = (np.sin(index * 3.1 + np.floor(course) * 7.7) * 951.135) % 1
        tone = 0.92 + 0.14 * mottle - 0.2 * np.maximum(seam, seam_across)
    return body * tone[..., None].astype(np.float32)


def _paint_water(picture: Floats, frame: Frame, layout: Layout, light: Light) -> None:
    """The picture above the horizon mirrored in ripples, darker and bluer towards us, with the light's glitter."""
    first = max(1, int(frame.row(layout.horizon)))
    last = min(frame.height, int(frame.row(min(layout.place.shore + 0.04, 3.0))))
    if first >= last:
        return
    rows = last - first
    near = np.clip((frame.ys[first:last, None] - layout.horizon) / (1 - layout.horizon), 1e-3, 1.6)
    ripple = texture(layout.seed, "ripple", cells=24, octaves=4)
    away = 1 / (near + 0.06)
    u = (frame.xs[None, :] - 0.5) * away * 0.2 + 9
    wave = look_up(ripple, u, np.broadcast_to(away * 0.9, u.shape)) - 0.5
    offset = wave * (0.012 + 0.05 * near) * frame.scale
    mirror = first - 1 - (np.arange(rows, dtype=np.float32)[:, None] * 0.9 + offset)
    index = np.clip(mirror, 0, first - 1).astype(np.int32)
    sway = np.arange(frame.width)[None, :] + wave * 0.03 * near * frame.scale
    reflected = picture[index, np.clip(sway, 0, frame.width - 1).astype(np.int32)]
    base = np.asarray(hexadecimal(layout.place.water or "#2f86b8"), np.float32) * np.asarray(light.ambient, np.float32)
    share = np.clip(0.78 - 0.5 * near, 0.25, 0.8)[..., None]
    body = base * (1 + 0.5 * wave * np.clip(0.3 + near, 0, 1))[..., None] * (1 - share) + reflected * share
    x, y = layout.sun
    if y < layout.horizon and layout.weather in (None, "clear", "wind", "rainbow"):
        path = np.exp(-(((frame.xs[None, :] - x) / (0.035 + 0.11 * near)) ** 2))
        spark = np.clip((wave - 0.1) * 6, 0, 1) * path * (0.9 if layout.light != "day" else 0.5)
        body = body + (1 - body) * np.asarray(light.glow, np.float32) * spark[..., None]
    picture[first:last] = np.clip(body, 0, 1)
