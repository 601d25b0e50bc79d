"""Times and dates as people say them: "quarter to nine tomorrow morning", "in an hour", "every weekday at seven".

::

    now 15:00   "at seven"  ──▶ 19:00 today, the next seven o'clock       waking: 07:00 tomorrow
    now 22:00   "at seven"  ──▶ 07:00 tomorrow
    any day     "on Friday at five" ──▶ 17:00, as people would mean        waking: 05:00

Wall clock times are of the zone of `now`. A time that its clock skips (half past two, in a night in spring) is as long
after the jump; of one that it shows twice, the next is meant.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from device.context import when_arabic, when_words
from device.context.when_words import Clock, Said
from edge_models.arabic import is_arabic

DEFAULT_HOURS = {"": 9, "morning": 9, "afternoon": 15, "evening": 19, "night": 21}
"""The hour that is meant where a day or its part was said and no time."""
_DAY_MIN = 24 * 60
_NAP_MIN = 3 * 60
"""Whoever wants to be woken sooner than this means it, also in the afternoon."""
_NIGHT_ENDS_H = 5
"""Until then "tonight" is the night that is going on."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment that somebody named, or the next of several."""

    at: datetime
    """In the zone of `now`. In the past only if that was said: "today at nine in the morning", in the afternoon."""
    days: frozenset[int] = frozenset()
    """The weekdays on which it happens again and again, Monday is 0; empty: once."""
    timed: bool = True
    """A time of day was said, or how long from now; otherwise `at` has the hour of `DEFAULT_HOURS`."""
    minute: int = 0
    """Minutes after midnight, on those days."""


def when(text: str, now: datetime, *, waking: bool = False) -> When | None:
    """The next occurrence of what `text` names, None when it isn't wholly a time. Never raises, whatever the text.

    `now` has a time zone. `waking`: somebody is to be woken, so "at five" is early in the morning.
    """
    words = when_arabic.said(text) if is_arabic(text) else when_words.said(text)
    if words is None:
        return None
    try:
        return _occurrence(words, now, waking=waking)
    except (OverflowError, ValueError):  # the calendar's end
        return None


def next_on(days: frozenset[int], minute: int, after: datetime) -> datetime:
    """The first moment later than `after` that is so many minutes after midnight, on one of the weekdays `days`."""
    return next(
        moment
        for moment in (_moment(after.date() + timedelta(ahead), minute, after) for ahead in range(-1, 9))
        if moment.weekday() in days and _later(moment, after)
    )


