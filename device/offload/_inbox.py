"""From the broker to the gallery: what the bridge says about a job, each thing once, in whatever order it comes.

::

    Final ──▶ fetch ──▶ examine, sync the file ──▶ index + outbox row, one transaction ──▶ Artifact ──▶ Ack

A message is confirmed to the broker as soon as it is taken in here. That is safe because the bridge repeats the end of
a job until the Ack, which goes out only after the transaction.
"""

import asyncio
import logging
import sqlite3
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from cloud_bridge import protocol
from cloud_bridge.protocol import ArtifactRef
from device import events
from device.bus import Bus
from device.gallery import BadPicture, Gallery, Prepared, TooLate, UnknownPicture, Version, artifact
from device.offload._again import Again
from device.offload._asked import Asked
from device.offload._fetch import Damaged, FetchError, Forbidden, LinkExpired
from device.offload._outbox import Job, Outbox
from device.phrases import Phrases
from device.store import StoreError

log = logging.getLogger(__name__)

PAUSES_S = (1.0, 60.0)
"""Before the second attempt to fetch a result, and the longest one; each is twice the one before."""
MAX_DAMAGED = 5
"""Attempts that bring the wrong bytes, or none, before the job is given up."""
MAX_MISSED = 2
"""How often pictures are sent again that the bridge should have had."""


@dataclass(slots=True)
class _Arrival:
    """A finished picture that is not here yet."""

    final: protocol.Final
    due_at: float = 0.0
    """Seconds of the monotonic clock."""
    attempts: int = 0
    damaged: int = 0
    renewed: int = 0

    def put_off(self) -> None:
        shortest, longest = PAUSES_S
        self.due_at = time.monotonic() + min(longest, shortest * 2.0**self.attempts)
        self.attempts = min(self.attempts + 1, 99)  # far over the longest pause, and 2.0**1024 is an OverflowError


