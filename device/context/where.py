"""Where a step is carried out, and why there: the second half of `understood.route`."""

import re

from device.context.plan import Step
from device.context.surroundings import Surroundings

MINE = re.compile(r"(?:me|my\b.*)", re.IGNORECASE)
"""The phone of whoever speaks."""
_THE_SPEAKERS = frozenset({"memory.remember", "memory.recall", "reminder.set", "device.who"})


def where(intent: str, surroundings: Surroundings, *, leaves: bool) -> str:
    """`device` or `device+bridge`, and in brackets why, if not as usual. `leaves`: the bridge would help."""
    if not leaves or (surroundings.finished_here and intent.startswith("picture.")):
        return "device"
    if intent in surroundings.kept_here:
        return "device (nothing may leave)"
    if not surroundings.online:
        return "device (offline)"
    spared = surroundings.strain if intent.startswith("picture.") else ""
    return f"device+bridge ({spared}: no partial pictures)" if spared else "device+bridge"


def with_speaker(step: Step, surroundings: Surroundings) -> str:
    """The step's route, and in brackets who speaks, where it goes another way or means something else for that."""
    mine = step.intent == "picture.send" and MINE.fullmatch(str(step.slots.get("to", "")))
    unlocks = step.intent == "privacy.child" and not step.slots.get("on") and surroundings.speaker_certain
    matters = surroundings.speaker and (step.intent in _THE_SPEAKERS or mine or unlocks)
    return with_reason(step.route, f"{surroundings.speaker} speaks" if matters else "")


def with_reason(route: str, reason: str) -> str:
    """The route with one more reason in its brackets; "" is none."""
    if not reason:
        return route
    return f"{route.removesuffix(')')}; {reason})" if route.endswith(")") else f"{route} ({reason})"
