"""From the outbox to the broker: a few jobs at a time, the next when the bridge has accepted one.

::

    offered, not yet accepted:  ▇▇▇▇▇▇▇▇  at most WINDOW
    waiting on the device:      ▁▁▁▁▁▁▁▁▁▁▁▁…

The backlog of a night without a network stays here, where it is safe, and leaves at the pace of the bridge: brokers
confirm messages for a bridge that is away and then drop what is too much.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from uuid import UUID

from cloud_bridge.link import Link, LinkDown
from cloud_bridge.protocol import Ack, Cancel, Renew, Upload, device_topic, encode
from device.offload._outbox import Input, Job, Outbox
from device.offload._patience import OFFER_AGAIN_S, Patience
from device.store import StoreError

WINDOW = 8
"""Jobs that may be under way to the bridge without its word that it has them."""
_LOOK_AGAIN_S = 5.0
log = logging.getLogger(__name__)


def to_offer(jobs: Iterable[Job], *, now: float, bridge_away: bool, suspect: str = "") -> list[Job]:
    """Which jobs to send now, of those that have not ended; `now` in seconds of the monotonic clock.

    One that is cancelled is not sent again: a bridge that lost it, or never had it, would make it. One that needs
    pictures waits until the bridge has them. Questions go first: somebody is waiting.
    While the bridge is known to be away nothing is sent twice on one connection: it would only pile up at the broker.
    The next of a conversation waits until the bridge has the one before, so that they reach it in their order.
    The `suspect`, a job at which the connection ended, goes last.
    """
    unaccepted = [job for job in _in_turn(jobs) if job.ready and job.not_before <= now]
    patience = float("inf") if bridge_away else OFFER_AGAIN_S
    under_way = {job.id for job in unaccepted if job.offered_at is not None and now - job.offered_at < patience}
    due = [job for job in unaccepted if job.id not in under_way]
    # Stable: never offered first, oldest first.
    due.sort(key=lambda job: (job.id == suspect, not job.asks, job.offered_at or 0.0))
    return due[: max(0, WINDOW - len(under_way))]


def _in_turn(jobs: Iterable[Job]) -> Iterator[Job]:
    """What the bridge has still to accept, and of each conversation the first alone."""
    begun: set[str] = set()
    for job in jobs:
        if not job.accepted and not job.cancelled and job.conversation not in begun:
            if job.conversation:
                begun.add(job.conversation)
            yield job


def to_upload(jobs: Iterable[Job], *, now: float) -> list[tuple[Job, Input]]:
    """For which pictures the bridge is to be asked now where to put them: of a few jobs at the same time."""
    waiting = [job for job in jobs if not job.accepted and not job.cancelled and not job.ready][:WINDOW]
    asking = [(job, each) for job in waiting if job.not_before <= now for each in job.inputs]
    return [(job, each) for job, each in asking if not each.uploaded and each.ask_at <= now]


class Sender:
    """One a connection's life."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        link: Link,
        device: str,
        monotonic: Callable[[], float] = time.monotonic,
        set_aside: Callable[[Job], None] = lambda _job: None,
    ) -> None:
        """`set_aside` hears of a job that was ended because it can't be sent."""
        self._outbox, self._link, self._monotonic, self._set_aside = outbox, link, monotonic, set_aside
        self._patience = Patience(monotonic)
        self._jobs_topic = device_topic(device, "jobs")
        self._acks_topic = device_topic(device, "acks")
        self._bridge_away: bool | None = None  # None: it has not said on this connection
        self.held = False
        """Nothing may leave."""

    def begin_connection(self) -> None:
        """Whatever has not ended is sent again: brokers forget, the bridge recognises what it has."""
        for job in self._outbox.open():
            job.begin_connection()
        self._outbox.changed.set()

    def bridge_changed(self, *, away: bool | None) -> None:
        """Note whether the bridge is there, None: unknown; when it is there again, what it has not accepted is resent.

        So, too, at its first word on a connection: a broker that is new, or has lost its memory, dropped what came
        before the bridge.
        """
        if self._bridge_away is not False and away is False:
            for job in self._outbox.open():
                if not job.accepted:
                    job.begin_connection()
        self._bridge_away = away
        self._outbox.changed.set()

    async def run(self) -> None:
        """Send whatever there is to send, until cancelled."""
        while True:
            await self._link.wait_connected()
            self._outbox.changed.clear()
            try:
                await self.send_what_is_due()
            except StoreError as error:
                log.error("jobs can't be sent now: %s", error)
            with suppress(TimeoutError):  # not wait_for: in Python 3.11 it can lose a cancellation
                async with asyncio.timeout(_LOOK_AGAIN_S):
                    await self._outbox.changed.wait()

    async def send_what_is_due(self) -> None:
        """One round. What the broker doesn't take now is tried again in a later one."""
        await self._set_hopeless_aside()
        for job_id in [*self._outbox.owed, *(job.id for job in self._outbox.jobs.values() if job.ended)]:
            known = self._outbox.jobs.get(job_id)
            if known is not None and known.aside and not await self._publish_cancel(known):
                continue
            if await self._publish(self._acks_topic, encode(Ack(job=UUID(job_id)))):
                await self._outbox.forget(job_id)
        if self._bridge_away is False:
            for job, each in to_upload(self._outbox.open(), now=self._monotonic()):
                wish = Upload(
                    job=UUID(job.id), sha256=each.sha256, size_bytes=each.size_bytes, media_type=each.media_type
                )
                if await self._publish(self._jobs_topic, encode(wish)):
                    each.ask_at = self._monotonic() + OFFER_AGAIN_S
        due = to_offer(
            self._outbox.open(),
            now=self._monotonic(),
            bridge_away=self._bridge_away is True,
            suspect=self._patience.suspect,
        )
        for job in due:
            if self._link.connected and not self.held and await self._outbox.mark_sent(job) and not job.cancelled:
                # Noted before, and even if the broker refuses: one bad message must not hold up the others.
                job.offered_at = self._monotonic()
                await self._offer(job)
        for job in self._outbox.open():
            if job.renew and await self._publish(self._jobs_topic, encode(Renew(job=UUID(job.id)))):
                job.renew = False
            if job.cancelled:
                await self._publish_cancel(job)

    async def _set_hopeless_aside(self) -> None:
        for job in self._outbox.jobs.values():
            if (job.accepted or job.ended) and not job.aside:
                self._patience.accepted(job.id)
        self._patience.keep(self._outbox.jobs.keys())
        for job in self._outbox.open():
            if self._patience.hopeless(job.id) and not job.cancelled and await self._outbox.set_aside(job):
                log.warning("job %s is set aside: it can't be sent", job.id)
                self._set_aside(job)

    async def _offer(self, job: Job) -> None:
        if self._bridge_away is False:
            self._patience.offered(job.id)
        connected = self._link.connected
        if await self._publish(self._jobs_topic, job.body):
            self._patience.confirmed(job.id)
        elif connected and not self._link.connected and not self.held:
            self._patience.broke(job.id)

    async def _publish_cancel(self, job: Job) -> bool:
        """Whether the bridge has been told on this connection that it is cancelled."""
        job.cancel_sent = job.cancel_sent or await self._publish(self._jobs_topic, encode(Cancel(job=UUID(job.id))))
        return job.cancel_sent

    async def _publish(self, topic: str, body: bytes) -> bool:
        if self.held:
            return False
        try:
            await self._link.publish(topic, body)
        except LinkDown as trouble:
            log.debug("not sent: %s", trouble)
            return False
        return True
