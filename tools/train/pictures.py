"""Pictures to learn from, painted by worker processes while the model learns.

::

    worker 1 ──▶ ┌ its slots ┐
    worker 2 ──▶ │ its slots │ ──▶ take() ──▶ the trainer's pool
        …        └ (shared)  ┘
"""

import mmap
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_models.image import sprites
from edge_models.image.compositor import paint
from edge_models.image.figure import Figure
from edge_models.image.frame import Frame
from edge_models.image.layout import lay_out
from edge_models.image.scene import Scene
from edge_models.image.told import ASKED, ASKED_SIDE, SIDE, tell
from edge_models.image.vocabulary import vocabulary
from tools.train.scenes import random_scene

SAME_NOISE = 40
"""Pictures in a row whose clouds and textures come from one seed: making those is half of a small picture's cost."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Pictures and what is told about them, one a row."""

    picture: NDArray[np.uint8]
    """(n, 128, 128, 3)."""
    canvas: NDArray[np.uint8]
    asked: NDArray[np.uint8]
    mood: NDArray[np.uint8]
    """(n, 4)."""
    sun: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.picture)


ROW: dict[str, tuple[tuple[int, ...], type]] = {
    "picture": ((SIDE, SIDE, 3), np.uint8),
    "canvas": ((SIDE, SIDE, 4), np.uint8),
    "asked": ((ASKED_SIDE, ASKED_SIDE, ASKED), np.uint8),
    "mood": ((4,), np.uint8),
    "sun": ((3,), np.float32),
}


def empty(rows: int, allocate: Callable[[tuple[int, ...], type], NDArray[Any]] = np.zeros) -> Batch:
    """A batch to be filled."""
    return Batch(**{name: allocate((rows, *shape), kind) for name, (shape, kind) in ROW.items()})


def joined(batches: list[Batch]) -> Batch:
    """One batch of many."""
    return Batch(
        **{field.name: np.concatenate([getattr(batch, field.name) for batch in batches]) for field in fields(Batch)}
    )


def write(batch: Batch, row: int, scene: Scene, *, seed: int, noise: int | None = None) -> None:
    """Paint a scene into a row; `noise` is the seed of its clouds and textures when that isn't the layout's."""
    layout = lay_out(scene, seed=seed)
    told = tell(layout)
    picture = paint(layout if noise is None else replace(layout, seed=noise), Frame(SIDE, SIDE))
    batch.picture[row] = np.clip(picture * 255 + 0.5, 0, 255)
    batch.canvas[row], batch.asked[row], batch.mood[row], batch.sun[row] = told.canvas, told.asked, told.mood, told.sun


def painted(seed: int) -> Iterator[tuple[Scene, int, int]]:
    """Scenes without end, each with the seed of its layout and of its noise."""
    random = np.random.default_rng(seed)
    while True:
        noise = int(random.integers(2**31))
        for _ in range(SAME_NOISE):
            yield random_scene(random), int(random.integers(2**31)), noise


def remember_drawings() -> None:
    """Keep every drawing once it has been rendered: a worker has the memory for them that a device hasn't."""
    sprites._kept = lru_cache(maxsize=60_000)(sprites._kept.__wrapped__)  # noqa: SLF001
    Figure.raster = lru_cache(maxsize=6_000)(Figure.raster)
    for entry in vocabulary().subjects.values():
        for code in entry.drawings:
            for height in (64, 128):
                sprites.small_figure(code, None, height, height)


class Painters:
    """Worker processes; they end with `close`, or when this process does."""

    def __init__(self, workers: int, *, slots: int = 256, seed: int = 1) -> None:
        """`slots`: how many pictures a worker may be ahead."""
        self._slots = slots
        remember_drawings()
        self._rings = [empty(slots, _shared) for _ in range(workers)]
        self._made: NDArray[np.int64] = _shared((workers,), np.int64)
        self._taken: NDArray[np.int64] = _shared((workers,), np.int64)
        self._children = [self._start(worker, seed * 1000 + worker) for worker in range(workers)]

    def take(self) -> Batch | None:
        """All pictures that are ready; None when there is none."""
        found: list[Batch] = []
        for worker, ring in enumerate(self._rings):
            made, taken = int(self._made[worker]), int(self._taken[worker])
            if made > taken:
                rows = np.arange(taken, made) % self._slots
                found.append(Batch(**{field.name: getattr(ring, field.name)[rows] for field in fields(Batch)}))
                self._taken[worker] = made
        return joined(found) if found else None

    @property
    def made(self) -> int:
        """How many pictures were painted so far."""
        return int(self._made.sum())

    def close(self) -> None:
        """End the workers."""
        for child in self._children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGTERM)
        for child in self._children:
            with suppress(ChildProcessError):
                os.waitpid(child, 0)
        self._children = []

    def _start(self, worker: int, seed: int) -> int:
        parent = os.getpid()
        child = os.fork()
        if child:
            return child
        try:
            for scene, layout_seed, noise in painted(seed):
                made = int(self._made[worker])
                while made - int(self._taken[worker]) >= self._slots:
                    time.sleep(0.002)
                    if os.getppid() != parent:
                        break
                if os.getppid() != parent:
                    break
                write(self._rings[worker], made % self._slots, scene, seed=layout_seed, noise=noise)
                self._made[worker] = made + 1
        finally:
            os._exit(0)


def _shared(shape: tuple[int, ...], kind: type) -> NDArray[Any]:
    size = int(np.prod(shape)) * np.dtype(kind).itemsize
    return np.frombuffer(mmap.mmap(-1, size), kind).reshape(shape)
