"""Benchmarks. Each is a coroutine that returns one result object; `nightjar bench` prints it."""

import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any


class NothingToMeasure(Exception):
    """What is to be measured isn't here; the text is one plain sentence."""


def machine() -> str:
    """The machine in words: processor, cores, system."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def spread(values: Sequence[float], *, digits: int = 1) -> dict[str, float]:
    """Median and 95th percentile (nearest rank), rounded to so many digits after the point."""
    ordered = sorted(values)
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    return {"median": round(statistics.median(ordered), digits), "p95": round(ordered[rank], digits)}


def result(bench: str, n: int, **figures: Any) -> dict[str, Any]:
    """The object that every benchmark returns."""
    return {"bench": bench, "machine": machine(), "n": n, **figures}


def resident_mb() -> int:
    """Megabytes of memory that this process holds (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    return 0


def peak_mb() -> float:
    """The most memory, in megabytes, that this process ever held (Linux).

    Not `getrusage`: what it took over from the process that started it would count.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000


def forget_peak() -> None:
    """Let `peak_mb` begin anew with what this process holds now."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
