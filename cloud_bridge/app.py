"""The bridge's composition root: builds its parts from one config and runs them until it is told to stop."""

import asyncio
import fcntl
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time

from aiohttp import web

from cloud_bridge.config import BridgeConfig, check
from cloud_bridge.delivery import Delivery
from cloud_bridge.front import Front
from cloud_bridge.health import Health, Watched, What, last_will
from cloud_bridge.housekeeping import keep_house
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Link
from cloud_bridge.listen import serve, stop_signal
from cloud_bridge.media import Media, keep_secret
from cloud_bridge.picture_work import Pictures
from cloud_bridge.protocol import BridgeStatus, bridge_topic, device_topic, encode
from cloud_bridge.providers.openai_chat import OpenAIChat
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.providers.search import Searching, searching
from cloud_bridge.question_work import Answers
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
        chat = OpenAIChat(config.chat) if config.chat else None
        search = searching(config.search) if config.search else None
        try:
            await _run(config, ledger, _Providers(provider, chat, search), ready)
        finally:
            for each in (provider, chat, search):
                if each is not None:
                    await each.close()
            await ledger.close()


@dataclass(frozen=True, slots=True)
class _Providers:
    images: OpenAIImages
    chat: OpenAIChat | None
    search: Searching | None

    def watched(self) -> dict[What, Watched]:
        """Those that there are. A search is somebody's gift: it is asked seldom."""
        found: dict[What, Watched] = {"image": Watched(self.images)}
        if self.chat is not None:
            found["chat"] = Watched(self.chat)
        if self.search is not None:
            found["search"] = Watched(self.search, up_s=600.0, down_s=30.0)
        return found


async def _run(config: BridgeConfig, ledger: Ledger, providers: _Providers, ready: Callable[[str], None]) -> None:
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
    work = Pictures(provider=providers.images, media=media, delivery=delivery, idempotent=config.provider.idempotent)
    worker = Worker(
        ledger=ledger,
        delivery=delivery,
        work=work,
        now=time,
        concurrency=config.concurrency,
        on_provider=lambda up: health.it_is("image", up),
    )
    answers = Answers(
        chat=providers.chat,
        search=providers.search,
        delivery=delivery,
        on_search=lambda up: health.it_is("search", up),
        on_chat=lambda up: health.it_is("chat", up),
    )
    answering = Worker(ledger=ledger, delivery=delivery, work=answers, now=time, concurrency=config.answers_at_once)
    health = Health(watched=providers.watched(), ledger=ledger, wait_s=worker.wait_s, publish=publish_status)
    front = Front(ledger=ledger, delivery=delivery, workers={"image": worker, "answer": answering}, now=time)
    pictures = web.Application()
    pictures.add_routes(media.routes())
    async with serve(pictures, host=config.media.host, port=config.media.port) as url:
        media.base_url = (config.media.public_url or url).rstrip("/")
        async with asyncio.TaskGroup() as group:
            steps = (
                link.run(),
                front.run(link.incoming()),
                worker.run(),
                answering.run(),
                delivery.repeat(),
                health.watch(),
                health.report(),
                keep_house(ledger, media, link_valid_s=config.media.link_valid_s, now=time),
            )
            tasks = [group.create_task(step) for step in steps]
            ready(media.base_url)
            await stopped.wait()
            log.info("stopping")
            await asyncio.gather(worker.drain(), answering.drain())
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
