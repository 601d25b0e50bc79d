"""Who gives way to whom, as the kernel sees it."""

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cloud_bridge.studio.easel import Easel
from edge_models.giving_way import draw_behind

TAKEN_FIRST = """
from pathlib import Path
from edge_models.giving_way import be_taken_first
be_taken_first()
print(Path("/proc/self/oom_score_adj").read_text())
"""


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def test_a_thread_that_draws_gives_way_and_the_others_do_not() -> None:
    before = niceness()
    with ThreadPoolExecutor(1, initializer=draw_behind) as drawing:
        assert drawing.submit(niceness).result() == min(19, before + 15)
    assert niceness() == before


def test_the_studio_paints_behind_whoever_listens() -> None:
    easel = Easel()
    assert easel._thread.submit(niceness).result() == min(19, niceness() + 15)
    easel.close()


def test_the_kernel_takes_first_who_offers_himself() -> None:
    mine = int(Path("/proc/self/oom_score_adj").read_text(encoding="ascii"))
    said = subprocess.run([sys.executable, "-c", TAKEN_FIRST], check=True, capture_output=True, text=True).stdout
    assert int(said) > mine
