"""A bridge whose disk is full for a while: nothing is lost, nothing is made that was called off meanwhile."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_desk import Desk
from bridge_parts import WITHIN_S, request
from power_cut import Disk

from cloud_bridge import front as front_desk
from cloud_bridge.protocol import Accepted, Cancel, Failed, ImageCreate, device_topic, encode

JOBS = device_topic("lamp", "jobs")


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk("full-disk")
    monkeypatch.setattr(sqlite3, "connect", disk.connect)
    monkeypatch.setattr(front_desk, "LEDGER_PAUSE_S", 0.01)
    return disk


@pytest.fixture
async def desk(tmp_path: Path, disk: Disk) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    disk.room = None
    await desk.close()


async def arriving(desk: Desk, wish: ImageCreate) -> asyncio.Task[None]:
    """A job that comes while the disk is full, tried at least once by now."""
    task = asyncio.create_task(desk.arrives(JOBS, encode(wish)))
    await asyncio.sleep(0.05)
    return task


async def test_a_job_that_comes_while_the_disk_is_full_is_taken_when_there_is_room(desk: Desk, disk: Disk) -> None:
    wish = request()
    disk.room = 0
    task = await arriving(desk, wish)
    assert desk.happened == []  # the broker has no acknowledgement: it still has the job
    assert desk.sent == []
    disk.room = None
    async with asyncio.timeout(WITHIN_S):
        await task
    assert desk.happened[-2:] == ["COMMIT", "ack"]
    assert [type(message) for _, message in desk.sent] == [Accepted]
    assert await desk.state_of(wish) == ("queued", 0)


async def test_a_job_that_is_called_off_while_the_disk_is_full_is_never_made(desk: Desk, disk: Disk) -> None:
    wish = request()
    disk.room = 0
    job = await arriving(desk, wish)
    cancellation = asyncio.create_task(desk.arrives(JOBS, encode(Cancel(job=wish.job))))
    await asyncio.sleep(0.05)
    disk.room = None
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(job, cancellation)
    assert await desk.ledger.claim(now=0) is None
    entry = await desk.ledger.find("lamp", str(wish.job))
    assert entry is not None
    assert entry.state in ("failed", "cancelled")
    assert entry.result is not None
    assert b'"code":"cancelled"' in entry.result


async def test_a_cancellation_that_overtakes_its_job_counts(desk: Desk) -> None:
    wish = request()
    await desk.arrives(JOBS, encode(Cancel(job=wish.job)))
    await desk.arrives(JOBS, encode(wish))
    assert await desk.ledger.claim(now=0) is None
    first, *_ = [message for _, message in desk.sent]
    assert isinstance(first, Failed)
    assert first.code == "cancelled"


async def test_while_the_disk_is_full_others_who_need_no_room_are_seen_to(desk: Desk, disk: Disk) -> None:
    known = await desk.made()
    disk.room = 0
    task = await arriving(desk, request())
    await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [known]
    disk.room = None
    async with asyncio.timeout(WITHIN_S):
        await task
