"""One connection to the broker as paho keeps it, with a thread of its own, that only hands over to the event loop.

What comes in one go is handed over in one go: the loop is woken once for many messages, and the socket is read in large
pieces (paho alone asks the kernel three times for each packet).
"""

import asyncio
import contextlib
import socket
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions

from cloud_bridge._connection import (
    IN_FLIGHT,
    KEEPALIVE_S,
    LOST,
    MAX_PACKET_BYTES,
    SESSION_EXPIRY_S,
    Arrived,
    Settings,
    Told,
)

READ_AHEAD_BYTES = 64 * 1024

REFUSALS = {
    "Bad user name or password": "The broker refuses the user name or password.",
    "Not authorized": "The broker refuses the user name or password.",
    "Client identifier not valid": "The broker refuses this client's name.",
    "Unsupported protocol version": "The broker does not speak MQTT 5.",
    "Session taken over": "Another client with the same name has connected to the broker.",
}


class PahoConnection(paho.Client):
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
        self._news: deque[tuple[Callable[..., None], tuple[Any, ...]]] = deque()
        """What the event loop has to be told, in order."""
        self._awake = False
        """The loop has been woken and will see to it."""
        self._go_on = threading.Event()
        self._go_on.set()
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

    async def open(self) -> None:
        """Connect and say hello; takes up to 5 s. Raises OSError."""
        properties = Properties(PacketTypes.CONNECT)
        properties.SessionExpiryInterval = SESSION_EXPIRY_S
        properties.ReceiveMaximum = IN_FLIGHT
        properties.MaximumPacketSize = MAX_PACKET_BYTES
        host, port = self._settings.host, self._settings.port
        await asyncio.to_thread(
            self.connect, host, port, keepalive=KEEPALIVE_S, clean_start=False, properties=properties
        )
        self.loop_start()

    def close(self) -> None:
        """Say goodbye; the broker publishes the will all the same, so that nobody takes this end for present."""
        self._go_on.set()
        self.disconnect(ReasonCode(PacketTypes.DISCONNECT, "Disconnect with will message"))

    def send(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Publish with QoS 1; the number by which it will be confirmed, None when the connection has just gone."""
        info = self.publish(topic, payload, qos=1, retain=retain)
        return info.mid if info.rc == paho.MQTT_ERR_SUCCESS else None

    def take(self, message: Arrived) -> None:
        """Acknowledge: the message need not come again."""
        assert isinstance(message, paho.MQTTMessage)
        self.ack(message.mid, message.qos)

    def pause(self) -> None:
        """Read no more for now: paho's thread stands still at the next message."""
        self._go_on.clear()

    def resume(self) -> None:
        """Read on."""
        self._go_on.set()

    @property
    def through(self) -> socket.socket | None:
        """The socket, while it lasts."""
        ahead = self.socket()
        return ahead.real if isinstance(ahead, _ReadAhead) else None

    def _create_socket(self) -> Any:
        return _ReadAhead(super()._create_socket())

    def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> Any:
        """Paho's thread runs this; an error in there must not leave a connection that only looks alive."""
        try:
            return super().loop_forever(timeout, retry_first_connection)
        finally:
            self._later(self.gone.set)

    def _later(self, step: Callable[..., None], *details: Any) -> None:
        self._news.append((step, details))
        if not self._awake:
            self._awake = True
            with contextlib.suppress(RuntimeError):  # the event loop is closed: nobody wants to know any more
                self._events.call_soon_threadsafe(self._hand_over)

    def _hand_over(self) -> None:
        self._awake = False  # first: what comes from here on wakes the loop again
        while self._news:
            step, details = self._news.popleft()
            step(*details)

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
            self._later(self._told.trouble, REFUSALS.get(str(reason), LOST))

    def _on_puback(self, _c: object, _u: object, mid: int, reason: Any, _p: object) -> None:
        refusal = f"The broker refuses the message: {reason}." if reason.is_failure else None
        self._later(self._told.confirmed, mid, refusal)

    def _on_arrival(self, _c: object, _u: object, message: paho.MQTTMessage) -> None:
        self._go_on.wait()
        self._later(self._told.arrived, self, message)


class _ReadAhead:
    """A socket that is read in large pieces and handed out in small ones; otherwise the one that it is made of."""

    def __init__(self, real: Any) -> None:
        self.real = real
        self._read, self._at = b"", 0

    def recv(self, size: int) -> bytes:
        """At most so many bytes. Raises what the socket raises."""
        if self._at == len(self._read):
            self._read, self._at = self.real.recv(READ_AHEAD_BYTES), 0
        piece = self._read[self._at : self._at + size]
        self._at += len(piece)
        return piece

    def pending(self) -> int:
        """Bytes that have been read: paho does not wait for the socket while there are any."""
        below = self.real.pending() if hasattr(self.real, "pending") else 0
        return len(self._read) - self._at + below

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)
