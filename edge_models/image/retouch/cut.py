"""Cuts a thing out of what is around it: colours of both are learnt, borders are drawn where the picture has edges.

Two mixtures of colours say how likely each pixel is to belong to the thing, a random walk with these as priors (Grady,
"Multilabel random walker with prior models", 2005) makes whole pieces of it, and a guided filter (He et al., 2010)
carries the result to full size. No model that knows things is used: a thing is what differs from what is behind it.
"""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from edge_models.image.colour import to_lab
from edge_models.image.filters import Floats, blurred, resized
from edge_models.image.retouch.apart import steps_away
from edge_models.image.retouch.membrane import stretched_over
from edge_models.image.retouch.region import Part, box_around, filled_in, grown, numbered

_SIDE = 200
"""Pixels of the longer side at which things are cut out."""
_COLOURS = 6
_TURNS = 3


@dataclass(frozen=True, slots=True)
class Cut:
    """What was cut out."""

    matte: Floats
    """(h, w) 0 to 1: how much of each pixel is the thing."""
    clear: float
    """0 to 1: how surely it is one thing, and apart from what is behind it."""


def cut_out(picture: Floats, within: Part | None = None) -> Cut | None:
    """What stands out in an (h, w, 3) picture, or in a part of it, from the edge of that; None where nothing does."""
    height, width = picture.shape[:2]
    left, top, right, bottom = (0, 0, width, height) if within is None else _around(within)
    piece = np.ascontiguousarray(picture[top:bottom, left:right])
    inside = None if within is None else within[top:bottom, left:right]
    found = _cut(piece, inside)
    if found is None:
        return None
    matte = np.zeros((height, width), np.float32)
    matte[top:bottom, left:right] = found.matte
    return Cut(matte, found.clear)


def _around(within: Part) -> tuple[int, int, int, int]:
    """The part's box with as much around it as shows what is behind the thing."""
    left, top, right, bottom = box_around(within)
    room = max(8, round(0.25 * max(right - left, bottom - top)))
    height, width = within.shape
    return max(0, left - room), max(0, top - room), min(width, right + room), min(height, bottom + room)


def _cut(picture: Floats, inside: Part | None) -> Cut | None:
    height, width = picture.shape[:2]
    shrink = max(1.0, max(height, width) / _SIDE)
    rows, columns = max(8, round(height / shrink)), max(8, round(width / shrink))
    small = resized(picture.astype(np.float32), columns, rows, Image.Resampling.BOX)
    lab = to_lab(np.clip(small, 0, 1)) * np.array([0.7, 1.6, 1.6], np.float32)
    behind = _edge(rows, columns) if inside is None else ~_small(inside, columns, rows)
    if behind.all() or behind.sum() < 12:
        return None
    chance = _chances(lab, behind, whole=inside is None)
    if chance is None:
        return None
    part = _pieces(chance > 0.5, chance)
    if not part.any():
        return None
    clear = _clearness(chance, part, behind)
    part = filled_in(_closed(part)) & ~behind
    matte = np.minimum(np.where(part, np.maximum(chance, 0.75), chance), blurred(part.astype(np.float32), 1.5) * 2)
    matte = np.clip((matte - 0.3) / 0.4, 0, 1).astype(np.float32)
    fine = _guided(small, matte, picture)
    if inside is not None:
        fine = fine * inside
    return Cut(fine.astype(np.float32), clear)


def _small(part: Part, columns: int, rows: int) -> Part:
    return resized(part.astype(np.float32), columns, rows, Image.Resampling.BOX) > 0.5


def _edge(rows: int, columns: int) -> Part:
    """The picture's edge, where what is behind the thing shows: less of it below, where things stand."""
    edge = np.ones((rows, columns), bool)
    y, x = max(2, round(rows * 0.06)), max(2, round(columns * 0.06))
    edge[y:-2, x:-x] = False
    return edge


def _chances(lab: Floats, behind: Part, *, whole: bool) -> Floats | None:
    """How likely each pixel is part of the thing."""
    rows, columns = behind.shape
    back = _Colours.of(lab[behind])
    away = steps_away(lab, behind)
    if whole:
        y, x = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None, :]
        middle = np.exp(-(x**2 + y**2) / 1.5).astype(np.float32)
    else:
        middle = np.ones((rows, columns), np.float32)
    shown = away * middle
    step = min(0.1, max(0.008, 0.22 * float(np.percentile(shown, 97))))
    thing = (shown > step) & ~behind
    near = away < 0.5 * step
    chance = None
    for _ in range(_TURNS):
        if thing.sum() < 12:
            return None
        front = _Colours.of(lab[thing])
        known = (near & ~grown(thing, 2)) | behind
        far = np.minimum(back.distance(lab), _off_sheet(lab, known))
        odds = 0.5 * (far - front.distance(lab)) + np.clip(3 * (away / step - 0.7), -4, 2)
        chance = _walked(lab, 1 / (1 + np.exp(-np.clip(odds, -8, 8))), behind)
        thing = (chance > 0.5) & ~behind
        rest = near & ~thing & (chance < 0.3)
        back = _Colours.of(lab[rest if rest.sum() > 40 else behind])
    return chance


def _off_sheet(lab: Floats, known: Part) -> Floats:
    """How far each pixel is from what is known to be behind, continued smoothly: a sky, a wall, a lit table."""
    away = ((lab - stretched_over(lab, known)) ** 2).sum(axis=-1)
    return np.minimum(away / 0.0016, 60).astype(np.float32)


