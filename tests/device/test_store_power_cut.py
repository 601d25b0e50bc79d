"""The device's store and a power cut at any moment: outbox, audit log, pictures. And files before the rows of them."""

import asyncio
import os
import sqlite3
from collections.abc import Awaitable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from offload_parts import image
from power_cut import Disk, Op, cuts

from device.audit import AuditLine
from device.gallery import Gallery
from device.offload._metadata import bare
from device.offload._outbox import Job, Outbox
from device.store import Store, StoreError

T = TypeVar("T")
BODY = b"{}" * 700
PICTURE = bare(image("red"))


@dataclass
class Run:
    """What was promised of a job after so many operations of the disk: the columns of its row, None for no row."""

    log: list[Op]
    promised: list[tuple[int, str, dict[str, int] | None]] = field(default_factory=list)

    async def returned(self, call: Awaitable[T], job: Job, **columns: int) -> T:
        result = await call
        self.promised.append((len(self.log), job.id, columns or None))
        return result


@pytest.fixture
def disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Disk:
    disk = Disk(request.node.name)
    monkeypatch.setattr(sqlite3, "connect", disk.connect)
    return disk


def line(job: Job) -> AuditLine:
    return AuditLine(0, "t", job.id, "image.create", "bridge:1883", "a fox")


async def work(directory: Path, run: Run, jobs: int) -> None:
    """Jobs that are finished, asked for again, cancelled, set aside, withdrawn, or still under way."""
    store = Store.open(directory / "device.sqlite")
    gallery, outbox = Gallery(store, directory / "pictures"), Outbox(store)
    for n in range(jobs):
        picture = await gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
        job = Job(id=str(uuid4()), turn="t", picture=picture.id, body=BODY, expires_at=4e9)
        adding = outbox.add(job, line(job), line(job), inputs=[PICTURE])
        await run.returned(adding, job, sent=0, ended=0, audit=2, inputs=1)
        if n % 4 == 3:
            await run.returned(outbox.withdraw(job), job)
            continue
        await run.returned(outbox.mark_sent(job), job, sent=1)
        if n % 4 == 1:
            old, new = job.id, str(uuid4())
            again = outbox.replace(job, new, BODY, expires_at=4e9, created_at=1, not_before=0)
            await run.returned(again, job, sent=0, ended=0, audit=2, inputs=1)
            run.promised.append((len(run.log), old, None))
            continue
        if n == 6:
            await run.returned(outbox.set_aside(job), job, ended=1, cancelled=1)
            continue
        if n % 4 == 2:
            await run.returned(outbox.cancel(job), job, cancelled=1)
            continue
        prepared = await gallery.prepare(picture.id, stage="final", engine="x", data=image("red"))
        await run.returned(outbox.end(job, prepared.write_row), job, ended=1, finals=1)
        await run.returned(outbox.forget(job.id), job)
    await store.close()


def rows(path: Path) -> dict[str, dict[str, int]]:
    """What a new process finds of each job that is in the audit log, after it has looked for damage."""
    with closing(sqlite3.Connection(path)) as database:
        database.execute("PRAGMA synchronous = OFF")  # it is looked at and thrown away
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("PRAGMA foreign_key_check").fetchall() == []
        alone = "SELECT count(*) FROM outbox_inputs WHERE job NOT IN (SELECT job FROM outbox WHERE ended = 0)"
        assert database.execute(alone).fetchone() == (0,)
        columns = ("sent", "cancelled", "ended", "finals", "audit", "inputs")
        found = database.execute(
            "SELECT job, sent, cancelled, ended,"
            " (SELECT count(*) FROM versions WHERE picture = outbox.picture),"
            " (SELECT count(*) FROM audit WHERE job = outbox.job),"
            " (SELECT count(*) FROM outbox_inputs WHERE job = outbox.job) + ended FROM outbox"  # they go with its end
        )
        return {job: dict(zip(columns, values, strict=True)) for job, *values in found}


