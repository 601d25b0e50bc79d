"""A bridge's registry and authority, a mosquitto over TLS with the settings that operators get, and devices let in."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bridge_parts import WITHIN_S
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cloud_bridge.admission import new_code
from cloud_bridge.authority import Authority, private_pem
from cloud_bridge.broker import end_with_this_process, find
from cloud_bridge.broker_door import BrokerDoor, keep_door
from cloud_bridge.link import Link
from cloud_bridge.private import write_private
from cloud_bridge.registry import Credential, Registry, as_wished


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def signing_request(key: ec.EllipticCurvePrivateKey) -> bytes:
    request = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM)


@dataclass
class House:
    """A bridge's state directory with what decides who may talk."""

    state: Path
    registry: Registry
    authority: Authority
    door: BrokerDoor

    def enrolled(self, name: str, *, days: float = 365) -> Path:
        """A device that has come in: its key and certificate in one file."""
        key = ec.generate_private_key(ec.SECP256R1())
        signed = self.authority.admit_device(name, signing_request(key), days=days)
        credential = Credential(signed.serial, "certificate", signed.fingerprint, signed.issued_at, signed.expires_at)
        let_in(self, name, credential)
        path = self.state / f"{name}.pem"
        write_private(path, private_pem(key) + signed.pem)
        return path

    def write_lists(self) -> None:
        self.door.write_lists(authority=self.authority, registry=self.registry, bridge="main")


def let_in(house: House, name: str, credential: Credential, **wishes: Any) -> None:
    code = new_code(house.authority.der)
    known = next((device for device in house.registry.devices() if device.name == name), None)
    house.registry.invite(as_wished(known, name, **wishes), code, kind=credential.kind)
    invited = house.registry.try_code(code.selector, code.secret)
    assert invited is not None
    house.registry.admit(invited, credential)


@contextlib.contextmanager
def house(state: Path) -> Iterator[House]:
    """A new one, whose broker is to listen on this machine alone."""
    door = BrokerDoor(
        directory=state / "broker",
        hosts=("localhost",),
        port=free_port(),
        token_port=free_port(),
        listen="127.0.0.1",
    )
    authority = Authority(state / "authority")
    registry = Registry(state / "devices.sqlite")
    keep_door(state, door)
    door.write(authority=authority, registry=registry, bridge="main")
    try:
        yield House(state, registry, authority, door)
    finally:
        registry.close()


@asynccontextmanager
async def mosquitto(directory: Path, port: int) -> AsyncIterator[None]:
    """The broker with the files in there, as an operator starts it."""
    log_path = directory / "mosquitto.log"
    with log_path.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(find("mosquitto"), "-c", str(directory / "mosquitto.conf")),
            stdout=log,
            stderr=log,
            preexec_fn=end_with_this_process(),
        )
    try:
        async with asyncio.timeout(WITHIN_S):
            while True:
                assert process.returncode is None, log_path.read_text()
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    break
                await asyncio.sleep(0.02)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


def broker_at(house: House) -> AbstractAsyncContextManager[None]:
    return mosquitto(house.door.directory, house.door.port)


def tls_link(house: House, identity: Path | None, *subscriptions: str, **more: Any) -> Link:
    settings = {
        "port": house.door.port,
        "client_id": "whatever",
        "ca_file": house.state / "authority" / "authority.pem",
    }
    return Link(host="localhost", subscriptions=subscriptions, tls=True, cert_file=identity, **(settings | more))


@asynccontextmanager
async def running(link: Link) -> AsyncIterator[Link]:
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def let_through(house: House, identity: Path | None, *subscriptions: str, **more: Any) -> AsyncIterator[Link]:
    async with running(tls_link(house, identity, *subscriptions, **more)) as link:
        async with asyncio.timeout(WITHIN_S):
            await link.wait_connected()
        yield link


async def why_refused(link: Link) -> str:
    """What is wrong with a connection that the broker doesn't let through; "" when it lets it through."""
    before = link.trouble
    async with running(link), asyncio.timeout(WITHIN_S):
        while link.trouble == before and not link.connected:  # noqa: ASYNC110 - nothing tells of trouble
            await asyncio.sleep(0.02)
        return "" if link.connected else link.trouble
