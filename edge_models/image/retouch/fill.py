"""Fills a hole in a picture with what could be there, copied in patches from the rest of it.

Patches are found as in PatchMatch (Barnes et al., 2009), the picture is made of them as in "Space-time completion of
video" (Wexler et al., 2007), from coarse to fine. What is found at a few thousand pixels is then copied at full size:
each pixel of the hole from where its patch was found, less the differences along the hole's border, stretched over it.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edge_models.image.filters import Floats, resized
from edge_models.image.noise import generator
from edge_models.image.retouch.membrane import stretched_over
from edge_models.image.retouch.region import Part, box_around, grown

Places = NDArray[np.int32]
"""(n, 2): rows and columns."""

_REACH = 3
"""A patch is seven by seven."""
_HOLE = 9_000
"""Pixels of the hole, and of the picture, that patches are searched for and in at most."""
_PICTURE = 70_000
_SMALLEST = 24
"""Pixels of the shorter side of the coarsest level."""
_ROUNDS = 4
_TONES = 0.16
"""Two sides of a border that differ by less are the same thing in another light."""
_OFFSETS = [(y, x) for y in range(-_REACH, _REACH + 1) for x in range(-_REACH, _REACH + 1)]


def filled(
    picture: Floats, hole: Part, *, seed: int, sideways: tuple[float, float] = (0.0, 0.0), never: Part | None = None
) -> Iterator[Floats]:
    """(h, w, 3) float32 pictures with the hole filled, better and better; the last one is the result.

    Nothing is copied from `never`. `sideways` (down, across) says how much worse a patch is for each picture's side
    that it is away from its place. A hole that leaves nothing to copy from is filled smoothly.
    """
    smooth = _smooth(picture, hole)
    yield smooth
    start = _shrink(hole)
    shapes = _shapes(hole.shape, start)
    search: _Search | None = None
    for nth, (height, width) in enumerate(shapes, start=1):
        level = _Level.of(picture, hole, never, height, width)
        if level is None:
            continue
        guess = resized(smooth, width, height) if search is None else search.grown_to(level)
        search = _Search(level, guess, np.asarray(sideways, np.float32), generator(seed, f"fill {height}"), search)
        search.run()
        if nth < len(shapes):
            yield _so_far(picture, hole, search)
    if search is not None:
        yield _copied(picture, hole, smooth, search)


def _smooth(picture: Floats, hole: Part) -> Floats:
    left, top, right, bottom = box_around(grown(hole, 2))
    box = (slice(top, bottom), slice(left, right))
    result = picture.copy()
    result[box] = stretched_over(picture[box], ~hole[box])
    return result


def _shrink(hole: Part) -> float:
    """How much smaller the picture is that patches are searched in."""
    return max(1.0, (hole.sum() / _HOLE) ** 0.5, (hole.size / _PICTURE) ** 0.5)


def _shapes(shape: tuple[int, ...], shrink: float) -> list[tuple[int, int]]:
    """The levels' heights and widths, the coarsest first."""
    height, width = shape[0] / shrink, shape[1] / shrink
    shapes = [(round(height), round(width))]
    while min(height, width) / 1.6 >= _SMALLEST:
        height, width = height / 1.6, width / 1.6
        shapes.append((round(height), round(width)))
    return shapes[::-1]


@dataclass(frozen=True, slots=True)
class _Level:
    """The picture at one size."""

    picture: Floats
    hole: Part
    sources: Part
    """Where the middle of a patch may be that is copied."""

    @classmethod
    def of(cls, picture: Floats, hole: Part, never: Part | None, height: int, width: int) -> "_Level | None":
        """None where nothing could be copied from."""
        bad = hole if never is None else hole | never
        small = resized(np.where(hole[..., None], 0, picture).astype(np.float32), width, height, Image.Resampling.BOX)
        share = resized((~hole).astype(np.float32), width, height, Image.Resampling.BOX)
        small = small / np.maximum(share, 1e-3)[..., None]
        gap = resized(hole.astype(np.float32), width, height, Image.Resampling.BOX) > 0.5
        unfit = resized(bad.astype(np.float32), width, height, Image.Resampling.BOX) > 0.02
        sources = ~grown(unfit | gap, _REACH)
        sources[:_REACH], sources[-_REACH:], sources[:, :_REACH], sources[:, -_REACH:] = False, False, False, False
        return cls(small, gap, sources) if sources.any() and gap.any() else None


