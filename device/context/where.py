"""Where a step is carried out, and why there: the second half of `understood.route`."""

from device.context.surroundings import Surroundings


def where(intent: str, surroundings: Surroundings, *, leaves: bool) -> str:
    """`device` or `device+bridge`, and in brackets why, if not as usual. `leaves`: the bridge would help."""
    if not leaves:
        return "device"
    if intent in surroundings.kept_here:
        return "device (nothing may leave)"
    if not surroundings.online:
        return "device (offline)"
    spared = surroundings.strain if intent.startswith("picture.") else ""
    return f"device+bridge ({spared}: no partial pictures)" if spared else "device+bridge"
