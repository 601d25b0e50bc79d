"""The bridge's composition root: builds its parts from one config and runs them until it is told to stop."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import time

from aiohttp import web

from cloud_bridge.config import BridgeConfig, check
from cloud_bridge.delivery import Delivery
from cloud_bridge.front import Front
from cloud_bridge.health import Health, last_will
from cloud_bridge.housekeeping import keep_house
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Link
from cloud_bridge.listen import serve, stop_signal
from cloud_bridge.media import Media, keep_secret
from cloud_bridge.protocol import BridgeStatus, bridge_topic, device_topic, encode
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.worker import Worker

log = logging.getLogger(__name__)


class BridgeError(Exception):
    """The bridge can't start; the text is one plain sentence."""


async def run_bridge(config: BridgeConfig, *, ready: Callable[[str], None] = lambda _url: None) -> None:
    """Run until SIGTERM or SIGINT. `ready` hears the URL of the pictures when the bridge works.

    Raises BridgeError, and ConfigError, LedgerError and ListenError of its parts.
    """
    check(config)
    with _own(config.state):
        ledger = Ledger(config.state / "ledger.sqlite")
        provider = OpenAIImages(config.provider)
        try:
            await _run(config, ledger, provider, ready)
        finally:
            await provider.close()
            await ledger.close()


async def _run(config: BridgeConfig, ledger: Ledger, provider: OpenAIImages, ready: Callable[[str], None]) -> None:
    broker = config.broker
    media = Media(
        config.state / "media",
        secret=keep_secret(config.state / "media.secret"),
        link_valid_s=config.media.link_valid_s,
    )
    stopped = stop_signal()

    async def connected() -> None:
        health.forget()
        await delivery.deliver_all()

    async def publish_status(status: BridgeStatus) -> None:
        await link.publish(bridge_topic(config.name), encode(status), retain=True)

    try:
        link = Link(
            host=broker.host,
            port=broker.port,
            client_id=f"bridge.{config.name}",
            subscriptions=tuple(device_topic("+", leaf) for leaf in ("jobs", "acks", "status")),
            username=broker.username,
            password=broker.secret(),
            tls=broker.tls,
            ca_file=broker.ca_file,
            will=last_will(config.name),
            on_connect=connected,
        )
    except OSError as error:
        raise BridgeError(f"The broker's certificate {broker.ca_file} can't be read: {error.strerror}.") from None
    delivery = Delivery(publish=link.publish, ledger=ledger, media=media, now=time, repeat_s=config.repeat_s)
    worker = Worker(
        ledger=ledger,
        media=media,
        provider=provider,
        delivery=delivery,
        now=time,
        concurrency=config.concurrency,
        idempotent=config.provider.idempotent,
        on_provider=lambda up: health.provider_is(up),  # noqa: PLW0108 - made below
    )
    health = Health(bridge=config.name, provider=provider, ledger=ledger, wait_s=worker.wait_s, publish=publish_status)
    front = Front(ledger=ledger, delivery=delivery, worker=worker, now=time)
    pictures = web.Application()
    pictures.add_routes(media.routes())
    async with serve(pictures, host=config.media.host, port=config.media.port) as url:
        media.base_url = (config.media.public_url or url).rstrip("/")
        async with asyncio.TaskGroup() as group:
            steps = (
                link.run(),
                front.run(link.incoming()),
                worker.run(),
                delivery.repeat(),
                health.watch(),
                health.report(),
                keep_house(ledger, media, link_valid_s=config.media.link_valid_s, now=time),
            )
            tasks = [group.create_task(step) for step in steps]
            ready(media.base_url)
            await stopped.wait()
            log.info("stopping")
            await worker.drain()
            for task in tasks:
                task.cancel()


@contextmanager
def _own(state: Path) -> Iterator[None]:
    """Be the only bridge with this state. Raises BridgeError."""
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(state / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise BridgeError(f"The state directory {state} can't be used: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise BridgeError(f"Another bridge is running with the state in {state}.") from None
        yield
    finally:
        os.close(lock)
