"""What the bridge had no room for is asked for again, as a new job in the old one's place.

::

    Failed too_busy, retry_after_s ──▶ new id, same wish, same pictures, same end of its time ──▶ sent after that pause
                                       the old one is acknowledged; after MOST, or too late, its end is told instead

Nothing was begun of the old job, so nothing is made or billed twice.
"""

from uuid import UUID

from uuid_utils import uuid7

from cloud_bridge import protocol
from cloud_bridge.protocol import Failed, encode, parse_job
from device.offload._ages import Ages
from device.offload._outbox import Job, Outbox
from device.trace import traceparent

MOST = 3
"""How often; counted in memory alone, so a restart may add some. The end of the job's time holds in any case."""
PAUSE_S = 60.0
"""Where the bridge doesn't say how long."""


class Again:
    """One a device."""

    def __init__(self, *, outbox: Outbox, ages: Ages) -> None:
        self._outbox, self._ages = outbox, ages

    async def ask(self, job: Job, failed: Failed) -> bool:
        """Have it asked for again, where that is of use; False: the job is over. Raises StoreError."""
        pause_s = PAUSE_S if failed.retry_after_s is None else failed.retry_after_s
        left_s = self._ages.left_s(job)
        if failed.code != "too_busy" or job.asks or job.cancelled or job.again >= MOST or pause_s >= left_s:
            return False
        request = parse_job(job.body)
        if not isinstance(request, protocol.Job):
            return False
        new, now = UUID(str(uuid7())), self._ages.unix_time()
        changes = {"job": new, "created_at": now, "expires_at": now + left_s, "trace": traceparent(job.turn, new)}
        return await self._outbox.replace(
            job,
            str(new),
            encode(request.model_copy(update=changes)),
            expires_at=now + left_s,
            created_at=now,
            not_before=self._ages.monotonic() + pause_s,
        )