class Inbox:
    """One a device. `handle` takes messages in; `run` fetches the pictures they speak of."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        gallery: Gallery,
        bus: Bus,
        fetch: Callable[[ArtifactRef], Awaitable[bytes]],
        phrases: Phrases,
        asked: Mapping[str, Asked] = MappingProxyType({}),
        upload_to: Callable[[Job, protocol.UploadTo], None] = lambda _job, _where: None,
        again: Again | None = None,
    ) -> None:
        """`asked`: the questions that somebody waits for, by job. `upload_to` hears where a picture is to be put.

        `again` asks for what the bridge had no room for; None: nobody does.
        """
        self._again = again
        self._outbox, self._gallery, self._bus, self._fetch = outbox, gallery, bus, fetch
        self._phrases, self._asked, self._upload_to = phrases, asked, upload_to
        self._finals: dict[str, _Arrival] = {}
        self._finals_changed = asyncio.Event()
        self._partial: protocol.Partial | None = None
        self._partial_changed = asyncio.Event()

    async def handle(self, body: bytes) -> None:
        """Take in a message of the results topic. Raises ProtocolError and StoreError."""
        message = protocol.parse_result(body)
        job = self._outbox.find_open(str(message.job))
        if job is None:
            self._after_the_end(message)
        elif isinstance(message, protocol.Accepted):
            job.accepted = True
            self._outbox.changed.set()
        elif isinstance(message, protocol.Progress):
            self._bus.publish(job.turn, events.JobProgress(job=job.id, fraction=message.fraction))
        elif isinstance(message, protocol.Partial):
            if message.index > job.partial:
                job.partial = message.index
                self._partial = message
                self._partial_changed.set()
        elif isinstance(message, protocol.UploadTo):
            self._upload_to(job, message)
        elif isinstance(message, protocol.Failed):
            await self._failed(job, message)
        elif isinstance(message, protocol.Final) and not job.asks:
            job.accepted = True
            self._expect(job, message)
        elif isinstance(message, protocol.AnswerPiece):
            if asked := self._asked.get(job.id):
                asked.take_piece(message)
        elif isinstance(message, protocol.Answer) and job.asks:
            await self._answered(job, message)
        else:
            log.warning("%s is no word about job %s", message.type, job.id)

    async def fail(self, job: Job, *, code: str, text: str, category: str | None = None) -> None:
        """End a job without a picture, or an answer; whoever waits for the answer says so himself."""
        if not await self._outbox.end(job):
            return
        self._finals.pop(job.id, None)
        if asked := self._asked.get(job.id):
            asked.end(trouble=(code, text), category=category)
        elif not job.asks:
            self._bus.publish(job.turn, events.Failed(code=code, text=text, job=job.id))

    async def _answered(self, job: Job, answer: protocol.Answer) -> None:
        """End a question. What nobody waits for any more is dropped: the person has been told so."""
        if await self._outbox.end(job) and (asked := self._asked.get(job.id)):
            asked.end(answer=answer)

    async def run(self) -> None:
        """Fetch until cancelled: finals one after the other, and beside them at most one partial."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._run_finals(), name="offload-finals")
            tasks.create_task(self._run_partials(), name="offload-partials")

    async def fetch_finals(self) -> float | None:
        """Try those that are due; the seconds until the next one is, or None when none is expected."""
        for job_id, arrival in list(self._finals.items()):
            job = self._outbox.find_open(job_id)
            if job is None:
                self._finals.pop(job_id, None)
            elif arrival.due_at <= time.monotonic():
                try:
                    await self._fetch_final(job, arrival)
                except StoreError as error:
                    log.warning("the result of job %s is tried again later: %s", job.id, error)
                    arrival.put_off()
                except Exception:
                    # Whatever one picture brings about, the others come and the device lives.
                    log.exception("the result of job %s is tried again later", job.id)
                    arrival.put_off()
        if not self._finals:
            return None
        return max(0.0, min(arrival.due_at for arrival in self._finals.values()) - time.monotonic())

    async def fetch_partial(self) -> None:
        """Fetch the latest partial, if one waits. Failures are logged: it is only a preview."""
        message, self._partial = self._partial, None
        job = None if message is None else self._outbox.find_open(str(message.job))
        if message is None or job is None:
            return
        try:
            data = await self._fetch(message.artifact)
            if self._outbox.find_open(job.id):
                version = await self._gallery.add(
                    job.picture, stage="partial", engine=message.engine, data=data, sha256=message.artifact.sha256
                )
                if self._outbox.find_open(job.id):  # nothing older is announced after the final
                    self._bus.publish(job.turn, artifact(job.picture, version))
        except (FetchError, BadPicture, UnknownPicture, TooLate, StoreError) as error:
            log.info("a preview of job %s is skipped: %s", job.id, error)
        except Exception:
            log.exception("a preview of job %s is skipped", job.id)

    async def _failed(self, job: Job, message: protocol.Failed) -> None:
        """The end of a job; but a picture that the bridge misses is sent again, if it hasn't missed it too often."""
        misses = message.code == "input_missing" and bool(job.inputs)
        if misses and job.offered_at is None:
            return  # it speaks of an offer before the next one
        if misses and job.missed < MAX_MISSED:
            job.upload_again()
            self._outbox.changed.set()
        elif self._again is None or not await self._again.ask(job, message):
            await self.fail(job, code=message.code, text=self._told(message), category=message.category)

    def _told(self, message: protocol.Failed) -> str:
        """The bridge's sentence; who has spent too much hears when that is over."""
        if message.code != "over_budget":
            return message.text
        said = [self._phrases("fault-over-budget", text=message.text)]
        if message.retry_after_s is not None:
            said.append(self._phrases("fault-ask-again", after=message.retry_after_s))
        return " ".join(said)

    def _after_the_end(self, message: protocol.ResultMessage) -> None:
        """The bridge repeats an end because it has not seen our acknowledgement: it gets another."""
        if isinstance(message, protocol.Final | protocol.Answer | protocol.Failed):
            job_id = str(message.job)
            if job_id not in self._outbox.jobs:
                self._outbox.owed.add(job_id)
            self._outbox.changed.set()

    def _expect(self, job: Job, message: protocol.Final) -> None:
        known = self._finals.get(job.id)
        if known is None:
            self._finals[job.id] = _Arrival(message)
        elif known.final.artifact.url != message.artifact.url:
            known.final = message
            if known.renewed <= 1:  # one link after the other that is no good: not as fast as they come
                known.due_at = 0.0
        self._finals_changed.set()

    async def _fetch_final(self, job: Job, arrival: _Arrival) -> None:
        final = arrival.final
        try:
            data = await self._fetch(final.artifact)
            prepared = await self._gallery.prepare(
                job.picture, stage="final", engine=final.engine, data=data, sha256=final.artifact.sha256
            )
            await self._store_final(job, prepared)
            self._finals.pop(job.id, None)
        except (Damaged, BadPicture) as error:
            log.warning("the result of job %s: %s", job.id, error)
            arrival.damaged += 1
            arrival.put_off()
            if arrival.damaged >= MAX_DAMAGED:
                await self.fail(job, code="damaged", text=self._phrases("fault-damaged"))
        except Forbidden as error:
            log.warning("the result of job %s: %s", job.id, error)
            await self.fail(job, code="forbidden_address", text=str(error))
        except LinkExpired as error:
            log.info("the result of job %s: %s", job.id, error)
            if arrival.final is final:  # else a new link came while the old one was tried
                arrival.renewed += 1
                arrival.put_off()
                job.renew = True
                self._outbox.changed.set()
        except FetchError as error:
            log.warning("the result of job %s is tried again later: %s", job.id, error)
            arrival.put_off()

    async def _store_final(self, job: Job, prepared: Prepared) -> None:
        versions: list[Version] = []

        def write(db: sqlite3.Connection) -> None:
            with suppress(UnknownPicture):  # deleted on the phone in the meantime: the job ends all the same
                versions.append(prepared.write_row(db))

        try:
            await self._outbox.end(job, write)
        finally:
            prepared.discard()
        for version in versions:
            self._bus.publish(job.turn, artifact(job.picture, version))
        await self._gallery.remove_unused(prepared.replaced)

    async def _run_finals(self) -> None:
        while True:
            self._finals_changed.clear()
            pause = await self.fetch_finals()
            with suppress(TimeoutError):  # not wait_for: in Python 3.11 it can lose a cancellation
                async with asyncio.timeout(pause):
                    await self._finals_changed.wait()

    async def _run_partials(self) -> None:
        while True:
            await self._partial_changed.wait()
            self._partial_changed.clear()
            await self.fetch_partial()
