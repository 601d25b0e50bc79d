"""Where this machine's Nightjar keeps its settings, state and models."""

import os
from pathlib import Path

import platformdirs

from nightjar.errors import UserError


def home() -> Path:
    """`$NIGHTJAR_HOME`, else the platform's data directory; created (mode 700) when it isn't there.

    Raises UserError when it can't be.
    """
    path = Path(os.environ.get("NIGHTJAR_HOME") or platformdirs.user_data_dir("nightjar", appauthor=False))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"The home directory {path} can't be made: {error.strerror}; set NIGHTJAR_HOME.") from None
    return path
