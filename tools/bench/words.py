"""How many words of a sentence were heard wrongly, judged by what was said and not by how it is spelled."""

import re
import unicodedata
from collections.abc import Sequence

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ((1_000_000, "million"), (1000, "thousand"), (100, "hundred"))
_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth"} | {
    "twelve": "twelfth"
}
_SAME = {
    "nevermind": "never mind",
    "okay": "ok",
    "alright": "all right",
    "cannot": "can not",
    "mr": "mister",
    "mrs": "missus",
    "dr": "doctor",
}
_PERCENT = re.compile(r"\s*%|\bper cent\b")
_INITIALS = re.compile(r"\b(?:\w\.){2,}")
_CLOCK = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:st|nd|rd|th)?")


def word_errors(said: str, heard: str) -> tuple[int, int]:
    """Return (errors, words): the fewest words to insert, delete and replace in `heard`, and how many `said` has.

    The word error rate of a set is the sum of the errors over the sum of the words. Both sides are brought to one
    spelling first (`spoken_words`), so that only what was misheard counts.
    """
    wanted, found = spoken_words(said), spoken_words(heard)
    return _distance(wanted, found), len(wanted)


def spoken_words(text: str) -> list[str]:
    """The words of `text` as they are spoken, one spelling each.

    - Case, punctuation, apostrophes ("what's" = "whats"), accents and Arabic vowel signs don't count; a hyphen
      separates two words.
    - Numbers are words: "50" = "fifty", "1st" = "first", "7:30" = "seven thirty", "2.5" = "two point five", a year
      "1999" = "nineteen ninety nine"; "and" behind "hundred" doesn't count.
    - "50%" = "50 per cent" = "fifty percent", "p.m." = "pm", "nevermind" = "never mind", "okay" = "ok", "Mr." =
      "mister".
    - Everything else does count, also what a person would forgive: "the light" is not "light", "lights" not "light".
    """
    plain = "".join(
        letter for letter in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.category(letter) != "Mn"
    )
    plain = _PERCENT.sub(" percent", plain)
    plain = _INITIALS.sub(lambda found: found[0].replace(".", "") + " ", plain)
    plain = _CLOCK.sub(lambda found: f" {found[1]} {_minutes(found[2])} ", plain)
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", plain)
    plain = _NUMBER.sub(lambda found: f" {_number(found[0])} ", plain)
    plain = re.sub(r"['’‘`]", "", plain)
    words = re.sub(r"[\W_]+", " ", plain).split()
    same = " ".join(_SAME.get(word, word) for word in words)
    return re.sub(r"\b(hundred|thousand) and\b", r"\1", same).split()


def _minutes(digits: str) -> str:
    if digits == "00":
        return ""
    return f"o {_cardinal(int(digits))}" if digits[0] == "0" else _cardinal(int(digits))


def _number(text: str) -> str:
    digits = text.rstrip("stndrh")
    if "." in digits:
        whole, fraction = digits.split(".")
        return " ".join((_cardinal(int(whole)), "point", *(_ONES[int(digit)] for digit in fraction)))
    if len(digits) > 9 or (digits[0] == "0" and len(digits) > 1):
        return " ".join(_ONES[int(digit)] for digit in digits)
    number = int(digits)
    if digits != text:
        return _ordinal(_cardinal(number))
    year = len(digits) == 4 and 1100 <= number < 2000 and number % 100 > 9
    return f"{_cardinal(number // 100)} {_cardinal(number % 100)}" if year else _cardinal(number)


def _cardinal(number: int) -> str:
    for scale, name in _SCALES:
        if number >= scale:
            rest = f" {_cardinal(number % scale)}" if number % scale else ""
            return f"{_cardinal(number // scale)} {name}{rest}"
    if number < 20:
        return _ONES[number]
    return _TENS[number // 10] + (f" {_ONES[number % 10]}" if number % 10 else "")


def _ordinal(cardinal: str) -> str:
    *before, last = cardinal.split()
    regular = last[:-1] + "ieth" if last.endswith("y") else last + "th"
    return " ".join((*before, _ORDINALS.get(last, regular)))


def _distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance in words (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (a != b))
    return row[-1]
