"""One connection to the broker, in the event loop: what is sent in one round of the loop goes out in one piece.

::

    connect ─▶ CONNECT ─▶ CONNACK ─▶ SUBSCRIBE ─▶ SUBACK ─▶ up … gone
                  no answer, a refusal, a broken wire, silence ─▶ trouble ─▶ gone

The bridge's alone. With paho it took 0.93 CPU seconds per 1,000 jobs and held 890 to 1,020 of 1,157 jobs a second; with
this 0.77, and all of them (bench bridge, both in turn on a busy two-core machine, 2026-11-26).
"""

import asyncio
import socket
import ssl
from collections import deque
from typing import cast

from cloud_bridge import mqtt_wire as wire
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

CONNECT_WITHIN_S = 5.0
UP_WITHIN_S = 15.0

REASONS = {
    0x01: "The broker does not speak MQTT 5.",
    0x84: "The broker does not speak MQTT 5.",
    0x85: "The broker refuses this client's name.",
    0x86: "The broker refuses the user name or password.",
    0x87: "The broker refuses the user name or password.",
    0x8A: "The broker has banned this client.",
    0x8B: "The broker is being stopped.",
    0x8E: "Another client with the same name has connected to the broker.",
    0x97: "The broker has had more of this client than it takes.",
    0x9F: "The broker has had more of this client than it takes.",
}
"""In words, what a reason code of CONNACK or DISCONNECT means."""
REFUSED = {0x87: "Not authorized", 0x90: "Topic Name invalid", 0x97: "Quota exceeded"}
"""The specification's names for why a message is not taken."""