class _Colours:
    """The few colours that some pixels have, each with how far it spreads."""

    def __init__(self, means: Floats, inverse: Floats) -> None:
        self.means, self.inverse = means, inverse

    @classmethod
    def of(cls, pixels: Floats) -> "_Colours":
        order = np.argsort(pixels[:, 0] + pixels[:, 1] * 0.5)
        means = pixels[order[np.linspace(0, len(order) - 1, min(_COLOURS, len(order))).astype(int)]].copy()
        nearest = np.zeros(len(pixels), np.int64)
        for _ in range(8):
            nearest = np.argmin(((pixels[:, None] - means[None]) ** 2).sum(axis=2), axis=1)
            for n in range(len(means)):
                if (nearest == n).any():
                    means[n] = pixels[nearest == n].mean(axis=0)
        away = pixels - means[nearest]
        inverse = np.empty((len(means), 3, 3), np.float32)
        for n in range(len(means)):
            own = away[nearest == n]
            spread = own.T @ own / max(1, len(own)) + np.eye(3) * 0.0009
            inverse[n] = np.linalg.inv(spread)
        return cls(means, inverse)

    def distance(self, lab: Floats) -> Floats:
        """How many spreads each pixel is away from the nearest of the colours, squared and with a bound."""
        away = lab[..., None, :] - self.means
        squared = np.einsum("...ni,nij,...nj->...n", away, self.inverse, away)
        return np.minimum(squared.min(axis=-1), 60).astype(np.float32)


def _walked(lab: Floats, prior: Floats, behind: Part) -> Floats:
    """Priors made whole: neighbours of like colour agree. Solved by conjugate gradients."""
    down = np.exp(-((lab[1:] - lab[:-1]) ** 2).sum(axis=-1) / 0.004) + 1e-3
    across = np.exp(-((lab[:, 1:] - lab[:, :-1]) ** 2).sum(axis=-1) / 0.004) + 1e-3
    belief = np.where(behind, 2.0, 0.02).astype(np.float32)
    prior = np.where(behind, 0.0, prior).astype(np.float32)

    def applied(x: Floats) -> Floats:
        y = belief * x
        flow = down * (x[1:] - x[:-1])
        y[1:] += flow
        y[:-1] -= flow
        flow = across * (x[:, 1:] - x[:, :-1])
        y[:, 1:] += flow
        y[:, :-1] -= flow
        return y

    x = prior.copy()
    rest = belief * prior - applied(x)
    way = rest.copy()
    size = float((rest**2).sum())
    for _ in range(120):
        if size < 1e-5:
            break
        image = applied(way)
        step = size / float((way * image).sum())
        x += step * way
        rest -= step * image
        before, size = size, float((rest**2).sum())
        way = rest + size / before * way
    return np.clip(x, 0, 1)


def _pieces(part: Part, chance: Floats) -> Part:
    """The largest piece, counting the middle more, those that are nearly as large, and what lies close around them."""
    number = numbered(part)
    rows, columns = part.shape
    y, x = np.linspace(-1, 1, rows)[:, None], np.linspace(-1, 1, columns)[None, :]
    weight = np.bincount(number.ravel(), (chance * np.exp(-(x**2 + y**2))).ravel())
    weight[0] = 0
    if not weight.any():
        return np.zeros_like(part)
    main = weight[number] > 0.3 * weight.max()
    left, top, right, bottom = box_around(main)
    reach = max(2, round(0.04 * max(right - left, bottom - top)))
    near = np.unique(number[grown(main, reach) & part])
    return np.isin(number, near)


def _closed(part: Part) -> Part:
    """The part with its narrow bays: a dark wheel in its arch looks like the shadow under it."""
    left, top, right, bottom = box_around(part)
    reach = max(1, round(0.035 * max(right - left, bottom - top)))
    wide = np.pad(part, 2 * reach)
    closed = ~grown(~grown(wide, reach), reach)
    return closed[2 * reach : -2 * reach, 2 * reach : -2 * reach]


def _clearness(chance: Floats, part: Part, behind: Part) -> float:
    """1: one compact thing that shares nothing with the edge; 0: bits of everything."""
    share = part.mean()
    edge = part[behind].mean() if behind.any() else 0.0
    sure = float(np.abs(chance - 0.5).mean() * 2)
    left, top, right, bottom = box_around(part)
    full = part.sum() / ((right - left) * (bottom - top))
    size = np.clip(share / 0.015, 0, 1) * np.clip((0.8 - share) / 0.2, 0, 1)
    return float(size * sure * np.clip(full / 0.35, 0, 1) * (1 - min(1.0, 3 * edge)))


def _guided(small: Floats, matte: Floats, picture: Floats) -> Floats:
    """The small matte at the picture's size, its borders on the picture's edges."""
    radius, least = 2.0, 0.0004
    guide = small @ np.array([0.3, 0.5, 0.2], np.float32)
    mean_g, mean_m = blurred(guide, radius), blurred(matte, radius)
    spread = blurred(guide * guide, radius) - mean_g**2
    together = blurred(guide * matte, radius) - mean_g * mean_m
    slope = together / (spread + least)
    offset = mean_m - slope * mean_g
    height, width = picture.shape[:2]
    slope, offset = resized(blurred(slope, radius), width, height), resized(blurred(offset, radius), width, height)
    fine = slope * (picture @ np.array([0.3, 0.5, 0.2], np.float32)) + offset
    near = resized(blurred(matte, 1.0), width, height)
    # Only at borders does the picture decide: inside and outside the matte is what it was.
    fine = np.where(near > 0.97, 1, np.where(near < 0.03, 0, fine))
    return np.clip((fine - 0.15) / 0.7, 0, 1)
