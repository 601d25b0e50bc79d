"""Durations and lists as people say them in English."""

from collections.abc import Sequence

from device.phrases.durations import as_left, parts


def spoken_duration(seconds: float) -> str:
    """`1 hour and 20 minutes`, `90 seconds` as `1 minute and 30 seconds`; rounded up to the second."""
    return joined([f"{count} {unit}{'s' if count > 1 else ''}" for count, unit in parts(seconds)])


def spoken_left(seconds: float) -> str:
    """What is left, as `as_left` rounds it."""
    return spoken_duration(as_left(seconds))


def spoken_length(seconds: float) -> str:
    """Before a noun: `5 minute`, `1 hour and 20 minute`."""
    return joined([f"{count} {unit}" for count, unit in parts(seconds)])


def joined(parts: Sequence[str], word: str = "and") -> str:
    """`a, b and c`; `parts` has at least one."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {word} {parts[-1]}"
