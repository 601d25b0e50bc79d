"""How much may wait on the device: jobs, their bytes, and what the disk keeps free for everything else."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from device.offload._outbox import Job
from device.phrases import Phrases

MAX_PENDING = 500
"""Jobs that may wait on the device."""
MAX_WAITING_BYTES = 256 * 1024 * 1024
"""Of jobs that wait, with the pictures that go along."""
KEEP_FREE_BYTES = 64 * 1024 * 1024
"""What waits leaves so much of the disk to the rest: results, history, settings."""


class OffloadRefused(Exception):
    """The job is not taken; the text is one plain sentence."""


class NoBridge(OffloadRefused):
    """No broker is configured: the device keeps to itself."""


class NotPermitted(OffloadRefused):
    """The policy gave its permission for something else."""


class OutboxFull(OffloadRefused):
    """Too much is waiting already; the text, in the device's language, says how much and since when."""


def size_bytes(job: Job) -> int:
    """What a job that waits takes up."""
    return len(job.body) + sum(each.size_bytes for each in job.inputs)


def make_room(more_bytes: int, *, waiting: Sequence[Job], oldest_s: float, store: Path, phrases: Phrases) -> None:
    """Raise OutboxFull unless another job of so many bytes may wait beside those that have not ended.

    `oldest_s`: how long the oldest of these has waited. `store`: the file that all of them lie in.
    """
    if shutil.disk_usage(store.parent).free - more_bytes < KEEP_FREE_BYTES:
        raise OutboxFull(phrases("fault-disk-low"))
    if len(waiting) >= MAX_PENDING or sum(map(size_bytes, waiting)) + more_bytes > MAX_WAITING_BYTES:
        raise OutboxFull(phrases("fault-outbox-full", count=len(waiting), oldest=oldest_s))
