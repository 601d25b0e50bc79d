"""Whether the board is so hot that it slows down, as Linux shows it under /sys/class/thermal.

The files are described in the kernel's Documentation/driver-api/thermal/sysfs-api.rst; temperatures are in
thousandths of a degree Celsius.
"""

from pathlib import Path

ZONES = Path("/sys/class/thermal")
HOT_C = 85.0
"""Where a zone doesn't say itself at which temperature it slows the board down."""
MARGIN_C = 3.0
"""So much before that: there is no use in waiting until it is slow."""
_SENSIBLE_C = (-40.0, 150.0)
"""A sensor beyond these isn't connected."""
_SLOWS_DOWN = frozenset({"passive", "hot", "critical"})
_MOST_TRIPS = 16


def is_hot(root: Path = ZONES) -> bool:
    """Whether some part is at most `MARGIN_C` below the point from which it is slowed down. Blocks for milliseconds."""
    return any(_zone_is_hot(zone) for zone in _zones(root))


def hottest_c(root: Path = ZONES) -> float | None:
    """The highest temperature there is, None without a sensor."""
    return max((degrees for zone in _zones(root) if (degrees := _degrees(zone / "temp")) is not None), default=None)


def _zones(root: Path) -> list[Path]:
    return sorted(root.glob("thermal_zone*"))


def _zone_is_hot(zone: Path) -> bool:
    degrees = _degrees(zone / "temp")
    return degrees is not None and degrees >= _limit_c(zone) - MARGIN_C


def _limit_c(zone: Path) -> float:
    limits = []
    for number in range(_MOST_TRIPS):
        kind = _text(zone / f"trip_point_{number}_type")
        if not kind:
            break
        degrees = _degrees(zone / f"trip_point_{number}_temp")
        if kind in _SLOWS_DOWN and degrees is not None and degrees > 0:  # drivers write 0 for one that is switched off
            limits.append(degrees)
    return min(limits, default=HOT_C)


def _degrees(file: Path) -> float | None:
    text = _text(file)
    if not (text.isascii() and text.removeprefix("-").isdigit() and len(text) < 12):
        return None
    degrees = int(text) / 1000
    lowest, highest = _SENSIBLE_C
    return degrees if lowest <= degrees <= highest else None


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
