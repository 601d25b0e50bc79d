"""How something is over time, without its blips: when an incident begins, and when it is over.

::

    seen      up up dn up up dn dn dn dn dn dn up up dn up up up up up
                    ↑ a blip: nothing    ·     ↑ up again, but not for long enough
    incident                 ├───────────┊───────────────┤
                             began       opened          ended, known STEADY_S later
"""

from dataclasses import dataclass, replace
from typing import Literal

State = Literal["up", "degraded", "down"]
STEADY_S = 20.0
"""Whatever lasts less is a blip."""
WORSE: dict[State, int] = {"up": 0, "degraded": 1, "down": 2}


@dataclass(frozen=True, slots=True)
class Incident:
    """Something did not work, or not well."""

    what: str
    """A capability; `broker`: the way to the devices; `bridge`: all of it."""
    began: float
    """Unix seconds."""
    state: State
    """The worst of it."""
    reason: str
    """One plain sentence, from a fixed few or from a provider's check: never anybody's words."""
    ended: float | None = None
    """None: it goes on."""


class Condition:
    """One thing's. `look` is told what is seen, again and again; `incident` is the open one."""

    def __init__(self, what: str, *, incident: Incident | None = None) -> None:
        """`incident`: the one that the last process left open."""
        self.what, self.incident = what, incident
        self.state: State = "up" if incident is None else incident.state
        self.reason = "" if incident is None else incident.reason
        self.since: float | None = None if incident is None else incident.began
        """Unix seconds since when it is in `state`; None until that is known."""
        self._well = incident is None
        self._since_s: float | None = None

    def look(self, state: State, reason: str, *, now: float, now_s: float) -> Incident | None:
        """Note what is seen at `now` (Unix seconds) and `now_s` (of a clock that never jumps).

        The incident that has just begun, become worse or ended, if one has.
        """
        well = state == "up"
        if self._since_s is None or well != self._well:
            self._well, self._since_s = well, now_s
        lasted_s = now_s - self._since_s
        if state != self.state:
            self.state, self.since = state, now
        elif self.since is None:
            self.since = now
        self.reason = reason
        before = self.incident
        if before is not None and well and lasted_s >= STEADY_S:
            self.incident = None
            return replace(before, ended=max(before.began, now - lasted_s))
        if before is None and not well and lasted_s >= STEADY_S:
            self.incident = Incident(self.what, now - lasted_s, state, reason)
            return self.incident
        if before is not None and WORSE[state] > WORSE[before.state]:
            self.incident = replace(before, state=state, reason=reason)
            return self.incident
        return None
