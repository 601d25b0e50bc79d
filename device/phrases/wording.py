"""What the messages can't word by themselves: times, days, durations, numbers, lists; one class a language does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

Gender = Literal["m", "f"]
Case = Literal["subject", "object"]
"""`object`: after a verb, a preposition or a noun. Arabic says `دقيقتان` or `دقيقتين`; English doesn't care."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment, or one that comes again and again, as it is spoken of."""

    at: datetime
    now: datetime
    """From where it is seen: `tomorrow`."""
    days: frozenset[int] = frozenset()
    """The weekdays on which it happens, Monday is 0; empty: once, at `at`."""
    minute: int = 0
    """Minutes after midnight, on those days."""


class Wording(Protocol):
    """How one language words what code has to word. The examples are English."""

    def time(self, at: datetime) -> str:
        """`half past six`, `noon`; to the minute."""
        ...

    def date(self, at: datetime, *, case: Case = "subject") -> str:
        """`Sunday, the twenty-second of November`."""
        ...

    def day(self, when: Moment) -> str:
        """`today`, `on Friday`."""
        ...

    def when(self, when: Moment, *, bare: bool = False) -> str:
        """`tomorrow at noon`, `at noon` of today, `every weekday at noon`; `bare`: without `at` or `on` before it."""
        ...

    def duration(self, seconds: float, *, case: Case = "subject") -> str:
        """`1 hour and 20 minutes`; rounded up to the second."""
        ...

    def length(self, seconds: float) -> str:
        """A duration that tells what kind of thing it is: `5 minute` timer."""
        ...

    def count(self, number: float, *, of: Gender = "m", case: Case = "subject") -> str:
        """A number beside what is counted, whose gender is `of`: `12`; to the tenth: `19.5`."""
        ...

    def all_of(self, parts: Sequence[str], *, apart: bool = False) -> str:
        """`a, b and c`; of one or more. `apart`: `a; b; c`, which have commas of their own."""
        ...

    def in_a_row(self, parts: Sequence[str]) -> str:
        """`a, b, c`; of one or more."""
        ...

    def any_of(self, parts: Sequence[str], *, asked: bool = False) -> str:
        """`a, b or c`; of one or more. `asked`: in a question for one of them."""
        ...

    def to_you(self, words: str) -> str:
        """What somebody said of themselves, said back to them: `your code is 4711`."""
        ...
