"""Durations as people say them."""

from collections.abc import Mapping, Sequence
from math import ceil

_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))
_SLOTS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1, "extra": 1}
"""What the templates in `timer.yaml` find, in seconds."""


def duration_s(slots: Mapping[str, str | int]) -> int:
    """The seconds that a sentence's slots add up to; 0 when it named no duration."""
    return sum(int(slots[name]) * unit_s for name, unit_s in _SLOTS.items() if name in slots)


def spoken_duration(seconds: float) -> str:
    """`1 hour and 20 minutes`, `90 seconds` as `1 minute and 30 seconds`; rounded up to the second."""
    return joined([f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in _parts(max(1, ceil(seconds)))])


def spoken_left(seconds: float) -> str:
    """What is left, no finer than anybody wants to know; rounded up, so that "1 minute" is not over before a minute.

    Above ten minutes without seconds, above a day without minutes.
    """
    finest = 3_600 if seconds > 86_400 else 60 if seconds > 600 else 1
    return spoken_duration(ceil(seconds / finest) * finest)


def spoken_length(seconds: int) -> str:
    """Before a noun: `5 minute`, `1 hour and 20 minute`."""
    return joined([f"{count} {unit}" for count, unit in _parts(seconds)])


def _parts(seconds: int) -> list[tuple[int, str]]:
    parts: list[tuple[int, str]] = []
    for unit, unit_s in _UNITS:
        count, seconds = divmod(seconds, unit_s)
        if count:
            parts.append((count, unit))
    return parts


def joined(parts: Sequence[str], word: str = "and") -> str:
    """`a, b and c`; `parts` has at least one."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
