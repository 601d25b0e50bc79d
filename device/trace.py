"""What a turn is called in traces: nothing has to be remembered for it, and both ends can work it out.

The trace is named by the turn's id and the span of a job by the job's, both UUIDv7, whose ends are random
(https://www.w3.org/TR/trace-context/).
"""

from hashlib import sha256
from uuid import UUID


def traceparent(turn: str, job: UUID) -> str:
    """The job's span in the turn's trace, as W3C trace context writes it; this end records nothing itself (flag 00)."""
    return f"00-{trace_id(turn)}-{job.hex[16:]}-00"


def trace_id(turn: str) -> str:
    """32 hex digits."""
    try:
        return UUID(turn).hex
    except ValueError:  # a turn of another kind: a test's, or of another program
        return sha256(turn.encode()).hexdigest()[:32]
