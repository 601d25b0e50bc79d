"""A device for the drill, in a process of its own: the real offload, store and gallery, and nobody who speaks.

It asks for pictures at random moments, calls some of them off and sends some requests twice. A line in `called-off`,
synced before the call, says which jobs may have ended without ever having left.
"""

import asyncio
import os
import random
import sys
from pathlib import Path
from uuid import uuid4

from pydantic import BaseModel

from cloud_bridge.link import LinkDown
from cloud_bridge.protocol import device_topic
from device.bus import Bus
from device.clock import SystemClock
from device.config import Broker
from device.gallery import Gallery
from device.offload import Offload
from device.policy import Data, Policy, Wish
from device.recorder import Journal
from device.store import Store

MOST_OPEN = 30
"""A person does not ask for more either; the provider is not the drill's subject."""


class Settings(BaseModel):
    """Read from `settings.json` in the device's directory."""

    name: str
    broker: Broker
    seed: int
    every_s: float
    """Between two wishes, on average."""
    backlog: int = 0
    """So many are asked for at once, and no more."""


def quiet(place: Path) -> Path:
    """While this file is there, the device asks for nothing."""
    return place / "quiet"


def called_off(place: Path) -> set[str]:
    """The jobs that were, or were about to be."""
    path = place / "called-off"
    return set(path.read_text(encoding="ascii").split()) if path.exists() else set()


class Person:
    """Who wishes, and changes their mind."""

    def __init__(self, place: Path, settings: Settings, offload: Offload, gallery: Gallery) -> None:
        self._place, self._settings, self._offload, self._gallery = place, settings, offload, gallery
        self._rng = random.Random(settings.seed)  # noqa: S311 - chance, not secrecy
        self._policy = Policy()

    async def live(self) -> None:
        """For ever."""
        for _ in range(self._settings.backlog):
            await self._wish()
        async with asyncio.TaskGroup() as group:
            while True:
                await asyncio.sleep(self._rng.expovariate(1 / self._settings.every_s))
                silent = self._settings.backlog or quiet(self._place).exists()
                if not silent and self._offload.pending() < MOST_OPEN:
                    job = await self._wish()
                    group.create_task(self._second_thoughts(job))

    async def _wish(self) -> str:
        turn, prompt = str(uuid4()), f"a red fox, number {uuid4()}"
        kinds = frozenset({Data.TEXT})
        permission = self._policy.decide(Wish(turn, "picture.create", kinds, kinds, prompt)).permission
        assert permission is not None
        picture = await self._gallery.new(turn=turn, prompt=prompt, scene=None, seed=1)
        return await self._offload.submit(permission=permission, turn=turn, picture=picture, prompt=prompt, seed=1)

    async def _second_thoughts(self, job: str) -> None:
        chance = self._rng.random()
        await asyncio.sleep(self._rng.uniform(0, 1.5))
        if chance < 0.1:
            await asyncio.to_thread(self._write_down, job)
            await self._offload.cancel(job)
        elif chance < 0.2:
            await self._send_again(job)

    async def _send_again(self, job: str) -> None:
        """As a broker does that has lost its memory, or an attacker with a recording."""
        offload = self._offload
        known, way = offload._outbox.find_open(job), offload._way  # noqa: SLF001 - no product code ever does this
        if known is not None and way is not None and known.sent:
            try:
                await way.link.publish(device_topic(self._settings.name, "jobs"), known.body)
            except LinkDown:
                return

    def _write_down(self, job: str) -> None:
        with (self._place / "called-off").open("a", encoding="ascii") as file:
            file.write(f"{job}\n")
            file.flush()
            os.fsync(file.fileno())


async def live(place: Path) -> None:
    """For ever; prints `ready` when it works."""
    settings = Settings.model_validate_json((place / "settings.json").read_bytes())
    store = Store.open(place / "device.sqlite")
    gallery = Gallery(store, place / "pictures")
    await gallery.sweep()
    bus, journal = Bus(SystemClock(), next_seq=store.last_seq() + 1), Journal(store)
    bus.observe(journal.note)
    offload = Offload(store=store, gallery=gallery, bus=bus, device=settings.name, broker=settings.broker)
    person = Person(place, settings, offload, gallery)
    async with asyncio.TaskGroup() as group:
        group.create_task(offload.run())
        group.create_task(journal.run())
        group.create_task(person.live())
        print('{"ready": "device"}', flush=True)


if __name__ == "__main__":
    asyncio.run(live(Path(sys.argv[1])))
