"""The wheel holds all that runs, and no tests."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

ROOT = Path(__file__).parent.parent.parent
ROOMS = ("nightjar", "tools", "device", "cloud_bridge", "edge_models", "hw")
ONLY_IN_A_CHECKOUT = {"tools/setup.sh"}


def test_the_wheel_holds_every_file_of_the_rooms_and_nothing_of_the_tests(tmp_path):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *ROOMS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    wanted = {line for line in listed.stdout.splitlines() if (ROOT / line).is_file()} - ONLY_IN_A_CHECKOUT
    # From a copy: building leaves folders behind.
    source = tmp_path / "source"
    for name in [*wanted, "pyproject.toml", "README.md", "LICENSE", "NOTICE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", tmp_path, source],
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == wanted
