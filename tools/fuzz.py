"""Coverage-guided fuzzing of the doors that take bytes from outside: `make fuzz`, `python -m tools.fuzz [TARGET...]`.

Each target runs in a process of its own under atheris (https://github.com/google/atheris, Apache-2.0), for a share of
`--seconds`. What reaches code that nothing reached before is kept in `tests/corpus/TARGET/`, where `make test` runs
it again; what breaks a target is written to `build/fuzz/` and ends with exit code 1. A target breaks when it raises
anything but the error that its door promises, or holds a message that it would not take itself.
"""

import argparse
import hashlib
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "tests" / "corpus"
FOUND = ROOT / "build" / "fuzz"
LONGEST = {"picture": 64 * 1024}
"""Bytes of an input; 4 KiB where nothing is said."""

Target = Callable[[bytes], None]


def _messages() -> Mapping[str, Target]:
    from cloud_bridge import protocol

    def door(parse: Callable[[bytes], Any]) -> Target:
        def target(data: bytes) -> None:
            try:
                message = parse(data)
            except protocol.ProtocolError:
                return
            assert parse(protocol.encode(message)) == message

        return target

    return {
        "job": door(protocol.parse_job),
        "result": door(protocol.parse_result),
        "ack": door(protocol.parse_ack),
        "bridge-status": door(protocol.parse_bridge_status),
    }


def _picture(data: bytes) -> None:
    from cloud_bridge.picture import NotAPicture, look_at

    try:
        look_at(data)
    except NotAPicture:
        return


def targets() -> Mapping[str, Target]:
    """All of them, by name."""
    return {**_messages(), "picture": _picture}


def seeds(name: str) -> Path:
    """The directory of a target's corpus."""
    return CORPUS / name


def _keep(new: Path, name: str) -> int:
    """Take over what is worth keeping: the smallest set that reaches all that was reached."""
    kept = seeds(name)
    kept.mkdir(parents=True, exist_ok=True)
    known = {path.name for path in kept.iterdir()}
    for path in new.iterdir():
        data = path.read_bytes()
        digest = hashlib.sha256(data).hexdigest()[:16]
        if digest not in known:
            (kept / digest).write_bytes(data)
    return len(list(kept.iterdir())) - len(known)


def _run(name: str, seconds: int) -> int:
    """Fuzz one target in a process of its own; its exit code."""
    work = FOUND / name
    for directory in (work / "corpus", work / "merged", seeds(name)):
        directory.mkdir(parents=True, exist_ok=True)
    child = [sys.executable, "-m", "tools.fuzz", "--child", name]
    longest = f"-max_len={LONGEST.get(name, 4096)}"
    fuzzing = [f"-max_total_time={seconds}", longest, "-rss_limit_mb=4096", "-timeout=20", f"-artifact_prefix={work}/"]
    # A Python process that is asked to end by libFuzzer's own limit ends with 0 as well.
    code = subprocess.run([*child, *fuzzing, str(work / "corpus"), str(seeds(name))], cwd=ROOT, check=False).returncode
    if code == 0:
        merging = [*child, "-merge=1", longest, str(work / "merged"), str(seeds(name)), str(work / "corpus")]
        subprocess.run(merging, cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        print(f"{name}: {_keep(work / 'merged', name)} new inputs kept")
    return code


def _child(name: str, arguments: list[str]) -> None:
    """In the process that is fuzzed; ends it."""
    atheris = import_module("atheris")  # not among what is locked
    logging.disable()
    with atheris.instrument_imports(include=["cloud_bridge", "PIL", "pydantic"]):
        target = targets()[name]
        target(b"")
    # libFuzzer starts itself again to merge, through a shell and by this name.
    atheris.Setup([f"{sys.executable} -m tools.fuzz --child {name}", *arguments], target)
    atheris.Fuzz()


def main() -> int:
    """Run what was asked for."""
    if sys.argv[1:2] == ["--child"]:  # before anything that is fuzzed is imported
        _child(sys.argv[2], sys.argv[3:])
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"default: all of {', '.join(targets())}")
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together (default 600)")
    arguments = parser.parse_args()
    chosen = arguments.targets or list(targets())
    if unknown := set(chosen) - set(targets()):
        parser.error(f"there is no target {', '.join(sorted(unknown))}")
    os.environ["PYTHONPATH"] = str(ROOT)
    codes = [_run(name, max(1, arguments.seconds // len(chosen))) for name in chosen]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
