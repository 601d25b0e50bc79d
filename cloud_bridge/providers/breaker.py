"""A circuit breaker: whether somebody who has just failed may be asked again. No clock of its own, no waiting.

::

              ┌── it worked ◀──────────────────────────────┐
              ▼                                             │
    closed: everybody may ask                               │
              │ it says that it can't, or failed FAULTS times running
              ▼                                             │
    open: nobody may ask ──── the rest is over ────▶ half-open: one may, and the others wait for how that went
              ▲                                             │
              └── it failed: the next rest is twice as long ┘
"""

from typing import Literal

RESTS_S = (1.0, 60.0)
"""The shortest and the longest rest; one that the provider asks for may be longer."""
FAULTS = 5
"""So many faults or lost answers running are as bad as saying no."""

State = Literal["closed", "open", "half-open"]


class Breaker:
    """Of one provider and one capability. `now` is always seconds of one clock that doesn't go back."""

    def __init__(self) -> None:
        self._ends: float | None = None
        """When its rest ends or has ended; None: closed."""
        self._trial = False
        """Somebody is asking in its half-open state."""
        self._faults = 0
        self._next_s: float | None = None

    def state(self, now: float) -> State:
        """As `nightjar bridge` shows it."""
        if self._ends is None:
            return "closed"
        return "open" if now < self._ends else "half-open"

    def rest_s(self, now: float) -> float:
        """Seconds until it may be asked, as far as one knows."""
        return 0.0 if self._ends is None else max(0.0, self._ends - now)

    def admit(self, now: float) -> bool:
        """Whether a call may be made now. Whoever is let in says how that went, or `nothing`."""
        if self._ends is None:
            return True
        if now < self._ends or self._trial:
            return False
        self._trial = True
        return True

    def worked(self, now: float) -> None:
        """It did what was asked for, or looked at it and had a reason not to."""
        self._faults = 0
        if self._ends is None or now >= self._ends:  # else the call was begun before it asked for a rest
            self._ends, self._trial, self._next_s = None, False, None

    def down(self, now: float, asked_s: float | None = None) -> None:
        """It did nothing, and asks to be left alone for `asked_s` if it says so."""
        if self._ends is None or now >= self._ends:  # else another call has just learnt the same
            rest_s = RESTS_S[0] if self._next_s is None else self._next_s
            self._ends, self._next_s = now + rest_s, min(rest_s * 2, RESTS_S[1])
        self._ends = max(self._ends, now + (asked_s or 0.0))
        self._trial, self._faults = False, 0

    def fault(self, now: float) -> None:
        """It failed at the work, or nobody knows what it did."""
        self._faults += 1
        if self._ends is not None or self._faults >= FAULTS:
            self.down(now)

    def back(self, now: float) -> None:
        """It is there again: its rest is over, whatever was left of it."""
        if self._ends is not None:
            self._ends = min(self._ends, now)

    def nothing(self) -> None:
        """The call was given up before anything could be learnt from it."""
        self._trial = False
