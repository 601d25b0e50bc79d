"""The front desk and the delivery, with a real ledger and without a broker."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import UUID

import pytest
from bridge_parts import png, request

from cloud_bridge import front as front_desk
from cloud_bridge.config import Provider as Settings
from cloud_bridge.delivery import Delivery
from cloud_bridge.front import Front
from cloud_bridge.ledger import Ledger, LedgerError
from cloud_bridge.link import Incoming, LinkDown
from cloud_bridge.media import Media
from cloud_bridge.picture import look_at
from cloud_bridge.protocol import (
    Accepted,
    Ack,
    Failed,
    Final,
    ResultMessage,
    device_topic,
    encode,
    parse_result,
)
from cloud_bridge.providers.openai_images import OpenAIImages
from cloud_bridge.worker import Worker

NOW = 1_000_000.0


class Desk:
    """All parts between broker and provider; what happens is written down in order."""

    def __init__(self, directory: Path) -> None:
        self.happened: list[str] = []
        self.sent: list[tuple[str, ResultMessage]] = []
        self.online = True
        self.ledger = Ledger(directory / "ledger.sqlite")
        self.ledger._database.set_trace_callback(lambda sql: self.happened.append(sql) if sql == "COMMIT" else None)
        self.media = Media(directory / "media", secret=b"s" * 32, link_valid_s=60, now=lambda: NOW)
        self.media.base_url = "http://bridge"
        self.delivery = Delivery(
            publish=self.publish, ledger=self.ledger, media=self.media, now=lambda: NOW, repeat_s=60
        )
        self.provider = OpenAIImages(Settings(base_url="http://127.0.0.1:1/v1", api_key="unused"))
        self.worker = Worker(
            ledger=self.ledger,
            media=self.media,
            provider=self.provider,
            delivery=self.delivery,
            now=lambda: NOW,
            concurrency=2,
            idempotent=False,
        )
        self.front = Front(ledger=self.ledger, delivery=self.delivery, worker=self.worker, now=lambda: NOW)

    async def publish(self, topic: str, payload: bytes) -> None:
        if not self.online:
            raise LinkDown("There is no connection to the broker.")
        self.sent.append((topic, parse_result(payload)))

    async def arrives(self, topic: str, payload: bytes) -> None:
        await self.front._handle(Incoming(topic, payload, lambda: self.happened.append("ack")))

    async def made(self, *, device: str = "lamp") -> UUID:
        """A job that ended with a picture, which the device has not got."""
        wish = request()
        body = encode(wish)
        await self.ledger.accept(device=device, job=str(wish.job), body=body, expires_at=NOW, now=NOW)
        entry = await self.ledger.claim(now=NOW)
        assert entry is not None
        final = Final(job=wish.job, engine="x", provider="y", artifact=await self.media.store(look_at(png((64, 64)))))
        await self.ledger.end(entry, "stored", encode(final), now=NOW)
        self.happened.clear()
        return wish.job


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.provider.close()
    await desk.ledger.close()


async def test_a_job_is_acknowledged_to_the_broker_after_its_commit(desk: Desk) -> None:
    await desk.arrives(device_topic("lamp", "jobs"), encode(request(valid_s=1e6)))
    assert desk.happened == ["COMMIT", "ack"]
    assert [type(message) for _, message in desk.sent] == [Accepted]


async def test_an_acknowledgement_is_acknowledged_after_its_commit(desk: Desk) -> None:
    job = await desk.made()
    await desk.arrives(device_topic("lamp", "acks"), encode(Ack(job=job)))
    assert desk.happened == ["COMMIT", "ack"]


async def test_the_expected_wait_grows_with_the_jobs_before(desk: Desk) -> None:
    for _ in range(5):
        await desk.arrives(device_topic("lamp", "jobs"), encode(request(valid_s=1e6)))
    accepted = [message for _, message in desk.sent if isinstance(message, Accepted)]
    assert [message.position for message in accepted] == [0, 1, 2, 3, 4]
    assert [message.wait_s for message in accepted] == [0, 0, 10, 10, 20]


async def test_a_job_that_can_not_be_written_down_is_refused_and_may_be_sent_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(**_: object) -> None:
        raise LedgerError("The ledger can't be written: database or disk is full.")

    monkeypatch.setattr(desk.ledger, "accept", full)
    await desk.arrives(device_topic("lamp", "jobs"), encode(request()))
    (failed,) = [message for _, message in desk.sent if isinstance(message, Failed)]
    assert (failed.code, failed.retryable) == ("provider_down", True)
    assert desk.happened == ["ack"]


async def test_an_acknowledgement_that_can_not_be_written_down_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    acknowledge: Callable[..., object] = desk.ledger.acknowledge
    monkeypatch.setattr(front_desk, "LEDGER_PAUSE_S", 0)

    async def full_once(*_: object, **__: object) -> None:
        monkeypatch.setattr(desk.ledger, "acknowledge", acknowledge)
        raise LedgerError("The ledger can't be written: database or disk is full.")

    monkeypatch.setattr(desk.ledger, "acknowledge", full_once)
    await desk.arrives(device_topic("lamp", "acks"), encode(Ack(job=await desk.made())))
    assert await desk.ledger.unacknowledged() == []


@pytest.mark.parametrize("topic", ["elsewhere", "nightjar/v1/devices/No Name/jobs", device_topic("lamp", "updates")])
async def test_what_comes_from_nowhere_is_set_aside(desk: Desk, topic: str) -> None:
    await desk.arrives(topic, encode(request()))
    assert desk.happened == ["ack"]
    assert desk.sent == []


async def test_a_message_that_breaks_something_is_set_aside(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(desk.ledger, "accept", break_down)
    await desk.arrives(device_topic("lamp", "jobs"), encode(request()))
    assert desk.happened == ["ack"]


async def test_everything_that_is_not_acknowledged_is_sent_again(desk: Desk) -> None:
    first, second = await desk.made(), await desk.made()
    for times in (1, 2):
        await desk.delivery.deliver_all()
        assert [message.job for _, message in desk.sent] == [first, second] * times
    await desk.ledger.acknowledge("lamp", str(first), now=NOW)
    desk.sent.clear()
    await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [second]


async def test_a_device_that_is_away_gets_one_copy_now_and_the_next_when_it_comes(desk: Desk) -> None:
    await desk.delivery.device_status("lamp", online=False)
    job = await desk.made()
    for _ in range(3):
        await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [job]
    await desk.delivery.device_status("lamp", online=True)
    assert [message.job for _, message in desk.sent] == [job, job]


async def test_a_device_that_comes_gets_its_own_results_alone(desk: Desk) -> None:
    mine, _ = await desk.made(device="lamp"), await desk.made(device="clock")
    await desk.delivery.device_status("lamp", online=True)
    assert [(topic, message.job) for topic, message in desk.sent] == [(device_topic("lamp", "results"), mine)]


async def test_a_result_that_does_not_get_through_is_not_taken_for_delivered(desk: Desk) -> None:
    job = await desk.made()
    desk.online = False
    await desk.delivery.deliver_all()
    entry = await desk.ledger.find("lamp", str(job))
    assert entry is not None
    assert (entry.state, entry.delivered_at) == ("stored", None)
    desk.online = True
    await desk.delivery.deliver_all()
    entry = await desk.ledger.find("lamp", str(job))
    assert entry is not None
    assert (entry.state, entry.delivered_at) == ("delivered", NOW)


async def test_jobs_that_waited_too_long_end_as_expired(desk: Desk) -> None:
    wish = request()
    await desk.ledger.accept(device="lamp", job=str(wish.job), body=encode(wish), expires_at=NOW - 1, now=NOW - 2)
    await desk.worker.sweep()
    (failed,) = [message for _, message in desk.sent if isinstance(message, Failed)]
    assert (failed.job, failed.code, failed.retryable) == (wish.job, "expired", True)


async def test_a_job_that_was_called_for_too_often_is_given_up(desk: Desk) -> None:
    worker = Worker(
        ledger=desk.ledger,
        media=desk.media,
        provider=desk.provider,
        delivery=desk.delivery,
        now=lambda: NOW,
        concurrency=1,
        idempotent=True,
    )
    wish = request()
    await desk.ledger.accept(device="lamp", job=str(wish.job), body=encode(wish), expires_at=NOW, now=NOW)
    for _ in range(3):  # each time the process dies in the call
        assert await desk.ledger.claim(now=NOW) is not None
        await worker._recover()
    assert await desk.ledger.claim(now=NOW) is None
    (failed,) = [message for _, message in desk.sent if isinstance(message, Failed)]
    assert failed.code == "outcome_unknown"