class _Search:
    """Which patch of the known part goes where in the hole."""

    def __init__(
        self, level: _Level, guess: Floats, sideways: Floats, random: np.random.Generator, before: "_Search | None"
    ) -> None:
        self.level, self.sideways, self.random = level, sideways, random
        self.image = np.where(level.hole[..., None], guess, level.picture).astype(np.float32)
        self.shape = np.array(level.hole.shape, np.int32)
        inner = np.zeros(level.hole.shape, bool)
        inner[_REACH:-_REACH, _REACH:-_REACH] = True
        self.targets = np.argwhere(grown(level.hole, _REACH) & (inner | level.hole)).astype(np.int32)
        self.index = np.full(level.hole.shape, -1, np.int32)
        self.index[self.targets[:, 0], self.targets[:, 1]] = np.arange(len(self.targets))
        self.known = np.argwhere(level.sources).astype(np.int32)
        self.wide = _patches(level.picture)
        self.found = self._anywhere(len(self.targets)) if before is None else self._from(before)

    def _anywhere(self, count: int) -> Places:
        return self.known[self.random.integers(0, len(self.known), count)]

    def _from(self, before: "_Search") -> Places:
        """What the coarser level found, at this one's size; a random place where that isn't allowed."""
        ratio = self.shape / before.shape
        near = np.minimum((self.targets / ratio).astype(np.int32), before.shape - 1)
        at = before.index[near[:, 0], near[:, 1]]
        moved = before.found[np.maximum(at, 0)] - near
        places = self.targets + np.rint(moved * ratio).astype(np.int32)
        bad = (at < 0) | ~self._allowed(places)
        places[bad] = self._anywhere(int(bad.sum()))
        return places

    def _allowed(self, places: Places) -> NDArray[np.bool_]:
        inside = ((places >= 0) & (places < self.shape)).all(axis=1)
        clipped = np.clip(places, 0, self.shape - 1)
        return inside & self.level.sources[clipped[:, 0], clipped[:, 1]]

    def grown_to(self, level: _Level) -> Floats:
        """This level's picture at the next one's size."""
        height, width = level.hole.shape
        return resized(self.image, width, height)

    def run(self) -> None:
        """Find patches and make the picture of them, in turns."""
        for _ in range(_ROUNDS):
            wanted = _patches(self.image)[self.targets[:, 0], self.targets[:, 1]]
            cost = self._cost(wanted, self.found, slice(None))
            for jump in (1, 5, 2, 1):
                self._spread(wanted, cost, jump)
                self._look_around(wanted, cost)
            self._make(cost)

    def _cost(self, wanted: Floats, places: Places, rows: NDArray[np.int64] | slice) -> Floats:
        """How badly the patches at `places[rows]` fit there."""
        at = places[rows]
        difference = wanted[rows] - self.wide[at[:, 0], at[:, 1]]
        away = np.abs(at - self.targets[rows]) / self.shape
        return np.einsum("ij,ij->i", difference, difference) + away @ self.sideways

    def _try(self, wanted: Floats, cost: Floats, places: Places, allowed: NDArray[np.bool_]) -> None:
        rows = np.flatnonzero(allowed)
        tried = self._cost(wanted, places, rows)
        better = tried < cost[rows]
        self.found[rows[better]] = places[rows[better]]
        cost[rows[better]] = tried[better]

    def _spread(self, wanted: Floats, cost: Floats, jump: int) -> None:
        """Try what the neighbours have found, moved along."""
        for step in ((0, jump), (0, -jump), (jump, 0), (-jump, 0)):
            beside = np.clip(self.targets + np.array(step, np.int32), 0, self.shape - 1)
            at = self.index[beside[:, 0], beside[:, 1]]
            places = self.found[np.maximum(at, 0)] - np.array(step, np.int32)
            self._try(wanted, cost, places, (at >= 0) & self._allowed(places))

    def _look_around(self, wanted: Floats, cost: Floats) -> None:
        """Try places around what was found, from far to near."""
        radius = float(self.shape.max())
        while radius >= 1:
            away = self.random.uniform(-radius, radius, (len(self.targets), 2))
            places = (self.found + np.rint(away)).astype(np.int32)
            self._try(wanted, cost, places, self._allowed(places))
            radius /= 3

    def _make(self, cost: Floats) -> None:
        """The picture's hole as the mean of all patches over each pixel, good ones counting more."""
        height, width = self.level.hole.shape
        trust = np.exp(-cost / (2 * max(1e-4, float(np.percentile(cost, 75))))).astype(np.float32)
        total = np.zeros((height + 2 * _REACH, width + 2 * _REACH, 3), np.float32)
        weight = np.zeros(total.shape[:2], np.float32)
        for y, x in _OFFSETS:
            rows, columns = self.targets[:, 0] + y + _REACH, self.targets[:, 1] + x + _REACH
            from_ = self.level.picture[self.found[:, 0] + y, self.found[:, 1] + x]
            total[rows, columns] += from_ * trust[:, None]
            weight[rows, columns] += trust
        inner = (slice(_REACH, -_REACH), slice(_REACH, -_REACH))
        mean = total[inner] / np.maximum(weight[inner], 1e-9)[..., None]
        self.image = np.where(self.level.hole[..., None], mean, self.level.picture).astype(np.float32)


