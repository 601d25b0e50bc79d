"""Takes jobs from the ledger, has the provider make the pictures, and writes down how each job ended.

::

    claim ──▶ call ──▶ picture ─▶ stored
              │   ├──▶ a definite no ─▶ failed
              │   ├──▶ the provider did nothing: back to the queue, and no claims for a growing while
              │   └──▶ nobody knows: asked again where that does no harm, else outcome_unknown
              └──▶ cancelled

Whatever happens in a call only chooses its end; writing that down comes after, and goes on until it has worked.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar
from uuid import UUID

from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Ended, Entry, Ledger, LedgerError
from cloud_bridge.meanwhile import Meanwhile
from cloud_bridge.media import Media
from cloud_bridge.protocol import Failed, FailureCode, Final, ImageCreate, encode, parse_job
from cloud_bridge.providers.openai_images import OpenAIImages, OutcomeUnknown, ProviderFailed
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_CALLS = 3  # for one job, of a provider that may be called again
SWEEP_S = 1.0
DISK_PAUSE_S = 5.0
REST_S = (1.0, 60.0)
"""The shortest and the longest pause when the provider does nothing; one that it asks for may be longer."""
FIRST_GUESS_S = 10.0
"""How long a picture takes, until there are some to learn from."""


class Worker:
    """So many calls at the same time, oldest job first."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        media: Media,
        provider: OpenAIImages,
        delivery: Delivery,
        now: Callable[[], float],
        concurrency: int,
        idempotent: bool,
        on_provider: Callable[[bool], None] = lambda _up: None,
    ) -> None:
        """`idempotent`: a call that was cut off may be made again. `on_provider` hears how the provider is."""
        self._ledger, self._media, self._provider, self._delivery = ledger, media, provider, delivery
        self._now, self._concurrency, self._idempotent, self._on_provider = now, concurrency, idempotent, on_provider
        self._work = asyncio.Event()
        self._tasks: set[asyncio.Task[bool]] = set()
        """Each has claimed a job, or is about to."""
        self._calls: dict[int, asyncio.Task[bool]] = {}
        """Those of them that have one, by its `seq`."""
        self._draining = False
        self._rest_s, self._rest_ends = REST_S[0], 0.0
        self._typical_s = FIRST_GUESS_S

    def work_came(self) -> None:
        """A job waits in the ledger."""
        self._work.set()

    def wait_s(self, position: int) -> float:
        """Expected seconds until a job starts that has so many before it."""
        return round(position // self._concurrency * self._typical_s, 1)

    def stop(self, entry: Entry) -> None:
        """Break off the call for this job, whose end is in the ledger already."""
        if call := self._calls.get(entry.seq):
            call.cancel()

    async def run(self) -> None:
        """For ever: see to what the last process left, then to what comes."""
        await self._recover()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._look_often())
            for _ in range(self._concurrency):
                group.create_task(self._serve())

    async def drain(self) -> None:
        """Begin no more calls; return when those under way have ended, or are broken off if they may be made again."""
        self._draining = True
        if self._idempotent:
            for call in self._calls.values():
                call.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    async def sweep(self) -> None:
        """End the jobs that should have started by now."""
        for entry in await self._ledger.overdue(now=self._now()):
            text = "It had to wait too long and was not made."
            await self._end(entry, "expired", _failed(entry, "expired", text, retryable=True))

    async def _recover(self) -> None:
        for entry in await self._until_written(self._ledger.interrupted):
            if self._may_call_again(entry):
                await self._put_back(entry, called=True)
            else:
                await self._end(entry, "outcome_unknown", self._unknown(entry))

    async def _look_often(self) -> None:
        while True:
            self.work_came()
            try:
                await self.sweep()
            except LedgerError as error:
                log.error("%s", error)
            await asyncio.sleep(SWEEP_S)

    async def _serve(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while await self._one_more():
                pass

    async def _one_more(self) -> bool:
        """See to a job, if one waits; whether another may."""
        if (rest_s := self._rest_ends - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(rest_s)
            return True  # it may have become longer
        task = asyncio.create_task(self._take())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            await asyncio.wait({task})
        finally:  # cancelled: the process ends, and the next one sees to the job
            task.cancel()
        if task.cancelled():  # so was its job
            return True
        if error := task.exception():
            log.error("with a job: %s", where(error))
            return False
        return task.result()

    async def _take(self) -> bool:
        """Claim a job and see to it; whether there was one."""
        if self._draining:
            return False
        try:
            entry = await self._ledger.claim(now=self._now())
        except LedgerError as error:
            log.error("%s", error)
            return False
        if entry is None:
            return False
        if self._draining:
            await self._put_back(entry, called=False)
            return False
        task = asyncio.current_task()
        assert task is not None
        self._calls[entry.seq] = task
        try:
            await self._see_to(entry)
        finally:
            del self._calls[entry.seq]
        return True

    async def _see_to(self, entry: Entry) -> None:
        state: Ended = "failed"
        try:
            state, message = "stored", await self._make(entry)
        except ProviderFailed as failed:
            self._on_provider(failed.code not in ("provider_down", "not_configured"))
            if failed.code == "provider_down":
                self._rest(failed.retry_after_s)
                await self._put_back(entry, called=False)
                return
            self._rest_s = REST_S[0]
            message = _failed(entry, failed.code, failed.text, retryable=failed.retryable)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must end
            if not isinstance(error, OutcomeUnknown):
                log.error("in a call: %s", where(error))
            if self._may_call_again(entry):
                await self._put_back(entry, called=True)
                return
            state, message = "outcome_unknown", self._unknown(entry)
        await self._end(entry, state, message)

    async def _make(self, entry: Entry) -> bytes:
        """The Final. Raises ProviderFailed, OutcomeUnknown and whatever a broken answer can bring about."""
        began = asyncio.get_running_loop().time()
        request = parse_job(entry.body)
        assert isinstance(request, ImageCreate)
        provider = self._provider
        async with Meanwhile(entry, engine=provider.engine, media=self._media, delivery=self._delivery) as meanwhile:
            made = await provider.make(
                request, key=entry.key, on_progress=meanwhile.progress, on_partial=meanwhile.partial
            )
        self._on_provider(True)
        self._rest_s = REST_S[0]
        self._typical_s += 0.2 * (asyncio.get_running_loop().time() - began - self._typical_s)
        final = Final(
            job=request.job,
            engine=made.engine,
            provider=provider.name,
            artifact=await self._until_written(lambda: self._media.store(made.picture)),
            revised_prompt=made.revised_prompt,
            usage=made.usage,
        )
        return encode(final)

    def _rest(self, asked_s: float | None) -> None:
        """Claim nothing for a while: longer each time, until the provider works again."""
        now = asyncio.get_running_loop().time()
        if now >= self._rest_ends:  # else another call has just learnt the same
            self._rest_ends = now + self._rest_s
            self._rest_s = min(self._rest_s * 2, REST_S[1])
        self._rest_ends = max(self._rest_ends, now + (asked_s or 0.0))

    def _may_call_again(self, entry: Entry) -> bool:
        return self._idempotent and entry.calls < MOST_CALLS

    def _unknown(self, entry: Entry) -> bytes:
        text = f"The answer of {self._provider.name} got lost: the picture may have been made, and billed."
        return _failed(entry, "outcome_unknown", text, retryable=False)

    async def _put_back(self, entry: Entry, *, called: bool) -> None:
        await self._until_written(lambda: self._ledger.requeue(entry, called=called))

    async def _end(self, entry: Entry, state: Ended, message: bytes) -> None:
        ended = await self._until_written(lambda: self._ledger.end(entry, state, message, now=self._now()))
        if ended is not None:
            await self._delivery.deliver(ended)

    async def _until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        """A picture and a job's end must get onto the disk, however long it is full."""
        while True:
            try:
                return await write()
            except LedgerError as error:
                log.error("%s", error)
            except OSError as error:
                log.error("a picture can't be stored: %s", error.strerror)
            await asyncio.sleep(DISK_PAUSE_S)


def _failed(entry: Entry, code: FailureCode, text: str, *, retryable: bool) -> bytes:
    return encode(Failed(job=UUID(entry.job), code=code, text=text, retryable=retryable))
