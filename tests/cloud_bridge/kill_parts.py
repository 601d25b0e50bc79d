"""A bridge in small that kills itself at the n-th boundary of its ledger's transactions, and the one that comes after.

`python kill_parts.py DIRECTORY paid|idempotent` does so for every n there is, each in a fork of its own, and prints
what was left of each as a line of JSON.
"""

import asyncio
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID

from bridge_parts import png

from cloud_bridge import worker as worker_module
from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Entry
from cloud_bridge.front import Front
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Incoming
from cloud_bridge.media import Media
from cloud_bridge.picture import look_at
from cloud_bridge.protocol import Ack, Cancel, Failed, Final, ImageCreate, Job, device_topic, encode, parse_result
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.waiting import Kind
from cloud_bridge.worker import Worker

ENDS_WITHIN_S = 60
WISHES = ("made", "made too", "sent twice", "refused", "put off", "called off")
JOBS = {UUID(int=7 << 76 | n): wish for n, wish in enumerate(WISHES)}
boundaries: list[Callable[[str], None]] = []
"""Who is told of each, in a process that is to be killed."""


def at(where: str) -> None:
    for told in boundaries:
        told(where)


class Killing(sqlite3.Connection):
    """Every transaction has three boundaries."""

    def execute(self, sql: str, values: Any = (), /) -> sqlite3.Cursor:
        if sql.startswith("PRAGMA synchronous"):
            sql = "PRAGMA synchronous = OFF"  # SIGKILL takes nothing back from the kernel
        if sql.startswith("BEGIN"):
            at("before BEGIN")
        if sql != "COMMIT":
            return super().execute(sql, values)
        at("before COMMIT")
        done = super().execute(sql)
        at("after COMMIT")
        return done


def write_down(path: Path, line: str) -> None:
    with path.open("ab", buffering=0) as file:
        file.write(line.encode() + b"\n")


def lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


class Work:
    """The provider: it bills whatever it makes, once a key if it knows keys."""

    kind: Kind = "image"
    first_guess_s, patient, first = 1.0, True, "y"

    def __init__(self, place: Path, media: Media, *, idempotent: bool) -> None:
        self._idempotent, self._bill, self._media = idempotent, place / "bill", media

    def idempotent(self, provider: str | None) -> bool:
        assert provider == self.first
        return self._idempotent

    def lost(self, provider: str | None) -> str:
        assert provider == self.first
        return "It may have been made."

    async def make(self, entry: Entry, request: Job) -> Final:
        job = UUID(entry.job)
        assert isinstance(request, ImageCreate)
        if request.prompt == "refused":
            raise ProviderFailed("refused", "That can't be drawn.")
        if request.prompt == "put off" and entry.calls == 1 and entry.job not in lines(self._bill.with_name("put-off")):
            write_down(self._bill.with_name("put-off"), entry.job)
            raise ProviderFailed("provider_down", "There is too much to do.", retryable=True)
        at("before the bill")
        if not self._idempotent or entry.job not in lines(self._bill):
            write_down(self._bill, entry.job)
        at("after the bill")
        return Final(job=job, engine="x", provider="y", artifact=await self._media.store(PICTURE))


PICTURE = look_at(png((64, 64)))


class Scene:
    """A device and its bridge, in one process; the device's memory is on the disk."""

    def __init__(self, place: Path, *, idempotent: bool) -> None:
        self._heard = place / "heard"
        self.ledger = Ledger(place / "ledger.sqlite")
        media = Media(place / "media", secret=b"s" * 32, link_valid_s=60)
        media.base_url = "http://bridge"
        self._delivery = Delivery(publish=self._publish, ledger=self.ledger, media=media, now=lambda: 0, repeat_s=60)
        work = Work(place, media, idempotent=idempotent)
        self._worker = Worker(ledger=self.ledger, delivery=self._delivery, work=work, now=lambda: 0, concurrency=2)
        workers: dict[Kind, Worker] = {"image": self._worker}
        self._front = Front(ledger=self.ledger, delivery=self._delivery, media=media, workers=workers, now=lambda: 0)
        self._tasks: set[asyncio.Task[None]] = set()

    async def _publish(self, _topic: str, payload: bytes) -> None:
        message = parse_result(payload)
        if isinstance(message, Final | Failed):
            end = message.code if isinstance(message, Failed) else "final"
            write_down(self._heard, f"{message.job} {end}")
            self._send("acks", encode(Ack(job=message.job)))

    def _send(self, leaf: Any, body: bytes) -> None:
        task = asyncio.create_task(self._front._handle(Incoming(device_topic("lamp", leaf), body, lambda: None)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def play(self) -> None:
        """Everything the device has to say, and until the bridge has nothing more to do."""
        working = asyncio.create_task(self._worker.run())
        await self._delivery.deliver_all()
        ended = {line.split()[0] for line in lines(self._heard)}
        for job, wish in JOBS.items():
            if str(job) not in ended:
                body = encode(ImageCreate(job=job, turn="t", created_at=0, expires_at=1000, prompt=wish))
                for _ in range(2 if wish == "sent twice" else 1):
                    self._send("jobs", body)
                if wish == "called off":
                    self._send("jobs", encode(Cancel(job=job)))
        while self._tasks or self.ledger.open or await self.ledger.unacknowledged():  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        await self.ledger.close()


def play(place: Path, *, idempotent: bool, kill_at: int | None) -> None:
    """In a process of its own, which does not come back."""
    passed = 0

    def boundary(where: str) -> None:
        nonlocal passed
        passed += 1
        if passed == kill_at:
            write_down(place / "killed", where)
            os.kill(os.getpid(), signal.SIGKILL)

    boundaries.append(boundary)
    signal.alarm(ENDS_WITHIN_S)
    try:
        asyncio.run(Scene(place, idempotent=idempotent).play())
        os._exit(0)
    finally:
        os._exit(1)


def forked(**arguments: Any) -> int:
    """The signal that ended it, or 0."""
    if (child := os.fork()) == 0:
        play(**arguments)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, "see stderr"
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def main(directory: Path, *, idempotent: bool) -> None:
    sqlite3.connect = partial(sqlite3.connect, factory=Killing)
    os.fsync = lambda _handle: None  # for the same reason
    worker_module.REST_S = (0.0, 0.0)
    for n in count(1):
        place = directory / str(n)
        place.mkdir()
        over = forked(place=place, idempotent=idempotent, kill_at=n) == 0
        if not over:
            assert forked(place=place, idempotent=idempotent, kill_at=None) == 0
        with sqlite3.connect(place / "ledger.sqlite") as database:
            states = dict(database.execute("SELECT job, state FROM jobs").fetchall())
        bill, heard = lines(place / "bill"), lines(place / "heard")
        left = {
            wish: {
                "state": states.get(str(job)),
                "billed": bill.count(str(job)),
                "ends": sorted({line.split()[1] for line in heard if line.startswith(str(job))}),
            }
            for job, wish in JOBS.items()
        }
        print(json.dumps({"killed": (lines(place / "killed") or [None])[0], "jobs": left}), flush=True)
        if over:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), idempotent=sys.argv[2] == "idempotent")
