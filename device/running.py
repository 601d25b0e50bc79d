"""Runs a device for as long as a block lasts: one a home, all its parts beside each other, and an end for each."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path

from device.app import Device
from device.clock import Clock, SystemClock
from device.config import DeviceConfig
from device.drafting import load_drafter
from device.engines import DeviceError, Hearing
from device.enrolment import stay_enrolled
from device.memory_plan import residency_of
from device.store import Store
from edge_models.models import ModelStore

LOCK_NAME = "device.lock"


class HomeInUse(DeviceError):
    """Another running device owns this home directory."""


@asynccontextmanager
async def running_device(
    config: DeviceConfig,
    home: Path,
    *,
    hearing: Hearing | None = None,
    clock: Clock | None = None,
    page: Callable[[str], None] | None = None,
    turn_began_s: Callable[[float], float] = lambda at_s: at_s,
    live: bool = True,
) -> AsyncIterator[Device]:
    """Run a device for as long as the block lasts.

    Without `hearing` it neither hears nor speaks, and takes typed commands only. With `page`, the
    companion page is served and `page` is called with its address. `turn_began_s` maps the time at which a spoken turn
    begins to that from which its events count. Not `live` is one with files in the microphone's place: it starts
    unmuted whatever was set, leaves that as it is, and rings for nobody. Raises DeviceError, ModelError, StoreError.
    """
    lock = _lock(home)
    try:
        models = ModelStore(home / "models")
        residency = residency_of(config, models, speaks=hearing is not None)
        drafter = await asyncio.to_thread(load_drafter, config.pictures, models, residency)
        store = Store.open(home / "device.sqlite")
        try:
            try:
                device = Device(
                    config,
                    home,
                    store=store,
                    clock=clock or SystemClock(),
                    hearing=hearing,
                    drafter=drafter,
                    residency=residency,
                    turn_began_s=turn_began_s,
                    live=live,
                )
            except ValueError as error:  # a language without sentences
                raise DeviceError(str(error)) from None
            except OSError as error:  # a missing certificate's error doesn't say which file it was
                file = error.filename or config.broker.cert_file or config.broker.ca_file
                raise DeviceError(f"{file} can't be used: {error.strerror or error}.") from None
            await device.load()
            try:
                # Outermost those who only look on: they end last and keep what the others say while they end.
                async with (
                    _running(
                        device.kept.journal.run(),
                        device.kept.recorder.run(),
                        *([device.lights.run()] if device.lights else ()),
                    ),
                    _running(
                        device.offload.run(),
                        stay_enrolled(home, online=lambda: device.offload.online),
                        device.turns.run(),
                        device.tools.run(),
                        device.kept.memory.run(),
                        device.news.run(),
                        device.kept.quiet.run(),
                        device.by_example.load(),
                        *([device.language_model.load()] if device.language_model else ()),
                        *([device.finisher.run()] if device.finisher else ()),
                        device.senses.run(),
                        residency.run(),
                        device.presence.run(),
                        device.kept.trash.run(),
                        *([device.ringing.run()] if live and hearing else ()),
                        *([device.serve_page(page)] if page else ()),
                    ),
                ):
                    yield device
            finally:
                device.close()
                if device.language_model:
                    await device.language_model.close()
        finally:
            await store.close()
            drafter.close()
    finally:
        os.close(lock)


@asynccontextmanager
async def _running(*parts: Coroutine[None, None, None]) -> AsyncIterator[None]:
    """Run `parts` beside the block; the first that fails ends it, and the end of the block ends them."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(part, name=part.__qualname__) for part in parts]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def listening(device: Device) -> AsyncIterator[None]:
    """Let `device` hear for as long as the block lasts; a microphone that fails ends it with AudioFault."""
    async with _running(device.hear()):
        yield


def home_is_free(home: Path) -> bool:
    """Whether no running device owns `home`."""
    try:
        os.close(_lock(home))
    except HomeInUse:
        return False
    return True


def _lock(home: Path) -> int:
    try:
        descriptor = os.open(home / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DeviceError(f"The home directory {home} can't be used: {error.strerror}.") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise HomeInUse(
            f"A running device already owns {home}; stop it, or set NIGHTJAR_HOME to another directory."
        ) from None
    return descriptor
