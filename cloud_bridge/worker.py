"""Takes jobs of one kind from the ledger, has them done, and writes down how each ended.

::

    claim ──▶ call ──▶ result ──▶ stored
              │   ├──▶ a definite no ─▶ failed
              │   ├──▶ the provider did nothing: back to the queue, and no claims for a growing while
              │   └──▶ nobody knows: asked again where that does no harm, else outcome_unknown
              └──▶ cancelled

Whatever happens in a call only chooses its end; writing that down comes after, and goes on until it has worked.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from time import monotonic
from typing import Protocol
from uuid import UUID

from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Ended, Entry, LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.protocol import Answer, Failed, FailureCode, Final, Job, Usage, encode, parse_job
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed
from cloud_bridge.quiet import where
from cloud_bridge.waiting import Kind
from cloud_bridge.written import until_written

log = logging.getLogger(__name__)

MOST_CALLS = 3  # for one job, of a provider that may be called again
SWEEP_S = 1.0
CLOCK_SET_S = 60.0  # a jump of the clock that matters, where jobs may wait for a day
REST_S = (1.0, 60.0)
"""The shortest and the longest pause when the provider does nothing; one that it asks for may be longer."""


class Work(Protocol):
    """What is done with the jobs of one kind."""

    kind: Kind
    first_guess_s: float
    """How long one takes, until there are some to learn from."""
    patient: bool
    """A job may wait until the provider works again; otherwise somebody stands there waiting for an answer."""

    @property
    def first(self) -> str | None:
        """The provider that would be called now: it is written down with the claim."""
        ...

    def idempotent(self, provider: str | None) -> bool:
        """A call of that provider's that was cut off may be made again: nothing is billed twice."""
        ...

    def lost(self, provider: str | None) -> str:
        """What the person is told when nobody knows whether that provider did it."""
        ...

    async def make(self, entry: Entry, request: Job) -> Final | Answer:
        """The message that ends the job well; `request` is what the entry's body says.

        Raises ProviderFailed, OutcomeUnknown and whatever a broken answer can bring about.
        """
        ...


