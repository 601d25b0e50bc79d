"""Our mosquitto: accounts, and a device that sees its own topics alone."""

import asyncio
from pathlib import Path

import pytest
from bridge_parts import connected

from cloud_bridge.broker import Broker, BrokerError, bridge_user
from cloud_bridge.link import LinkDown
from cloud_bridge.protocol import bridge_topic, device_topic

BRIDGE = bridge_user("main")


@pytest.mark.parametrize(
    "topic", [device_topic("clock", "jobs"), device_topic("lamp", "results"), bridge_topic("main"), "elsewhere"]
)
async def test_a_device_can_not_write_where_it_has_no_business(broker: Broker, topic: str) -> None:
    async with connected(broker, "lamp") as lamp:
        with pytest.raises(LinkDown, match="Not authorized"):
            await lamp.publish(topic, b"x")


async def test_a_device_hears_its_own_results_and_nobody_elses(broker: Broker) -> None:
    async with connected(broker, "lamp", "#") as lamp, connected(broker, BRIDGE) as bridge:
        await bridge.publish(device_topic("clock", "results"), b"for the clock")
        await bridge.publish(device_topic("lamp", "results"), b"for the lamp")
        async with asyncio.timeout(30):
            assert (await anext(lamp.incoming())).payload == b"for the lamp"


async def test_nobody_takes_over_a_session_under_anothers_name(broker: Broker) -> None:
    results = device_topic("lamp", "results")
    async with connected(broker, "lamp", results) as lamp, connected(broker, BRIDGE) as bridge:
        changes: list[bool] = []
        lamp.on_change = changes.append
        async with connected(broker, "clock", results, client_id="lamp") as thief:
            await bridge.publish(results, b"for the lamp")
            async with asyncio.timeout(30):
                assert (await anext(lamp.incoming())).payload == b"for the lamp"
            assert thief._queue.empty()
        assert changes == []


async def test_its_files_are_private_and_hold_no_password(broker: Broker, tmp_path: Path) -> None:
    files = list((tmp_path / "broker").iterdir())
    assert {file.name for file in files} >= {"mosquitto.conf", "passwords", "access"}
    for file in files:
        text = file.read_text(errors="replace")
        assert not any(password in text for password in broker.passwords.values())
        assert file.stat().st_mode & 0o077 == 0


async def test_it_listens_on_this_machine_alone(broker: Broker, tmp_path: Path) -> None:
    settings = (tmp_path / "broker" / "mosquitto.conf").read_text().splitlines()
    assert [line for line in settings if line.startswith("listener")] == [f"listener {broker.port} 127.0.0.1"]
    assert "allow_anonymous false" in settings
    assert "set_tcp_nodelay true" in settings


async def test_a_port_that_is_taken_is_one_plain_sentence(broker: Broker, tmp_path: Path) -> None:
    second = Broker(tmp_path / "second", devices=("lamp",), port=broker.port)
    with pytest.raises(BrokerError, match=rf"^Port {broker.port} of this machine is taken\.$"):
        await second.start()
