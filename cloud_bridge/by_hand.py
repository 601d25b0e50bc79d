"""What whoever runs the bridge does to a job by hand, so that its device is always told the truth."""

from collections.abc import Callable, Mapping
from uuid import UUID

from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Ledger
from cloud_bridge.protocol import Failed, encode
from cloud_bridge.waiting import Kind
from cloud_bridge.worker import Worker

AGAIN_WITHIN_S = 3600.0
"""How long a job that is made again may wait."""


class Refused(Exception):
    """It is not done; the text is one plain sentence."""


class ByHand:
    """Of the bridge that runs."""

    def __init__(
        self, *, ledger: Ledger, delivery: Delivery, workers: Mapping[Kind, Worker], now: Callable[[], float]
    ) -> None:
        self._ledger, self._delivery, self._workers, self._now = ledger, delivery, workers, now

    async def cancel(self, device: str, job: str) -> str:
        """End a job that is not over, and tell its device; what was done, as a sentence. Raises Refused."""
        entry = await self._ledger.find(device, job)
        if entry is None:
            raise Refused("There is no such job.")
        text = "Whoever runs the bridge has cancelled it."
        failed = encode(Failed(job=UUID(job), code="cancelled", text=text))
        ended = await self._ledger.end(entry, "cancelled", failed, now=self._now())
        if ended is None:
            raise Refused(f"It is over already: {entry.state}.")
        self._workers[entry.kind].stop(entry)
        await self._delivery.deliver(ended)
        if entry.state == "calling":
            return "Cancelled; the provider was being called for it and may bill it."
        return "Cancelled."

    async def requeue(self, device: str, job: str, *, may_be_billed_again: bool) -> str:
        """Have a job made after all that ended without what was asked for; what was done. Raises Refused.

        Only while its device can't have heard of that end: a device that has is done with the job, and would take no
        picture for it any more.
        """
        entry = await self._ledger.find(device, job)
        if entry is None:
            raise Refused("There is no such job.")
        if entry.state not in ("failed", "expired", "outcome_unknown"):
            raise Refused(f"It did not fail: {entry.state}.")
        if entry.acknowledged_at is not None:
            raise Refused("Its device knows how it ended and is done with it: it has to be asked for there again.")
        if entry.delivered_at is not None:
            raise Refused("The news of how it ended is on its way to the device: it has to be asked for there again.")
        if entry.kind == "answer":
            raise Refused("Nobody waits for that answer any more.")
        if entry.state == "outcome_unknown" and not may_be_billed_again:
            raise Refused(
                "The provider may have made it and may bill it twice: say --yes-it-may-be-billed-again to have it made."
            )
        if not await self._ledger.reopen(entry, expires_at=self._now() + AGAIN_WITHIN_S):
            raise Refused("Its end has just been told to its device.")
        self._workers[entry.kind].work_came()
        return "It waits for its turn again."
