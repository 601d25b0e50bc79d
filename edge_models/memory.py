"""How much memory there is: the board's, or what the control groups of this process leave of it.

On a Jetson the processor and the GPU share it, so that this is the GPU's as well. Swap isn't counted: on a board it is
zram or a card, and a model that is fetched back from there takes seconds to say a word.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_ROOT = Path("/")
_KILO = 1024
_RESERVE = 0.05
_LEAST_RESERVE, _MOST_RESERVE = 256 * 2**20, 1024 * 2**20
_PRESSED = 10.0
"""Per cent of the last ten seconds in which something stood still for want of memory."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look at it."""

    total_bytes: int
    available_bytes: int
    """What could be had without swapping; copies of files that the kernel could drop are in it."""
    pressure: float = 0.0
    """Per cent of the last ten seconds in which something stood still for want of it."""

    @property
    def reserve_bytes(self) -> int:
        """What is left to everything else: a twentieth, from 256 MB to 1 GB."""
        return min(_MOST_RESERVE, max(_LEAST_RESERVE, round(self.total_bytes * _RESERVE)))

    @property
    def pressed(self) -> bool:
        """Whether others stand still for want of it, or half of the reserve is gone."""
        return self.pressure >= _PRESSED or self.available_bytes < self.reserve_bytes // 2


class BoardMemory:
    """Linux's files about memory."""

    def __init__(self, root: Path = _ROOT) -> None:
        """`root`: the directory with `proc` and `sys` in it, for boards that are played."""
        self._root = root

    def look(self) -> Look:
        """How it is now. Where nothing says so, as on other systems, there is no bound."""
        about = self._numbers("proc/meminfo")
        total = about.get("MemTotal", sys.maxsize // _KILO) * _KILO
        available = about.get("MemAvailable", sys.maxsize // _KILO) * _KILO
        pressure = self._pressure(self._root / "proc/pressure/memory")
        for group in self._groups():
            limit, used = self._number(group / "memory.max"), self._number(group / "memory.current")
            pressure = max(pressure, self._pressure(group / "memory.pressure"))
            if limit is None or used is None:  # "max", or the root, which has no such files
                continue
            held = self._numbers(group / "memory.stat")
            droppable = held.get("active_file", 0) + held.get("inactive_file", 0)
            total, available = min(total, limit), min(available, max(0, limit - used + droppable))
        return Look(total, min(available, total), pressure)

    def _groups(self) -> Iterator[Path]:
        """The control groups (v2) of this process, its own first: the limits of all of them hold."""
        top = self._root / "sys/fs/cgroup"
        lines = self._text("proc/self/cgroup").splitlines()
        own = next((line[3:].strip("/") for line in lines if line.startswith("0::")), "")
        group = top / own
        while ".." not in group.parts and group.is_relative_to(top):
            yield group
            group = group.parent

    def _pressure(self, path: Path) -> float:
        """The share of `some`, over ten seconds; 0 where the kernel doesn't say."""
        _, _, after = self._text(path).partition("some avg10=")
        try:
            return float(after.split(" ", 1)[0])
        except ValueError:
            return 0.0

    def _numbers(self, path: Path | str) -> dict[str, int]:
        """Lines of a name and a number."""
        words = (line.replace(":", " ").split() for line in self._text(path).splitlines())
        return {line[0]: int(line[1]) for line in words if len(line) > 1 and line[1].isdigit()}

    def _number(self, path: Path) -> int | None:
        text = self._text(path).strip()
        return int(text) if text.isdigit() else None

    def _text(self, path: Path | str) -> str:
        try:
            return (self._root / path).read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
