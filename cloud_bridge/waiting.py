"""Who waits for a call, in memory as it is in the ledger: whose turn comes when, and how long the line is.

Self-clocked fair queueing (Golestani, INFOCOM 1994) over devices, for each kind of job::

    rank of a new job  =  max(virtual time, rank of the device's last waiting job) + 1 / weight of the device
    virtual time       =  rank of the job that was claimed last;  the lowest rank is claimed next

    flood      1 2 3 4 5 6 7 8 9 …          its jobs stand one behind the other
    another        ▲ 3                      came when 2 was claimed: third in line, not the thousandth

Nothing here is needed to start again: ranks lie in the ledger, the rest follows from them.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal["image", "edit", "answer"]
"""Which worker a job is for: nobody waits for an answer behind pictures, or for one behind those who change some."""
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(slots=True)
class _Share:
    """A device in one line."""

    jobs: int = 0
    last: float = 0.0
    """The rank of its last job."""


class Waiting:
    """One line a kind. A device without a waiting job leaves no trace."""

    def __init__(self, queued: Iterable[tuple[int, Kind, str, float]], calling: Iterable[tuple[Kind, float]]) -> None:
        """`queued`: seq, kind, device and rank of those that wait; `calling`: kind and rank of those being called."""
        self._lines: defaultdict[Kind, list[float]] = defaultdict(list)
        """The ranks, in order."""
        self._shares: dict[tuple[Kind, str], _Share] = {}
        self._who: dict[int, tuple[Kind, str, float]] = {}
        self._virtual: defaultdict[Kind, float] = defaultdict(float)
        self._calling: Counter[Kind] = Counter()
        for seq, kind, device, rank in queued:
            self.join(seq, kind, device, rank)
        for kind, rank in calling:
            self._virtual[kind] = max(self._virtual[kind], rank)
            self._calling[kind] += 1
        for kind, line in self._lines.items():
            if line and not self._calling[kind]:
                self._virtual[kind] = line[0]

    def __len__(self) -> int:
        return len(self._who)

    def line(self, kind: Kind) -> int:
        """How many wait."""
        return len(self._lines[kind])

    def last(self, kind: Kind) -> float:
        """The rank of the last one that waits, of which there must be one."""
        return self._lines[kind][-1]

    def of(self, device: str, kind: Kind) -> int:
        """How many of them are this device's."""
        share = self._shares.get((kind, device))
        return share.jobs if share else 0

    def open(self, kind: Kind) -> int:
        """How many wait or are being called."""
        return len(self._lines[kind]) + self._calling[kind]

    def rank(self, kind: Kind, device: str, weight: float) -> float:
        """Where a new job belongs."""
        share = self._shares.get((kind, device))
        return max(self._virtual[kind], share.last if share else 0.0) + 1.0 / weight

    def before(self, kind: Kind, rank: float) -> int:
        """How many that have not ended come before the last one with this rank."""
        return self._calling[kind] + max(0, bisect_right(self._lines[kind], rank) - 1)

    def join(self, seq: int, kind: Kind, device: str, rank: float) -> None:
        """A job waits."""
        insort(self._lines[kind], rank)
        share = self._shares.setdefault((kind, device), _Share())
        share.jobs += 1
        share.last = max(share.last, rank)
        self._who[seq] = (kind, device, rank)

    def claim(self, seq: int) -> None:
        """A waiting job is being called."""
        kind, _, rank = self._who[seq]
        self._leave(seq)
        self._calling[kind] += 1
        self._virtual[kind] = max(self._virtual[kind], rank)

    def requeue(self, seq: int, kind: Kind, device: str, rank: float) -> None:
        """A job that was being called waits again, where it stood."""
        self._calling[kind] -= 1
        self.join(seq, kind, device, rank)

    def end(self, seq: int, kind: Kind) -> None:
        """A job has ended, wherever it was."""
        if seq in self._who:
            self._leave(seq)
        else:
            self._calling[kind] -= 1

    def _leave(self, seq: int) -> None:
        kind, device, rank = self._who.pop(seq)
        line, share = self._lines[kind], self._shares[kind, device]
        del line[bisect_left(line, rank)]
        share.jobs -= 1
        if not share.jobs:  # its rank is behind the virtual time, or it gave its place up
            del self._shares[kind, device]
