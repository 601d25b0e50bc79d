"""Finds in a sentence what an intent needs, where no template says where it stands: how long, when, which thing.

::

    "the chicken wants an hour and twenty in the oven"  ─▶  80 minutes, and "the chicken wants in the oven"
    "could I get a reminder next Tuesday about the boiler"  ─▶  "next Tuesday", and the words around it
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from device.context import when_arabic
from device.context.when import when
from device.context.when_words import normal, said
from edge_models.arabic import any_spelling, is_arabic, template

Slots = dict[str, str | int]

_LONGEST = 9
"""Words that a time or a duration has at most."""
_BEFORE_TIME = re.compile(
    any_spelling(r"(?:at|on|for|by|to|from|of|before|until|till|in|علي|في|عند|ل|لحد|حتي|قبل)$"), re.IGNORECASE
)
_AMOUNT = re.compile(
    r"\b(?:(?:second|sec|minute|min|hour|hr)s?|(?:ال)?(?:دقيق|دقا?ي?ئ?ق|ساع|ثاني|ثواني?)\w{0,3})\b", re.IGNORECASE
)
_BARE_MINUTES = re.compile(r"\b(hours?|hr) (?:and )?(\w+(?:[ -]\w+)?)$", re.IGNORECASE)
_LOOSE_TIME = re.compile(
    any_spelling(
        r"(?:a|an|one|two|the|second|first|third|morning|evening|night|afternoon|\d|"
        r"(?:ال)?(?:واحد|اول|ثاني|تاني|ثالث|صباح|صبح|مساء|ليل|ليله|عصر|ظهر|فجر|اثنين|اتنين|ثلاث|اربع|خمس|ست|سبع|ثمان|تسع|عشر)\w?)$"
    ),
    re.IGNORECASE,
)
"""A time on a clock or a calendar, but too short to be sure of in the middle of a sentence."""


def duration(text: str) -> tuple[int, str] | None:
    """How many seconds are said, and the text without them; None where not exactly one duration is."""
    words = text.split()
    found: list[tuple[int, int, int]] = []
    begin = 0
    while begin < len(words):
        for end in range(min(len(words), begin + _LONGEST), begin, -1):
            if seconds := _seconds(" ".join(words[begin:end])):
                found.append((begin, end, seconds))
                begin = end
                break
        else:
            begin += 1
    if len(found) != 1:
        return None
    begin, end, seconds = found[0]
    return seconds, " ".join(words[:begin] + words[end:])


def _seconds(words: str) -> int | None:
    words = re.sub(r"(?<=\w)-(?=\w)", " ", words.strip(" ,.;:!?"))
    if not _AMOUNT.search(words) or words.lower().startswith(
        ("in ", "after ", "for ", "بعد ", "كمان ", "خلال ", "الساعة ")
    ):
        return None
    if is_arabic(words):
        amount = when_arabic.said(f"بعد {words}")
        return amount.wait_s if amount else None
    words = _BARE_MINUTES.sub(r"\1 and \2 minutes", words)  # "an hour and twenty"
    amount = said(f"in {words}")
    return amount.wait_s if amount else None


def moment(text: str, now: datetime, *, sure: bool = False) -> tuple[str, str] | None:
    """The longest time that is said, and the text without it; `sure`: not a bare "one" or "morning"."""
    words = text.split()
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for begin in range(len(words) - length, -1, -1):
            span = " ".join(words[begin : begin + length]).strip(" ,.;:!?")
            if (sure and _LOOSE_TIME.fullmatch(span)) or not _is_time(span, now):
                continue
            before = words[:begin]
            if before and _BEFORE_TIME.match(before[-1]):
                before = before[:-1]
            return span, " ".join(before + words[begin + length :])
    return None


def _is_time(span: str, now: datetime) -> bool:
    return not span.lower().startswith(("at ", "for ", "by ", "على ", "في ", "عند ")) and when(span, now) is not None


class Named:
    """The names of a list, found wherever they are said; the longest counts."""

    def __init__(self, values: Mapping[str, str]) -> None:
        """`values`: what is said, in small letters, to what it stands for."""
        self._values = values
        longest_first = sorted(values, key=len, reverse=True)
        any_of_them = rf"\b[وفبل]?({'|'.join(map(re.escape, longest_first))})\b" if values else "(?!)"
        self._pattern = re.compile(any_of_them, re.IGNORECASE)

    def in_words(self, text: str) -> Iterator[str]:
        """Yield those that are said in `text`, in their order."""
        for found in self._pattern.finditer(template(text)):
            yield self._values[found.group(1).lower()]


__all__ = ["Named", "duration", "moment", "normal"]
