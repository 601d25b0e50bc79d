"""What a link wants of one connection to the broker, and what it is told by it.

Two keep to it: `_paho.py`, which everybody has, and `_lean.py`, which the bridge has for its throughput.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

IN_FLIGHT = 200  # either way; the broker sends no more than this many before an acknowledgement (receive maximum)
MAX_PACKET_BYTES = 128 * 1024
SESSION_EXPIRY_S = 7 * 24 * 3600
KEEPALIVE_S = 30
LOST = "The connection to the broker is lost."


@dataclass(frozen=True, slots=True)
class Will:
    """What the broker publishes, retained, when this client goes away, with a word or without."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Settings:
    """Where and as whom to connect."""

    host: str
    port: int
    client_id: str
    subscriptions: tuple[str, ...]
    username: str | None
    password: str | None
    tls: ssl.SSLContext | None
    will: Will | None


class Arrived(Protocol):
    """A message that came."""

    @property
    def topic(self) -> str:
        """Where it was published."""
        ...

    @property
    def payload(self) -> bytes:
        """What was."""
        ...

    @property
    def retain(self) -> bool:
        """The broker had kept it."""
        ...


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a connection tells what, in the event loop."""

    up: Callable[[], None]
    """The broker has let the client in and knows what it listens to."""
    trouble: Callable[[str], None]
    """Why it has not, or why the connection has ended, in one plain sentence. The first of several counts."""
    confirmed: Callable[[int, str | None], None]
    """The broker has answered the publish with this number; a sentence when it does not take the message."""
    arrived: Callable[["Connection", Arrived], None]
    """A message came."""


class Connection(Protocol):
    """Lives from `open()` until the connection ends; then `gone` is set, whatever the reason. Never used again."""

    gone: asyncio.Event

    def __init__(self, settings: Settings, told: Told) -> None: ...

    async def open(self) -> None:
        """Connect and say hello. Raises OSError."""
        ...

    def close(self) -> None:
        """Say goodbye; the broker publishes the will all the same, so that nobody takes this end for present."""
        ...

    def send(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Publish with QoS 1; the number by which it will be confirmed, None when the connection has just gone."""
        ...

    def take(self, message: Arrived) -> None:
        """Acknowledge: the message need not come again."""
        ...

    def pause(self) -> None:
        """Read no more for now: what comes stays in the network and at the broker."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    @property
    def through(self) -> socket.socket | None:
        """The socket, while it lasts."""
        ...


def plainly(error: OSError) -> str:
    """Why there is no connection, in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not signed by an authority that is trusted ({error.verify_message})"
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    return error.strerror or str(error) or "it does not answer"
