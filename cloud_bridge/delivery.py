"""Getting the end of a job to its device: sent when it is there, and again until the device says that it has it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from pydantic import BaseModel

from cloud_bridge.entry import Entry, LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import LinkDown
from cloud_bridge.media import Media
from cloud_bridge.protocol import Failed, Final, ProtocolError, device_topic, encode, parse_result
from cloud_bridge.witness import NOBODY, Witness

log = logging.getLogger(__name__)

MOST_TELLING = 5000
"""Messages that wait for the broker's confirmation; what is more is not told, and has to be asked for again."""


class Delivery:
    """All that the bridge says to devices goes through here."""

    def __init__(
        self,
        *,
        publish: Callable[[str, bytes], Awaitable[None]],
        ledger: Ledger,
        media: Media,
        now: Callable[[], float],
        repeat_s: float,
        witness: Witness = NOBODY,
    ) -> None:
        self._publish, self._ledger, self._media, self._now = publish, ledger, media, now
        self._repeat_s, self._witness = repeat_s, witness
        self._offline: set[str] = set()
        self._telling = 0

    async def tell(self, device: str, message: BaseModel) -> bool:
        """Send something that need not be repeated; whether the broker has it."""
        if self._telling >= MOST_TELLING:
            return False
        return await self._say(device, encode(message))

    async def send(self, entry: Entry) -> None:
        """Send the end of a job that has just been written: its link is fresh. Otherwise as `deliver`.

        Nobody waits until it is written down that the broker has it: a process that ends before sends it again.
        """
        assert entry.result is not None
        began = self._now()

        def written(trouble: LedgerError | None) -> None:
            if trouble is None:
                self._witness.delivered(entry, began=began, now=self._now())
            else:
                log.error("%s", trouble)

        try:
            if await self._say(entry.device, entry.result):
                self._ledger.delivered_soon(entry, now=self._now(), then=written)
        except LedgerError as error:
            log.error("%s", error)

    async def _say(self, device: str, body: bytes) -> bool:
        self._telling += 1
        try:
            await self._publish(device_topic(device, "results"), body)
        except LinkDown:
            return False
        finally:
            self._telling -= 1
        return True

    async def deliver(self, entry: Entry) -> None:
        """Send the end of a job, with a fresh link. What does not get through is sent again later; never raises."""
        try:
            assert entry.result is not None
            message = parse_result(entry.result)
            if isinstance(message, Final) and entry.acknowledged_at is None and not self._media.has(message.artifact):
                entry = await self._lose(entry)
                message = parse_result(entry.result or b"")
            if isinstance(message, Final):
                message = message.model_copy(update={"artifact": self._media.renew(message.artifact)})
            began = self._now()
            if await self.tell(entry.device, message):
                await self._ledger.delivered(entry, now=self._now())
                self._witness.delivered(entry, began=began, now=self._now())
        except ProtocolError as error:
            log.error("the end of job %s can't be read and is skipped: %s", entry.job, error)
        except LedgerError as error:
            log.error("%s", error)

    async def _lose(self, entry: Entry) -> Entry:
        log.error("the picture of job %s is gone", entry.job)
        text = "The picture was made, but the bridge has lost it."
        failed = Failed(job=UUID(entry.job), code="provider_error", text=text, retryable=True)
        return await self._ledger.lose(entry, encode(failed))

    async def device_status(self, device: str, *, online: bool, news: bool) -> None:
        """A device came or went. One that came gets whatever it has not acknowledged.

        Not `news`: it had done so before our connection began, at whose beginning everything was sent.
        """
        if not online:
            self._offline.add(device)
            return
        self._offline.discard(device)
        if news:
            await self.deliver_all(device)

    async def deliver_all(self, device: str | None = None) -> None:
        """Send every end that is not acknowledged, of one device or of all that are not known to be away.

        Those away would find many copies of the same in the broker's queue; they get theirs when they come.
        """
        after = None
        try:
            while page := await self._ledger.unacknowledged(device=device, after=after):
                after = page[-1]
                for entry in page:
                    if entry.delivered_at is None or entry.device not in self._offline:
                        await self.deliver(entry)
        except LedgerError as error:  # the next time comes
            log.error("%s", error)

    async def repeat(self) -> None:
        """Do so every few minutes, for ever."""
        while True:
            await asyncio.sleep(self._repeat_s)
            await self.deliver_all()
