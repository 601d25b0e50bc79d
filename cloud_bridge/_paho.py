"""One connection to the broker as paho keeps it, with a thread of its own, that only hands over to the event loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

IN_FLIGHT = 200  # either way; the broker sends no more than this many before an acknowledgement (receive maximum)
MAX_PACKET_BYTES = 128 * 1024
SESSION_EXPIRY_S = 7 * 24 * 3600
KEEPALIVE_S = 30

REFUSALS = {
    "Bad user name or password": "The broker refuses the user name or password.",
    "Not authorized": "The broker refuses the user name or password.",
    "Client identifier not valid": "The broker refuses this client's name.",
    "Unsupported protocol version": "The broker does not speak MQTT 5.",
    "Session taken over": "Another client with the same name has connected to the broker.",
}


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


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a connection tells what, in the event loop."""

    up: Callable[[], None]
    """The broker has let the client in and knows what it listens to."""
    trouble: Callable[[str], None]
    """Why it has not, or why the connection has ended, in one plain sentence. The first of several counts."""
    confirmed: Callable[[int, str | None], None]
    """The broker has answered the publish with this id; a sentence when it does not take the message."""
    arrived: Callable[["Connection", paho.MQTTMessage], None]
    """A message came."""


class Connection(paho.Client):
    """Lives from `open()` until the connection ends; then `gone` is set, whatever the reason. Never used again."""

    def __init__(self, settings: Settings, told: Told) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            settings.client_id,
            protocol=paho.MQTTv5,
            reconnect_on_failure=False,
            manual_ack=True,
        )
        self.gone = asyncio.Event()
        self._events = asyncio.get_running_loop()
        self._settings, self._told = settings, told
        self.max_inflight_messages_set(IN_FLIGHT)
        if settings.username is not None:
            self.username_pw_set(settings.username, settings.password)
        if settings.tls is not None:
            self.tls_set_context(settings.tls)
        if settings.will is not None:
            self.will_set(settings.will.topic, settings.will.payload, qos=1, retain=True)
        self.on_socket_open = self._send_at_once
        self.on_connect, self.on_subscribe, self.on_disconnect = self._on_connack, self._on_suback, self._on_end
        self.on_publish, self.on_message = self._on_puback, self._on_arrival

    def open(self) -> None:
        """Connect and say hello; blocks for up to 5 s. Raises OSError."""
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = IN_FLIGHT
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        self.connect(
            self._settings.host, self._settings.port, keepalive=KEEPALIVE_S, clean_start=False, properties=properties
        )

    def close(self) -> None:
        """Say goodbye; the broker publishes the will all the same, so that nobody takes this end for present."""
        self.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> Any:
        """Paho's thread runs this; an error in there must not leave a connection that only looks alive."""
        try:
            return super().loop_forever(timeout, retry_first_connection)
        finally:
            self._later(self.gone.set)

    def _later(self, step: Callable[..., None], *details: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody wants to know any more
            self._events.call_soon_threadsafe(step, *details)

    @staticmethod
    def _send_at_once(_client: object, _userdata: object, sock: Any) -> None:
        # Otherwise a small message waits for the acknowledgement of the one before it: 44 ms.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _on_connack(self, _c: object, _u: object, _flags: object, reason: Any, _p: object) -> None:
        if reason.is_failure:
            self._later(self._told.trouble, REFUSALS.get(str(reason), f"The broker refuses the connection: {reason}."))
        elif self._settings.subscriptions:
            self.subscribe([(topic, SubscribeOptions(qos=1)) for topic in self._settings.subscriptions])
        else:
            self._later(self._told.up)

    def _on_suback(self, _c: object, _u: object, _mid: int, reasons: list[Any], _p: object) -> None:
        if any(reason.is_failure for reason in reasons):
            self._later(self._told.trouble, "The broker does not let this client listen to its topics.")
            self.disconnect()
        else:
            self._later(self._told.up)

    def _on_end(self, _c: object, _u: object, _flags: object, reason: Any, _p: object) -> None:
        if reason.is_failure:  # not when this end has said goodbye
            self._later(self._told.trouble, REFUSALS.get(str(reason), "The connection to the broker is lost."))

    def _on_puback(self, _c: object, _u: object, mid: int, reason: Any, _p: object) -> None:
        refusal = f"The broker refuses the message: {reason}." if reason.is_failure else None
        self._later(self._told.confirmed, mid, refusal)

    def _on_arrival(self, _c: object, _u: object, message: paho.MQTTMessage) -> None:
        self._later(self._told.arrived, self, message)
