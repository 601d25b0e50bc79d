"""Sender and inbox with a disk that refuses, and with a power cut at the worst moment."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from offload_parts import (
    FIRST,
    Device,
    device_in,
    final,
    partial,
)

from device.offload import _inbox as inbox_module
from device.offload._fetch import Forbidden, Unreachable
from device.store import StoreError


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with device_in(tmp_path) as device:
        yield device


# A disk that refuses


class Full:
    """A disk without room, until `stop`."""

    def __init__(self, device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
        self._device, self._monkeypatch = device, monkeypatch
        self.refused = asyncio.Event()
        monkeypatch.setattr(device.store, "write", self._refuse)

    async def _refuse(self, fn: object) -> None:
        self.refused.set()
        raise StoreError("The device's store can't be used: database or disk is full.")

    def stop(self) -> None:
        self._monkeypatch.undo()


async def until(reached: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not reached():  # noqa: ASYNC110 - whatever it waits for says nothing itself
            await asyncio.sleep(0.01)


async def test_the_sender_outlives_a_full_disk(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    job, _ = await device.order()
    full = Full(device, monkeypatch)
    task = asyncio.create_task(device.sender.run())
    await full.refused.wait()
    full.stop()
    device.outbox.changed.set()
    await until(lambda: task.done() or device.wire.jobs())
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert [str(message.job) for message in device.wire.jobs()] == [job]


async def test_the_inbox_outlives_a_full_disk_and_the_picture_comes(
    device: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    full = Full(device, monkeypatch)
    device.answers["http://bridge/a"] = Forbidden("The bridge keeps the picture elsewhere.")
    await device.inbox.handle(final(job))
    task = asyncio.create_task(device.inbox.run())
    await full.refused.wait()
    full.refused.clear()
    device.answers.clear()
    await full.refused.wait()
    full.stop()
    await until(lambda: task.done() or device.ends())
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert await device.stages(picture) == ["final"]


async def test_what_nobody_thought_of_does_not_end_the_inbox(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_module, "PAUSES_S", (0.0, 0.0))
    job, picture = await device.order()
    device.answers["http://bridge/a"] = ZeroDivisionError("a mistake")
    await device.inbox.handle(partial(job, 0, FIRST))
    await device.inbox.fetch_partial()
    await device.inbox.handle(final(job))
    await device.inbox.fetch_finals()
    device.answers.clear()
    await device.inbox.fetch_finals()
    assert await device.stages(picture) == ["final"]


@pytest.mark.parametrize("part", ["sender", "inbox"])
async def test_what_is_stopped_just_as_something_changes_stops(device: Device, part: str) -> None:
    device.answers["http://bridge/a"] = Unreachable("The picture's server answered 502.")
    job, _ = await device.order()
    await device.inbox.handle(final(job))
    task = asyncio.create_task(device.sender.run() if part == "sender" else device.inbox.run())
    changed = device.outbox.changed if part == "sender" else device.inbox._finals_changed
    async with asyncio.timeout(5):
        while changed.is_set():  # noqa: ASYNC110 - a few turns of the loop, until it has taken up what there was
            await asyncio.sleep(0)
    await device.rows()
    changed.set()
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=5)
    assert done


# A power cut at the worst moment

CHILD = """
import asyncio, hashlib, os, pathlib, signal, sys
sys.path.insert(0, sys.argv[2])
import offload_parts as t

async def main():
    async with t.device_in(pathlib.Path(sys.argv[1])) as device:
        job, picture = await device.order()
        write = device.store.write
        async def cut(fn):
            def half(db):
                fn(db)
                os.kill(os.getpid(), signal.SIGKILL)  # file renamed, rows written, nothing committed
            return await write(half)
        await device.inbox.handle(t.final(job))
        device.store.write = cut
        await device.inbox.fetch_finals()

asyncio.run(main())
"""


async def test_a_power_cut_before_the_commit_of_a_result_leaves_the_job_unfinished(tmp_path: Path) -> None:
    command = [sys.executable, "-c", CHILD, str(tmp_path), str(Path(__file__).parent)]
    killed = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=False, timeout=60)
    assert killed.returncode == -9, killed.stderr.decode()
    async with device_in(tmp_path) as device:
        assert await device.rows() == [(0, 0, 0)]
        assert await device.gallery.sweep() == 1
        (job,) = device.outbox.jobs
        wanted = device.outbox.find_open(job)
        assert wanted is not None
        picture = await device.gallery.get(wanted.picture)
        assert picture is not None
        assert picture.versions == ()
        await device.inbox.handle(final(job))
        await device.inbox.fetch_finals()
        assert await device.stages(picture) == ["final"]
        assert len(device.ends()) == 1
