"""Finishes pictures on this device, where a model that draws any words was set up for it: no bridge, nothing leaves.

::

    submit ──▶ waiting ──▶ one is drawn, behind all else ──▶ gallery ──▶ on the page
                  ▲           ▲
                  └───────────┴── cancel, or the picture is deleted: off within one step

What waits when the device ends stays a draft.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol

from PIL import Image
from uuid_utils import uuid7

from device.bus import Bus
from device.config import Pictures
from device.events import Failed, Happened, JobProgress, JobQueued, PictureDeleted
from device.gallery import Gallery, UnknownPicture, artifact
from device.phrases import Phrases
from edge_models.giving_way import draw_behind
from edge_models.residency import Place, Rank, Residency

log = logging.getLogger(__name__)

MAX_WAITING = 8
"""A picture can take half a minute: who asks for more at once has stopped looking."""


class StrongModel(Protocol):
    """Draws any words, in a few steps."""

    @property
    def peak_bytes(self) -> int:
        """The most memory that it takes at one time."""
        ...

    def draw(self, prompt: str, *, seed: int, going: Callable[[int, int], bool]) -> Image.Image | None:
        """Draw it; None where `going`, asked before each step with those done and how many there are, says no."""
        ...

    def free(self) -> None:
        """Give its memory back until it is needed again."""
        ...


class TooManyWait(Exception):
    """So many pictures wait already."""


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    turn: str
    picture: str
    prompt: str
    seed: int
    after: asyncio.Future[Any] | None


class Finisher:
    """One picture after the other, in a thread of its own that gives way to who listens and speaks."""

    def __init__(
        self,
        load: Callable[[int], StrongModel],
        *,
        engine: str,
        residency: Residency,
        gallery: Gallery,
        bus: Bus,
        phrases: Phrases,
    ) -> None:
        """`load` gets the bytes that the model may use, may take long, and raises ModelError; `engine`: on the page."""
        self._load = load
        self._engine = engine
        self._residency = residency
        self._gallery = gallery
        self._bus = bus
        self._phrases = phrases
        self._model: tuple[StrongModel, Place] | None = None
        self._jobs: dict[str, _Job] = {}
        """What waits, and first what is being drawn."""
        self._more = asyncio.Event()
        bus.observe(self._deleted)

    def pending(self) -> int:
        """Pictures that are not finished."""
        return len(self._jobs)

    def working_on(self, picture_id: str) -> bool:
        """Whether a picture is still to be finished."""
        return any(job.picture == picture_id for job in self._jobs.values())

    def submit(
        self, *, turn: str, picture_id: str, prompt: str, seed: int, after: asyncio.Future[Any] | None = None
    ) -> str:
        """Have a picture finished; the job's id. Raises TooManyWait.

        `after`: its draft, which is waited for: who looks on wants that first, and both want the same processor.
        """
        if len(self._jobs) >= MAX_WAITING:
            raise TooManyWait
        job = _Job(str(uuid7()), turn, picture_id, prompt, seed, after)
        self._jobs[job.id] = job
        self._bus.publish(turn, JobQueued(job=job.id, kind="image"))
        self._more.set()
        return job.id

    def cancel(self, job_id: str) -> bool:
        """Don't finish it; False when it is finished or unknown."""
        job = self._jobs.pop(job_id, None)
        if job is not None:
            self._bus.publish(job.turn, Failed(code="cancelled", text=self._phrases("fault-cancelled"), job=job.id))
        return job is not None

    async def run(self) -> None:
        """Draw what waits, until cancelled."""
        executor = ThreadPoolExecutor(1, "finish", initializer=draw_behind)
        try:
            while True:
                await self._more.wait()
                self._more.clear()
                while self._jobs:
                    await self._finish(next(iter(self._jobs.values())), executor)
        finally:
            self._jobs.clear()  # the thread ends within one step, which nobody waits for
            executor.shutdown(wait=False)

    async def _finish(self, job: _Job, executor: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()

        def going(done: int, of: int) -> bool:
            if done:
                loop.call_soon_threadsafe(self._told, job, done / of)
            return job.id in self._jobs

        try:
            if job.after is not None:
                await asyncio.wait([job.after])
            data = await loop.run_in_executor(executor, self._drawn, job, going)
            if data is None or job.id not in self._jobs:
                return
            version = await self._gallery.add(job.picture, stage="final", engine=self._engine, data=data)
        except UnknownPicture:
            self.cancel(job.id)
        except Exception:
            log.exception("a picture was not finished")
            if self._jobs.pop(job.id, None):
                text = self._phrases("fault-not-finished")
                self._bus.publish(job.turn, Failed(code="finish_failed", text=text, job=job.id))
        else:
            self._jobs.pop(job.id, None)
            self._bus.publish(job.turn, artifact(job.picture, version))

    def _drawn(self, job: _Job, going: Callable[[int, int], bool]) -> bytes | None:
        """The picture as WebP. In the executor."""
        if self._model is None:
            model = self._load(self._residency.could_have())
            place = self._residency.place(self._engine, Rank.STRONG_PICTURE, model.peak_bytes, free=model.free)
            self._model = model, place
        model, place = self._model
        with place.in_use():
            image = model.draw(job.prompt, seed=job.seed, going=going)
        if image is None:
            return None
        data = BytesIO()
        image.save(data, "WEBP", quality=92, method=4)
        return data.getvalue()

    def _told(self, job: _Job, fraction: float) -> None:
        if job.id in self._jobs:
            self._bus.publish(job.turn, JobProgress(job=job.id, fraction=round(fraction, 3)))

    def _deleted(self, happened: Happened) -> None:
        if isinstance(happened.event, PictureDeleted):
            for job in [job for job in self._jobs.values() if job.picture == happened.event.picture]:
                self.cancel(job.id)


def finisher_of(
    pictures: Pictures, home: Path, *, residency: Residency, gallery: Gallery, bus: Bus, phrases: Phrases
) -> Finisher | None:
    """Who finishes pictures on this device by its settings; None: nobody. Raises ModelError."""
    if pictures.finish is None:
        return None
    # Only now: TensorRT and all are of no use to a device whose bridge finishes pictures.
    from edge_models.diffusion.here import PictureModelHere

    model = PictureModelHere(pictures.finish, home)
    engine = f"{model.called} on this device"
    return Finisher(model.load, engine=engine, residency=residency, gallery=gallery, bus=bus, phrases=phrases)
