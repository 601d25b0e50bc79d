"""The days and parts of a day that people ask about: `yesterday`, `this morning`, `monday`."""

from datetime import datetime, timedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = {
    "today": (0, 24),
    "this morning": (0, 12),
    "this afternoon": (12, 18),
    "this evening": (18, 24),
    "last night": (-6, 6),
    "yesterday": (-24, 0),
}
"""From today's midnight on."""


def period(day: str, now: datetime) -> tuple[float, float]:
    """Begin and end of `day` in Unix seconds, seen from `now` (local time); a weekday is the last one before today.

    Raises KeyError for a day that is none.
    """
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    monday = -24 * now.weekday()
    if day in WEEKDAYS:
        days_ago = (now.weekday() - WEEKDAYS.index(day) - 1) % 7 + 1
        begin, end = -24 * days_ago, 24 - 24 * days_ago
    else:
        begin, end = {**HOURS, "this week": (monday, 24), "last week": (monday - 168, monday)}[day]
    return (midnight + timedelta(hours=begin)).timestamp(), (midnight + timedelta(hours=end)).timestamp()
