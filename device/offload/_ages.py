"""How old a job is, and how long somebody still wants it done, by clocks of which the wall's may jump.

::

    asked for ├────── the time it has ──────┤ late ──▶
              ├──── age_s ───┼──── left_s ──┤          by the monotonic clock, where this process has lived through it
"""

from collections.abc import Callable, Iterable

from device.offload._outbox import Job

EXPIRES_AFTER_S = 24 * 3600.0
"""The bridge must have begun a picture by then."""
ANSWER_WITHIN_S = 20.0
"""Nobody waits longer for an answer, and nobody wants it an hour later."""


class Ages:
    """Both of a device's clocks."""

    def __init__(self, *, unix_time: Callable[[], float], monotonic: Callable[[], float]) -> None:
        """Both give seconds; `unix_time` may jump: a board without a battery wakes up in 1970."""
        self.unix_time, self.monotonic = unix_time, monotonic

    def age_s(self, job: Job) -> float:
        """How long ago a job was asked for; by the wall clock only where this process has not lived through it."""
        if job.asked_at is not None:
            return self.monotonic() - job.asked_at
        return self.unix_time() - (job.expires_at - _lasts_s(job))

    def left_s(self, job: Job) -> float:
        """For how many seconds longer somebody wants a job done; negative: for how many nobody has."""
        return _lasts_s(job) - self.age_s(job)

    def oldest_s(self, jobs: Iterable[Job]) -> float:
        """The greatest age of them; 0 where there is none."""
        return max(map(self.age_s, jobs), default=0.0)


def _lasts_s(job: Job) -> float:
    return ANSWER_WITHIN_S if job.asks else EXPIRES_AFTER_S
