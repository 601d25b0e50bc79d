"""Numbers and durations in Modern Standard Arabic, in words, without the vowels of the cases.

Numbers from three to ten take the other gender than what they count (`ثلاث دقائق`, `ثلاثة أيام`), one and two the
same; eleven and more are followed by the singular (`عشرون دقيقة`). What is counted once or twice is said by its own
form: `دقيقة واحدة`, `دقيقتان`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from device.phrases.durations import Unit, parts
from device.phrases.wording import Case, Gender

_UNITS: dict[Gender, tuple[str, ...]] = {
    "m": ("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
    "f": ("صفر", "واحدة", "اثنتان", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثماني", "تسع", "عشر"),
}
_TENS = ("", "", "عشر", "ثلاث", "أربع", "خمس", "ست", "سبع", "ثمان", "تسع")
_HUNDREDS = (
    "",
    "مئة",
    "مئتان",
    "ثلاثمئة",
    "أربعمئة",
    "خمسمئة",
    "ستمئة",
    "سبعمئة",
    "ثمانمئة",
    "تسعمئة",
)
LARGEST = 999_999
"""Larger numbers are said in digits."""


class Counted(NamedTuple):
    """A noun beside numbers."""

    gender: Gender
    one: str
    two: str
    """Its dual, as a subject; it ends in `ان`."""
    few: str
    """Three to ten of them."""
    many: str
    """Eleven to ninety-nine."""
    hundred: str
    """A hundred and more."""


_NOUNS: dict[Unit, Counted] = {
    "day": Counted("m", "يوم", "يومان", "أيام", "يومًا", "يوم"),
    "hour": Counted("f", "ساعة", "ساعتان", "ساعات", "ساعة", "ساعة"),
    "minute": Counted("f", "دقيقة", "دقيقتان", "دقائق", "دقيقة", "دقيقة"),
    "second": Counted("f", "ثانية", "ثانيتان", "ثوانٍ", "ثانية", "ثانية"),
}
_THOUSANDS = Counted("m", "ألف", "ألفان", "آلاف", "ألفًا", "ألف")


def number(value: int, gender: Gender = "m", case: Case = "subject") -> str:
    """The number in words, to stand before what is counted: `ثلاث وأربعون` before `دقيقة`."""
    if not 0 <= value <= LARGEST:
        return str(value)
    if value == 0:
        return _UNITS["m"][0]
    thousands, rest = divmod(value, 1000)
    said: list[str] = []
    if thousands:
        said.append(_THOUSANDS.one if thousands == 1 else counted(thousands, _THOUSANDS, case))
    hundreds, rest = divmod(rest, 100)
    if hundreds:
        said.append(_in_case(_HUNDREDS[hundreds], case) if hundreds == 2 else _HUNDREDS[hundreds])
    if rest:
        said.append(_below_hundred(rest, gender, case))
    return " و".join(said)


def with_tenths(value: float, gender: Gender = "m", case: Case = "subject") -> str:
    """The same with a sign and a tenth, if there is one: `سالب ثلاث`, `تسع عشرة فاصلة خمسة`."""
    whole, tenths = divmod(abs(rounded := round(value * 10)), 10)
    said = [number(whole, gender, case), *(["فاصلة", number(tenths)] if tenths else [])]
    return " ".join(("سالب", *said) if rounded < 0 else said)


def counted(value: int, noun: Counted, case: Case = "subject") -> str:
    """So many of these: `دقيقتان`, `خمس دقائق`, `عشرون دقيقة`."""
    if value == 1:
        return f"{noun.one} {_UNITS[noun.gender][1]}"
    if value == 2:
        return _in_case(noun.two, case)
    last = value % 100
    if last in {1, 2}:
        return all_of([f"{number(value - last)} {noun.hundred}", counted(last, noun, case)])
    said = number(value, noun.gender, case)
    if 3 <= last <= 10:
        return f"{said} {noun.few}"
    return f"{said} {noun.many if last > 10 else noun.hundred}"


def duration(seconds: float, case: Case = "subject") -> str:
    """`ساعة واحدة وعشرون دقيقة`; rounded up to the second."""
    return all_of([counted(count, _NOUNS[unit], case) for count, unit in parts(seconds)])


def length(seconds: float) -> str:
    """After what lasts so long: `ساعة وعشرين دقيقة`."""
    return all_of(
        [_NOUNS[unit].one if count == 1 else counted(count, _NOUNS[unit], "object") for count, unit in parts(seconds)]
    )


def minutes(value: int, case: Case = "subject") -> str:
    """`دقيقة واحدة`, `خمس دقائق`."""
    return counted(value, _NOUNS["minute"], case)


def all_of(parts: Sequence[str]) -> str:
    """`أ وب وج`."""
    return " و".join(parts)


def _below_hundred(value: int, gender: Gender, case: Case) -> str:
    names = _UNITS[gender]
    if value <= 10:
        return _in_case(names[2], case) if value == 2 else names[value]
    tens, ones = divmod(value, 10)
    # Beside tens, one and the feminine eight have forms of their own, and two comes in cases.
    one = "إحدى" if gender == "f" else "أحد" if tens == 1 else "واحد"
    eight = "ثمانٍ" if gender == "f" and tens > 1 else names[8]
    with_ten = {1: one, 2: _in_case(names[2], case), 8: eight}.get(ones, names[ones])
    if tens == 1:
        return f"{with_ten.removesuffix('ن') if ones == 2 else with_ten} {'عشر' if gender == 'm' else 'عشرة'}"
    ten = f"{_TENS[tens]}{'ون' if case == 'subject' else 'ين'}"
    return f"{with_ten} و{ten}" if ones else ten


def _in_case(dual: str, case: Case) -> str:
    """A dual or its like: `دقيقتان`, as an object `دقيقتين`."""
    return f"{dual.removesuffix('ان')}ين" if case == "object" else dual
