"""Reads the words of a time or a date: what was said, not yet when that is.

Number words become digits, then the text is taken apart from its beginning, one part after the other ("tomorrow",
"morning", "at 9"), in whatever order they come. A text of which anything is left over is no time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

MAX_CHARS = 120
"""Nobody needs more to say when."""
LONGEST_WAIT_S = 366 * 24 * 3600
EVERY_DAY = frozenset(range(7))
WEEKDAYS, WEEKEND = frozenset(range(5)), frozenset({5, 6})

_CARDINAL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_ORDINAL_WORDS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth"
)
_MONTH_WORDS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr - jun jul aug sep oct nov dec"
)
_DAY_WORDS = "monday tuesday wednesday thursday friday saturday sunday"
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_NUMBERS: dict[str, int] = {word: n for n, word in enumerate(_CARDINAL_WORDS.split())}
_NTH: dict[str, int] = {word: n for n, word in enumerate(_ORDINAL_WORDS.split())} | {"twentieth": 20, "thirtieth": 30}
_DAYS: list[str] = list(_DAY_WORDS.split())
_MONTHS: list[str] = list(_MONTH_WORDS.split())
_BEFORE_NTH = frozenset({"the", "twenty", *_MONTHS})
_UNITS = {"second": 1, "sec": 1, "minute": 60, "min": 60, "hour": 3600, "hr": 3600}

_DAY = f"(?:{'|'.join(_DAYS)})"
_MONTH = f"(?:{'|'.join(month for month in _MONTHS if month != '-')})"
_PART = "(?:morning|afternoon|evening|night)"
_HOUR = r"(?:[01]?\d|2[0-4])"
_HALF_DAY = r"(?: ?(?P<half_day>am|pm))?"


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it was said."""

    hour: int
    """0 to 24."""
    minute: int
    sure: bool
    """Which half of the day is meant was said: "7 pm", "19:00", "noon"."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the words say."""

    clock: Clock | None = None
    part: str = ""
    """`morning`, `afternoon`, `evening` or `night`."""
    ahead: int | None = None
    """Days from today."""
    tonight: bool = False
    weekday: int | None = None
    """Monday is 0."""
    next_week: bool = False
    week_begins: int = 0
    """The weekday with which one does."""
    date: tuple[int, int | None, int | None] | None = None
    """Day, month, year."""
    days: frozenset[int] = frozenset()
    """The weekdays on which it is to happen again and again."""
    wait_s: int | None = None
    """Seconds from now."""

    @property
    def dated(self) -> bool:
        """A day was said."""
        return self.ahead is not None or self.weekday is not None or self.date is not None


_IDIOMS = [
    (re.compile(rf"\b(?:{idiom})(?!\w)"), meant)
    for idiom, meant in (
        ("first thing in the morning", "at 8 am"),
        ("tomorrow(?: morning)? first thing|first thing tomorrow(?: morning)?", "tomorrow at 8 am"),
        ("(?:at )?breakfast(?: ?time)?", "at 8 am"),
        ("(?:at )?lunch(?: ?time)?|mid day", "at noon"),
        ("(?:at )?dinner(?: ?time)?", "at 6 pm"),
        ("(?:at )?bed ?time", "at 10 pm"),
        ("(?:on )?christmas eve", "24 december"),
        ("(?:on )?christmas(?: day)?", "25 december"),
        ("(?:on )?new year'?s eve", "31 december"),
        ("(?:on )?new year'?s day", "1 january"),
        ("(?:on )?hallowe'?en", "31 october"),
        ("a fortnight", "2 weeks"),
        ("school days?|work ?days?|working days?", "weekdays"),
        ("(?:on )?mon(?!\\w)", "on monday"),
        ("(?:on )?tues?(?!\\w)", "on tuesday"),
        ("(?:on )?wed(?!\\w)", "on wednesday"),
        ("(?:on )?thur?s?(?!\\w)", "on thursday"),
        ("(?:on )?fri(?!\\w)", "on friday"),
        ("(?:at|by) (?:about|around|exactly|roughly|precisely)|around", "at"),
        ("(?:on the dot|exactly|precisely|sharp)", ""),
    )
]
"""What people say for a time, and what it stands for."""


