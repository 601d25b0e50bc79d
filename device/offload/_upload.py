"""Pictures on their way to the bridge, before the job that needs them: one after the other, each by its hash.

::

    Sender ──Upload──▶ bridge ──UploadTo──▶ PUT ──▶ uploaded; when all of a job are, the job is sent
                          ▲                   │
                          └──── asked again ──┘  the link has expired, or the line broke

What was put there stays there, so a job whose uploads were cut off goes on with those that are missing.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from cloud_bridge.protocol import UploadTo
from device.offload._fetch import FetchError, Forbidden, NotTaken
from device.offload._outbox import Input, Job, Outbox
from device.store import StoreError

PAUSES_S = (1.0, 60.0)
"""Before the bridge is asked again after an upload that came to nothing, and the longest; each is twice the last."""
log = logging.getLogger(__name__)


class Uploader:
    """One a device's `run`."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        put: Callable[[str, bytes, str], Coroutine[Any, Any, None]],
        give_up: Callable[[Job, str, str], Awaitable[None]],
    ) -> None:
        """`put` sends bytes of a media type to a link, or raises FetchError; `give_up` ends a job (code, text)."""
        self._outbox, self._put, self._give_up = outbox, put, give_up
        self._links: dict[tuple[str, str], str] = {}
        """By job and hash."""
        self._changed = asyncio.Event()
        self._putting: tuple[str, asyncio.Task[None]] | None = None

    def take(self, job: Job, where: UploadTo) -> None:
        """The bridge has said where a picture is to be put, or that it has it."""
        for each in job.inputs:
            if each.sha256 != where.sha256 or each.uploaded:
                continue
            if where.url is None:
                each.uploaded = True
                self._outbox.changed.set()
            else:
                self._links[job.id, each.sha256] = where.url
                self._changed.set()

    def stop(self, job_id: str) -> None:
        """Nobody wants this job any more: not another byte for it leaves."""
        for key in [key for key in self._links if key[0] == job_id]:
            del self._links[key]
        if self._putting is not None and self._putting[0] == job_id:
            self._putting[1].cancel()

    async def run(self) -> None:
        """Upload until cancelled; links that are known then are not used later."""
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                while self._links:
                    key = next(iter(self._links))
                    await self._upload(*key, self._links.pop(key))
        finally:
            self._links.clear()

    async def _upload(self, job_id: str, sha256: str, url: str) -> None:
        job = self._outbox.find_open(job_id)
        each = next((one for one in job.inputs if one.sha256 == sha256), None) if job else None
        if job is None or each is None or each.uploaded or job.cancelled:
            return
        try:
            data = await self._outbox.picture(job, each)
            # Written down before: the audit log must not say that it waits when it may have left.
            if data is None or not await self._outbox.mark_sent(job):
                return
            if not await self._sent(job, self._put(url, data, each.media_type)):
                return
            each.uploaded, each.attempts = True, 0
        except Forbidden as error:
            log.warning("a picture of job %s: %s", job.id, error)
            await self._end(job, "forbidden_address", str(error))
        except NotTaken as error:
            log.warning("a picture of job %s: %s", job.id, error)
            await self._end(job, "upload_refused", str(error))
        except (FetchError, StoreError) as error:
            log.info("a picture of job %s is sent again later: %s", job.id, error)
            _put_off(each)
        except Exception:
            # Whatever one picture brings about, the others leave and the device lives.
            log.exception("a picture of job %s is sent again later", job.id)
            _put_off(each)
        self._outbox.changed.set()

    async def _sent(self, job: Job, put: Coroutine[Any, Any, None]) -> bool:
        """Whether it is there; False when it was stopped on its way."""
        task = asyncio.create_task(put, name="offload-put")
        self._putting = job.id, task
        try:
            await asyncio.wait({task})
        finally:
            self._putting = None
            task.cancel()
        if task.cancelled():
            return False
        task.result()
        return True

    async def _end(self, job: Job, code: str, text: str) -> None:
        try:
            await self._give_up(job, code, text)
        except StoreError as error:
            log.error("job %s can't be ended now: %s", job.id, error)
            for each in job.inputs:
                _put_off(each)


def _put_off(each: Input) -> None:
    shortest, longest = PAUSES_S
    each.ask_at = time.monotonic() + min(longest, shortest * 2.0**each.attempts)
    each.attempts = min(each.attempts + 1, 99)
