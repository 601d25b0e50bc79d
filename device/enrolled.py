"""What a device was told when a bridge let it in: three files in `enrolment/` of its home, for its owner alone.

`broker.json` says where to go, `authority.pem` whom to trust there, `identity.pem` (key and certificate) who comes.
They count where `config.toml` has no [broker] of its own.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from cloud_bridge.protocol import DEVICE_NAME


class Enrolled(BaseModel):
    """The content of `broker.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    site: Annotated[str, Field(max_length=500, pattern=r"^https?://[^\s?#]+$")]
    """Where it was let in, and renews its certificate."""
    device: Annotated[str, Field(pattern=DEVICE_NAME)]
    bridge: Annotated[str, Field(pattern=DEVICE_NAME)]
    host: Annotated[str, Field(min_length=1, max_length=253)]
    port: Annotated[int, Field(ge=1, le=65535)]
    media_hosts: tuple[str, ...] = ()
    token: str | None = Field(default=None, repr=False)
    """The password, where there is no certificate."""


def enrolment_place(home: Path) -> Path:
    """The directory of the three files."""
    return home / "enrolment"


def read_enrolled(home: Path) -> Enrolled | None:
    """What was kept; None when no bridge has let this device in. Raises OSError and ValueError."""
    try:
        return Enrolled.model_validate_json((enrolment_place(home) / "broker.json").read_bytes())
    except FileNotFoundError:
        return None


def broker_section(home: Path) -> dict[str, Any] | None:
    """The [broker] section that follows from it. Raises OSError and ValueError."""
    enrolled = read_enrolled(home)
    if enrolled is None:
        return None
    place = enrolment_place(home)
    section: dict[str, Any] = {
        "host": enrolled.host,
        "port": enrolled.port,
        "tls": True,
        "ca_file": place / "authority.pem",
        "bridge": enrolled.bridge,
        "device": enrolled.device,
        "media_hosts": enrolled.media_hosts,
    }
    if enrolled.token is None:
        return section | {"cert_file": place / "identity.pem"}
    return section | {"username": enrolled.device, "password": enrolled.token}
