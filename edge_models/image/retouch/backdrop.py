"""Another place behind a thing, or none at all."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.filters import Floats, blurred
from edge_models.image.finish import finish
from edge_models.image.retouch.find import found
from edge_models.image.retouch.membrane import stretched_over
from edge_models.image.retouch.region import box_around
from edge_models.image.retouch.relight import hour_of
from edge_models.image.retouch.wish import Backdrop
from edge_models.image.retouch.work import Work, to_floats, to_pixels
from edge_models.image.scene import Scene


def backdrop(work: Work, wish: Backdrop) -> Iterator[Floats]:
    """What stands out, in front of the new place or of nothing. Raises Impossible where nothing does."""
    matte = found(work, None)
    colours = own_colours(work.rgb, matte)
    if wish.place is None:
        yield np.concatenate([colours, (work.rgba[..., 3] * matte)[..., None]], axis=-1).astype(np.float32)
        return
    width, height = work.size
    painted = finish(
        Scene(place=wish.place, time=hour_of(work.rgb)),
        seed=work.seed,
        width=width,
        height=height,
        partials=0,
        on_progress=lambda _: None,
        on_partial=lambda _: None,
        cancelled=lambda: False,
    )
    behind = to_floats(to_pixels(painted))[..., :3]
    yield work.covered(behind + (work.rgb - behind) * (matte > 0.9)[..., None], np.ones_like(matte))
    shaded = behind * (1 - 0.45 * shadow_under(matte))[..., None]
    front = in_light_of(colours, matte, behind)
    yield work.covered(shaded + (front - shaded) * matte[..., None], np.ones_like(matte))


def own_colours(rgb: Floats, matte: Floats) -> Floats:
    """(h, w, 3): at a thing's soft edge, its own colours without those of what was behind it."""
    sure = matte > 0.95
    if not sure.any():
        return rgb
    edge = (matte > 0) & ~sure
    return np.where(edge[..., None], stretched_over(rgb, sure), rgb)


def shadow_under(matte: Floats) -> Floats:
    """(h, w) 0 to 1: a soft shadow on the ground, where the lowest part of the thing stands."""
    height, width = matte.shape
    if not (matte > 0.5).any():
        return np.zeros_like(matte)
    left, top, right, bottom = box_around(matte > 0.5)
    tall = bottom - top
    sole = (matte[max(top, bottom - max(2, tall // 8)) : bottom] > 0.5).any(axis=0).astype(np.float32)
    flat = max(2, round(0.05 * tall))
    shape = np.zeros((height, width), np.float32)
    shape[max(0, bottom - flat) : min(height, bottom + flat)] = sole
    return np.clip(blurred(shape, max(1.0, 0.035 * (right - left))), 0, 1)


def in_light_of(rgb: Floats, matte: Floats, around: Floats) -> Floats:
    """The thing's colours nearer to the light of what it is put in front of."""
    own = rgb[matte > 0.5].mean(axis=0)
    there = around.reshape(-1, 3).mean(axis=0)
    gain = np.clip(there.mean() / max(0.05, float(own.mean())), 0.6, 1.4) ** 0.35
    cast = (there / max(0.05, float(there.mean()))) ** 0.25
    return np.clip(rgb * gain * cast, 0, 1).astype(np.float32)
