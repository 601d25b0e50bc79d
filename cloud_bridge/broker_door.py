"""A mosquitto that devices reach from elsewhere: its settings, and the lists of who may come in.

Everything lies in one directory: `mosquitto.conf`, the authority's certificate and the broker's own with its key, and
three lists that are written anew whenever somebody comes or goes (`access`, `revoked.pem`, `passwords`). mosquitto
reads the lists again on SIGHUP. Whoever is revoked is refused at his next connection, and in the one that he has he may
neither write nor hear from then on.
"""

import base64
import contextlib
import hashlib
import os
import secrets
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cloud_bridge.authority import Authority
from cloud_bridge.broker import ACCESS, BOUNDS, BRIDGE_ACCESS, as_whom
from cloud_bridge.private import one_at_a_time, private_directory, write_private
from cloud_bridge.registry import Registry

HERE = ("localhost", "127.0.0.1", "::1")
TOKEN_ROUNDS = 101
"""As mosquitto does itself; a token of 256 random bits needs none."""
SETTINGS = """\
# Written by `nightjar bridge broker-config`, which writes it anew.
per_listener_settings false
allow_anonymous false
allow_zero_length_clientid false
persistent_client_expiration 1m
acl_file {directory}/access
password_file {directory}/passwords
pid_file {directory}/mosquitto.pid
persistence true
persistence_location {directory}/
{bounds}
{user}

# With a certificate, whose name is the user and the client.
listener {port}{listen}
{tls}
crlfile {directory}/revoked.pem
require_certificate true
use_identity_as_username true
use_username_as_clientid true
"""
SECOND_LISTENER = """
# With a token, for what can't have a certificate.
listener {port}{listen}
{tls}
use_username_as_clientid true
"""
TLS = """\
cafile {directory}/authority.pem
certfile {directory}/server.pem
keyfile {directory}/server.pem
tls_version tlsv1.2"""


class DoorError(Exception):
    """The broker's files can't be used; the text is one plain sentence."""


class BrokerDoor(BaseModel):
    """How devices reach the broker, and where its files are; kept in the bridge's state, as `broker.json`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    directory: Path
    """Absolute."""
    hosts: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=253)], ...], Field(min_length=1, max_length=8)]
    """Names and addresses under which devices know it; the first is the one that they are told."""
    port: Annotated[int, Field(ge=1, le=65535)] = 8883
    token_port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Where tokens are taken; None: nowhere."""
    listen: Annotated[str, Field(max_length=253)] = ""
    """The address of this machine at which it listens; "": all of them."""

    def write(self, *, authority: Authority, registry: Registry, bridge: str) -> None:
        """Write all its files, with a new key for the broker. Raises DoorError, and RegistryError."""
        with _in_words(self.directory):
            private_directory(self.directory)
            write_private(self.directory / "authority.pem", authority.pem)
            write_private(self.directory / "server.pem", authority.server((*self.hosts, *HERE)))
            write_private(self.directory / "mosquitto.conf", self._settings().encode())
        self.write_lists(authority=authority, registry=registry, bridge=bridge)

    def write_lists(self, *, authority: Authority, registry: Registry, bridge: str) -> None:
        """Write who may come in. Raises DoorError, and RegistryError."""
        with _in_words(self.directory), one_at_a_time(self.directory):
            out = [device.name for device in registry.devices() if device.revoked_at is not None]
            # Denied before anything is allowed: this ends what a connection that is still open may do.
            denied = "".join(f"\nuser {name}\ntopic deny #\n" for name in out)
            passwords = "".join(f"{name}:{proof}\n" for name, proof in registry.token_hashes().items())
            revoked = authority.revocation_list(registry.revoked_certificates())
            write_private(self.directory / "access", (ACCESS + BRIDGE_ACCESS.format(bridge=bridge) + denied).encode())
            write_private(self.directory / "passwords", passwords.encode())
            write_private(self.directory / "revoked.pem", revoked)

    def tell_broker(self) -> bool:
        """Have the broker read its lists again; False when none is running here with these files, or not for us."""
        try:
            process = int((self.directory / "mosquitto.pid").read_text(encoding="ascii")[:20])
            program = Path(f"/proc/{process}/comm").read_text(encoding="ascii").strip()
            if program == "mosquitto":
                os.kill(process, signal.SIGHUP)
                return True
        except (OSError, ValueError):
            pass
        return False

    def _settings(self) -> str:
        tls = TLS.format(directory=self.directory)
        listen = f" {self.listen}" if self.listen else ""
        text = SETTINGS.format(
            directory=self.directory, bounds=BOUNDS, user=as_whom(), port=self.port, listen=listen, tls=tls
        )
        if self.token_port is not None:
            text += SECOND_LISTENER.format(port=self.token_port, listen=listen, tls=tls)
        return text


def keep_door(state: Path, door: BrokerDoor) -> None:
    """Remember it for the bridge with this state directory. Raises DoorError."""
    with _in_words(state):
        write_private(private_directory(state) / "broker.json", door.model_dump_json(indent=1).encode())


def kept_door(state: Path) -> BrokerDoor | None:
    """The one of the bridge with this state directory; None when it has none. Raises DoorError."""
    path = state / "broker.json"
    with _in_words(state), contextlib.suppress(FileNotFoundError):
        try:
            return BrokerDoor.model_validate_json(path.read_bytes())
        except ValidationError:
            raise DoorError(f"{path} can't be read; nightjar bridge broker-config writes it anew.") from None
    return None


def token_hash(token: str) -> str:
    """A token as mosquitto keeps passwords: PBKDF2 with SHA-512 and a salt."""
    salt = secrets.token_bytes(12)
    digest = hashlib.pbkdf2_hmac("sha512", token.encode(), salt, TOKEN_ROUNDS)
    return f"$7${TOKEN_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


@contextlib.contextmanager
def _in_words(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DoorError(f"The files in {directory} can't be used: {error.strerror}.") from None
