"""How the demo ends: at once, with everything it started, whatever ends it."""

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.models, pytest.mark.slow]


def descendants(pid: int) -> set[int]:
    """The processes below `pid`."""
    children: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found.update(below)
        waiting += below
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}/stat").exists() and "Z" not in state(pid)}


def state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def until_gone(pids: set[int], within_s: float) -> set[int]:
    deadline = time.monotonic() + within_s
    while (left := alive(pids)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


@pytest.fixture
def demo(nightjar_home):
    """The demo on a terminal of its own, listening."""
    (nightjar_home / "config.toml").write_text("[companion]\nport = 0\n")
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "nightjar", "demo"],
        stdin=theirs,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"NIGHTJAR_HOME": str(nightjar_home)},
        start_new_session=True,
    )
    os.close(theirs)
    said = ""
    assert process.stderr is not None
    while "type a command here" not in said:
        said = process.stderr.readline()
        assert said, "the demo ended by itself"
    children = descendants(process.pid)
    assert len(children) >= 3
    yield process, children
    for pid in alive(children | {process.pid}):
        os.kill(pid, signal.SIGKILL)
    process.communicate()
    os.close(ours)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_with_its_children_and_without_a_word_of_code(demo, number):
    process, children = demo
    process.send_signal(number)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Traceback" not in err
    assert until_gone(children, 5) == set()


def test_killed_it_takes_its_children_with_it(demo):
    process, children = demo
    process.kill()
    process.wait()
    assert until_gone(children, 10) == set()