class LeanConnection(asyncio.Protocol):
    """Lives from `open()` until the connection ends; then `gone` is set, whatever the reason. Never used again."""

    def __init__(self, settings: Settings, told: Told) -> None:
        self.gone = asyncio.Event()
        self._settings, self._told = settings, told
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._packets = wire.Packets(max_bytes=MAX_PACKET_BYTES)
        self._out: list[bytes] = []
        """What goes out at the end of this round of the loop."""
        self._waiting: deque[tuple[int, bytes, bytes, bool]] = deque()
        """What goes out as soon as the broker has confirmed others."""
        self._quota, self._number = 0, 0
        self._under_way: set[int] = set()
        self._heard = True
        """Whether anything has come since we last looked."""
        self._paused = False
        self._watch: asyncio.TimerHandle | None = None

    async def open(self) -> None:
        """Connect and say hello. Raises OSError."""
        host, tls = self._settings.host, self._settings.tls
        async with asyncio.timeout(2 * CONNECT_WITHIN_S):
            sock = await asyncio.to_thread(
                socket.create_connection, (host, self._settings.port), timeout=CONNECT_WITHIN_S
            )
            sock.setblocking(False)
            # Otherwise a small message waits for the acknowledgement of the one before it: 44 ms.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                await self._loop.create_connection(
                    lambda: self, sock=sock, ssl=tls, server_hostname=host if tls else None
                )
            except BaseException:
                sock.close()
                raise

    def close(self) -> None:
        """Say goodbye; the broker publishes the will all the same, so that nobody takes this end for present."""
        if self._transport is not None and not self._transport.is_closing():
            self._out.append(wire.GOODBYE_WITH_WILL)
            self._flush()
            self._transport.close()

    def send(self, topic: str, payload: bytes, *, retain: bool) -> int | None:
        """Publish with QoS 1 as soon as the broker takes it; the number by which it will be confirmed."""
        self._number = self._number % 0xFFFF + 1
        while self._number in self._under_way:
            self._number = self._number % 0xFFFF + 1
        number = self._number
        self._under_way.add(number)
        self._waiting.append((number, topic.encode(), payload, retain))
        self._send_waiting()
        return number

    def take(self, message: Arrived) -> None:
        """Acknowledge: the message need not come again."""
        assert isinstance(message, wire.Publish)
        if message.qos:
            self._send(wire.puback(message.number))

    def pause(self) -> None:
        """Read no more for now: what comes stays in the network and at the broker."""
        if not self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = True
            self._transport.pause_reading()

    def resume(self) -> None:
        """Read on."""
        if self._paused and self._transport is not None and not self._transport.is_closing():
            self._paused = False
            self._heard = True
            self._transport.resume_reading()

    @property
    def through(self) -> socket.socket | None:
        """The socket, while it lasts."""
        return self._transport.get_extra_info("socket") if self._transport else None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """For asyncio."""
        self._transport = transport = cast("asyncio.Transport", transport)
        who, will = self._settings, self._settings.will
        hello = wire.connect(
            who.client_id,
            username=who.username,
            password=who.password,
            will=(will.topic, will.payload) if will else None,
            keepalive_s=KEEPALIVE_S,
            clean_start=False,
            session_expiry_s=SESSION_EXPIRY_S,
            receive_maximum=IN_FLIGHT,
            max_packet_bytes=MAX_PACKET_BYTES,
        )
        transport.write(hello)
        self._watch = self._loop.call_later(UP_WITHIN_S, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """For asyncio."""
        if self._watch is not None:
            self._watch.cancel()
        if not self.gone.is_set():
            self._told.trouble(LOST if not isinstance(exc, ssl.SSLError) else f"{LOST[:-1]}: {exc.reason or exc}.")
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        """For asyncio."""
        self._heard = True
        try:
            for first, body in self._packets.feed(data):
                self._take(first, body)
        except wire.BrokenWire:
            self._end("The broker does not speak MQTT 5 as it should.")

    def _take(self, first: int, body: bytes) -> None:
        match first >> 4:
            case wire.PUBLISH:
                self._told.arrived(self, wire.read_publish(first, body))
            case wire.PUBACK:
                number, (reason,) = wire.read_answer(wire.PUBACK, body)
                self._confirm(number, reason)
            case wire.CONNACK:
                self._welcome(wire.read_connack(body))
            case wire.SUBACK:
                _, reasons = wire.read_answer(wire.SUBACK, body)
                if max(reasons) >= wire.SUCCESS_BELOW:
                    self._end("The broker does not let this client listen to its topics.")
                else:
                    self._be_up()
            case wire.DISCONNECT:
                self._end(REASONS.get(body[0] if body else 0, LOST))
            case wire.PINGRESP:
                pass
            case _:
                raise wire.BrokenWire

    def _welcome(self, connack: wire.Connack) -> None:
        if connack.reason:
            unknown = f"The broker refuses the connection (reason {connack.reason})."
            self._end(REASONS.get(connack.reason, unknown))
            return
        self._quota = min(IN_FLIGHT, connack.receive_maximum)
        if self._settings.subscriptions:
            self._send(wire.subscribe(0xFFFF, self._settings.subscriptions))
        else:
            self._be_up()

    def _be_up(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        self._watch = self._loop.call_later(KEEPALIVE_S / 2, self._keep_alive)
        self._told.up()

    def _confirm(self, number: int, reason: int) -> None:
        if number not in self._under_way:
            raise wire.BrokenWire
        self._under_way.discard(number)
        self._quota += 1
        refused = reason >= wire.SUCCESS_BELOW
        why = REFUSED.get(reason, f"reason {reason}")
        self._told.confirmed(number, f"The broker refuses the message: {why}." if refused else None)
        self._send_waiting()

    def _send_waiting(self) -> None:
        while self._quota and self._waiting:
            self._quota -= 1
            number, topic, payload, retain = self._waiting.popleft()
            self._send(wire.publish(topic, payload, number=number, retain=retain))

    def _send(self, packet: bytes) -> None:
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(packet)

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _keep_alive(self) -> None:
        if not self._heard and not self._paused:
            self._end(LOST)
            return
        self._heard = False
        self._send(wire.PINGREQ_BYTES)
        self._watch = self._loop.call_later(KEEPALIVE_S / 2, self._keep_alive)

    def _give_up(self) -> None:
        self._end("The broker does not answer.")

    def _end(self, trouble: str) -> None:
        self._told.trouble(trouble)
        self.gone.set()
        if self._transport is not None:
            self._transport.abort()
