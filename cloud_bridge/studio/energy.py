"""How much energy a picture took, where the kernel counts it: the processor packages of Linux's powercap (RAPL).

https://docs.kernel.org/power/powercap/powercap.html. It is what the whole machine's processors took meanwhile, whoever
used them. The counters are root's to read, unless the administrator gives them away; boards that only tell their power
at a moment (Jetson's INA3221) are not asked.
"""

from dataclasses import dataclass
from pathlib import Path

POWERCAP = Path("/sys/class/powercap")


@dataclass(frozen=True, slots=True)
class _Package:
    counter: Path
    range_uj: int
    """Where the counter begins anew."""

    def read_uj(self) -> int:
        return int(self.counter.read_text())


class Meter:
    """`begin()` before, `joules()` after."""

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._packages = tuple(_packages(powercap))
        self._before: tuple[int, ...] | None = None

    def begin(self) -> None:
        """Count from here."""
        self._before = self._read()

    def joules(self) -> float | None:
        """Since then; None where nobody counts. A counter that has begun anew is taken to have done so once."""
        after = self._read()
        if self._before is None or after is None:
            return None
        taken = zip(self._packages, self._before, after, strict=True)
        return sum((now - before) % package.range_uj for package, before, now in taken) / 1e6

    def _read(self) -> tuple[int, ...] | None:
        try:
            return tuple(package.read_uj() for package in self._packages) or None
        except (OSError, ValueError):
            return None


def _packages(powercap: Path) -> list[_Package]:
    """Those at the top alone: cores and graphics are parts of them."""
    found: list[_Package] = []
    for directory in sorted(powercap.glob("*-rapl:*")):
        try:
            if directory.name.count(":") == 1 and (directory / "name").read_text().startswith("package"):
                found.append(
                    _Package(directory / "energy_uj", int((directory / "max_energy_range_uj").read_text()) + 1)
                )
        except (OSError, ValueError):
            continue
    return found
