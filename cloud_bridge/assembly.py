"""The bridge's parts, made from one config and joined: who tells whom what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, time
from typing import Literal

from cloud_bridge._lean import LeanConnection
from cloud_bridge.broker import bridge_user
from cloud_bridge.by_hand import ByHand
from cloud_bridge.condition import State
from cloud_bridge.config import BridgeConfig
from cloud_bridge.delivery import Delivery
from cloud_bridge.doors import Doors
from cloud_bridge.front import Front
from cloud_bridge.health import MANY_FAIL, ONE_IS_AWAY, SLOW, SLOW_S, Health, What, last_will
from cloud_bridge.history import History, Look
from cloud_bridge.incidents import Incidents
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Link
from cloud_bridge.media import Media
from cloud_bridge.metrics import Metrics
from cloud_bridge.operations import Readiness
from cloud_bridge.picture_work import Pictures
from cloud_bridge.private import keep_secret
from cloud_bridge.protocol import BridgeStatus, bridge_topic, device_topic, encode
from cloud_bridge.providers.everybody import Providers
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.providers.panel import Panel
from cloud_bridge.question_work import Answers
from cloud_bridge.recent import Recent
from cloud_bridge.safety.guard import Guard
from cloud_bridge.status_page import Queue, Status
from cloud_bridge.traces import Traces
from cloud_bridge.waiting import Kind
from cloud_bridge.witness import Witness, both
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
    history: History
    by_hand: ByHand
    status: Callable[[], Status]
    """What the status page shows; reads from the disk."""


@dataclass(frozen=True, slots=True)
class Watching:
    """Who looks on."""

    metrics: Metrics
    recent: Recent
    incidents: Incidents
    traces: Traces | None

    @property
    def witness(self) -> Witness:
        """All who want to know what happens to jobs."""
        counting = both(self.metrics, self.recent)
        return counting if self.traces is None else both(counting, self.traces)


def assemble(config: BridgeConfig, doors: Doors, ledger: Ledger, providers: Providers, watching: Watching) -> Parts:
    """Raises BridgeError and ConfigError."""
    metrics = watching.metrics
    try:
        pseudonyms = keep_secret(config.state / "safety.secret")
        media = Media(
            config.state / "media",
            secret=keep_secret(config.state / "media.secret"),
            link_valid_s=config.media.link_valid_s,
            witness=metrics,
        )
    except OSError as error:
        raise BridgeError(f"The state directory {config.state} can't be used: {error.strerror}.") from None

    async def connected() -> None:
        health.forget()
        await delivery.deliver_all()

    async def publish_status(status: BridgeStatus) -> None:
        await link.publish(bridge_topic(config.name), encode(status), retain=True)

    link = _link(config, doors)
    link.on_connect = connected
    delivery = Delivery(
        publish=link.publish, ledger=ledger, media=media, now=time, repeat_s=config.repeat_s, witness=watching.witness
    )
    guard = Guard(config.safety, config.provenance, pseudonyms, level=doors.level)

    def on_pictures(kind: Literal["image", "edit"], panel: Panel[OpenAIImages] | None, at_once: int) -> Worker:
        work = Pictures(
            kind=kind,
            panel=panel,
            ledger=ledger,
            media=media,
            delivery=delivery,
            policy=config.policy,
            whose=guard.whose,
            shown=guard.shown,
            signed=guard.signed,
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
    for panel, waiting in ((providers.images, worker), (providers.edits, editing)):
        if panel is not None:
            panel.on_back = waiting.rested
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
    for what in providers.watched():
        metrics.watch_up(what, lambda what=what: health.trouble(what) is None)
    for what, standing in providers.standing().items():
        for each in standing:
            metrics.watch_breaker(what, each.provider, lambda what=what, who=each.provider: providers.open(what, who))
    readiness = Readiness(
        ledger=ledger,
        broker_trouble=lambda: None if link.connected else link.trouble,
        any_up=lambda: any(health.trouble(what) is None for what in providers.watched()),
    )
    looks: dict[str, Look] = {
        what: _look(what, health=health, workers=workers, ledger=ledger, recent=watching.recent, providers=providers)
        for what in providers.watched()
    }
    looks["broker"] = lambda: ("up", "") if link.connected else ("down", link.trouble)
    history = History(looks, watching.incidents, now=time, monotonic=monotonic)

    def status() -> Status:
        waits = [workers[kind].wait_s(ledger.waiting(kind)) for kind in ("image", "answer")]
        return Status(
            bridge=config.name,
            now=time(),
            going=readiness.going,
            rows=history.rows(incidents := history.incidents()),
            queue=Queue(ledger.open, *waits),
            incidents=incidents,
            known_since=watching.incidents.known_since,
        )

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
            weight=doors.weight,
        ),
        readiness=readiness,
        history=history,
        by_hand=ByHand(ledger=ledger, delivery=delivery, workers=workers, now=time),
        status=status,
    )


def _look(
    what: What,
    *,
    health: Health,
    workers: Mapping[Kind, Worker],
    ledger: Ledger,
    recent: Recent,
    providers: Providers,
) -> Look:
    """How a capability is: by its providers' checks, by how its jobs end, and by how long they wait."""
    kind: Kind = "image" if what == "image" else "edit" if what == "edit" else "answer"

    def look() -> tuple[State, str]:
        if (trouble := health.trouble(what)) is not None:
            return "down", trouble
        if recent.many_fail(kind):
            return "degraded", MANY_FAIL
        if providers.one_is_away(what):
            return "degraded", ONE_IS_AWAY
        return ("degraded", SLOW) if workers[kind].wait_s(ledger.waiting(kind)) >= SLOW_S else ("up", "")

    return look


def _link(config: BridgeConfig, doors: Doors) -> Link:
    broker, files = config.broker, doors.broker_files()
    try:
        return Link(
            host=broker.host,
            port=broker.port,
            client_id=bridge_user(config.name),
            subscriptions=tuple(device_topic("+", leaf) for leaf in ("jobs", "acks", "status")),
            username=broker.username,
            password=broker.secret(),
            tls=broker.tls,
            ca_file=files.ca_file,
            cert_file=files.cert_file,
            key_file=files.key_file,
            will=last_will(config.name),
            connection=LeanConnection,
        )
    except OSError as error:
        raise BridgeError(f"A certificate for the broker can't be read: {error.strerror}; see [broker].") from None
