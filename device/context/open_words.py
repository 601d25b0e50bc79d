"""What the words are that a template leaves open: a time, what is to be remembered then, things for a list."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from device.context.when import when
from edge_models.arabic import is_arabic, letters

Slots = Mapping[str, str | int]

MAX_WORDS = 60
_LONGEST_NAME = 5


@dataclass(frozen=True, slots=True)
class _Words:
    """What tells the parts of open words from each other in one language."""

    marker: re.Pattern[str]
    """Comes before what is to be remembered."""
    marked: bool
    """What has neither a marker nor a time is not to be remembered."""
    mark: str
    """What is put before words that somebody left it out of."""
    to_do: re.Pattern[str]
    """Something to do is named."""
    asks: re.Pattern[str]
    before_time: re.Pattern[str]
    at: re.Pattern[str]
    """What a time is given without."""
    within: str
    """Makes a moment of a duration."""
    begins_time: re.Pattern[str]
    """With these a time begins at the end of a sentence; "count to ten" ends with a number that is none."""
    joins_time: frozenset[str]
    """Words that belong to the time after them and are not part of it."""
    no_list: re.Pattern[str]
    no_thing: re.Pattern[str]


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


_ENGLISH = _Words(
    marker=_pattern(r"(to|about|that|of|for|called|named)\b[\s,:]*(?=\w)"),
    marked=True,
    mark="to",
    to_do=re.compile(r"\bto\s+\w"),
    asks=_pattern(r"(how|what|who|whose|why|when|where|which|whether|if|again|later|before|after|until)\b"),
    before_time=_pattern(r"(?:for|to|on|until|till|by)\s+"),
    at=_pattern(r"^(?:at|on|for|to)\s+"),
    within="in",
    begins_time=_pattern(
        r"(at|in|on|every|each|today|tonight|tomorrow|this|next|daily|first thing|the day after"
        r"|(on )?(mon|tues|wednes|thurs|fri|satur|sun)days?)\b"
    ),
    joins_time=frozenset({"for", "by"}),
    no_list=_pattern(r"(?!to[- ]do$)to\b|.*\b(on|onto|in|into|from|off|of|the|my|and|not|is|are)\b|\w+( \w+){4}"),
    no_thing=_pattern(
        r"(?:it|that|this|them|him|her|me|us|these|those|something|anything|everything|all)$"
        r"|.*\b(?:to|on|onto|in|into|the|my)$"
        r"|.*\b(?:is|are|was|were|isn't|aren't)\b|(?:there|he|she|they|who|what|whats|why|how|i|we|you|not|nothing"
        r"|anything|do|does|did|have|has|can|tell|read|show|check|see)\b"
    ),
)
_ARABIC = _Words(
    # "بموعد": the particle is part of the word; "بيت" is none with one.
    marker=_pattern(r"(?:(?:بان|ان|انو|انه|اني|انا|عن|علي|ع|بخصوص|بشان|كي|عشان|علشان|حتي)\b[\s,:]*(?=\w)|ب(?=\w{3}))"),
    marked=False,
    mark="أن",
    to_do=_pattern(r"\b(?:ان|انو|اني|بان)\s+\w|\bب\w{4}"),
    asks=_pattern(r"(كيف|ماذا|من|مين|ليش|لماذا|متي|امتي|وين|اين|هل|اذا|كم|مره|تاني|لاحقا|بعدين|قبل|شو|ايش|وش)\b"),
    before_time=_pattern(r"(?:ل|في|علي|ع|حتي|الي|قبل)\s+"),
    at=_pattern(r"^(?:في|علي|ع|ل)\s+"),
    within="بعد",
    begins_time=_pattern(
        r"(?:ل|ع|ب|ه)?(?:ال)?(?:ساعه|ليل|ليله|صبح|صباح|مسا|ظهر|عصر|فجر|مغرب|احد|اثنين|اتنين|ثلاثا|اربعا|خميس|جمعه|سبت|يوم)\b"
        r"|لل(?:ساعه|يوم)\b|ل?(?:غدا|غد|بكره|بكرا|باكر)\b"
        r"|(?:في|علي|ع|عند|بعد|خلال|كمان|كل|هذا|هذه|هالليله|صباحا|ليلا|ظهرا|عصرا|يوميا|النهارده|نهايه|الاسبوع|من|منتصف|ايام)\b"
    ),
    joins_time=frozenset({"ل", "في", "علي", "ع", "قبل"}),
    no_list=_pattern(r".*\b(الي|علي|في|من|عن|ليس|مو|مش)\b|\w+( \w+){4}"),
    no_thing=_pattern(
        r"(?:هذا|هذه|هاي|ذلك|تلك|هو|هي|شي|شيا|كل شي|الكل|كلها|كله|ه|ها)$|.*\b(?:الي|علي|في|من)$"
        r"|(?:ماذا|ما|من|مين|كيف|هل|ليش|لماذا|شو|ايش|وش|انا|انت|نحن|لا|ليس|اقرا|اقري|اعرض|ورني|قل|اضف|اضيفي|ضيف|ضيفي|حط|حطي|ضع|سجل|اكتب|احذف|شيل|امسح)\b"
    ),
)


def _words_of(text: str) -> _Words:
    return _ARABIC if is_arabic(text) else _ENGLISH


def _compared(text: str) -> str:
    """The text, letter for letter, as its language's expressions have it."""
    return letters(text.replace("ء", "'")) if is_arabic(text) else text


