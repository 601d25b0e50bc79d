"""The jobs that are not over yet, on the disk and in memory.

::

    add ──▶ waiting ──mark_sent──▶ sent ──end──▶ ended ──forget──▶ gone
               └──────withdraw (never sent)──────────────────────────┘

A job is `ended` when its result, or the news that there is none, is stored; it stays until the bridge has been told.
What the broker has confirmed ends nothing. Each change is guarded by the row itself, so that of two that meet one wins.
Pictures that a job sends along lie in the store with it, so that both are there or neither, and go with its end.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cloud_bridge import protocol
from cloud_bridge.protocol import MediaType, ProtocolError, parse_job
from device.audit import AuditLine
from device.offload._metadata import Bare
from device.store import Store

_LET_GO = "DELETE FROM outbox_inputs WHERE job = ?"


@dataclass(slots=True)
class Input:
    """A picture that a job sends along."""

    sha256: str
    media_type: MediaType
    size_bytes: int
    uploaded: bool = False
    """The bridge has it."""
    ask_at: float = 0.0
    """Seconds of the monotonic clock when the bridge may be asked (again) where to put it."""
    attempts: int = 0
    """Uploads that came to nothing."""


@dataclass(slots=True, kw_only=True)
class Job:
    """A job as the device knows it."""

    id: str
    turn: str
    picture: str
    """The picture that is to be finished; "" for a question."""
    body: bytes
    """The request as it goes on the wire."""
    conversation: str = ""
    """Jobs of one go to the bridge in the order in which they were asked for; "": of none."""
    expires_at: float
    """Unix seconds; the bridge doesn't start it later."""
    asked_at: float | None = None
    """Seconds of the monotonic clock when it was asked for; None when that was before this process began."""
    sent: bool = False
    """It may have left the device at some time. On the disk."""
    cancelled: bool = False
    """The person doesn't want it any more. On the disk."""
    ended: bool = False
    """Its end is stored and the bridge is owed an acknowledgement. On the disk."""
    offered_at: float | None = None
    """Seconds of the monotonic clock when it was last sent on this connection."""
    accepted: bool = False
    """The bridge has said on this connection that it has it."""
    cancel_sent: bool = False
    """The bridge was told on this connection that it is cancelled."""
    renew: bool = False
    """The result's link has expired and the bridge must be asked for a new one."""
    partial: int = -1
    """The index of the latest partial picture that came."""
    inputs: list[Input] = field(default_factory=list)
    """They must be at the bridge before the job is sent."""
    missed: int = 0
    """How often the bridge has said that one of them is not there."""
    again: int = 0
    """How often it was asked for again in this process's life, each time under a new id."""
    not_before: float = 0.0
    """Seconds of the monotonic clock before which it, and what goes along, isn't sent."""

    @property
    def aside(self) -> bool:
        """It was set aside, but may have reached the bridge: before it is forgotten, the bridge is told not to make it.

        After a restart so is one that the person called off; the bridge doesn't mind hearing that again.
        """
        return self.ended and self.cancelled

    @property
    def asks(self) -> bool:
        """Whether it is a question, whose answer somebody is waiting for."""
        return not self.picture

    @property
    def ready(self) -> bool:
        """Whether the bridge has all that it needs."""
        return all(each.uploaded for each in self.inputs)

    def upload_again(self) -> None:
        """The bridge doesn't have what it should have."""
        self.missed += 1
        self.offered_at, self.accepted = None, False
        for each in self.inputs:
            each.uploaded, each.ask_at = False, 0.0

    def begin_connection(self) -> None:
        """Forget what is only true of the connection before."""
        self.offered_at, self.accepted, self.cancel_sent = None, False, False
        for each in self.inputs:
            each.ask_at = 0.0