def _patches(picture: Floats) -> Floats:
    """(h, w, 147): the patch around every pixel."""
    padded = np.pad(picture, ((_REACH, _REACH), (_REACH, _REACH), (0, 0)), mode="edge")
    side = 2 * _REACH + 1
    windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), axis=(0, 1))
    return np.ascontiguousarray(windows).reshape(*picture.shape[:2], -1)


def _so_far(picture: Floats, hole: Part, search: _Search) -> Floats:
    """The picture with what has been found at a smaller size."""
    height, width = hole.shape
    return np.where(hole[..., None], resized(search.image, width, height), picture)


def _copied(picture: Floats, hole: Part, smooth: Floats, search: _Search) -> Floats:
    """The full picture, each pixel of the hole (and a little around it) from where its patch was found.

    Between four patches' middles a pixel is mixed of what the four say, so that no seam of squares shows.
    """
    shape = np.array(hole.shape, np.float32)
    ratio = shape / search.shape
    ring = grown(hole, 1) & ~hole
    places = np.argwhere(hole | ring).astype(np.int32)
    at = ((places + 0.5) / ratio - 0.5).astype(np.float32)
    low = np.floor(at).astype(np.int32)
    share = at - low
    share = share * share * (3 - 2 * share)
    total = np.zeros((len(places), 3), np.float32)
    weight = np.zeros(len(places), np.float32)
    for down in (0, 1):
        for across in (0, 1):
            middle = np.clip(low + np.array([down, across], np.int32), 0, search.shape - 1)
            index = search.index[middle[:, 0], middle[:, 1]]
            moved = (search.found[np.maximum(index, 0)] - middle) * ratio
            from_ = np.clip(places + np.rint(moved).astype(np.int32), 0, shape.astype(np.int32) - 1)
            much = (share[:, 0] if down else 1 - share[:, 0]) * (share[:, 1] if across else 1 - share[:, 1])
            much = (much + 1e-4) * ((index >= 0) & ~hole[from_[:, 0], from_[:, 1]])
            total += picture[from_[:, 0], from_[:, 1]] * much[:, None]
            weight += much.astype(np.float32)
    copy = picture.copy()
    copy[places[:, 0], places[:, 1]] = total / np.maximum(weight, 1e-9)[:, None]
    lost = np.zeros(hole.shape, bool)
    lost[places[:, 0], places[:, 1]] = weight < 1e-6
    copy[lost] = smooth[lost]
    return _seamless(picture, copy, hole, ring)


def _seamless(picture: Floats, copy: Floats, hole: Part, ring: Part) -> Floats:
    """The copy in the hole, less what it differs by along the border, continued inwards."""
    left, top, right, bottom = box_around(hole | ring)
    box = (slice(top, bottom), slice(left, right))
    result = picture.copy()
    result[box] = _evened(picture[box], copy[box], hole[box], ring[box])
    return result


def _evened(picture: Floats, copy: Floats, hole: Part, ring: Part) -> Floats:
    apart = np.where(ring[..., None], picture - copy, 0).astype(np.float32)
    # Where tones differ they are evened out; where things do (a roof that ends at the border), the copy is left alone.
    alike = ring & (np.abs(apart).max(axis=-1) < _TONES)
    if not alike.any():
        return np.where(hole[..., None], copy, picture).astype(np.float32)
    sheet = stretched_over(np.where(alike[..., None], apart, 0), alike)
    return np.where(hole[..., None], np.clip(copy + sheet, 0, 1), picture).astype(np.float32)