def open_words(kind: str, slots: Slots, now: datetime) -> dict[str, str | int] | None:
    """The slots of a template whose open words are of that `kind`; None where they aren't.

    `when`: the slot of that name, or `until`, is wholly a time. `event`: its slot `rest` is taken apart into `what` and
    `when`, of which one may be missing; `appointment`: not `when`; `errand`: not `what`; `promise`: neither; `duty`:
    neither, and it is something to do. `list`: the slot of that name is what a list may be called; `new list`: or what
    somebody calls one; `things`: `item` names some.
    """
    return _KINDS[kind](dict(slots), now)


def _when(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    name = "when" if "when" in slots else "until"
    text = re.sub(r"['’]s$", "", str(slots[name]))
    return {**slots, name: _plain(text, now)} if when(text, now) else None


def _plain(text: str, now: datetime) -> str:
    """The time without "at" or "on" before it, where it is one without."""
    found = _words_of(text).at.match(_compared(text))
    plain = text[found.end() :] if found else text
    return plain if when(plain, now) else text


def _event(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    found = taken_apart(str(slots.pop("rest")), now)
    if found is None:
        return None
    about, at = found
    return {**slots, **({"what": about} if about else {}), **({"when": _plain(at, now)} if at else {})}


def _appointment(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    found = _event(slots, now)
    return found if found and "when" in found else None


def _duty(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    rest = str(slots["rest"])
    to_do = _words_of(rest).to_do.search(_compared(rest))
    found = _event(slots, now) if to_do else None
    return found if found and "when" in found and "what" in found else None


def _promise(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    found = _errand(slots, now)
    return found if found and "when" in found else None


def _errand(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    rest = str(slots.pop("rest"))
    found = taken_apart(rest, now)
    about, at = found if found and found[0] else taken_apart(f"{_words_of(rest).mark} {rest}", now) or ("", "")
    return {**slots, "what": about, **({"when": _plain(at, now)} if at else {})} if about else None


def _things(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    item = str(slots["item"])
    return None if _words_of(item).no_thing.match(_compared(item)) else _list(slots, now)


def _list(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    del now
    name = str(slots.get("list", ""))
    return None if _words_of(name).no_list.match(_compared(name)) else slots


def _new_list(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    del now
    return slots if len(str(slots["list"]).split()) <= _LONGEST_NAME else None


_KINDS: Mapping[str, Callable[[dict[str, str | int], datetime], dict[str, str | int] | None]] = {
    "when": _when,
    "event": _event,
    "appointment": _appointment,
    "errand": _errand,
    "duty": _duty,
    "promise": _promise,
    "list": _list,
    "new list": _new_list,
    "things": _things,
}


def taken_apart(rest: str, now: datetime) -> tuple[str, str] | None:
    """What is to be remembered, and when: `tomorrow to call Mum at nine` → `call Mum`, `tomorrow at nine`.

    Either may be "". None when `rest` is neither; without a word like "to" before it, only a time makes sense of it.
    """
    said_with = _words_of(rest)
    words = rest.lstrip(" ,.:;").split()
    if len(words) > MAX_WORDS:
        return None
    first, words = _time_before(words, now)
    about = " ".join(words).lstrip(" ,.:;")
    if not about:
        return ("", first) if first else None
    marker = said_with.marker.match(_compared(about))
    about, last = _time_after(about[marker.end() if marker else 0 :].split(), now, first)
    unmarked = said_with.marked and not (first or last)
    if marker is None and (unmarked or said_with.asks.match(_compared(about))):
        return None
    return about, f"{first} {last}".strip()


def _time_before(words: list[str], now: datetime) -> tuple[str, list[str]]:
    """The longest time at the beginning, and what comes after it."""
    for end in range(len(words), 0, -1):
        text = " ".join(words[:end]).rstrip(",")
        said_with = _words_of(text)
        joined = said_with.before_time.match(_compared(text))
        plain = text[joined.end() :] if joined else text
        # "An alarm for twenty minutes" rings in twenty minutes.
        for time in (plain, f"{said_with.within} {plain}") if plain != text else (plain,):
            if when(time, now):
                return time, words[end:]
    return "", words


def _time_after(words: list[str], now: datetime, first: str) -> tuple[str, str]:
    """What comes before the longest time at the end, and that time; it must go together with the `first` one."""
    for begin in range(1, len(words)):
        text = " ".join(words[begin:])
        said_with = _words_of(text)
        if said_with.begins_time.match(_compared(text)) and when(f"{first} {text}", now):
            joined = begin > 1 and _compared(words[begin - 1]).lower() in said_with.joins_time
            before = words[: begin - 1] if joined else words[:begin]
            return " ".join(before).rstrip(" ,"), text
    return " ".join(words), ""
