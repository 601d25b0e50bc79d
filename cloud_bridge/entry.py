"""A job as the ledger knows it, and what the ledger answers when it comes."""

import hashlib
from dataclasses import dataclass
from typing import Literal

from cloud_bridge.waiting import Kind

State = Literal[
    "queued",
    "calling",
    "stored",
    "delivered",
    "acknowledged",
    "failed",
    "cancelled",
    "expired",
    "outcome_unknown",
]
Ended = Literal["stored", "failed", "cancelled", "expired", "outcome_unknown"]

COLUMNS = (
    "seq, device, job, body_sha256, body, state, calls, result, delivered_at, acknowledged_at, kind,"
    " rank, conversation, trace, accepted_at, provider"
)
"""Of the table `jobs`, in the order of an Entry's fields."""


class LedgerError(Exception):
    """The ledger can't be read or written; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A job as the ledger knows it."""

    seq: int
    device: str
    job: str
    body_sha256: str
    body: bytes
    """The request, as it came."""
    state: State
    calls: int
    """How often a provider was called for it."""
    result: bytes | None
    """The Final, Answer or Failed that ends it, as encoded when it was written."""
    delivered_at: float | None
    acknowledged_at: float | None
    kind: Kind
    rank: float
    """The lowest of those that wait is claimed next."""
    conversation: str
    """"": of none."""
    trace: str | None
    """W3C trace context of the turn that it is part of."""
    accepted_at: float
    provider: str | None = None
    """Who was, or is about to be, called for it last."""

    @property
    def key(self) -> str:
        """The same for the same device, job and body, always: 64 hex digits."""
        parts = (self.device.encode(), self.job.encode(), bytes.fromhex(self.body_sha256))
        return hashlib.sha256(b"\0".join(parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a request."""

    entry: Entry
    new: bool
    same_body: bool
    """False: the job is known with another body. `entry` is the one that is known; nothing was changed."""
    position: int
    """Jobs of its kind before this one that have not ended."""
    shed: Entry | None = None
    """Another job, which had to go as there was no room for both: it has ended."""
