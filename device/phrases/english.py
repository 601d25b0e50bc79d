"""English, as the device speaks it."""

from collections.abc import Sequence
from datetime import datetime

from device.phrases.english_clock import spoken_date, spoken_time
from device.phrases.english_numbers import joined, spoken_duration, spoken_length
from device.phrases.english_person import second_person
from device.phrases.english_when import spoken_day, spoken_days, spoken_moment
from device.phrases.wording import Case, Gender, Moment


class English:
    """Words it as `Wording` says."""

    def time(self, at: datetime) -> str:
        """`half past six`."""
        return spoken_time(at.time())

    def date(self, at: datetime, *, case: Case = "subject") -> str:
        """`Sunday, the twenty-second of November`."""
        del case
        return spoken_date(at.date())

    def day(self, when: Moment) -> str:
        """`on Friday`."""
        return spoken_day(when.at, when.now)

    def when(self, when: Moment, *, bare: bool = False) -> str:
        """`tomorrow at noon`."""
        said = spoken_days(when.days, when.minute) if when.days else spoken_moment(when.at, when.now)
        return said.removeprefix("at ").removeprefix("on ") if bare else said

    def duration(self, seconds: float, *, case: Case = "subject") -> str:
        """`1 hour and 20 minutes`."""
        del case
        return spoken_duration(seconds)

    def length(self, seconds: float) -> str:
        """`5 minute`."""
        return spoken_length(seconds)

    def count(self, number: float, *, of: Gender = "m", case: Case = "subject") -> str:
        """In digits, which the voice reads."""
        del of, case
        return str(int(number)) if number == int(number) else f"{number:.1f}"

    def all_of(self, parts: Sequence[str], *, apart: bool = False) -> str:
        """`a, b and c`, or `a; b; c`."""
        return "; ".join(parts) if apart else joined(parts)

    def in_a_row(self, parts: Sequence[str]) -> str:
        """`a, b, c`."""
        return ", ".join(parts)

    def any_of(self, parts: Sequence[str], *, asked: bool = False) -> str:
        """`a, b or c`."""
        del asked
        return joined(parts, "or")

    def to_you(self, words: str) -> str:
        """`your code is 4711`."""
        return second_person(words)
