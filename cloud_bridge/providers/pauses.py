"""How long a provider asks to be left alone: Retry-After in all its forms, and OpenAI's `x-ratelimit-reset-*`.

https://www.rfc-editor.org/rfc/rfc9110#field.retry-after, https://developers.openai.com/api/docs/guides/rate-limits
"""

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time

LONGEST_S = 3600.0
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_SPAN = re.compile(
    r"(?=.)(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9})ms)?",
    re.ASCII,
)
_PARTS_S = (86400.0, 3600.0, 60.0, 1.0, 0.001)


def asked_s(headers: Mapping[str, str]) -> float | None:
    """Seconds, at most `LONGEST_S`; None when it asks for nothing that can be understood."""
    millis = _number(headers.get("retry-after-ms", ""))
    if millis is not None:
        return min(millis / 1000, LONGEST_S)
    after = headers.get("retry-after", "").strip()
    seconds = _number(after)
    if seconds is None:
        seconds = _until(after, headers.get("date", ""))
    if seconds is None:
        spent = [what for what in ("requests", "tokens") if headers.get(f"x-ratelimit-remaining-{what}") == "0"]
        resets = [_span(headers.get(f"x-ratelimit-reset-{what}", "")) for what in spent]
        seconds = max((reset for reset in resets if reset is not None), default=None)
    return None if seconds is None else min(seconds, LONGEST_S)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _until(date: str, date_of_answer: str) -> float | None:
    """Seconds between two HTTP dates; by our own clock where the answer has none, as clocks differ."""
    then = _unix(date)
    if then is None:
        return None
    now = _unix(date_of_answer)
    return max(0.0, then - (time() if now is None else now))


def _unix(date: str) -> float | None:
    try:
        return parsedate_to_datetime(date[:64]).timestamp()
    except (ValueError, TypeError, OverflowError, OSError):
        return None


def _span(text: str) -> float | None:
    """Seconds of `6m0s`, `1.5s`, `20ms`."""
    found = _SPAN.fullmatch(text)
    if found is None:
        return None
    return sum(float(part or 0) * each_s for part, each_s in zip(found.groups(), _PARTS_S, strict=True))
