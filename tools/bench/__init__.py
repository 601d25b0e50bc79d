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


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile (nearest rank), rounded to a tenth."""
    ordered = sorted(values)
    rank = max(0, -(-95 * len(ordered) // 100) - 1)
    return {"median": round(statistics.median(ordered), 1), "p95": round(ordered[rank], 1)}


def result(bench: str, n: int, **figures: Any) -> dict[str, Any]:
    """The object that every benchmark returns."""
    return {"bench": bench, "machine": machine(), "n": n, **figures}


def resident_mb() -> int:
    """Megabytes of memory that this process holds (Linux)."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) // 1000
    return 0