class Outbox:
    """Every change is on the disk before it shows in `jobs`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.jobs: dict[str, Job] = {}
        """By id, in the order in which they were asked for."""
        self.owed: set[str] = set()
        """Jobs that are long forgotten, whose end the bridge has repeated and wants acknowledged."""
        self.new_names: dict[str, str] = {}
        """What a job is called that was asked for again, by what it was called before."""
        self.changed = asyncio.Event()
        """There may be something to send."""

    async def load(self) -> None:
        """Take up what was left when the process ended."""
        columns = "job, turn, picture, body, expires_at, sent, cancelled, ended"
        rows = await self._store.read(lambda db: db.execute(f"SELECT {columns} FROM outbox ORDER BY n").fetchall())  # noqa: S608
        for job, turn, picture, body, expires_at, sent, cancelled, ended in rows:
            flags = {"sent": bool(sent), "cancelled": bool(cancelled), "ended": bool(ended)}
            loaded = Job(id=job, turn=turn, picture=picture, body=body, expires_at=expires_at, **flags)  # pyright: ignore[reportArgumentType]
            loaded.conversation = _conversation(body)
            self.jobs.setdefault(job, loaded)
        query = "SELECT job, sha256, media_type, length(data) FROM outbox_inputs ORDER BY rowid"
        for job, *facts in await self._store.read(lambda db: db.execute(query).fetchall()):
            known = self.jobs.get(job)
            if known is not None and not any(each.sha256 == facts[0] for each in known.inputs):
                known.inputs.append(Input(*facts))
        self.changed.set()

    def open(self) -> list[Job]:
        """Jobs that have not ended, oldest first."""
        return [job for job in self.jobs.values() if not job.ended]

    def find_open(self, job_id: str) -> Job | None:
        """The job, None when it has ended or was never here."""
        job = self.jobs.get(job_id)
        return None if job is None or job.ended else job

    async def add(self, job: Job, *audit: AuditLine, inputs: Sequence[Bare] = ()) -> None:
        """Commit the job, the pictures that it sends along, and the audit lines of both together."""
        once = {each.sha256: each for each in inputs}.values()

        def insert(db: sqlite3.Connection) -> None:
            for line in audit:
                line.write(db)
            db.execute(
                "INSERT INTO outbox (job, turn, picture, body, expires_at) VALUES (?, ?, ?, ?, ?)",
                (job.id, job.turn, job.picture, job.body, job.expires_at),
            )
            for each in once:
                db.execute(
                    "INSERT INTO outbox_inputs VALUES (?, ?, ?, ?)", (job.id, each.sha256, each.media_type, each.data)
                )

        await self._store.write(insert)
        job.inputs = [Input(each.sha256, each.media_type, len(each.data)) for each in once]
        self.jobs[job.id] = job
        self.changed.set()

    async def picture(self, job: Job, each: Input) -> bytes | None:
        """The bytes of a picture that goes along; None when the job has ended meanwhile."""
        which = "SELECT data FROM outbox_inputs WHERE job = ? AND sha256 = ?"
        row = await self._store.read(lambda db: db.execute(which, (job.id, each.sha256)).fetchone())
        return None if row is None else row[0]

    async def mark_sent(self, job: Job) -> bool:
        """Note that the job is about to leave; False when it was withdrawn in the meantime."""
        if not job.sent:
            job.sent = await self._change("UPDATE outbox SET sent = 1 WHERE job = ?", job)
        return job.sent

    async def cancel(self, job: Job) -> None:
        """Note that the person doesn't want it any more, for the bridge to be told."""
        job.cancelled = await self._change("UPDATE outbox SET cancelled = 1 WHERE job = ? AND ended = 0", job)
        self.changed.set()

    async def withdraw(self, job: Job) -> bool:
        """Drop a job that never left the device; False when it may have left."""

        def drop(db: sqlite3.Connection) -> bool:
            if db.execute("DELETE FROM outbox WHERE job = ? AND sent = 0", (job.id,)).rowcount == 0:
                return False
            db.execute(_LET_GO, (job.id,))
            return True

        gone = await self._store.write(drop)
        if gone:
            self.jobs.pop(job.id, None)
        return gone

    async def end(self, job: Job, also: Callable[[sqlite3.Connection], object] | None = None) -> bool:
        """End the job, and commit what `also` does in the same transaction. False, and nothing done, if it has ended.

        What `also` raises undoes both and comes out here.
        """

        def finish(db: sqlite3.Connection) -> bool:
            if db.execute("UPDATE outbox SET ended = 1 WHERE job = ? AND ended = 0", (job.id,)).rowcount == 0:
                return False
            db.execute(_LET_GO, (job.id,))
            if also is not None:
                also(db)
            return True

        ended = await self._store.write(finish)
        job.ended = True
        self.changed.set()
        return ended

    async def replace(
        self, job: Job, new: str, body: bytes, *, expires_at: float, created_at: float, not_before: float
    ) -> bool:
        """End the job and put a new one of this name and body into its place; False when it has ended, or is cancelled.

        One transaction, and the row stays the same, so that its place among the others does. The end of the old one is
        owed an acknowledgement; when that is lost with the process, the bridge repeats the end.
        """
        old = job.id

        def rename(db: sqlite3.Connection) -> bool:
            change = (
                "UPDATE outbox SET job = ?, body = ?, expires_at = ?, sent = 0 WHERE job = ? AND ended + cancelled = 0"
            )
            if db.execute(change, (new, body, expires_at, old)).rowcount == 0:
                return False
            db.execute("UPDATE outbox_inputs SET job = ? WHERE job = ?", (new, old))
            line = """INSERT INTO audit (at, turn, job, what, destination, content, reason)
                SELECT ?, turn, ?, what, destination, content, reason FROM audit WHERE job = ? ORDER BY n"""
            db.execute(line, (created_at, new, old))
            return True

        if not await self._store.write(rename):
            return False
        self.owed.add(old)
        known = {was: name for was, name in self.new_names.items() if name in self.jobs} | {old: old}
        self.new_names = {was: new if name == old else name for was, name in known.items()}
        self.jobs = {new if name == old else name: each for name, each in self.jobs.items()}
        job.id, job.body, job.expires_at, job.sent, job.partial = new, body, expires_at, False, -1
        job.again, job.not_before = job.again + 1, not_before
        job.begin_connection()
        for each in job.inputs:
            each.uploaded = False
        self.changed.set()
        return True

    async def set_aside(self, job: Job) -> bool:
        """End a job that can't be sent, and note that the bridge must be told. False when it has ended."""
        cancel = "UPDATE outbox SET cancelled = 1 WHERE job = ?"
        ended = await self.end(job, lambda db: db.execute(cancel, (job.id,)))
        job.cancelled = job.cancelled or ended
        return ended

    async def forget(self, job_id: str) -> None:
        """The bridge has been told: nothing of an ended job is needed any more."""
        await self._store.write(lambda db: db.execute("DELETE FROM outbox WHERE job = ? AND ended = 1", (job_id,)))
        self.jobs.pop(job_id, None)
        self.owed.discard(job_id)

    async def _change(self, statement: str, job: Job) -> bool:
        return await self._store.write(lambda db: db.execute(statement, (job.id,)).rowcount > 0)


def _conversation(body: bytes) -> str:
    """Of a job that was written down before this process began, maybe by an older version that knew none."""
    try:
        request = parse_job(body)
    except ProtocolError:
        return ""
    return request.conversation if isinstance(request, protocol.Job) else ""
