"""Writes `docs/map.md`: one line a file, taken from the file's own first sentence.

`python -m tools.map` rewrites it; `python -m tools.map --check` exits 1 when it is out of date.
"""

import ast
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAP = ROOT / "docs" / "map.md"
ROOMS = {
    "nightjar": "the front door: command line, process composition, the public face for third-party skills",
    "tools": "set-up, art packing, training and its gate, benchmarks, this map",
    "device": "the on-device loop: ears, context, skills, voice, offload, gallery, companion page",
    "cloud_bridge": "jobs from devices over MQTT, ledger, providers, media, our image studio",
    "edge_models": "every model: catalogue, download and verify, engines, pictures",
    "hw": "the board: audio, lights, power, heat",
    "tests": "mirrors the rooms, plus end-to-end tests",
}
COMMENTED = {".js": ("/*", "//"), ".css": ("/*",), ".toml": ("#",), ".yaml": ("#",), ".sh": ("#",), ".html": ()}


def first_sentence(path: Path) -> str:
    """What a file says about itself: the first line of its docstring or of its first comment."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
    if path.suffix == ".html":
        return text.partition("<title>")[2].partition("</title>")[0]
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#!"):
            continue
        for opening in COMMENTED[path.suffix]:
            if stripped.startswith(opening):
                return stripped.removeprefix(opening).strip(" /*#")
    return ""


def render() -> str:
    """The whole map as Markdown."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = sorted(Path(line) for line in listed.stdout.splitlines())
    lines = ["# The map", "", "One line a file, from the file itself (`python -m tools.map` writes this page)."]
    for room, meaning in ROOMS.items():
        lines += ["", f"## {room}/", "", f"{meaning[0].upper()}{meaning[1:]}.", "", "| file | |", "|---|---|"]
        for path in paths:
            known = path.suffix == ".py" or path.suffix in COMMENTED
            full = ROOT / path
            if path.parts[0] == room and known and full.is_file() and full.stat().st_size:
                lines.append(f"| `{path.as_posix()}` | {first_sentence(full)} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write or check the map."""
    wanted = render()
    if "--check" in sys.argv:
        return 0 if MAP.exists() and MAP.read_text(encoding="utf-8") == wanted else 1
    MAP.parent.mkdir(exist_ok=True)
    MAP.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
