"""Who gives way to whom.

Threads that draw leave the processor to those that listen. When memory runs out, the kernel takes first what the device
can do without. Both are one call to Linux, which anybody may make of himself; elsewhere they do nothing.
"""

import contextlib
import os
import threading
from pathlib import Path

_MOST = 19
_NICENESS = 15
"""More than the others'. With a draft being drawn all the time on two cores, recognition took 1.5 to 2 times as long at
0, 1.07 to 1.17 times at 10, and 1.05 times at 15, as at 19; the less niceness, the sooner the draft on a board whose
other programs are busy too (2026-11; `nightjar bench drawing`)."""
_MOST_TAKEN = 1000
_TAKEN_FIRST = 500
"""Thousandths: as if half of the board's memory more were its."""


def draw_behind() -> None:
    """Let this thread draw: it gets what those leave who listen and speak. What it starts inherits that."""
    with contextlib.suppress(AttributeError, OSError):  # no such thing here
        thread = threading.get_native_id()
        nice = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, min(_MOST, nice + _NICENESS))


def be_taken_first() -> None:
    """Let the kernel end this process, and what it starts, before others when memory runs out."""
    with contextlib.suppress(OSError):
        score = Path("/proc/self/oom_score_adj")
        before = int(score.read_text(encoding="ascii"))
        score.write_text(str(min(_MOST_TAKEN, before + _TAKEN_FIRST)), encoding="ascii")
