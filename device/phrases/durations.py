"""What a duration consists of, in whatever language it is said."""

from math import ceil
from typing import Literal

Unit = Literal["day", "hour", "minute", "second"]

_UNITS: tuple[tuple[Unit, int], ...] = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def parts(seconds: float) -> list[tuple[int, Unit]]:
    """`[(1, "minute"), (30, "second")]` for 90; rounded up to the second, and never nothing."""
    left = max(1, ceil(seconds))
    found: list[tuple[int, Unit]] = []
    for unit, unit_s in _UNITS:
        count, left = divmod(left, unit_s)
        if count:
            found.append((count, unit))
    return found


def as_left(seconds: float) -> int:
    """What is left, no finer than anybody wants to know; rounded up, so that "1 minute" is not over before a minute.

    Above ten minutes without seconds, above a day without minutes.
    """
    finest = 3_600 if seconds > 86_400 else 60 if seconds > 600 else 1
    return ceil(seconds / finest) * finest
