"""Moments as people say them in English, seen from now: "tomorrow at seven o'clock in the morning"."""

from datetime import datetime, timedelta

from device.phrases.english_clock import spoken_date, spoken_time
from device.phrases.english_numbers import joined

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spoken_moment(at: datetime, now: datetime) -> str:
    """`at seven o'clock in the evening`, with the day in front unless it is today: `tomorrow at noon`."""
    return f"{spoken_day(at, now)} {_at(at)}".removeprefix("today ")


def spoken_day(at: datetime, now: datetime) -> str:
    """`today`, `tomorrow`, `on Friday` within a week, else `on Friday, the fourth of December`."""
    ahead = (at.date() - now.date()) // timedelta(1)
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if ahead in near:
        return near[ahead]
    return f"on {_DAYS[at.weekday()]}" if 0 < ahead < 7 else f"on {spoken_date(at.date())}"


def spoken_days(days: frozenset[int], minute: int) -> str:
    """`every weekday at quarter past six in the morning`; `minute` counts from midnight."""
    named = {7: "day", 5: "weekday" if days == frozenset(range(5)) else "", 2: "weekend" if days == {5, 6} else ""}
    which = named.get(len(days)) or joined([_DAYS[day] for day in sorted(days)])
    return f"every {which} {_at(datetime(2000, 1, 1, minute // 60, minute % 60))}"  # noqa: DTZ001 - of any day


def _at(at: datetime) -> str:
    said = spoken_time(at.time())
    if said in ("noon", "midnight"):
        return f"at {said}"
    part = "in the morning" if at.hour < 12 else "in the afternoon" if at.hour < 18 else "in the evening"
    return f"at {said} {'at night' if at.hour < 5 or at.hour >= 22 else part}"
