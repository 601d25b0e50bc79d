"""Time, as the device sees it."""

import os
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from time import CLOCK_BOOTTIME, clock_gettime, monotonic
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONE = Path("/etc/localtime")


class Clock(Protocol):
    """Seconds that only go forward; their zero means nothing."""

    def now(self) -> float:
        """Seconds."""
        ...


class SystemClock:
    """The machine's monotonic clock."""

    def now(self) -> float:
        """Seconds."""
        return monotonic()


class BootClock:
    """Time since the machine was switched on, also while it slept: what timers follow."""

    def now(self) -> float:
        """Seconds."""
        return clock_gettime(CLOCK_BOOTTIME)


class AudioClock:
    """The clock of a replayed file: audio time while the file is read faster than it sounds, wall time otherwise.

    ::

        fast      |==audio==|            advance_to() follows the sample index
        paced               |--wall--|   release() lets wall time run: the device is thinking or speaking
    """

    def __init__(self) -> None:
        self._base = 0.0
        self._released_at: float | None = None

    def now(self) -> float:
        """Seconds since the first sample of audio."""
        if self._released_at is None:
            return self._base
        return self._base + monotonic() - self._released_at

    def advance_to(self, seconds: float) -> None:
        """Set the time to that of an audio sample (never back) and stop wall time."""
        self._base = max(self.now(), seconds)
        self._released_at = None

    def release(self) -> None:
        """Let wall time run from here."""
        if self._released_at is None:
            self._released_at = monotonic()


def local_now() -> datetime:
    """The time, with the rules of the time zone: they say what the clock on the wall shows on other days."""
    zone = _local_zone()
    return datetime.now(UTC).astimezone() if zone is None else datetime.now(zone)


def _local_zone() -> tzinfo | None:
    try:
        if name := os.environ.get("TZ", "").lstrip(":"):
            return ZoneInfo(name)
        with _ZONE.open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError, ZoneInfoNotFoundError):  # no such file, or a rule in the place of a name
        return None
