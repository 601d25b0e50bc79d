"""Which alarm or reminder is meant, and how one is named."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Literal

from device.agenda import Entry, Kind
from device.context.plan import Step
from device.context.when import When, next_on, when
from device.phrases import Moment, Phrases

TOLD = 4
"""Entries that are told one by one: more nobody keeps in mind."""
Like = Literal["any", "the", "one"]
"""`an alarm at noon`, `the alarm at noon`, `the one at noon`."""
_HALF_DAY_MIN = 12 * 60

Slots = Mapping[str, str | int]


def kind_of(step: Step) -> Kind | None:
    """What the step is about; None for both."""
    kind = step.intent.partition(".")[0]
    return "alarm" if kind == "alarm" else "reminder" if kind == "reminder" else None


def meant(slots: Slots, entries: Sequence[Entry], now: datetime) -> list[Entry]:
    """Those of `entries` that the slots describe: by time, day or words, first or last; all when they say nothing."""
    found = list(entries)
    if text := str(slots.get("when", "")):
        found = _at(found, text, now)
    if about := str(slots.get("what", "")):
        found = _about(found, about)
    which = slots.get("which")
    return found[:1] if which == "first" else found[-1:] if which == "last" else found


def on_day(entries: Sequence[Entry], day: When, now: datetime) -> list[Entry]:
    """What there is on the day of `day` (at its time, if it has one), those that repeat too, in their order."""
    begins = datetime.combine(day.at.date(), time(), now.tzinfo)
    found: list[Entry] = []
    for entry in entries:
        at = entry.at
        if entry.days and day.at.date() >= now.date():
            at = next_on(entry.days, entry.minute, begins - timedelta(seconds=1)).timestamp()
            at = max(at, entry.at) if day.at.date() == now.date() else at
        local = datetime.fromtimestamp(at, now.tzinfo)
        if local.date() == day.at.date() and (not day.timed or _minute(local) == _minute(day.at)):
            found.append(replace(entry, at=at))
    return sorted(found, key=lambda entry: entry.at)


def name(entry: Entry, now: datetime, phrases: Phrases, *, day: bool = True, like: Like = "any") -> str:
    """`an alarm tomorrow at noon`, `a reminder at noon: call Mum`; without the day where that is known."""
    at = datetime.fromtimestamp(entry.at, now.tzinfo)
    when = Moment(at, now, entry.days, entry.minute) if day else Moment(at, at)
    if entry.kind == "alarm":
        if entry.about:
            return phrases("agenda-alarm-about", when=when, about=entry.about, like=like)
        return phrases("agenda-alarm", when=when, like=like)
    if entry.about:
        return phrases("agenda-reminder-about", when=when, about=entry.about, like=like)
    return phrases("agenda-reminder", when=when, like=like)


def which(entry: Entry, now: datetime, phrases: Phrases) -> str:
    """What tells it from others of its kind."""
    if entry.kind == "reminder" and entry.about:
        return phrases("agenda-only-about", about=entry.about)
    return name(entry, now, phrases, like="one")


def named(entries: Sequence[Entry], now: datetime, phrases: Phrases) -> str:
    """What is spoken of: `the alarm tomorrow at noon`, `3 reminders`."""
    if len(entries) > 1:
        return phrases("agenda-several", kind=entries[0].kind, count=len(entries))
    return name(entries[0], now, phrases, like="the")


def _at(entries: Sequence[Entry], text: str, now: datetime) -> list[Entry]:
    readings = [found for waking in (True, False) if (found := when(text, now, waking=waking))]
    if not readings:
        return []
    if readings[0].days:
        return [entry for entry in entries if entry.days == readings[0].days]
    if not readings[0].timed:
        days = on_day(entries, readings[0], now)
        return [entry for entry in entries if entry.n in {one.n for one in days}]
    exactly = {round(one.at.timestamp() / 60) for one in readings}
    if found := [entry for entry in entries if round(entry.at / 60) in exactly]:
        return found
    shown = {_minute(one.at) % _HALF_DAY_MIN for one in readings}
    return [
        entry for entry in entries if _minute(datetime.fromtimestamp(entry.at, now.tzinfo)) % _HALF_DAY_MIN in shown
    ]


def _minute(at: datetime) -> int:
    return at.hour * 60 + at.minute


def _about(entries: Sequence[Entry], about: str) -> list[Entry]:
    """Those that share a word with it that matters, best all of them."""
    wanted = _words(about)
    shared = {entry.n: len(wanted & _words(entry.about)) for entry in entries}
    most = max(shared.values(), default=0)
    return [entry for entry in entries if most and shared[entry.n] == most]


def _words(text: str) -> set[str]:
    words = "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()
    return {word.removesuffix("s") for word in words if word not in {"the", "a", "an", "to", "my", "your", "of", "and"}}