class Worker:
    """So many calls at the same time, claimed in one go as far as there is room."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        delivery: Delivery,
        work: Work,
        now: Callable[[], float],
        concurrency: int,
        on_provider: Callable[[bool], None] = lambda _up: None,
    ) -> None:
        """`on_provider` hears how the provider is."""
        self._ledger, self._delivery, self._work = ledger, delivery, work
        self._now, self._concurrency, self._on_provider = now, concurrency, on_provider
        self._came = asyncio.Event()
        self._calls: dict[int, asyncio.Task[None]] = {}
        """By the `seq` of the job that was claimed for it."""
        self._claiming = asyncio.Lock()
        self._draining = False
        self._rest_s, self._rest_ends = REST_S[0], 0.0
        self._woken = asyncio.Event()
        self._typical_s = work.first_guess_s

    def work_came(self) -> None:
        """A job waits in the ledger."""
        self._came.set()

    def wait_s(self, position: int) -> float:
        """Expected seconds until a job starts that has so many before it."""
        rest_s = max(0.0, self._rest_ends - monotonic())  # as the loop counts; asked from anywhere
        return round(rest_s + position // self._concurrency * self._typical_s, 1)

    def rested(self) -> None:
        """The provider has come back: no job need wait any longer."""
        self._rest_s, self._rest_ends = REST_S[0], 0.0
        self._woken.set()

    def stop(self, entry: Entry) -> None:
        """Break off the call for this job, whose end is in the ledger already."""
        if call := self._calls.get(entry.seq):
            call.cancel()

    async def run(self) -> None:
        """For ever: see to what the last process left, then to what comes."""
        await self._recover()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_often())
                group.create_task(self._serve())
        finally:  # the process ends, and the next one sees to what is broken off
            for call in (calls := list(self._calls.values())):
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def drain(self) -> None:
        """Begin no more calls; return when those under way have ended, or are broken off if they may be made again."""
        self._draining = True
        for entry in await until_written(lambda: self._ledger.interrupted(self._work.kind)):
            if self._work.idempotent(entry.provider) and (call := self._calls.get(entry.seq)):
                call.cancel()
        async with self._claiming:
            pass  # whatever was being claimed is back in the queue
        if self._calls:
            await asyncio.wait(self._calls.values())

    async def sweep(self) -> None:
        """End the jobs that should have started by now."""
        for entry in await self._ledger.overdue(now=self._now(), kind=self._work.kind):
            text = "It had to wait too long and was not made."
            await self._end(entry, "expired", _failed(entry, "expired", text, retryable=True))

    async def _recover(self) -> None:
        for entry in await until_written(lambda: self._ledger.interrupted(self._work.kind)):
            if self._may_call_again(entry):
                await self._put_back(entry, called=True)
            else:
                await self._end(entry, "outcome_unknown", self._unknown(entry))

    async def _look_often(self) -> None:
        clock = self._now() - asyncio.get_running_loop().time()
        while True:
            self.work_came()
            try:
                clock = await self._follow_clock(clock)
                await self.sweep()
            except LedgerError as error:
                log.error("%s", error)
            await asyncio.sleep(SWEEP_S)

    async def _follow_clock(self, before: float) -> float:
        """Let no job expire because the clock was set: how far it is ahead of the time that passes, before and now."""
        ahead = self._now() - asyncio.get_running_loop().time()
        if abs(ahead - before) < CLOCK_SET_S:
            return before
        await self._ledger.clock_was_set(ahead - before, self._work.kind)
        return ahead

    async def _serve(self) -> None:
        while True:
            await self._came.wait()
            if (rest_s := self._rest_ends - asyncio.get_running_loop().time()) > 0:
                self._woken.clear()
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await self._woken.wait()
                continue  # and look again: it may have become longer
            self._came.clear()
            async with self._claiming:
                await self._claim()

    async def _claim(self) -> None:
        """Begin as many calls as there is room and work for."""
        room = self._concurrency - len(self._calls)
        if self._draining or not room or not self._ledger.waiting(self._work.kind):
            return
        try:
            entries = await self._ledger.claim_many(
                now=self._now(), most=room, kind=self._work.kind, provider=self._work.first
            )
        except LedgerError as error:
            log.error("%s", error)
            return
        for entry in entries:
            if self._draining:
                await self._put_back(entry, called=False)
                continue
            call = self._calls[entry.seq] = asyncio.create_task(self._see_to(entry))
            call.add_done_callback(partial(self._over, entry.seq))

    def _over(self, seq: int, call: asyncio.Task[None]) -> None:
        del self._calls[seq]
        if not call.cancelled() and (error := call.exception()):
            log.error("with a job: %s", where(error))
        if self._ledger.waiting(self._work.kind):
            self.work_came()

    async def _see_to(self, entry: Entry) -> None:
        state: Ended = "failed"
        provider, usage = None, None
        try:
            began = asyncio.get_running_loop().time()
            made = await self._work.make(entry, _request(entry))
            state, message, provider, usage = "stored", encode(made), made.provider, made.usage
            self._on_provider(True)
            self._rest_s = REST_S[0]
            self._typical_s += 0.2 * (asyncio.get_running_loop().time() - began - self._typical_s)
        except ProviderFailed as failed:
            if failed.asked:
                self._on_provider(failed.code not in ("provider_down", "not_configured"))
            if failed.code == "provider_down" and self._work.patient:
                self._rest(failed.retry_after_s)
                await self._put_back(entry, called=False)
                return
            self._rest_s = REST_S[0]
            usage = failed.usage
            message = encode(
                Failed(
                    job=UUID(entry.job),
                    code=failed.code,
                    text=failed.text,
                    category=failed.category,
                    retryable=failed.retryable,
                    retry_after_s=failed.retry_after_s,
                )
            )
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must end
            if not isinstance(error, OutcomeUnknown):
                log.error("in a call: %s", where(error))
            known = entry
            entry = await until_written(lambda: self._ledger.find(known.device, known.job)) or known  # who was called
            if self._may_call_again(entry):
                await self._put_back(entry, called=True)
                return
            state, message = "outcome_unknown", self._unknown(entry)
        await self._end(entry, state, message, provider=provider, usage=usage)

    def _rest(self, asked_s: float | None) -> None:
        """Claim nothing for a while: longer each time, until the provider works again."""
        now = asyncio.get_running_loop().time()
        if now >= self._rest_ends:  # else another call has just learnt the same
            self._rest_ends = now + self._rest_s
            self._rest_s = min(self._rest_s * 2, REST_S[1])
        self._rest_ends = max(self._rest_ends, now + (asked_s or 0.0))

    def _may_call_again(self, entry: Entry) -> bool:
        return self._work.idempotent(entry.provider) and entry.calls < MOST_CALLS

    def _unknown(self, entry: Entry) -> bytes:
        return _failed(entry, "outcome_unknown", self._work.lost(entry.provider), retryable=False)

    async def _put_back(self, entry: Entry, *, called: bool) -> None:
        await until_written(lambda: self._ledger.requeue(entry, called=called))

    async def _end(
        self, entry: Entry, state: Ended, message: bytes, *, provider: str | None = None, usage: Usage | None = None
    ) -> None:
        ended = await until_written(
            lambda: self._ledger.end(entry, state, message, now=self._now(), provider=provider, usage=usage)
        )
        if ended is not None:
            await self._delivery.send(ended)


def _request(entry: Entry) -> Job:
    request = parse_job(entry.body)
    assert isinstance(request, Job)
    return request


def _failed(entry: Entry, code: FailureCode, text: str, *, retryable: bool) -> bytes:
    return encode(Failed(job=UUID(entry.job), code=code, text=text, retryable=retryable))
