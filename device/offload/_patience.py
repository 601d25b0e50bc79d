"""When a job is not tried any longer, so that it holds up no other.

::

    the connection ends while the broker has yet to confirm it      ──▶ from now on the others go first
    three times, and with no other job in between                   ──▶ hopeless
    offered ten times, a minute apart, while the bridge is there,
    and never accepted, though one that was offered later has been  ──▶ hopeless

A network that breaks under whatever is sent, and a bridge that takes nothing new on, are no job's fault: one whose disk
is full still knows what it had before.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

MOST_BROKEN = 3
"""Connections that end at the same job."""
MOST_OFFERS = 10
OFFER_AGAIN_S = 60.0
"""How long the bridge may take to say that it has a job before the job is sent once more."""


@dataclass(slots=True)
class _Offers:
    first_at: float
    last_at: float
    number: int = 1


class Patience:
    """What speaks against each job; kept in memory alone, so that a restart tries everything anew."""

    def __init__(self, now: Callable[[], float]) -> None:
        """`now` gives seconds of the monotonic clock."""
        self._now = now
        self.suspect = ""
        """The job at which the last connection ended that ended at one; it goes last."""
        self._broken = 0
        self._offers: dict[str, _Offers] = {}
        self._accepted: set[str] = set()
        self._newest = float("-inf")
        """When the latest that was accepted had first been offered."""

    def broke(self, job: str) -> None:
        """The connection ended while this job was on its way to the broker."""
        if job != self.suspect:
            self.suspect, self._broken = job, 0
        self._broken += 1

    def confirmed(self, job: str) -> None:
        """The broker has this job."""
        if job == self.suspect:
            self.suspect, self._broken = "", 0

    def offered(self, job: str) -> None:
        """It was sent, and the bridge is there. What comes sooner than a minute after the last is the same offer."""
        now = self._now()
        if job in self._accepted:
            return
        offers = self._offers.setdefault(job, _Offers(now, now))
        if now - offers.last_at >= OFFER_AGAIN_S:
            offers.number += 1
            offers.last_at = now

    def accepted(self, job: str) -> None:
        """The bridge has it; said twice is once."""
        self._accepted.add(job)
        if offers := self._offers.pop(job, None):
            self._newest = max(self._newest, offers.first_at)

    def hopeless(self, job: str) -> bool:
        """Whether to set it aside."""
        if job == self.suspect and self._broken >= MOST_BROKEN:
            return True
        offers = self._offers.get(job)
        return (
            offers is not None
            and offers.number >= MOST_OFFERS
            and self._now() - offers.last_at >= OFFER_AGAIN_S
            and self._newest > offers.first_at
        )

    def keep(self, jobs: Collection[str]) -> None:
        """Forget all but these."""
        self._offers = {job: offers for job, offers in self._offers.items() if job in jobs}
        self._accepted.intersection_update(jobs)
        if self.suspect not in jobs:
            self.suspect, self._broken = "", 0
