"""Changes of pictures from the phone's page to the finished picture: a device, a broker, the bridge and our studio."""

import asyncio
import io
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from device.app import Device
from device.config import DeviceConfig
from device.events import Artifact, Failed, Happened, Reply, TurnFinished
from device.gallery import Picture, read_region
from device.running import running_device
from nightjar.local_cloud import start_cloud

WITHIN_S = 60.0
SECRET = b"Rosenweg 12"


@dataclass
class House:
    """A device that may send photos, and the cloud that it reaches."""

    place: Path
    device: Device
    happened: list[Happened] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self, happened: Happened) -> None:
        self.happened.append(happened)
        self.came.set()

    async def until(self, reached: Callable[[], object]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not reached():
                self.came.clear()
                await self.came.wait()

    def of(self, turn: str, kind: type) -> list[object]:
        return [one.event for one in self.happened if one.turn == turn and isinstance(one.event, kind)]

    async def finished(self, turn: str) -> Picture:
        """The picture of a turn, as soon as somebody else has finished it."""

        def finals() -> list[Artifact]:
            made = [one for one in self.of(turn, Artifact) if isinstance(one, Artifact)]
            return [one for one in made if one.stage == "final"]

        await self.until(lambda: (finals() and self.of(turn, TurnFinished)) or self.of(turn, Failed))
        assert self.of(turn, Failed) == []
        picture = await self.device.kept.gallery.get(finals()[0].picture)
        assert picture is not None
        return picture

    def read(self, query: str) -> list[tuple[object, ...]]:
        with closing(sqlite3.connect(self.place / "device" / "device.sqlite")) as db:
            return db.execute(query).fetchall()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    home, cloud = tmp_path / "device", tmp_path / "cloud"
    home.mkdir()
    cloud.mkdir()
    async with AsyncExitStack() as stack:
        broker = await start_cloud(stack, cloud, device="lamp")
        privacy = {"allow": ["text", "photo"]}
        settings = DeviceConfig.model_validate({"name": "lamp", "broker": broker.model_dump(), "privacy": privacy})
        device = await stack.enter_async_context(running_device(settings, home))
        here = House(tmp_path, device)
        device.bus.observe(here.note)
        async with asyncio.timeout(WITHIN_S):
            while device.offload.can("edit") != "up":  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.05)
        yield here


async def test_a_part_of_a_photo_is_changed_by_the_studio_and_the_rest_comes_back_as_it_was(house: House) -> None:
    file = io.BytesIO()
    sky = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    sky.save(file, "JPEG", quality=95, comment=SECRET)
    photo = await house.device.by_hand.take_photo(file.getvalue(), "Mum's phone")
    turn = await house.device.by_hand.change(photo.id, "add a balloon", read_region({"region": [0.5, 0.2, 0.9, 0.8]}))
    changed = await house.finished(turn)
    assert changed.best is not None
    assert (changed.parent, changed.best.engine) == (photo.id, "Nightjar studio (vector art)")
    before, after = (Image.open(picture.best.path).convert("RGB") for picture in (photo, changed) if picture.best)
    assert after.size == before.size == (640, 480)
    differs = np.abs(np.asarray(before, int) - np.asarray(after, int)).max(axis=2)
    assert differs[:, :300].max() <= 12  # outside the part: what JPEG makes of it
    assert differs[100:380, 330:570].max() > 60

    # What left is in the audit log by its hash, held nothing but pixels, and lies here no longer.
    (words, *uploads) = house.read("SELECT what, content FROM audit ORDER BY n")
    assert words == ("image.edit", "add a balloon")
    at_the_bridge = list((house.place / "cloud" / "bridge" / "media" / "uploads" / "lamp").iterdir())
    assert len(uploads) == len(at_the_bridge) == 2
    for path in at_the_bridge:
        assert any(f"sha256:{path.stem}" in str(content) for _, content in uploads)
        assert SECRET not in path.read_bytes()
    assert house.read("SELECT * FROM outbox_inputs") == []
    assert "".join(one.text for one in house.of(turn, Reply) if isinstance(one, Reply)) == "Okay, with a balloon."


async def test_a_fox_is_put_into_a_photo_by_the_studio(house: House) -> None:
    fox = await house.finished(house.device.ask("draw a red fox"))
    file = io.BytesIO()
    Image.new("RGB", (640, 480), (120, 170, 220)).save(file, "PNG")
    photo = await house.device.by_hand.take_photo(file.getvalue(), "Mum's phone")
    both = await house.finished(house.device.ask("combine them"))
    assert {both.parent, *both.others} == {photo.id, fox.id}
    assert both.best is not None
    assert both.best.engine == "Nightjar studio (vector art)"
    seen = np.asarray(Image.open(both.best.path).convert("RGB"), int)
    away = np.abs(seen - (120, 170, 220)).max(axis=2) > 60
    assert 0.02 < away.mean() < 0.8