def _occurrence(words: Said, now: datetime, *, waking: bool) -> When | None:
    if words.wait_s is not None:
        return When((now.astimezone(UTC) + timedelta(seconds=words.wait_s)).astimezone(now.tzinfo))
    timed = words.clock is not None
    if not (timed or words.dated or words.days or words.part):
        return None
    minutes = _readings(words.clock, words.part) if words.clock else [DEFAULT_HOURS[words.part] * 60]
    if not minutes:
        return None
    if words.days:
        minute = _by_day(minutes, waking=waking)
        # "Every Friday at midnight" is Friday's end: Saturday, as the calendar has it.
        days = frozenset((day + minute // _DAY_MIN) % 7 for day in words.days)
        minute %= _DAY_MIN
        return When(next_on(days, minute, now), days, timed, minute)
    if not words.dated:
        return When(_nearest(minutes, now, waking=waking), timed=timed)
    at = _on_its_day(words, minutes, now, waking=waking)
    return None if at is None else When(at, timed=timed)


def _readings(clock: Clock, part: str) -> list[int]:
    """The minutes of a day that may be meant, beyond 24 hours for the small hours of its night; none: nonsense."""
    minute = clock.minute
    if clock.sure:
        small_hours = part == "night" and clock.hour <= _NIGHT_ENDS_H
        return [] if _contradict(clock, part) else [clock.hour * 60 + minute + _DAY_MIN * small_hours]
    early = clock.hour % 12 * 60 + minute
    late = early + _DAY_MIN // 2
    match part:
        case "morning":
            return [early]
        case "afternoon":
            return [late]
        case "evening":
            return [_DAY_MIN + minute] if clock.hour == 12 else [late]
        case "night":
            return [_DAY_MIN + early] if clock.hour == 12 or clock.hour <= _NIGHT_ENDS_H else [late]
        case _:
            return [early, late]


def _contradict(clock: Clock, part: str) -> bool:
    return (part == "morning" and 12 < clock.hour < 24) or (part in ("afternoon", "evening") and clock.hour < 12)


def _by_day(minutes: list[int], *, waking: bool) -> int:
    """Of two readings the one by day: from seven in the morning to seven in the evening; for waking the morning."""
    if len(minutes) == 1:
        return minutes[0]
    early, late = minutes
    return early if early >= 60 and (waking or early >= 7 * 60) else late


def _nearest(minutes: list[int], now: datetime, *, waking: bool) -> datetime:
    """The next moment at which one of the readings is the time; to wake somebody, rather in the morning."""
    moments = [
        (_moment(now.date() + timedelta(ahead), minute, now), minute) for ahead in (-1, 0, 1, 2) for minute in minutes
    ]
    coming = sorted(((at.timestamp(), at, minute) for at, minute in moments if _later(at, now)), key=lambda one: one[0])
    (timestamp, at, minute), *others = coming
    in_the_morning = 5 * 60 <= minute < 12 * 60
    if waking and len(minutes) > 1 and not in_the_morning and timestamp - now.timestamp() > _NAP_MIN * 60:
        return next((other for _, other, minute in others if 5 * 60 <= minute < 12 * 60), at)
    return at


def _on_its_day(words: Said, minutes: list[int], now: datetime, *, waking: bool) -> datetime | None:
    if words.ahead == 0:
        night_goes_on = words.tonight and now.hour < _NIGHT_ENDS_H
        days = [now.date() - timedelta(1)] * night_goes_on + [now.date()]
        moments = [_moment(day, minute, now) for day in days for minute in minutes]
        return next((at for at in moments if _later(at, now)), moments[-1])
    minute = _by_day(minutes, waking=waking)
    if words.ahead is not None:
        return _moment(now.date() + timedelta(words.ahead), minute, now)
    days = list(_dates(words, now.date()))
    if words.date and words.date[2]:
        return _moment(days[0], minute, now) if days else None
    untimed_today = words.clock is None and words.date is not None
    return next(
        (at for day in days if _later(at := _moment(day, minute, now), now) or (untimed_today and day == now.date())),
        None,
    )


def _dates(words: Said, today: date) -> Iterator[date]:
    """The days that may be meant, from today on, in their order."""
    if words.date is None:
        assert words.weekday is not None
        first = today + timedelta((words.weekday - today.weekday()) % 7)
        if words.next_week:
            of_week, today_of_week = ((day - words.week_begins) % 7 for day in (words.weekday, today.weekday()))
            first = today + timedelta(7 + of_week - today_of_week)
        yield from (first, first + timedelta(7))
        return
    day, month, year = words.date
    months = [(year or today.year + n // 12, n % 12 + 1) for n in range(12 * 9)]
    for of_year, of_month in months[:12] if year else months:
        if month in (None, of_month) and (found := _date(of_year, of_month, day)) and (year or found >= today):
            # "Friday, the third": only a third that is a Friday.
            if words.weekday in (None, found.weekday()):
                yield found
            elif month is not None:
                return


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:  # there is no 31st of June
        return None


def _moment(day: date, minutes: int, now: datetime) -> datetime:
    """The moment at which a clock in the zone of `now` shows so many minutes since the beginning of `day`."""
    shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
    at = shown.replace(tzinfo=now.tzinfo)
    again = at.replace(fold=1)
    if not _later(at, now) and _later(again, now) and again.timestamp() > at.timestamp():
        at = again
    return at.astimezone(UTC).astimezone(now.tzinfo)


def _later(at: datetime, than: datetime) -> bool:
    # Not at > than: two of the same zone are compared by what the clock shows, whichever of its two hours it is.
    return at.timestamp() > than.timestamp()
