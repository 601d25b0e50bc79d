"""The bridge's parts, made from one config and joined: who tells whom what."""

from collections.abc import Mapping
from dataclasses import dataclass
from time import time
from typing import Literal

from cloud_bridge.config import BridgeConfig
from cloud_bridge.delivery import Delivery
from cloud_bridge.doors import Doors
from cloud_bridge.front import Front
from cloud_bridge.health import Health, last_will
from cloud_bridge.ledger import Kind, Ledger
from cloud_bridge.link import Link
from cloud_bridge.media import Media, keep_secret
from cloud_bridge.metrics import Metrics
from cloud_bridge.operations import Readiness
from cloud_bridge.picture_work import Pictures
from cloud_bridge.protocol import BridgeStatus, bridge_topic, device_topic, encode
from cloud_bridge.providers.everybody import Providers
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.providers.panel import Panel
from cloud_bridge.question_work import Answers
from cloud_bridge.safety.guard import Guard
from cloud_bridge.worker import Worker


class BridgeError(Exception):
    """The bridge can't start; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Parts:
    """All that runs."""

    doors: Doors
    media: Media
    link: Link
    delivery: Delivery
    workers: Mapping[Kind, Worker]
    health: Health
    front: Front
    readiness: Readiness


def assemble(config: BridgeConfig, doors: Doors, ledger: Ledger, providers: Providers, metrics: Metrics) -> Parts:
    """Raises BridgeError, and OSError when the state directory can't be written."""
    media = Media(
        config.state / "media",
        secret=keep_secret(config.state / "media.secret"),
        link_valid_s=config.media.link_valid_s,
        witness=metrics,
    )

    async def connected() -> None:
        health.forget()
        await delivery.deliver_all()

    async def publish_status(status: BridgeStatus) -> None:
        await link.publish(bridge_topic(config.name), encode(status), retain=True)

    link = _link(config, doors)
    link.on_connect = connected
    delivery = Delivery(
        publish=link.publish, ledger=ledger, media=media, now=time, repeat_s=config.repeat_s, witness=metrics
    )
    guard = Guard(config.safety, keep_secret(config.state / "safety.secret"))

    def on_pictures(kind: Literal["image", "edit"], panel: Panel[OpenAIImages] | None, at_once: int) -> Worker:
        work = Pictures(
            kind=kind,
            panel=panel,
            ledger=ledger,
            media=media,
            delivery=delivery,
            policy=config.policy,
            whose=guard.whose,
        )
        return Worker(
            ledger=ledger,
            delivery=delivery,
            work=guard.over(work),
            now=time,
            concurrency=at_once,
            on_provider=lambda up: health.it_is(kind, up),
        )

    worker = on_pictures("image", providers.images, config.concurrency)
    editing = on_pictures("edit", providers.edits, config.edits_at_once)
    answers = Answers(
        chat=providers.chat,
        search=providers.search,
        ledger=ledger,
        delivery=delivery,
        on_search=lambda up: health.it_is("search", up),
        on_chat=lambda up: health.it_is("chat", up),
        whose=guard.whose,
        sayable=guard.sayable,
    )
    answering = Worker(
        ledger=ledger, delivery=delivery, work=guard.over(answers), now=time, concurrency=config.answers_at_once
    )
    workers: dict[Kind, Worker] = {"image": worker, "edit": editing, "answer": answering}
    health = Health(watched=providers.watched(), ledger=ledger, wait_s=worker.wait_s, publish=publish_status)
    metrics.watch("jobs_open", "Jobs that are not over.", lambda: ledger.open)
    metrics.watch("broker_connected", "Whether there is a broker.", lambda: link.connected)
    metrics.watch_each("up", "Whether it works.", "capability", health.is_up, *providers.watched())
    return Parts(
        doors=doors,
        media=media,
        link=link,
        delivery=delivery,
        workers=workers,
        health=health,
        front=Front(
            ledger=ledger,
            delivery=delivery,
            media=media,
            workers=workers,
            now=time,
            witness=metrics,
            welcome=doors.welcome,
        ),
        readiness=Readiness(
            ledger=ledger,
            broker_trouble=lambda: None if link.connected else link.trouble,
            any_up=lambda: any(health.is_up(what) for what in providers.watched()),
        ),
    )


def _link(config: BridgeConfig, doors: Doors) -> Link:
    broker, files = config.broker, doors.broker_files()
    try:
        return Link(
            host=broker.host,
            port=broker.port,
            client_id=f"bridge.{config.name}",
            subscriptions=tuple(device_topic("+", leaf) for leaf in ("jobs", "acks", "status")),
            username=broker.username,
            password=broker.secret(),
            tls=broker.tls,
            ca_file=files.ca_file,
            cert_file=files.cert_file,
            key_file=files.key_file,
            will=last_will(config.name),
        )
    except OSError as error:
        raise BridgeError(f"A certificate for the broker can't be read: {error.strerror}; see [broker].") from None
