"""The MQTT connection of both ends, against a real mosquitto."""

import asyncio
import errno
import logging
import socket
import unittest.mock

import pytest
from bridge_parts import connected

from cloud_bridge import link as link_module
from cloud_bridge._connection import Connection
from cloud_bridge._lean import LeanConnection
from cloud_bridge._paho import PahoConnection
from cloud_bridge.broker import Broker, bridge_user
from cloud_bridge.link import Link, LinkDown, Will
from cloud_bridge.protocol import device_topic

BRIDGE = bridge_user("main")
JOBS = device_topic("lamp", "jobs")


@pytest.fixture(autouse=True, params=[PahoConnection, LeanConnection])
def connection(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> type[Connection]:
    """Everything here holds for both."""
    defaults = Link.__init__.__kwdefaults__
    assert defaults is not None
    assert defaults["connection"] is PahoConnection
    monkeypatch.setitem(defaults, "connection", request.param)
    return request.param


async def take(link: Link, count: int) -> list[bytes]:
    bodies: list[bytes] = []
    async with asyncio.timeout(30):
        async for message in link.incoming():
            message.ack()
            bodies.append(message.payload)
            if len(bodies) == count:
                return bodies
    raise AssertionError


async def test_a_thousand_messages_arrive_each_once_and_in_order(broker: Broker) -> None:
    async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge, connected(broker, "lamp") as lamp:
        sent = [str(number).encode() for number in range(1000)]
        async with asyncio.TaskGroup() as group:
            arriving = group.create_task(take(bridge, 1000))
            for body in sent:
                group.create_task(lamp.publish(JOBS, body))
        assert arriving.result() == sent


async def test_messages_that_are_acknowledged_late_arrive_all_the_same(broker: Broker) -> None:
    async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge, connected(broker, "lamp") as lamp:
        sent = [str(number).encode() for number in range(2000)]
        arrived: list[bytes] = []

        async def receive() -> None:
            async for message in bridge.incoming():
                arrived.append(message.payload)
                asyncio.get_running_loop().call_later(0.005, message.ack)
                if len(arrived) == len(sent):
                    return

        async with asyncio.timeout(60), asyncio.TaskGroup() as group:
            group.create_task(receive())
            for body in sent:
                group.create_task(lamp.publish(JOBS, body))
        assert arrived == sent


async def test_what_nobody_takes_is_not_read_until_somebody_does(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "MOST_WAITING", 10)
    async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge, connected(broker, "lamp") as lamp:
        sent = [str(number).encode().ljust(60_000) for number in range(100)]
        for body in sent:
            await lamp.publish(JOBS, body)
        assert 10 <= bridge._queue.qsize() < 20  # what had been read in one piece when it was enough
        assert await take(bridge, 100) == sent


async def test_nothing_confirmed_is_lost_when_the_broker_restarts(broker: Broker) -> None:
    async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge, connected(broker, "lamp") as lamp:
        arrived: set[bytes] = set()
        everything = asyncio.Event()

        async def receive() -> None:
            async for message in bridge.incoming():
                arrived.add(message.payload)
                message.ack()
                if len(arrived) == 300:
                    everything.set()

        async def send(number: int) -> None:
            while True:
                try:
                    return await lamp.publish(JOBS, str(number).encode())
                except LinkDown:
                    await lamp.wait_connected()

        receiving = asyncio.create_task(receive())
        for number in range(150):
            await send(number)
        await broker.stop()
        await broker.start()
        for number in range(150, 300):
            await send(number)
        async with asyncio.timeout(30):
            await everything.wait()
        receiving.cancel()
        assert arrived == {str(number).encode() for number in range(300)}


async def test_a_message_that_was_not_acknowledged_comes_again(broker: Broker) -> None:
    async with connected(broker, "lamp") as lamp:
        async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge:
            await lamp.publish(JOBS, b"first")
            await lamp.publish(JOBS, b"second")
            arriving = bridge.incoming()
            first, second = await anext(arriving), await anext(arriving)
            second.ack()
            assert (first.payload, second.payload) == (b"first", b"second")
            # The broker answers in order: when this is confirmed, it has the acknowledgement.
            await bridge.publish(device_topic("lamp", "results"), b"anything")
        async with connected(broker, BRIDGE, device_topic("+", "jobs")) as again:
            assert await take(again, 1) == [b"first"]
            first.ack()  # of a connection that is gone: does nothing
            await lamp.publish(JOBS, b"third")
            assert await take(again, 1) == [b"third"]


async def test_publishing_without_a_connection_fails_at_once(broker: Broker) -> None:
    link = Link(host="127.0.0.1", port=broker.port, client_id="lamp", subscriptions=())
    with pytest.raises(LinkDown, match="no connection"):
        await link.publish(JOBS, b"x")


async def test_a_message_in_flight_fails_when_the_connection_goes(broker: Broker) -> None:
    async with connected(broker, "lamp") as lamp:
        sending = [asyncio.create_task(lamp.publish(JOBS, b"x" * 1000)) for _ in range(400)]
        await asyncio.sleep(0)  # all have begun, none can be confirmed yet
        await broker.stop(kill=True)
        outcomes = await asyncio.gather(*sending, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} <= {LinkDown, type(None)}
        assert any(isinstance(outcome, LinkDown) for outcome in outcomes)
        assert not lamp.connected


async def test_a_wrong_password_is_one_plain_sentence(broker: Broker) -> None:
    link = Link(
        host="127.0.0.1", port=broker.port, client_id="lamp", subscriptions=(), username="lamp", password="wrong"
    )
    async with asyncio.timeout(30):
        assert not await link._one_connection()
    assert link.trouble == "The broker refuses the user name or password."
    assert not link.connected


async def test_a_broker_that_is_not_there_is_one_plain_sentence(broker: Broker) -> None:
    await broker.stop()
    link = Link(host="127.0.0.1", port=broker.port, client_id="lamp", subscriptions=())
    async with asyncio.timeout(30):
        assert not await link._one_connection()
    assert link.trouble == f"The broker at 127.0.0.1:{broker.port} can't be reached: Connection refused."


async def test_a_broker_that_comes_back_is_said_to_be_there_once(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "cloud_bridge")
    async with connected(broker, "lamp") as lamp:
        assert caplog.text == ""
        await broker.stop()
        await broker.start()
        await lamp.wait_connected()
        async with asyncio.timeout(30):
            while "is there." not in caplog.text:  # noqa: ASYNC110 - the log tells nobody
                await asyncio.sleep(0.02)
    assert caplog.text.count("is there.") == 1


async def test_small_messages_are_not_held_back(broker: Broker, connection: type[Connection]) -> None:
    async with connected(broker, "lamp") as lamp:
        assert type(lamp._connection) is connection
        assert lamp._connection is not None
        sock = lamp._connection.through
        assert sock is not None
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_the_will_is_heard_when_a_client_vanishes(broker: Broker) -> None:
    status = device_topic("lamp", "status")
    async with (
        connected(broker, BRIDGE, device_topic("+", "status")) as bridge,
        connected(broker, "lamp", will=Will(status, b"offline")) as lamp,
    ):
        await lamp.publish(status, b"online", retain=True)
        assert await take(bridge, 1) == [b"online"]
        assert lamp._connection is not None
        sock = lamp._connection.through
        assert sock is not None
        sock.shutdown(socket.SHUT_RDWR)
        assert await take(bridge, 1) == [b"offline"]


async def test_the_will_is_heard_when_a_client_says_goodbye(broker: Broker) -> None:
    async with connected(broker, BRIDGE, device_topic("+", "status")) as bridge:
        async with connected(broker, "lamp", will=Will(device_topic("lamp", "status"), b"offline")):
            pass
        assert await take(bridge, 1) == [b"offline"]


async def test_changes_of_the_connection_are_told(broker: Broker) -> None:
    changes: list[bool] = []
    greeted = asyncio.Event()

    async def greet() -> None:
        greeted.set()

    async with connected(broker, "lamp", on_connect=greet) as lamp:
        lamp.on_change = changes.append
        async with asyncio.timeout(30):
            await greeted.wait()
            greeted.clear()
            await broker.stop()
            await broker.start()
            await greeted.wait()
    assert changes[-3:] == [False, True, False]


async def test_a_message_is_acknowledged_once_however_often_it_is_said(broker: Broker) -> None:
    async with connected(broker, BRIDGE, device_topic("+", "jobs")) as bridge, connected(broker, "lamp") as lamp:
        await lamp.publish(JOBS, b"first")
        message = await anext(bridge.incoming())
        assert bridge._connection is not None
        with unittest.mock.patch.object(bridge._connection, "take") as acknowledged:
            message.ack()
            message.ack()
        assert acknowledged.call_count == 1


async def test_a_greeting_that_fails_does_not_end_the_connection(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    greeted = asyncio.Event()

    async def greet() -> None:
        greeted.set()
        raise RuntimeError

    async with connected(broker, BRIDGE, on_connect=greet) as bridge:
        async with asyncio.timeout(30):
            await greeted.wait()
        await bridge.publish(device_topic("lamp", "results"), b"still here")
    assert "RuntimeError" in caplog.text


async def test_what_the_broker_had_kept_is_known_from_what_has_just_happened(broker: Broker) -> None:
    status = device_topic("lamp", "status")
    async with connected(broker, "lamp") as lamp:
        await lamp.publish(status, b"before", retain=True)
        async with connected(broker, BRIDGE, device_topic("+", "status")) as bridge:
            arriving = bridge.incoming()
            kept = await anext(arriving)
            await lamp.publish(status, b"now", retain=True)
            new = await anext(arriving)
    assert [(kept.payload, kept.retained), (new.payload, new.retained)] == [(b"before", True), (b"now", False)]


@pytest.mark.parametrize(
    ("trouble", "longest_s"),
    [
        (OSError(errno.ENETUNREACH, "Network is unreachable"), 2.0),
        (TimeoutError("timed out"), 2.0),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), 2.0),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), 30.0),
    ],
)
async def test_only_a_broker_that_is_there_is_asked_less_and_less_often(
    monkeypatch: pytest.MonkeyPatch, trouble: OSError, longest_s: float, connection: type[Connection]
) -> None:
    """After an outage of ten minutes nobody waits for half a minute more."""
    pauses: list[float] = []
    enough, sleep = asyncio.Event(), asyncio.sleep

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 12:
            enough.set()
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", pause)
    monkeypatch.setattr(link_module.random, "uniform", lambda _least, most: most)
    monkeypatch.setattr(connection, "open", unittest.mock.AsyncMock(side_effect=trouble))
    link = Link(host="127.0.0.1", port=1, client_id="lamp", subscriptions=())
    running = asyncio.create_task(link.run())
    async with asyncio.timeout(30):
        await enough.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert pauses[:3] == [0.5, 1.0, 2.0]
    assert max(pauses) == longest_s