async def test_whatever_the_power_cut_takes_the_outbox_has_what_it_promised(tmp_path: Path, disk: Disk) -> None:
    run = Run(disk.log)
    await work(tmp_path, run, jobs=8)
    assert sum(op.what == "sync" and op.file == "device.sqlite" for op in run.log) > 3  # checkpoints were met
    tried = 0
    for n, place in cuts(run.log, tmp_path, seed=6):
        promised = {job: columns for at, job, columns in run.promised if at <= n}
        if not promised:
            continue
        found = rows(place / "device.sqlite")
        for job, columns in promised.items():
            if columns is None:
                assert job not in found, place.name
            elif job in found:  # else what came next was there already: that it is forgotten, or withdrawn
                assert all(found[job][name] >= value for name, value in columns.items()), place.name
            else:
                assert any(at > n and (which, then) == (job, None) for at, which, then in run.promised), place.name
            tried += 1
    assert tried > 300


async def test_a_store_that_the_power_cut_met_at_any_moment_opens(tmp_path: Path, disk: Disk) -> None:
    run = Run(disk.log)
    await work(tmp_path, run, jobs=1)
    everywhere = list(cuts(disk.log, tmp_path, seed=7))  # from the first byte of the file on
    for _, place in everywhere[:30] + everywhere[30::5]:
        store = Store.open(place / "device.sqlite")
        await store.set_setting("after", "yes")
        assert await store.setting("after") == "yes"
        await store.close()


async def test_a_full_disk_refuses_a_job_whole_and_takes_it_when_there_is_room(tmp_path: Path, disk: Disk) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    outbox = Outbox(store)
    job = Job(id=str(uuid4()), turn="t", picture="p", body=BODY, expires_at=4e9)
    for room in (0, 100, 5000):  # not even the frame's head; in the middle of a page; one page of several
        disk.room = room
        with pytest.raises(StoreError, match="full"):
            await outbox.add(job, line(job))
        assert outbox.jobs == {}
    disk.room = None
    await outbox.add(job, line(job))
    audited = await store.read(lambda db: db.execute("SELECT job FROM audit").fetchall())
    assert audited == [(job.id,)]
    await store.close()


class Files:
    """What is done to files beside SQLite's, in order."""

    def __init__(self, disk: Disk, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happened: list[str] = []
        self._disk = disk
        fsync, replace = os.fsync, os.replace
        began = len(disk.log)

        def note(what: str) -> None:
            wrote = any(op.what == "write" for op in disk.log[began:])
            self.happened.append(f"{what}, {'rows' if wrote else 'no row'} written")

        def synced(handle: int) -> None:
            fsync(handle)
            path = Path(f"/proc/self/fd/{handle}").readlink()
            note("directory synced" if path.is_dir() else f"{path.suffix} synced")

        def replaced(source: Any, target: Any) -> None:
            replace(source, target)
            note(f"{Path(source).suffix} becomes {Path(target).suffix}")

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "replace", replaced)


async def test_a_picture_and_its_name_are_on_the_disk_before_the_row_that_speaks_of_it(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store.open(tmp_path / "device.sqlite")
    gallery = Gallery(store, tmp_path / "pictures")
    picture = await gallery.new(turn="t", prompt="a fox", scene=None, seed=1)
    files = Files(disk, monkeypatch)
    await gallery.add(picture.id, stage="final", engine="x", data=image("red"))
    assert files.happened == [
        ".part synced, no row written",
        ".part becomes .png, no row written",
        "directory synced, no row written",
    ]
    await store.close()


async def test_the_gallery_s_own_directory_is_on_the_disk_before_anything_in_it(
    tmp_path: Path, disk: Disk, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await asyncio.to_thread(Store.open, tmp_path / "device.sqlite")
    files = Files(disk, monkeypatch)
    Gallery(store, tmp_path / "pictures")
    assert files.happened == ["directory synced, no row written"]
    await store.close()
