"""The part of MQTT 5.0 that we speak, as bytes: QoS 0 and 1, a will, and no properties but those of CONNECT.

https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html; the numbers in brackets are its sections. Nothing here does
I/O. `Packets` cuts a stream into packets within a bound; what can't be MQTT is a `BrokenWire`, after which the
connection is of no use.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

CONNACK, PUBLISH, PUBACK, SUBACK, PINGRESP, DISCONNECT = 2, 3, 4, 9, 13, 14
"""Packet types that a server sends [2.1.2]."""
PINGREQ_BYTES = b"\xc0\x00"
GOODBYE_WITH_WILL = b"\xe0\x01\x04"
"""DISCONNECT, asking the server to publish the will all the same [3.14.2.1]."""
SUCCESS_BELOW = 0x80
"""Reason codes from here on are failures [2.4]."""
_PUBACK = struct.Struct(">BBH").pack
_U16 = struct.Struct(">H")
_VERSION = b"\x00\x04MQTT\x05"


class BrokenWire(Exception):
    """What arrived is not MQTT 5 as we speak it."""


@dataclass(frozen=True, slots=True)
class Publish:
    """A message."""

    topic: str
    payload: bytes
    qos: int
    retain: bool
    number: int
    """Its packet identifier; 0 with QoS 0."""


@dataclass(frozen=True, slots=True)
class Connack:
    """The server's answer to CONNECT."""

    reason: int
    receive_maximum: int
    """So many messages with QoS 1 may be under way to the server."""


def connect(
    client_id: str,
    *,
    username: str | None,
    password: str | None,
    will: tuple[str, bytes] | None,
    keepalive_s: int,
    clean_start: bool,
    session_expiry_s: int,
    receive_maximum: int,
    max_packet_bytes: int,
) -> bytes:
    """CONNECT [3.1]. `will`: topic and payload, published with QoS 1 and retained."""
    flags = 0x02 * clean_start | 0x80 * (username is not None) | 0x40 * (password is not None)
    properties = struct.pack(">BIBHBI", 0x11, session_expiry_s, 0x21, receive_maximum, 0x27, max_packet_bytes)
    tail = _text(client_id)
    if will is not None:
        flags |= 0x04 | 0x08 | 0x20
        tail += b"\x00" + _text(will[0]) + _binary(will[1])
    tail += b"".join(_text(each) for each in (username, password) if each is not None)
    head = _VERSION + struct.pack(">BHB", flags, keepalive_s, len(properties)) + properties
    return _packet(0x10, head + tail)


def subscribe(number: int, topics: Sequence[str]) -> bytes:
    """SUBSCRIBE with QoS 1 [3.8]."""
    return _packet(0x82, _U16.pack(number) + b"\x00" + b"".join(_text(topic) + b"\x01" for topic in topics))


def publish(topic: bytes, payload: bytes, *, number: int, retain: bool = False) -> bytes:
    """PUBLISH with QoS 1 [3.3]."""
    rest = 5 + len(topic) + len(payload)
    return b"".join(
        (b"\x33" if retain else b"\x32", _length(rest), _U16.pack(len(topic)), topic, _U16.pack(number), b"\0", payload)
    )


def puback(number: int) -> bytes:
    """PUBACK: taken [3.4]."""
    return _PUBACK(0x40, 2, number)


class Packets:
    """Cuts what arrives into packets."""

    def __init__(self, *, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._rest = b""

    def feed(self, data: bytes) -> Iterator[tuple[int, bytes]]:
        """First byte and body of every packet that is whole now. Raises BrokenWire."""
        if self._rest:
            data = self._rest + data
        at, end = 0, len(data)
        while True:
            size, begin = _read_length(data, at + 1)
            if size > self._max_bytes:
                raise BrokenWire
            if begin == 0 or begin + size > end:
                break
            yield data[at], data[begin : begin + size]
            at = begin + size
        self._rest = data[at:]


def read_publish(first: int, body: bytes) -> Publish:
    """PUBLISH [3.3]; its properties are passed over. Raises BrokenWire."""
    qos = first >> 1 & 3
    try:
        topic_end = 2 + _U16.unpack_from(body)[0]
        topic = body[2:topic_end].decode()
        number = _U16.unpack_from(body, topic_end)[0] if qos else 0
        properties, begin = _read_length(body, topic_end + (2 if qos else 0))
    except (struct.error, UnicodeDecodeError):
        raise BrokenWire from None
    if qos > 1 or (qos and not number) or not begin or begin + properties > len(body):
        raise BrokenWire
    return Publish(topic, body[begin + properties :], qos, bool(first & 1), number)


def read_connack(body: bytes) -> Connack:
    """CONNACK [3.2]. Raises BrokenWire."""
    if len(body) < 2:
        raise BrokenWire
    properties = _read_properties(body, 2) if len(body) > 2 else {}
    return Connack(body[1], properties.get(0x21, 0xFFFF))


def read_answer(kind: Literal[4, 9], body: bytes) -> tuple[int, Sequence[int]]:
    """The number that a PUBACK or SUBACK is about, and its reason codes. Raises BrokenWire."""
    if len(body) < 2:
        raise BrokenWire
    (number,) = _U16.unpack_from(body)
    if kind == PUBACK:
        return number, body[2:3] or b"\x00"
    properties, begin = _read_length(body, 2)
    if not begin or begin + properties >= len(body):
        raise BrokenWire
    return number, body[begin + properties :]


def _packet(first: int, body: bytes) -> bytes:
    return bytes((first,)) + _length(len(body)) + body


def _text(text: str) -> bytes:
    return _binary(text.encode())


def _binary(data: bytes) -> bytes:
    return _U16.pack(len(data)) + data


def _length(size: int) -> bytes:
    """A variable byte integer [1.5.5]."""
    if size < 0x80:
        return bytes((size,))
    if size < 0x4000:
        return bytes((size & 0x7F | 0x80, size >> 7))
    return bytes((size & 0x7F | 0x80, size >> 7 & 0x7F | 0x80)) + _length(size >> 14)


def _read_length(data: bytes, at: int) -> tuple[int, int]:
    """A variable byte integer and where it ends; (0, 0) when it is not whole. Raises BrokenWire."""
    size = shift = 0
    for index in range(at, min(at + 4, len(data))):
        size |= (data[index] & 0x7F) << shift
        if data[index] < 0x80:
            return size, index + 1
        shift += 7
    if len(data) >= at + 4:
        raise BrokenWire
    return 0, 0


_FIXED = {0x11: ">I", 0x21: ">H", 0x24: ">B", 0x25: ">B", 0x27: ">I", 0x22: ">H", 0x28: ">B", 0x29: ">B", 0x2A: ">B"}
_FIXED[0x13] = ">H"
_STRINGS = {0x12: 1, 0x1F: 1, 0x1A: 1, 0x1C: 1, 0x15: 1, 0x16: 1, 0x26: 2}


def _read_properties(body: bytes, at: int) -> dict[int, int]:
    """The numbers among a CONNACK's properties [3.2.2.3]; strings are passed over. Raises BrokenWire."""
    size, at = _read_length(body, at)
    end, found = at + size, dict[int, int]()
    if not at or end > len(body):
        raise BrokenWire
    try:
        while at < end:
            name = body[at]
            at += 1
            if form := _FIXED.get(name):
                (found[name],) = struct.unpack_from(form, body, at)
                at += struct.calcsize(form)
            elif name in _STRINGS:
                for _ in range(_STRINGS[name]):
                    at += 2 + _U16.unpack_from(body, at)[0]
            else:
                raise BrokenWire
    except struct.error:
        raise BrokenWire from None
    return found
