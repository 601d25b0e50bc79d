"""Another way to have painted a picture: the styles of our own pictures, laid over one that is there already."""

from collections.abc import Iterator

import numpy as np

from edge_models.image.filters import Floats, blurred
from edge_models.image.retouch.relight import where
from edge_models.image.retouch.wish import NOIR, Restyle
from edge_models.image.retouch.work import Work
from edge_models.image.style import FLAT_STYLES, cut, styled

_TONES = 6
"""Sheets of paper or glass that a picture without shapes is cut into, by lightness."""


def restyle(work: Work, wish: Restyle) -> Iterator[Floats]:
    """The picture in the style."""
    yield work.changed(_in_style(np.ascontiguousarray(work.rgb), wish.style, work.seed), where(work))


def _in_style(rgb: Floats, style: str, seed: int) -> Floats:
    if style == NOIR:
        grey = styled(rgb, "black_and_white", seed=seed)
        deep = np.clip((grey - 0.5) * 1.35 + 0.42, 0, 1)
        height, width = deep.shape[:2]
        across = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
        down = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
        return deep * (1 - 0.75 * np.clip(across**2 + down**2 - 0.25, 0, 1))[..., None]
    if style not in FLAT_STYLES:
        return styled(rgb, style, seed=seed)
    flat = blurred(rgb, min(rgb.shape[:2]) / 130)
    tone = np.floor(np.clip(flat.mean(axis=-1), 0, 0.999) * _TONES)
    colours = np.stack([flat[tone == n].mean(axis=0) if (tone == n).any() else np.zeros(3) for n in range(_TONES)])
    sheets = 0.5 * flat + 0.5 * colours[tone.astype(int)]
    return cut(sheets.astype(np.float32), tone.astype(np.float32), style, seed=seed)
