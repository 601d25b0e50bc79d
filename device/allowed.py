"""What the owner has allowed: skills of others, and tools of servers. `allowed.json` in the home directory."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import BaseModel, ConfigDict, ValidationError

NAME = "allowed.json"
_MAX_BYTES = 1_000_000


class AllowedError(Exception):
    """The file can't be used; the text is one plain sentence."""


class Allowed(BaseModel):
    """What may be loaded and called. A thing that has changed since is not what was allowed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    skills: dict[str, str] = {}
    """Installed packages, by name, to the version that was allowed."""
    tools: dict[str, dict[str, str]] = {}
    """Of each server its tools, to the fingerprint of what was allowed (`device.tools`)."""


def read_allowed(home: Path) -> Allowed:
    """What is allowed; nothing where there is no file. Raises AllowedError."""
    path = home / NAME
    try:
        with path.open("rb") as file:
            return Allowed.model_validate_json(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return Allowed()
    except (OSError, ValidationError):
        raise AllowedError(f"{path} can't be read, so nothing of others is used; delete it to begin anew.") from None


def write_allowed(home: Path, allowed: Allowed) -> None:
    """Put `allowed` in the place of what was; whole or not at all. Raises AllowedError."""
    try:
        with NamedTemporaryFile("w", dir=home, prefix=".allowed-", delete=False, encoding="utf-8") as file:
            file.write(allowed.model_dump_json(indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(home / NAME)
    except OSError as error:
        raise AllowedError(f"{home / NAME} can't be written: {error.strerror or error}.") from None
