"""Changes a picture as its owner wishes, one wish after the other, and nothing outside the part that was marked."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PIL import Image

from edge_models.image.filters import Floats
from edge_models.image.finish import Cancelled
from edge_models.image.retouch.add import add, replaced
from edge_models.image.retouch.backdrop import backdrop
from edge_models.image.retouch.blur import blur
from edge_models.image.retouch.combine import combine
from edge_models.image.retouch.extend import continued, extend
from edge_models.image.retouch.recolour import recolour
from edge_models.image.retouch.region import Part, Pixels, composed
from edge_models.image.retouch.relight import relight, retone
from edge_models.image.retouch.remove import remove
from edge_models.image.retouch.restyle import restyle
from edge_models.image.retouch.weather import weather
from edge_models.image.retouch.wish import (
    Add,
    Backdrop,
    Blur,
    Combine,
    Extend,
    Recolour,
    Relight,
    Remove,
    Replace,
    Restyle,
    Retone,
    Weather,
    Wish,
)
from edge_models.image.retouch.work import Work, to_floats

ENGINE = "Nightjar studio"


def retouch(
    pictures: Sequence[Pixels],
    wishes: Sequence[Wish],
    *,
    marked: Part | None,
    seed: int,
    partials: int,
    on_progress: Callable[[float], None],
    on_partial: Callable[[Image.Image], None],
    cancelled: Callable[[], bool],
) -> Image.Image:
    """The first of the (h, w, 4) uint8 pictures, changed, as RGBA: the same for the same words, pictures and seed.

    Every pixel outside `marked` is what it was, bit for bit, unless the wishes give the picture another size.
    `on_partial` gets up to `partials` of the pictures in between. Raises Impossible, and `Cancelled` soon after
    `cancelled()` says so.
    """
    before = pictures[0]
    shown = 0
    for nth, wish in enumerate(wishes):
        last: Pixels | None = None
        for at, after in enumerate(_steps(before, wish, pictures[1:], marked=marked, seed=seed)):
            if cancelled():
                raise Cancelled
            if last is not None and shown < partials:
                on_partial(Image.fromarray(last))
                shown += 1
            last = after
            on_progress((nth + 1 - 0.8 ** (at + 1)) / len(wishes))
        assert last is not None
        if last.shape != before.shape:
            marked = None
        before = last
    on_progress(1.0)
    return Image.fromarray(before)


def _steps(before: Pixels, wish: Wish, others: Sequence[Pixels], *, marked: Part | None, seed: int) -> Iterator[Pixels]:
    """The wish coming true, by and by."""
    if isinstance(wish, Extend) and (marked is None or wish.to is not None):
        yield from extend(before, wish, seed=seed)
        return
    for after in _changed(Work(to_floats(before), marked, seed), wish, others):
        yield composed(before, after, marked)


def _changed(work: Work, wish: Wish, others: Sequence[Pixels]) -> Iterator[Floats]:
    match wish:
        case Combine():
            return combine(work, wish, others)
        case Extend():
            return continued(work)
        case _:
            return _OPERATIONS[type(wish)](work, wish)


_OPERATIONS: dict[type[Wish], Callable[[Work, Any], Iterator[Floats]]] = {
    Add: add,
    Backdrop: backdrop,
    Blur: blur,
    Recolour: recolour,
    Relight: relight,
    Remove: remove,
    Replace: replaced,
    Restyle: restyle,
    Retone: retone,
    Weather: weather,
}
