"""A real mosquitto over TLS, with the settings that operators get: who comes in, and what he sees there."""

import asyncio
import secrets
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from time import time

import pytest
from bridge_parts import WITHIN_S
from door_parts import House, broker_at, house, let_in, let_through, tls_link, why_refused

from cloud_bridge.authority import Authority
from cloud_bridge.broker_door import token_hash
from cloud_bridge.link import Link, LinkDown
from cloud_bridge.private import write_private
from cloud_bridge.protocol import bridge_topic, device_topic
from cloud_bridge.registry import Credential


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path) as ours:
        yield ours


@pytest.fixture
async def broker(ours: House) -> AsyncIterator[None]:
    async with broker_at(ours):
        yield


def bridges(ours: House) -> Path:
    path = ours.state / "bridge.pem"
    write_private(path, ours.authority.client("bridge.main"))
    return path


async def heard(link: Link) -> bytes:
    async with asyncio.timeout(WITHIN_S):
        message = await anext(link.incoming())
        message.ack()
        return message.payload


async def taken(link: Link, topic: str) -> bool:
    try:
        await link.publish(topic, b"x")
    except LinkDown:
        assert link.connected  # it is the message that was refused
        return False
    return True


async def test_an_enrolled_device_sees_its_own_topics_and_nobody_elses(ours: House, broker: None) -> None:
    lamp_file, clock_file = ours.enrolled("lamp"), ours.enrolled("clock")
    async with (
        let_through(ours, bridges(ours), device_topic("+", "jobs")) as bridge,
        let_through(ours, lamp_file, "#") as lamp,
        let_through(ours, clock_file) as clock,
    ):
        await lamp.publish(device_topic("lamp", "jobs"), b"a job of the lamp's")
        assert await heard(bridge) == b"a job of the lamp's"
        for topic in (device_topic("clock", "jobs"), device_topic("lamp", "results"), bridge_topic("main")):
            with pytest.raises(LinkDown, match="Not authorized"):
                await lamp.publish(topic, b"x")
        await clock.publish(device_topic("clock", "jobs"), b"a job of the clock's")
        assert await heard(bridge) == b"a job of the clock's"
        await bridge.publish(device_topic("clock", "results"), b"for the clock")
        await bridge.publish(device_topic("lamp", "results"), b"for the lamp")
        assert await heard(lamp) == b"for the lamp"


async def test_whatever_name_a_client_gives_itself_it_is_whom_its_certificate_names(ours: House, broker: None) -> None:
    lamp_file, clock_file = ours.enrolled("lamp"), ours.enrolled("clock")
    results = device_topic("lamp", "results")
    async with let_through(ours, bridges(ours)) as bridge, let_through(ours, lamp_file, results) as lamp:
        changes: list[bool] = []
        lamp.on_change = changes.append
        thief = {"client_id": "lamp", "username": "lamp", "password": "guessed"}
        async with let_through(ours, clock_file, results, **thief) as clock:
            await bridge.publish(results, b"for the lamp")
            assert await heard(lamp) == b"for the lamp"
            assert clock._queue.empty()
        assert False not in changes


async def test_strangers_are_refused(ours: House, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.pem"
    write_private(foreign, Authority(tmp_path / "elsewhere").client("lamp"))
    past = Authority(ours.state / "authority", now=lambda: time() - 40 * 86400)
    expired = tmp_path / "expired.pem"
    write_private(expired, past.client("lamp", days=30))
    server = tmp_path / "server-as-client.pem"
    write_private(server, ours.authority.server(["lamp"]))
    gone = ours.enrolled("clock")
    ours.registry.revoke("clock")
    ours.write_lists()
    async with broker_at(ours):
        for identity, reason in (
            (foreign, "UNKNOWN_CA"),
            (expired, "CERTIFICATE_EXPIRED"),
            (server, "UNSUPPORTED_CERTIFICATE"),
            (gone, "CERTIFICATE_REVOKED"),
            (None, "CERTIFICATE_REQUIRED"),
        ):
            with pytest.raises(ssl.SSLError, match=reason):
                await hang_on(ours, identity)
            assert await why_refused(tls_link(ours, identity, username="lamp", password="guessed"))


async def hang_on(ours: House, identity: Path | None) -> None:
    """Connect and wait. Raises SSLError with the broker's reason when it ends that."""
    context = ssl.create_default_context(cafile=ours.authority.directory / "authority.pem")
    if identity:
        context.load_cert_chain(identity)
    async with asyncio.timeout(WITHIN_S):
        reader, writer = await asyncio.open_connection("localhost", ours.door.port, ssl=context)
        try:
            await reader.read(1)
        finally:
            writer.close()


async def test_a_device_is_not_taken_for_the_broker(ours: House, tmp_path: Path) -> None:
    write_private(ours.door.directory / "server.pem", ours.enrolled("localhost").read_bytes())
    async with broker_at(ours):
        trouble = await why_refused(tls_link(ours, ours.enrolled("lamp")))
    assert "can't be reached" in trouble
    assert "its certificate is not signed by an authority that is trusted" in trouble


async def test_who_is_revoked_is_deaf_and_dumb_at_once_and_never_let_in_again(ours: House, broker: None) -> None:
    lamp_file = ours.enrolled("lamp")
    results, jobs = device_topic("lamp", "results"), device_topic("lamp", "jobs")
    async with let_through(ours, bridges(ours)) as bridge, let_through(ours, lamp_file, results) as lamp:
        await lamp.publish(jobs, b"x")
        ours.registry.revoke("lamp")
        ours.write_lists()
        assert ours.door.tell_broker()
        async with asyncio.timeout(WITHIN_S):
            while await taken(lamp, jobs):  # until mosquitto has read its lists
                pass
        await bridge.publish(results, b"not for the lamp")
        assert not await taken(lamp, jobs)  # whose answer would have come after what was for the lamp
        assert lamp._queue.empty()
    assert await why_refused(tls_link(ours, lamp_file))
    again = ours.enrolled("lamp")
    ours.write_lists()
    assert ours.door.tell_broker()
    async with let_through(ours, again, results):
        pass


async def test_a_token_lets_in_where_tokens_are_taken_and_only_while_it_counts(ours: House) -> None:
    token = secrets.token_urlsafe(32)
    let_in(ours, "lamp", Credential("one", "token", token_hash(token), time()))
    ours.write_lists()
    account = {"port": ours.door.token_port, "username": "lamp", "password": token}
    jobs = device_topic("lamp", "jobs")
    async with broker_at(ours):
        async with let_through(ours, None, **account) as lamp:
            await lamp.publish(jobs, b"x")
            with pytest.raises(LinkDown, match="Not authorized"):
                await lamp.publish(device_topic("clock", "jobs"), b"x")
        wrong = await why_refused(tls_link(ours, None, **(account | {"password": "guessed"})))
        assert wrong == "The broker refuses the user name or password."
        ours.registry.revoke("lamp")
        ours.write_lists()
        assert ours.door.tell_broker()
        async with asyncio.timeout(WITHIN_S):
            while not await why_refused(tls_link(ours, None, **account)):  # until mosquitto has read its lists
                pass


def test_its_files_are_private_and_hold_no_token(ours: House) -> None:
    token = secrets.token_urlsafe(32)
    let_in(ours, "lamp", Credential("one", "token", token_hash(token), time()))
    ours.write_lists()
    for directory in (ours.door.directory, ours.authority.directory):
        assert directory.stat().st_mode & 0o077 == 0
        for path in directory.iterdir():
            assert path.stat().st_mode & 0o077 == 0, path
            assert token not in path.read_text()
    assert ours.door.tell_broker() is False  # none is running
