"""Painting, one commission after the other, in a thread of its own; anybody may watch a commission as it grows.

::

    order() ──▶ waits ──▶ Progress, Painted(partial) … Painted ──▶ Done        watchers see it all, from the beginning
                  └────────── the last watcher has left ──▶ given up

A commission with an idempotency key can be watched again for a day: the picture is not painted a second time.
"""

import asyncio
import contextlib
import io
import logging
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from math import ceil
from time import monotonic

from PIL import Image

from cloud_bridge.quiet import where
from cloud_bridge.studio.energy import Meter
from cloud_bridge.studio.piece import Piece
from cloud_bridge.studio.wire import MAX_SEED, Edit, Generation, Refused, new_seed
from edge_models.giving_way import draw_behind
from edge_models.image.finish import Cancelled

log = logging.getLogger(__name__)

MOST_WAITING = 8
KEPT_S = 24 * 3600
KEPT_BYTES = 256 * 1024 * 1024
FIRST_GUESS_S = 5.0
"""How long a picture takes, until there are some to learn from."""
_FAILED = Refused(500, "painting_failed", "The studio could not paint this.")


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of the commission is painted, 0 to 1."""

    fraction: float


@dataclass(frozen=True, slots=True)
class Painted:
    """A picture, or an intermediate one."""

    data: bytes
    partial_index: int | None
    """None: it is finished."""
    joules: float | None = None
    """What it took, where the machine counts it."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing more comes."""

    refused: Refused | None = None
    """Why not everything that was asked for is there."""


Step = Progress | Painted | Done


class Commission:
    """One request's pictures in the making."""

    def __init__(self, piece: Piece, request: Generation | Edit) -> None:
        self.piece: Piece | None = piece
        """Until it is painted: pictures that came with an edit aren't kept."""
        self.request, self.size, self.transparent = request, piece.size, piece.transparent
        self.seed = new_seed() if request.seed is None else request.seed
        self.ordered_s = monotonic()
        self.given_up = threading.Event()
        self.steps: list[Step] = []
        self._grown = asyncio.Event()
        self._watchers = 0

    @property
    def done(self) -> bool:
        """Whether nothing more comes."""
        return bool(self.steps) and isinstance(self.steps[-1], Done)

    @property
    def size_bytes(self) -> int:
        """Memory that its pictures take."""
        return sum(len(step.data) for step in self.steps if isinstance(step, Painted))

    def grow(self, step: Step) -> None:
        """Add a step."""
        self.steps.append(step)
        self._grown.set()
        self._grown = asyncio.Event()

    async def watch(self) -> AsyncGenerator[Step]:
        """Every step, from the first. When the last watcher leaves before the end, the commission is given up."""
        self._watchers += 1
        seen = 0
        try:
            while not (self.done and seen == len(self.steps)):
                if seen == len(self.steps):
                    await self._grown.wait()
                yield self.steps[seen]
                seen += 1
        finally:
            self._watchers -= 1
            if not self._watchers and not self.done:
                self.given_up.set()
            elif not self._watchers:  # for those who ask again, the pictures are enough
                finished = [step for step in self.steps if isinstance(step, Painted) and step.partial_index is None]
                self.steps = [*finished, self.steps[-1]]


