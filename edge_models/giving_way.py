"""Who gives way to whom.

Threads that draw leave the processor to those that listen. When memory runs out, the kernel takes first what the device
can do without. Both are one call to Linux, which anybody may make of himself; elsewhere they do nothing.
"""

import contextlib
import os
import threading
from pathlib import Path

_NICENESS = 15
"""Of 0 to 19. With a draft being drawn all the time on two cores, recognition took 1.6 to 1.8 times as long at 0, 1.1
to 1.2 times at 10, and at 15 and 19 hardly longer than with none; the less niceness, the sooner the draft on a board
whose other programs are busy too (2026-11; `nightjar bench drawing`)."""
_TAKEN_FIRST = 500
"""Of 0 to 1,000: as if half of the board's memory more were its."""


def draw_behind() -> None:
    """Let this thread draw: it gets what those leave who listen and speak. What it starts inherits that."""
    with contextlib.suppress(AttributeError, OSError):  # No such thing here, or it gives way more already.
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


def be_taken_first() -> None:
    """Let the kernel end this process, and what it starts, before others when memory runs out."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(str(_TAKEN_FIRST), encoding="ascii")
