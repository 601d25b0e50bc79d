"""Takes jobs from the ledger, has the provider make the pictures, and writes down how each job ended."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Ended, Entry, Ledger, LedgerError
from cloud_bridge.media import Media
from cloud_bridge.picture import Picture
from cloud_bridge.protocol import Failed, Final, ImageCreate, Partial, Progress, encode, parse_job
from cloud_bridge.providers.openai_images import OpenAIImages, OutcomeUnknown, ProviderFailed
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)

T = TypeVar("T")

MOST_CALLS = 3  # for one job, of a provider that may be called again
PROGRESS_STEP = 0.02
SWEEP_S = 1.0
LEDGER_PAUSE_S = 5.0
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
        self._work = asyncio.Semaphore(0)
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._draining = False
        self._typical_s = FIRST_GUESS_S

    def work_came(self) -> None:
        """A job waits in the ledger."""
        self._work.release()

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
        for _ in range(await self._ledger.waiting()):
            self.work_came()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._expire())
            for _ in range(self._concurrency):
                group.create_task(self._serve())

    async def drain(self) -> None:
        """Begin no more calls; return when those under way that may not be made again have ended."""
        self._draining = True
        if self._calls and not self._idempotent:
            await asyncio.wait(list(self._calls.values()))

    async def sweep(self) -> None:
        """End the jobs that should have started by now."""
        for entry in await self._ledger.overdue(now=self._now()):
            await self._fail(entry, "expired", "expired", "It had to wait too long and was not made.", retryable=True)

    async def _recover(self) -> None:
        for entry in await self._ledger.interrupted():
            if self._idempotent and entry.calls < MOST_CALLS:
                await self._ledger.requeue(entry)
            else:
                await self._unknown(entry)

    async def _expire(self) -> None:
        while True:
            try:
                await self.sweep()
            except LedgerError as error:
                log.error("%s", error)
            await asyncio.sleep(SWEEP_S)

    async def _serve(self) -> None:
        while True:
            await self._work.acquire()
            if self._draining:
                continue
            try:
                entry = await self._ledger.claim(now=self._now())
            except LedgerError as error:
                log.error("%s", error)
                await asyncio.sleep(LEDGER_PAUSE_S)
                self.work_came()
                continue
            if entry is None:
                continue
            call = self._calls[entry.seq] = asyncio.create_task(self._call(entry))
            try:
                await asyncio.wait({call})
            finally:  # cancelled: the process ends, and the next one sees to the job
                call.cancel()
                del self._calls[entry.seq]

    async def _call(self, entry: Entry) -> None:
        began = asyncio.get_running_loop().time()
        try:
            await self._make(entry)
            took = asyncio.get_running_loop().time() - began
            self._typical_s += 0.2 * (took - self._typical_s)
        except ProviderFailed as failed:
            self._on_provider(failed.code not in ("provider_down", "not_configured"))
            await self._fail(entry, "failed", failed.code, failed.text, retryable=failed.retryable)
        except OSError as error:
            log.error("a picture could not be stored: %s", error.strerror)
            text = "The picture was made, but the bridge could not store it."
            await self._fail(entry, "failed", "provider_error", text, retryable=True)
        except Exception as error:  # noqa: BLE001 - whatever it was, the job must end
            if not isinstance(error, OutcomeUnknown):
                log.error("in a call: %s", where(error))
            if self._idempotent and entry.calls < MOST_CALLS:
                await self._until_written(lambda: self._ledger.requeue(entry))
                self.work_came()
            else:
                await self._unknown(entry)

    async def _make(self, entry: Entry) -> None:
        request = parse_job(entry.body)
        assert isinstance(request, ImageCreate)
        told = -1.0

        async def on_progress(fraction: float) -> None:
            nonlocal told
            if fraction >= told + PROGRESS_STEP:
                told = fraction
                await self._delivery.tell(entry.device, Progress(job=request.job, fraction=fraction))

        async def on_partial(index: int, picture: Picture) -> None:
            try:
                artifact = await self._media.store(picture)
            except OSError as error:
                log.error("a partial picture could not be stored: %s", error.strerror)
                return
            partial = Partial(job=request.job, index=index, engine=self._provider.engine, artifact=artifact)
            await self._delivery.tell(entry.device, partial)

        made = await self._provider.make(request, key=entry.key, on_progress=on_progress, on_partial=on_partial)
        self._on_provider(True)
        final = Final(
            job=request.job,
            engine=made.engine,
            provider=self._provider.name,
            artifact=await self._media.store(made.picture),
            revised_prompt=made.revised_prompt,
            usage=made.usage,
        )
        await self._end(entry, "stored", final)

    async def _unknown(self, entry: Entry) -> None:
        text = f"The answer of {self._provider.name} got lost: the picture may have been made, and billed."
        await self._fail(entry, "outcome_unknown", "outcome_unknown", text, retryable=False)

    async def _fail(self, entry: Entry, state: Ended, code: str, text: str, *, retryable: bool) -> None:
        failed = Failed.model_validate({"job": entry.job, "code": code, "text": text[:500], "retryable": retryable})
        await self._end(entry, state, failed)

    async def _end(self, entry: Entry, state: Ended, message: Final | Failed) -> None:
        ended = await self._until_written(lambda: self._ledger.end(entry, state, encode(message), now=self._now()))
        if ended is not None:
            await self._delivery.deliver(ended)

    async def _until_written(self, write: Callable[[], Awaitable[T]]) -> T:
        """A job's end must get into the ledger, however long its disk is full."""
        while True:
            try:
                return await write()
            except LedgerError as error:
                log.error("%s", error)
                await asyncio.sleep(LEDGER_PAUSE_S)