class Easel:
    """Paints. Used from one event loop."""

    def __init__(self, meter: Meter | None = None) -> None:
        """`meter`: of this machine, where none is given."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="easel", initializer=draw_behind)
        self._open: set[Commission] = set()
        self._keyed: OrderedDict[str, Commission] = OrderedDict()
        self._typical_s = FIRST_GUESS_S
        self._meter = meter or Meter()

    @property
    def waiting(self) -> int:
        """Commissions that are not done."""
        return len(self._open)

    def known(self, request: Generation | Edit, *, key: str | None) -> Commission | None:
        """The commission that was ordered with this key, which must be watched. Raises Refused."""
        if key is None or (known := self._known(key)) is None:
            return None
        if known.request != request:
            raise Refused(409, "idempotency_key_reused", "This Idempotency-Key was used for another request.")
        return known

    def order(self, piece: Piece, request: Generation | Edit, *, key: str | None) -> Commission:
        """A commission, which must be watched: a known one for a known key. Raises Refused."""
        if (known := self.known(request, key=key)) is not None:
            return known
        if self.waiting >= MOST_WAITING:
            wait_s = ceil(self.waiting * self._typical_s)
            raise Refused(429, "queue_full", "The studio has too much to paint at the moment.", retry_after_s=wait_s)
        commission = Commission(piece, request)
        self._open.add(commission)
        if key is not None:
            self._keyed[key] = commission
        loop = asyncio.get_running_loop()
        painting = loop.run_in_executor(
            self._thread, _paint, commission, self._meter, lambda step: self._tell(loop, commission, step)
        )
        painting.add_done_callback(lambda _: self._finished(commission))
        return commission

    def close(self) -> None:
        """Give everything up."""
        for commission in self._open:
            commission.given_up.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _known(self, key: str) -> Commission | None:
        commission = self._keyed.get(key)
        if commission is None or commission.given_up.is_set() or monotonic() - commission.ordered_s > KEPT_S:
            return None
        if commission.done and isinstance(commission.steps[-1], Done) and commission.steps[-1].refused:
            return None
        return commission

    def _tell(self, loop: asyncio.AbstractEventLoop, commission: Commission, step: Step) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed: the process ends
            loop.call_soon_threadsafe(commission.grow, step)

    def _finished(self, commission: Commission) -> None:
        self._open.discard(commission)
        took = monotonic() - commission.ordered_s
        if not commission.given_up.is_set():
            self._typical_s += 0.2 * (took - self._typical_s)
        kept = sum(known.size_bytes for known in self._keyed.values())
        while self._keyed and kept > KEPT_BYTES:
            _, oldest = self._keyed.popitem(last=False)
            kept -= oldest.size_bytes


def _paint(commission: Commission, meter: Meter, tell: Callable[[Step], None]) -> None:
    """In the easel's thread."""
    piece, commission.piece = commission.piece, None
    assert piece is not None
    try:
        for number in range(commission.request.n):
            _paint_one(commission, piece, number, meter, tell)
    except Refused as refused:
        tell(Done(refused))
    except Cancelled:
        tell(Done(_FAILED))
    except Exception as error:  # noqa: BLE001 - whoever watches must be told
        log.error("while painting: %s", where(error))
        tell(Done(_FAILED))
    else:
        tell(Done())


def _paint_one(commission: Commission, piece: Piece, number: int, meter: Meter, tell: Callable[[Step], None]) -> None:
    request = commission.request
    partials = 0
    meter.begin()

    def on_partial(image: Image.Image) -> None:
        nonlocal partials
        tell(Painted(_encode(image, commission), partials))
        partials += 1

    image = piece.paint(
        seed=(commission.seed + number) % MAX_SEED,
        partials=request.partial_images if request.stream else 0,
        on_progress=lambda share: tell(Progress((number + share) / request.n)),
        on_partial=on_partial,
        cancelled=commission.given_up.is_set,
    )
    tell(Painted(_encode(image, commission), None, meter.joules()))


def _encode(image: Image.Image, commission: Commission) -> bytes:
    file = io.BytesIO()
    request = commission.request
    if image.mode == "RGBA" and not commission.transparent:
        image = _on_white(image)
    match request.output_format:
        case "png":
            image.save(file, "PNG", compress_level=4)
        case "jpeg":
            image.save(file, "JPEG", quality=request.output_compression)
        case "webp":
            image.save(file, "WEBP", quality=request.output_compression)
    return file.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    if image.getchannel("A").getextrema() == (255, 255):
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image)
    return white.convert("RGB")
