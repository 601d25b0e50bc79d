"""Finishing pictures on the device: one after the other, called off, failed; and by a real, very small model."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from device.bus import Bus
from device.clock import SystemClock
from device.config import DeviceConfig, Pictures
from device.events import Artifact, Event, Failed, JobProgress, JobQueued, PictureDeleted, Reply, Understood
from device.finishing import MAX_WAITING, Finisher, TooManyWait
from device.gallery import Gallery
from device.phrases import Phrases
from device.progress import watch
from device.running import running_device
from device.store import Store
from edge_models.models import ModelCorrupt
from edge_models.residency import Residency

WITHIN_S = 30.0


class Model:
    """Draws a grey square in two steps, each as soon as it may."""

    peak_bytes = 1_000

    def __init__(self) -> None:
        self.may = threading.Semaphore(0)
        self.stepping = threading.Semaphore(0)
        self.prompts: list[str] = []
        self.broken = False

    def draw(self, prompt: str, *, seed: int, going: Callable[[int, int], bool]) -> Image.Image | None:
        self.prompts.append(prompt)
        for done in range(2):
            if not going(done, 2):
                return None
            self.stepping.release()
            assert self.may.acquire(timeout=WITHIN_S)
            if self.broken:
                raise ModelCorrupt("The denoiser can't be run: it is broken.")
        return Image.new("RGB", (64, 64), (seed, seed, seed)) if going(2, 2) else None

    def free(self) -> None:
        pass


class Desk:
    """A finisher at work, and what it tells."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.model = Model()
        self.bus = Bus(SystemClock())
        self.told: asyncio.Queue[Event] = asyncio.Queue()
        self.bus.observe(lambda happened: self.told.put_nowait(happened.event))
        self.finisher = Finisher(
            lambda _: self.model,
            engine="A model on this device",
            residency=Residency(),
            gallery=gallery,
            bus=self.bus,
            phrases=Phrases("en"),
        )

    async def ask(self, prompt: str) -> tuple[str, str]:
        """A new picture's id, and that of the job."""
        picture = await self.gallery.new(turn="t", prompt=prompt, scene=None, seed=7)
        job = self.finisher.submit(turn="t", picture_id=picture.id, prompt=prompt, seed=7)
        assert await self.next() == JobQueued(job=job, kind="image")
        return picture.id, job

    async def next(self) -> Event:
        async with asyncio.timeout(WITHIN_S):
            return await self.told.get()

    async def stepping(self) -> None:
        """Wait until a step is being drawn."""
        assert await asyncio.to_thread(self.model.stepping.acquire, timeout=WITHIN_S)