def said(text: str) -> Said | None:
    """What `text` says, None when it isn't wholly a time. Never raises, whatever the text."""
    if len(text) > MAX_CHARS:
        return None
    rest, whole = normal(text), Said()
    if not rest:
        return None
    while rest:
        for pattern, read in _PARTS:
            if found := pattern.match(rest):
                more = read(found, whole)
                if more is not None:
                    break
        else:
            return None
        whole, rest = more, rest[found.end() :].lstrip()
    return whole


def normal(text: str) -> str:
    """Small letters, digits for number words, no commas: `Half past seven, PM.` → `half past 7 pm`."""
    text = re.sub(r"[,;!?]|\.(?!\d)", " ", text.lower().replace("’", "'").replace("-", " "))
    text = re.sub(r"\bo ?'? ?clock\b", "oclock", text)
    for idiom, meant in _IDIOMS:
        text = idiom.sub(meant, text)
    text = re.sub(r"\b([ap]) ?m\b|(?<=\d)([ap])m\b", lambda found: f" {found[1] or found[2]}m", text)
    words: list[str] = []
    for word in text.split():
        # "Second" is a number only where nothing else can be meant.
        lasts = word == "second" and not (words and words[-1] in _BEFORE_NTH)
        number = None if lasts else _NUMBERS.get(word, _NTH.get(word))
        if number is None:
            words.append(word)
            continue
        if 1 <= number <= 9 and words and words[-1] in _TENS:
            number += _TENS[words.pop()]
        words.append(f"{number}{'th' * (word in _NTH)}")
    text = " ".join(str(_TENS.get(word, word)) for word in words)
    return re.sub(r"\b(?:oh|o) (\d)\b", r"0\1", text)


def _with(clock: Clock | None, before: Said) -> Said | None:
    if clock is None or before.clock is not None or before.wait_s is not None:
        return None
    return replace(before, clock=clock)


def _named(found: re.Match[str], before: Said) -> Said | None:
    return _with(Clock(24 if "midnight" in found["named"] else 12, 0, sure=True), before)


def _half_past(found: re.Match[str], before: Said) -> Said | None:
    return _with(_shown(found["hour"], 30, found["half_day"]), before)


def _to_the_minute(found: re.Match[str], before: Said) -> Said | None:
    return _with(_shown(found["hour"], int(found.groupdict().get("minute") or 0), found["half_day"]), before)


def _past_or_to(found: re.Match[str], before: Said) -> Said | None:
    far = 15 if "quarter" in found["far"] else int(found["far"].split()[0])
    if not 0 < far < 60:
        return None
    if found["side"] in ("past", "after"):
        return _with(_shown(found["hour"], far, found["half_day"]), before)
    clock = _shown(found["hour"], 0, found["half_day"])
    if clock is None:
        return None
    # An hour back, on the face that it was said on: a quarter to one is a quarter past twelve and half an hour.
    hour = (clock.hour or 24) - 1 if clock.sure else clock.hour - 1 or 12
    return _with(Clock(hour, 60 - far, clock.sure), before)


def _shown(hour_said: str, minute: int, half_day: str | None) -> Clock | None:
    hour = int(hour_said)
    if half_day:
        return Clock(hour % 12 + 12 * (half_day == "pm"), minute, sure=True) if 1 <= hour <= 12 else None
    if hour == 24 and minute:
        return None
    # People write 07:00 and 19:00 on the same clock; 7:00 may be either.
    return Clock(hour, minute, sure=hour > 12 or hour_said.startswith("0"))


def _part(found: re.Match[str], before: Said) -> Said | None:
    # "Morning" alone greets; after a day it says which part of it.
    bare = not found["in_the"]
    if before.part or before.wait_s is not None or (bare and not (before.dated or before.days)):
        return None
    return replace(before, part=found["part"])


