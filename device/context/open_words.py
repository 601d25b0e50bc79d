"""What the words are that a template leaves open: a time, what is to be remembered then, things for a list."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from device.context.when import when

Slots = Mapping[str, str | int]

MAX_WORDS = 60
_LONGEST_NAME = 5
_MARKER = re.compile(r"(to|about|that|of|for|called|named)\b[\s,:]*(?=\w)", re.IGNORECASE)
_ASKS = re.compile(
    r"(how|what|who|whose|why|when|where|which|whether|if|again|later|before|after|until)\b", re.IGNORECASE
)
_BEFORE_TIME = re.compile(r"(?:for|to|on|until|till|by)\s+", re.IGNORECASE)
_BEGINS_TIME = re.compile(
    r"(at|in|on|every|each|today|tonight|tomorrow|this|next|daily|first thing|the day after"
    r"|(on )?(mon|tues|wednes|thurs|fri|satur|sun)days?)\b",
    re.IGNORECASE,
)
"""With these a time begins at the end of a sentence; "count to ten" ends with a number that is none."""
_NO_LIST = re.compile(
    r"(?!to[- ]do$)to\b|.*\b(on|onto|in|into|from|off|of|the|my|and|not|is|are)\b|\w+( \w+){4}", re.IGNORECASE
)
_NO_THING = re.compile(
    r"(?:it|that|this|them|him|her|me|us|these|those|something|anything|everything|all)$"
    r"|.*\b(?:to|on|onto|in|into|the|my)$"
    r"|.*\b(?:is|are|was|were|isn't|aren't)\b|(?:there|he|she|they|who|what|whats|why|how|i|we|you|not|nothing|anything|do|does|did|have|has|can|tell|read|show|check|see)\b",
    re.IGNORECASE,
)


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
    plain = re.sub(r"^(?:at|on|for|to)\s+", "", text, flags=re.IGNORECASE)
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
    to_do = re.search(r"\bto\s+\w", str(slots["rest"]))
    found = _event(slots, now) if to_do else None
    return found if found and "when" in found and "what" in found else None


def _promise(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    found = _errand(slots, now)
    return found if found and "when" in found else None


def _errand(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    rest = str(slots.pop("rest"))
    found = taken_apart(rest, now)
    about, at = found if found and found[0] else taken_apart(f"to {rest}", now) or ("", "")
    return {**slots, "what": about, **({"when": _plain(at, now)} if at else {})} if about else None


def _things(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    return None if _NO_THING.match(str(slots["item"])) else _list(slots, now)


def _list(slots: dict[str, str | int], now: datetime) -> dict[str, str | int] | None:
    del now
    return None if _NO_LIST.match(str(slots.get("list", ""))) else slots


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
    words = rest.lstrip(" ,.:;").split()
    if len(words) > MAX_WORDS:
        return None
    first, words = _time_before(words, now)
    about = " ".join(words).lstrip(" ,.:;")
    if not about:
        return ("", first) if first else None
    marker = _MARKER.match(about)
    about, last = _time_after(about[marker.end() if marker else 0 :].split(), now, first)
    if marker is None and (not (first or last) or _ASKS.match(about)):
        return None
    return about, f"{first} {last}".strip()


def _time_before(words: list[str], now: datetime) -> tuple[str, list[str]]:
    """The longest time at the beginning, and what comes after it."""
    for end in range(len(words), 0, -1):
        text = " ".join(words[:end]).rstrip(",")
        plain = _BEFORE_TIME.sub("", text, count=1) if _BEFORE_TIME.match(text) else text
        # "An alarm for twenty minutes" rings in twenty minutes.
        for time in (plain, f"in {plain}") if plain != text else (plain,):
            if when(time, now):
                return time, words[end:]
    return "", words


def _time_after(words: list[str], now: datetime, first: str) -> tuple[str, str]:
    """What comes before the longest time at the end, and that time; it must go together with the `first` one."""
    for begin in range(1, len(words)):
        text = " ".join(words[begin:])
        if _BEGINS_TIME.match(text) and when(f"{first} {text}", now):
            before = words[: begin - 1] if words[begin - 1].lower() in ("for", "by") and begin > 1 else words[:begin]
            return " ".join(before).rstrip(" ,"), text
    return " ".join(words), ""
