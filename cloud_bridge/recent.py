"""How the jobs of the last minutes ended: whether something works that only seems to."""

from collections import defaultdict, deque
from collections.abc import Callable

from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Failed, ProtocolError, parse_result
from cloud_bridge.waiting import Kind
from cloud_bridge.witness import Witness

WINDOW_S = 300.0
MOST = 500
ENOUGH = 5
"""Fewer jobs say nothing."""
MANY = 0.2
"""From this share on, failures are no accident."""
OUR_FAULT = frozenset({"provider_down", "provider_error", "not_configured", "too_busy"})
"""What the person who asked could not have done better."""


class Recent(Witness):
    """The ends of each kind."""

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends: defaultdict[Kind, deque[tuple[float, bool]]] = defaultdict(lambda: deque(maxlen=MOST))

    def ended(self, entry: Entry, *, now: float) -> None:  # noqa: ARG002
        """Note whether it went well."""
        if entry.state == "cancelled":
            return
        self._ends[entry.kind].append((self._monotonic(), entry.state == "stored" or _theirs(entry)))

    def many_fail(self, kind: Kind) -> bool:
        """Whether so many failed that something must be wrong."""
        ends, begin = self._ends[kind], self._monotonic() - WINDOW_S
        while ends and ends[0][0] < begin:
            ends.popleft()
        bad = sum(not well for _, well in ends)
        return len(ends) >= ENOUGH and bad >= MANY * len(ends)


def _theirs(entry: Entry) -> bool:
    """It failed for what was asked, which is no fault of the bridge's."""
    if entry.state != "failed":
        return False
    try:
        end = parse_result(entry.result or b"")
    except ProtocolError:
        return False
    return isinstance(end, Failed) and end.code not in OUR_FAULT
