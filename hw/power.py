"""The board's battery, as Linux shows it under /sys/class/power_supply.

The files are described in the kernel's Documentation/ABI/testing/sysfs-class-power.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SUPPLIES = Path("/sys/class/power_supply")
_AMOUNTS = (("energy_now", "energy_full"), ("charge_now", "charge_full"))


@dataclass(frozen=True, slots=True)
class Battery:
    """How much there is left."""

    percent: int
    """0 to 100; the mean where there are several batteries."""
    discharging: bool
    """Nothing feeds it."""


def read_battery(root: Path = SUPPLIES) -> Battery | None:
    """The battery that the board runs on; None where there is none. Blocks for as long as the fuel gauge takes."""
    batteries = [supply for supply in _supplies(root) if _text(supply / "type") == "Battery" and _ours(supply)]
    levels = [level for level in map(_percent, batteries) if level is not None]
    if not levels:
        return None
    fed = any(_text(supply / "online") in {"1", "2"} for supply in _supplies(root) if supply not in batteries)
    states = [_text(battery / "status") for battery in batteries]
    return Battery(round(sum(levels) / len(levels)), discharging="Discharging" in states and not fed)


def _supplies(root: Path) -> Sequence[Path]:
    try:
        return sorted(root.iterdir())
    except OSError:
        return ()


def _ours(supply: Path) -> bool:
    """Not a wireless mouse's, and not an empty bay."""
    return _text(supply / "scope") != "Device" and _text(supply / "present") != "0"


def _percent(battery: Path) -> float | None:
    if (capacity := _number(battery / "capacity")) is not None:
        return max(0.0, min(100.0, capacity))
    for now, full in _AMOUNTS:
        left, most = _number(battery / now), _number(battery / full)
        if left is not None and most:
            return max(0.0, min(100.0, 100 * left / most))
    return None


def _number(file: Path) -> float | None:
    text = _text(file)
    return float(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def _text(file: Path) -> str:
    """What a driver says; "" where it says nothing (batteries answer ENODEV while they are swapped)."""
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
