"""The whole way as an operator goes it: authority, broker, bridge, a device that is let in, a job, and out again."""

import asyncio
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from bridge_parts import WITHIN_S, Provider, command
from door_parts import free_port, mosquitto, why_refused

from cloud_bridge.link import Link
from device.bus import Bus
from device.clock import SystemClock
from device.config import load_config
from device.events import Artifact, Happened
from device.gallery import Gallery
from device.offload import Offload
from device.policy import Data, Permission, Policy, Wish
from device.store import Store
from nightjar.cli import main


@pytest.fixture(autouse=True)
def _log() -> Iterator[None]:
    before, level = logging.root.handlers[:], logging.root.level
    yield
    logging.root.handlers[:], logging.root.level = before, level


async def nightjar(*arguments: object) -> int:
    return await asyncio.to_thread(main, [str(argument) for argument in arguments])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NIGHTJAR_HOME", str(tmp_path / "device"))
    (tmp_path / "device").mkdir(mode=0o700)
    return tmp_path / "device"


def bridge_settings(tmp_path: Path, provider: Provider, *, broker_port: int) -> Path:
    path = tmp_path / "bridge.toml"
    path.write_text(
        f"""state = {json.dumps(str(tmp_path / "bridge"))}
[broker]
host = "localhost"
port = {broker_port}
tls = true
[media]
port = {free_port()}
[status]
port = 0
[tls]
[provider]
name = "Painter"
base_url = "{provider.url}"
api_key = "test-key"
model = "paint-1"
partial_images = 0
"""
    )
    return path


async def finished(happened: list[Happened], store: Store, home: Path, bus: Bus) -> None:
    """A device with the settings in `home` has a picture finished."""
    config = load_config(home)
    gallery = Gallery(store, home / "pictures")
    offload = Offload(
        store=store, gallery=gallery, bus=bus, device=config.broker.device or config.name, broker=config.broker
    )
    picture = await gallery.new(turn="t", prompt="a red fox", scene=None, seed=1)
    running = asyncio.create_task(offload.run())
    try:
        await offload.submit(permission=permission("a red fox"), turn="t", picture=picture, prompt="a red fox", seed=1)
        async with asyncio.timeout(WITHIN_S):
            while not any(isinstance(each.event, Artifact) and each.event.stage == "final" for each in happened):
                assert not running.done(), running
                await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def permission(prompt: str) -> Permission:
    kinds = frozenset({Data.TEXT})
    decision = Policy().decide(Wish("t", "picture.create", kinds, kinds, prompt))
    assert decision.permission is not None
    return decision.permission


async def test_from_nothing_to_a_picture_over_tls_and_out_again(
    tmp_path: Path, home: Path, provider: Provider, capsys: pytest.CaptureFixture[str]
) -> None:
    port = free_port()
    config = bridge_settings(tmp_path, provider, broker_port=port)
    bridge = ("bridge", "--config", config)

    assert await nightjar(*bridge, "enrol", "lamp") == 1  # there is no broker yet
    assert "nightjar bridge broker-config" in capsys.readouterr().err
    assert await nightjar(*bridge, "broker-config", "--host", "localhost", "--port", port, "--listen", "127.0.0.1") == 0
    assert f"mosquitto -c {tmp_path}/bridge/broker/mosquitto.conf" in capsys.readouterr().out

    async with mosquitto(tmp_path / "bridge" / "broker", port), command(*map(str, bridge), home=tmp_path) as (_, url):
        assert url.startswith("https://localhost:")
        assert await nightjar(*bridge, "enrol", "lamp", "--household", "smith", "--moderation", "child", "--json") == 0
        invitation = json.loads(capsys.readouterr().out)
        assert invitation["site"] == url
        assert await nightjar("enrol", invitation["address"]) == 0
        assert "knows this device as lamp" in capsys.readouterr().out
        assert await nightjar("enrol", invitation["site"], invitation["code"]) == 1
        assert "was used already" in capsys.readouterr().err

        happened: list[Happened] = []
        bus = Bus(SystemClock())
        bus.observe(happened.append)
        store = Store.open(home / "device.sqlite")
        try:
            await finished(happened, store, home, bus)
        finally:
            await store.close()

        assert await nightjar(*bridge, "devices", "--json") == 0
        lamp = json.loads(capsys.readouterr().out)
        assert (lamp["name"], lamp["state"], lamp["household"]) == ("lamp", "enrolled", "smith")
        assert (lamp["moderation"], lamp["credential"]) == ("child", "certificate")

        assert await nightjar(*bridge, "revoke", "lamp") == 0
        assert "No broker" not in capsys.readouterr().out
        await shut_out(home)


async def shut_out(home: Path) -> None:
    """Return when the device of `home` is not let in any more."""
    broker = load_config(home).broker
    settings = {"tls": True, "ca_file": broker.ca_file, "cert_file": broker.cert_file}
    async with asyncio.timeout(WITHIN_S):
        while True:  # until mosquitto has read its lists
            link = Link(host=broker.host, port=broker.port, client_id="x", subscriptions=(), **settings)
            if await why_refused(link):
                break
