"""How long something is to last, from the words that were understood."""

from collections.abc import Mapping

_SLOTS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "extra": 1}
"""What the templates in `timer.yaml` find, in seconds."""


def duration_s(slots: Mapping[str, str | int]) -> int:
    """The seconds that a sentence's slots add up to; 0 when it named no duration."""
    return sum(int(slots[name]) * unit_s for name, unit_s in _SLOTS.items() if name in slots)
