"""MQTT 5 as bytes: against examples from the specification, paho, and whatever arrives in pieces."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from cloud_bridge import mqtt_wire as wire


def packets(data: bytes, *, max_bytes: int = 1000) -> list[tuple[int, bytes]]:
    return list(wire.Packets(max_bytes=max_bytes).feed(data))


@given(
    st.lists(st.tuples(st.binary(max_size=300), st.integers(1, 65535), st.booleans()), max_size=5),
    st.lists(st.integers(1, 40), min_size=1),
)
def test_messages_arrive_as_they_were_sent_however_the_stream_is_cut(
    sent: list[tuple[bytes, int, bool]], cuts: list[int]
) -> None:
    stream = b"".join(wire.publish(b"a/b", payload, number=number, retain=retain) for payload, number, retain in sent)
    reader, arrived, at = wire.Packets(max_bytes=1000), list[wire.Publish](), 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        arrived += [wire.read_publish(*packet) for packet in reader.feed(stream[at : at + size])]
        at += size
    assert arrived == [wire.Publish("a/b", payload, 1, retain, number) for payload, number, retain in sent]


def test_properties_of_a_message_are_passed_over() -> None:
    properties = Properties(PacketTypes.PUBLISH)
    properties.UserProperty = ("name", "value")
    properties.MessageExpiryInterval = 60
    body = b"\x00\x03a/b" + b"\x00\x07" + properties.pack() + b"payload"
    assert wire.read_publish(0x32, body) == wire.Publish("a/b", b"payload", 1, False, 7)


def test_the_servers_word_on_how_much_may_be_under_way_is_heard() -> None:
    properties = Properties(PacketTypes.CONNACK)
    properties.ReceiveMaximum = 200
    properties.AssignedClientIdentifier = "lamp"
    properties.UserProperty = ("name", "value")
    assert wire.read_connack(b"\x00\x00" + properties.pack()) == wire.Connack(0, 200)
    assert wire.read_connack(b"\x00\x87") == wire.Connack(0x87, 65535)


def test_answers_carry_their_reasons() -> None:
    assert wire.read_answer(wire.PUBACK, b"\x00\x07") == (7, b"\x00")
    assert wire.read_answer(wire.PUBACK, b"\x00\x07\x87\x00") == (7, b"\x87")
    assert wire.read_answer(wire.SUBACK, b"\x00\x07\x00\x01\x87") == (7, b"\x01\x87")


def test_hello_is_what_the_specification_asks_for() -> None:
    hello = wire.connect(
        "lamp",
        username="u",
        password="p",
        will=("w", b"gone"),
        keepalive_s=30,
        clean_start=False,
        session_expiry_s=3600,
        receive_maximum=200,
        max_packet_bytes=1024,
    )
    ((first, body),) = packets(hello)
    assert (first, body[:10]) == (0x10, b"\x00\x04MQTT" + bytes((MQTTv5, 0b11101100, 0, 30)))
    properties, size = Properties(PacketTypes.CONNECT).unpack(body[10:])
    assert properties.json() == {"SessionExpiryInterval": 3600, "ReceiveMaximum": 200, "MaximumPacketSize": 1024}
    assert body[10 + size :] == b"\x00\x04lamp" + b"\x00" + b"\x00\x01w" + b"\x00\x04gone" + b"\x00\x01u" + b"\x00\x01p"


@pytest.mark.parametrize("size", [0, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152])
def test_lengths_of_every_width(size: int) -> None:
    ((first, body),) = packets(wire.publish(b"", bytes(size), number=1), max_bytes=2**22)
    assert (first, len(body)) == (0x32, size + 5)


@pytest.mark.parametrize(
    "data", [b"\x32\xff\xff\xff\xff\x01", b"\x32\xe9\x07"], ids=["a length without end", "more than is taken"]
)
def test_what_can_not_be_a_packet_breaks_the_connection(data: bytes) -> None:
    with pytest.raises(wire.BrokenWire):
        packets(data)


@given(st.integers(0, 255), st.binary(max_size=40))
def test_no_body_does_more_harm_than_that(first: int, body: bytes) -> None:
    for read in (
        lambda: wire.read_publish(first, body),
        lambda: wire.read_connack(body),
        lambda: wire.read_answer(wire.PUBACK, body),
        lambda: wire.read_answer(wire.SUBACK, body),
    ):
        with contextlib.suppress(wire.BrokenWire):
            read()


class Paho(Client):
    """paho with a pipe for a network."""

    def __init__(self) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, "lamp", protocol=MQTTv5, manual_ack=True)
        near, self.far = socket.socketpair()
        for each in (near, self.far):
            each.setblocking(False)
        self._sock = cast("Any", near)
        self.arrived: list[wire.Publish] = []
        self.confirmed: list[tuple[int, int]] = []
        self.on_message = lambda _c, _u, message: self.arrived.append(
            wire.Publish(message.topic, bytes(message.payload), message.qos, message.retain, message.mid)
        )
        self.on_publish = lambda _c, _u, mid, reason, _p: self.confirmed.append((mid, reason.value))

    def sent(self) -> bytes:
        while self.want_write():
            self.loop_write()
        try:
            return self.far.recv(1 << 20)
        except BlockingIOError:
            return b""

    def hears(self, data: bytes) -> None:
        self.far.sendall(data)
        for _ in range(10):
            self.loop_read()


@pytest.fixture(scope="module")
def paho() -> Iterator[Paho]:
    paho = Paho()
    yield paho
    for each in (paho._sock, paho.far):
        assert isinstance(each, socket.socket)
        each.close()


TOPICS = st.text(
    st.characters(codec="utf-8", exclude_characters="+#\0", exclude_categories=["C"]), min_size=1, max_size=40
)


@given(topic=TOPICS, payload=st.binary(max_size=2000), retain=st.booleans())
def test_what_paho_publishes_is_read_as_it_was_meant(paho: Paho, topic: str, payload: bytes, retain: bool) -> None:
    info = paho.publish(topic, payload, qos=1, retain=retain)
    (packet,) = packets(paho.sent(), max_bytes=5000)
    assert wire.read_publish(*packet) == wire.Publish(topic, payload, 1, retain, info.mid)
    paho.hears(wire.puback(info.mid))
    assert paho.confirmed.pop() == (info.mid, 0)


@given(topic=TOPICS, payload=st.binary(max_size=2000), retain=st.booleans(), number=st.integers(1, 65535))
def test_paho_reads_what_we_publish_and_confirms_it(
    paho: Paho, topic: str, payload: bytes, retain: bool, number: int
) -> None:
    paho.hears(wire.publish(topic.encode(), payload, number=number, retain=retain))
    assert paho.arrived.pop() == wire.Publish(topic, payload, 1, retain, number)
    paho.ack(number, 1)
    (packet,) = packets(paho.sent())
    assert packet[0] >> 4 == wire.PUBACK
    assert wire.read_answer(wire.PUBACK, packet[1]) == (number, b"\x00")
