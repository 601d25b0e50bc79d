"""Where this machine's Nightjar keeps its settings, state and models."""

import os
from pathlib import Path

import platformdirs


def home() -> Path:
    """`$NIGHTJAR_HOME`, else the platform's data directory; created (mode 700) when it isn't there."""
    path = Path(os.environ.get("NIGHTJAR_HOME") or platformdirs.user_data_dir("nightjar", appauthor=False))
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