@pytest.fixture
async def desk(store: Store, tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(Gallery(store, tmp_path / "pictures"))
    work = asyncio.create_task(desk.finisher.run())
    yield desk
    desk.model.may.release(100)
    work.cancel()


async def test_pictures_are_finished_one_after_the_other(desk: Desk) -> None:
    fox, job = await desk.ask("a fox")
    owl, _ = await desk.ask("an owl")
    assert desk.finisher.pending() == 2
    desk.model.may.release(2)
    told = [await desk.next() for _ in range(3)]
    assert told[:2] == [JobProgress(job=job, fraction=0.5), JobProgress(job=job, fraction=1.0)]
    final = told[2]
    assert isinstance(final, Artifact)
    assert (final.picture, final.stage, final.engine) == (fox, "final", "A model on this device")
    assert (final.width, final.height) == (64, 64)
    assert not desk.finisher.working_on(fox)
    assert desk.finisher.working_on(owl)
    desk.model.may.release(2)
    assert [type(await desk.next()) for _ in range(3)] == [JobProgress, JobProgress, Artifact]
    assert desk.model.prompts == ["a fox", "an owl"]


async def test_the_draft_comes_first(desk: Desk) -> None:
    picture = await desk.gallery.new(turn="t", prompt="a fox", scene=None, seed=7)
    draft = asyncio.get_running_loop().create_future()
    desk.finisher.submit(turn="t", picture_id=picture.id, prompt="a fox", seed=7, after=draft)
    assert isinstance(await desk.next(), JobQueued)
    desk.model.may.release(2)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await desk.told.get()
    assert not desk.model.prompts
    draft.set_exception(ValueError("no draft"))
    assert [type(await desk.next()) for _ in range(3)] == [JobProgress, JobProgress, Artifact]


async def test_what_is_called_off_is_not_drawn_any_further(desk: Desk) -> None:
    _, drawn = await desk.ask("a fox")
    _, waiting = await desk.ask("an owl")
    await desk.stepping()
    for job in (drawn, waiting):
        assert desk.finisher.cancel(job)
        told = await desk.next()
        assert isinstance(told, Failed)
        assert (told.code, told.job) == ("cancelled", job)
        assert not desk.finisher.cancel(job)
    await desk.ask("a cat")
    desk.model.may.release(3)  # one step of the fox, and the cat
    assert [type(await desk.next()) for _ in range(3)] == [JobProgress, JobProgress, Artifact]
    assert desk.model.prompts == ["a fox", "a cat"]


async def test_a_picture_that_is_deleted_is_not_finished(desk: Desk) -> None:
    fox, job = await desk.ask("a fox")
    await desk.stepping()
    desk.bus.publish("t", PictureDeleted(fox))
    assert await desk.next() == PictureDeleted(fox)
    told = await desk.next()
    assert isinstance(told, Failed)
    assert (told.code, told.job) == ("cancelled", job)


async def test_a_picture_that_is_gone_when_it_is_done_is_let_go(desk: Desk) -> None:
    fox, job = await desk.ask("a fox")
    await desk.gallery.delete(fox)
    desk.model.may.release(2)
    told = [await desk.next() for _ in range(3)][2]
    assert isinstance(told, Failed)
    assert (told.code, told.job) == ("cancelled", job)


async def test_a_model_that_fails_is_one_sentence_and_the_next_is_drawn(desk: Desk) -> None:
    desk.model.broken = True
    _, job = await desk.ask("a fox")
    desk.model.may.release()
    told = await desk.next()
    assert told == Failed(
        code="finish_failed", text="The finished picture didn't work out; the draft is what there is.", job=job
    )
    desk.model.broken = False
    await desk.ask("an owl")
    desk.model.may.release(2)
    assert [type(await desk.next()) for _ in range(3)] == [JobProgress, JobProgress, Artifact]


async def test_too_many_are_refused(desk: Desk) -> None:
    for _ in range(MAX_WAITING):
        await desk.ask("a fox")
    with pytest.raises(TooManyWait):
        await desk.ask("a fox")


async def test_a_device_finishes_what_it_draws_without_a_bridge(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="onnx comes with `make setup-dev`")
    from tiny_exported import tiny_exported

    tiny_exported(tmp_path / "exported" / "sd-turbo")
    events: list[Event] = []
    config = DeviceConfig(pictures=Pictures(draft="compositor", finish="sd-turbo"))
    async with running_device(config, tmp_path) as device:
        device.bus.observe(lambda happened: events.append(happened.event))
        for text in ("draw a red fox", "draw a glorp"):
            progress = watch(device.bus)
            device.ask(text)
            assert await progress.until_settled(WITHIN_S)
            (final,) = progress.finals
            assert (final.engine, final.width, final.height) == ("SD-Turbo on this device", 64, 64)
    assert [event.stage for event in events if isinstance(event, Artifact)] == ["draft", "final", "final"]
    routes = [event.route for event in events if isinstance(event, Understood)]
    assert routes == ["grammar/device", "grammar/device"]
    assert [event.text for event in events if isinstance(event, Reply)] == [
        "Drawing a red fox.",
        "I don't know how to sketch a glorp, but the finished picture will try.",
    ]


async def test_a_model_that_is_not_there_is_said_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"There is no picture model in .*exported/sd-turbo"):
        async with running_device(DeviceConfig(pictures=Pictures(finish="sd-turbo")), tmp_path):
            pass