def _ahead(found: re.Match[str], before: Said) -> Said | None:
    if before.dated or before.days or before.wait_s is not None:
        return None
    words = found.group()
    if "tonight" in words:
        return None if before.part else replace(before, ahead=0, part="night", tonight=True)
    if part := found["this"]:
        return None if before.part else replace(before, ahead=0, part=part)
    if count := found["count"]:
        number = {"a": 1, "an": 1, "a couple of": 2}.get(count) or int(count)
        days = number * {"day": 1, "week": 7, "month": 30}[found["unit"].removesuffix("s")]
        return replace(before, ahead=days) if days <= 366 else None
    return replace(before, ahead=2 if "after" in words else 1 if "tomorrow" in words else 0)


def _weekday(found: re.Match[str], before: Said) -> Said | None:
    if before.dated or before.days or before.wait_s is not None:
        return None
    return replace(before, weekday=_DAYS.index(found["day"]), next_week=found["which"] == "next")


def _next_week(found: re.Match[str], before: Said) -> Said | None:
    if before.dated or before.days or before.wait_s is not None:
        return None
    weekend = "weekend" in found.group()
    day = found["after"] or found["day"] or ("saturday" if weekend else "monday")
    return replace(before, weekday=_DAYS.index(day), next_week="next" in found.group())


def _date(found: re.Match[str], before: Said) -> Said | None:
    # A weekday may come before its date: "Friday, the 3rd of December".
    if before.ahead is not None or before.date or before.days or before.wait_s is not None or before.next_week:
        return None
    groups = found.groupdict()
    day, month, year = int(groups["nth"]), groups.get("month"), groups.get("year")
    if not 1 <= day <= 31:
        return None
    return replace(before, date=(day, _MONTHS.index(month) % 12 + 1 if month else None, int(year) if year else None))


def _every(found: re.Match[str], before: Said) -> Said | None:
    if before.dated or before.days or before.wait_s is not None:
        return None
    words = found["days"] or ""
    if part := re.fullmatch(_PART, words):
        return None if before.part else replace(before, days=EVERY_DAY, part=part.group())
    if words.startswith("week"):
        return replace(before, days=WEEKEND if "end" in words else WEEKDAYS)
    named = [_DAYS.index(day) for day in re.findall(_DAY, words)]
    if re.search(" (?:to|through|till|until) ", words):
        first, last = named
        named = [(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)]
    return replace(before, days=frozenset(named) or EVERY_DAY)


def _wait(found: re.Match[str], before: Said) -> Said | None:
    if before != Said():
        return None
    seconds = sum(_seconds(part) for part in _AMOUNT.finditer(found["amounts"]))
    return replace(before, wait_s=round(seconds)) if 1 <= seconds <= LONGEST_WAIT_S else None


def _seconds(found: re.Match[str]) -> float:
    if fraction := found["fraction"]:
        return 2700 if fraction.startswith(("3", "three")) else 900 if "quarter" in fraction else 1800
    count = found["count"]
    number = 1.0 if count in ("a", "an") else 2.0 if count.startswith("a couple") else float(count)
    half = 0.5 if found["half_before"] or found["half_after"] else 0.0
    return (number + half) * _UNITS[found["unit"]]


_AMOUNT = re.compile(
    r"(?P<fraction>(?:a )?half an? hour|a half hour|half hour|(?:a )?quarter of an hour|3 quarters of an hour)"
    r"|(?P<count>\d{1,5}(?:\.\d{1,2})?|a couple(?: of)?|an?)(?P<half_before> and a half)? "
    r"(?P<unit>second|sec|minute|min|hour|hr)s?(?P<half_after> and a half)?\b"
)
_AMOUNTS = rf"(?:{re.sub(r'[?]P<[a-z_]+>', '?:', _AMOUNT.pattern)})"
_END = r"(?![\w:.'%])"


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(f"(?:{text}){_END}")


_PARTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Said], Said | None]], ...] = (
    (_pattern(rf"(?:in|after) (?P<amounts>{_AMOUNTS}(?:(?: and)? {_AMOUNTS})*)(?: from now)?"), _wait),
    (_pattern(rf"(?P<amounts>{_AMOUNTS}(?:(?: and)? {_AMOUNTS})*) from now"), _wait),
    (_pattern(rf"(?:every|each) (?P<days>{_DAY}s?(?:(?: and)?(?: every| on)? {_DAY}s?)*)"), _every),
    (_pattern(rf"(?:every|each) (?P<days>{_PART}|(?:single )?day(?: of the week)?|week ?days?|weekends?)"), _every),
    (_pattern(rf"(?:(?:on|from|every) )?(?P<days>{_DAY} (?:to|through|till|until) {_DAY})"), _every),
    (_pattern(rf"(?:on )?(?P<days>{_DAY}(?:(?: and)? {_DAY})+)"), _every),
    (_pattern(rf"(?:on )?(?P<days>{_DAY}s(?:(?: and)?(?: on)? {_DAY}s)*)"), _every),
    (_pattern(r"(?:(?:on|at) )?(?P<days>weekdays|week days|weekends)|daily"), _every),
    (
        _pattern(
            r"(?:the day after tomorrow|today|tonight|tomorrow|this (?P<this>morning|afternoon|evening)"
            r"|in (?P<count>\d{1,3}|an?|a couple of) (?P<unit>days?|weeks?|months?)(?:'? time)?)"
        ),
        _ahead,
    ),
    (
        _pattern(rf"(?:on )?(?:the )?(?P<nth>\d\d?)(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?: (?P<year>20\d\d))?"),
        _date,
    ),
    (
        _pattern(rf"(?:on )?(?P<month>{_MONTH}) (?:the )?(?P<nth>\d\d?)(?:st|nd|rd|th)?(?: (?P<year>20\d\d))?"),
        _date,
    ),
    (_pattern(r"(?:on )?the (?P<nth>\d\d?)(?:st|nd|rd|th)"), _date),
    (
        _pattern(
            rf"(?:on )?(?P<day>{_DAY}) next week|next week(?: on)?(?: (?P<after>{_DAY}))?"
            r"|(?:(?:at|on) the|this|next|the) weekend"
        ),
        _next_week,
    ),
    (_pattern(rf"(?:on )?(?:(?P<which>next|this|this coming|the coming) )?(?P<day>{_DAY})"), _weekday),
    (_pattern(rf"(?:(?P<in_the>in the|the(?= morning)|at(?= night)) )?(?P<part>{_PART})"), _part),
    (_pattern(r"(?:at )?(?P<named>(?:12 )?(?:noon|midday|midnight))"), _named),
    (_pattern(rf"(?:at )?half(?: past| after)? (?P<hour>{_HOUR})(?: oclock)?{_HALF_DAY}"), _half_past),
    (
        _pattern(
            rf"(?:at )?(?P<far>(?:a )?quarter|\d\d?(?: minutes?)?) (?P<side>past|after|to|before|till|until|til|of) "
            rf"(?P<hour>{_HOUR})(?: oclock)?{_HALF_DAY}"
        ),
        _past_or_to,
    ),
    (_pattern(rf"(?:at )?(?P<hour>{_HOUR})[:. ](?P<minute>[0-5]\d){_HALF_DAY}"), _to_the_minute),
    (_pattern(rf"(?:at )?(?P<hour>0\d|1\d|2[0-3]|[1-9])(?P<minute>[0-5]\d)(?: hours)?{_HALF_DAY}"), _to_the_minute),
    (_pattern(rf"(?:at )?(?P<hour>(?!0\b){_HOUR})(?: oclock)?{_HALF_DAY}(?: sharp)?"), _to_the_minute),
)
"""First what is longest: "3rd of December" before "3", "in an hour" before "in the morning"."""
