"""Time and date, as people say them in English."""

from datetime import date, time

_CARDINAL_WORDS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty"
)
_ORDINAL_WORDS = (
    "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_MONTH_NAMES = "January February March April May June July August September October November December"
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NUMBERS, _ORDINALS, _MONTHS = _CARDINAL_WORDS.split(), _ORDINAL_WORDS.split(), _MONTH_NAMES.split()
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")


def spoken_time(at: time) -> str:
    """`twenty to nine`, `half past six`, `noon`, `eight forty-three`; on the twelve-hour clock, to the minute."""
    hour = _NUMBERS[at.hour % 12 or 12]
    next_hour = _NUMBERS[(at.hour + 1) % 12 or 12]
    minute = at.minute
    if minute == 0:
        return {0: "midnight", 12: "noon"}.get(at.hour, f"{hour} o'clock")
    if minute % 15 == 0:
        return {15: f"quarter past {hour}", 30: f"half past {hour}", 45: f"quarter to {next_hour}"}[minute]
    if minute % 5 == 0:
        return f"{_number(minute)} past {hour}" if minute < 30 else f"{_number(60 - minute)} to {next_hour}"
    return f"{hour} oh {_number(minute)}" if minute < 10 else f"{hour} {_number(minute)}"


def spoken_date(day: date) -> str:
    """`Sunday, the twenty-second of November`."""
    return f"{_DAYS[day.weekday()]}, the {_ordinal(day.day)} of {_MONTHS[day.month - 1]}"


def _number(value: int) -> str:
    """0 to 59 in words."""
    if value <= 20:
        return _NUMBERS[value]
    tens, ones = divmod(value, 10)
    return f"{_TENS[tens]}-{_NUMBERS[ones]}" if ones else _TENS[tens]


def _ordinal(value: int) -> str:
    """1 to 31 in words."""
    if value <= 20:
        return _ORDINALS[value]
    if value == 30:
        return "thirtieth"
    return f"{_TENS[value // 10]}-{_ORDINALS[value % 10]}"
