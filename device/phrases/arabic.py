"""Modern Standard Arabic, as the device speaks it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from device.phrases import arabic_numbers as numbers
from device.phrases.wording import Case, Gender, Moment

_HOURS = (
    "الثانية عشرة",
    "الواحدة",
    "الثانية",
    "الثالثة",
    "الرابعة",
    "الخامسة",
    "السادسة",
    "السابعة",
    "الثامنة",
    "التاسعة",
    "العاشرة",
    "الحادية عشرة",
)
_ORDINALS = (
    "",
    "الأول",
    "الثاني",
    "الثالث",
    "الرابع",
    "الخامس",
    "السادس",
    "السابع",
    "الثامن",
    "التاسع",
    "العاشر",
    "الحادي عشر",
    "الثاني عشر",
    "الثالث عشر",
    "الرابع عشر",
    "الخامس عشر",
    "السادس عشر",
    "السابع عشر",
    "الثامن عشر",
    "التاسع عشر",
)
_DAYS = ("الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد")
_MONTHS = [
    "يناير",
    "فبراير",
    "مارس",
    "أبريل",
    "مايو",
    "يونيو",
    "يوليو",
    "أغسطس",
    "سبتمبر",
    "أكتوبر",
    "نوفمبر",
    "ديسمبر",
]
_PARTS = ((3, "ليلًا"), (5, "فجرًا"), (12, "صباحًا"), (13, "ظهرًا"), (18, "بعد الظهر"), (22, "مساءً"), (24, "ليلًا"))
"""Parts of the day, and the hour at which each ends."""
_PAST = {15: " والربع", 20: " والثلث", 30: " والنصف"}
_TO = {40: "ثلثًا", 45: "ربعًا", 50: "عشر دقائق", 55: "خمس دقائق"}
_MIDNIGHT, _NOON = "الثانية عشرة منتصف الليل", "الثانية عشرة ظهرًا"


class Arabic:
    """Words it as `Wording` says."""

    def time(self, at: datetime) -> str:
        """`الثالثة والنصف`, to stand after `الساعة`; on the twelve-hour clock, to the minute."""
        if at.minute == 0 and at.hour in {0, 12}:
            return _NOON if at.hour else _MIDNIGHT
        hour, next_hour = _HOURS[at.hour % 12], _HOURS[(at.hour + 1) % 12]
        if at.minute in _TO:
            return f"{next_hour} إلا {_TO[at.minute]}"
        return f"{hour}{_PAST.get(at.minute) or ' و' + numbers.minutes(at.minute)}" if at.minute else hour

    def date(self, at: datetime, *, case: Case = "subject") -> str:
        """`الأحد، الثاني والعشرون من نوفمبر`."""
        return f"{_DAYS[at.weekday()]}، {_ordinal(at.day, case)} من {_MONTHS[at.month - 1]}"

    def day(self, when: Moment) -> str:
        """`اليوم`, `غدًا`, `يوم الجمعة` within a week, else with its date."""
        ahead = (when.at.date() - when.now.date()) // timedelta(1)
        near = {-1: "أمس", 0: "اليوم", 1: "غدًا", 2: "بعد غد"}
        if ahead in near:
            return near[ahead]
        return f"يوم {_DAYS[when.at.weekday()] if 2 < ahead < 7 else self.date(when.at, case='object')}"

    def when(self, when: Moment, *, bare: bool = False) -> str:
        """`غدًا الساعة السابعة صباحًا`; the same, bare or not."""
        del bare
        if when.days:
            at = when.at.replace(hour=when.minute // 60, minute=when.minute % 60)
            return f"{_every(when.days)} {self._clock(at)}"
        if when.at.date() == when.now.date():
            return self._clock(when.at)
        day = self.day(when)
        return f"{day}{'،' * ('،' in day)} {self._clock(when.at)}"

    def duration(self, seconds: float, *, case: Case = "subject") -> str:
        """`ساعة واحدة وعشرون دقيقة`."""
        return numbers.duration(seconds, case)

    def length(self, seconds: float) -> str:
        """`خمس دقائق`, to stand after `مؤقت`."""
        return numbers.length(seconds)

    def count(self, number: float, *, of: Gender = "m", case: Case = "subject") -> str:
        """`ثلاثة` before what is masculine, `ثلاث` before what is feminine."""
        return numbers.with_tenths(number, of, case)

    def all_of(self, parts: Sequence[str], *, apart: bool = False) -> str:
        """`أ وب وج`, or `أ؛ ب؛ ج`."""
        return "؛ ".join(parts) if apart else numbers.all_of(parts)

    def in_a_row(self, parts: Sequence[str]) -> str:
        """`أ، ب، ج`."""
        return "، ".join(parts)

    def any_of(self, parts: Sequence[str], *, asked: bool = False) -> str:
        """`أ أو ب`; in a question for one of them `أ أم ب`."""
        return (" أم " if asked else " أو ").join(parts)

    def to_you(self, words: str) -> str:
        """The words as they were said, to be quoted.

        Arabic's persons are in prefixes and suffixes, which no table of words can turn: `أتصل` and `أحمر` begin alike.
        """
        return words

    def _clock(self, at: datetime) -> str:
        said = self.time(at)
        if said in (_NOON, _MIDNIGHT):
            return f"الساعة {said}"
        return f"الساعة {said} {next(part for end, part in _PARTS if at.hour < end)}"


def _ordinal(value: int, case: Case) -> str:
    """1 to 31, masculine."""
    if value < 20:
        return _ORDINALS[value]
    tens, ones = divmod(value, 10)
    ten = f"{'العشر' if tens == 2 else 'الثلاث'}{'ون' if case == 'subject' else 'ين'}"
    one = {0: "", 1: "الحادي و"}.get(ones, f"{_ORDINALS[ones]} و")
    return f"{one}{ten}"


def _every(days: frozenset[int]) -> str:
    if len(days) == 7:
        return "كل يوم"
    if days == frozenset(range(5)):
        return "كل يوم من الاثنين إلى الجمعة"
    return f"كل {numbers.all_of([_DAYS[day].removeprefix('ال') for day in sorted(days)])}"
