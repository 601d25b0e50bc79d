"""The front desk and the delivery, with a real ledger and without a broker."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from bridge_desk import NOW, Desk
from bridge_parts import WITHIN_S, request

from cloud_bridge import front as front_desk
from cloud_bridge.entry import LedgerError
from cloud_bridge.link import Incoming
from cloud_bridge.protocol import Accepted, Ack, DeviceStatus, Failed, Final, Renew, device_topic, encode
from cloud_bridge.worker import Worker

FULL = "CREATE TEMP TRIGGER full BEFORE UPDATE ON jobs BEGIN SELECT raise(ABORT, 'full'); END"


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    await desk.close()


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


async def test_a_job_that_can_not_be_written_down_is_tried_again_and_nobody_is_told_that_it_failed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept: Callable[..., object] = desk.ledger.accept
    monkeypatch.setattr(front_desk, "LEDGER_PAUSE_S", 0)

    async def full_once(**_: object) -> None:
        monkeypatch.setattr(desk.ledger, "accept", accept)
        assert desk.happened == []
        raise LedgerError("The ledger can't be written: database or disk is full.")

    monkeypatch.setattr(desk.ledger, "accept", full_once)
    await desk.arrives(device_topic("lamp", "jobs"), encode(request(valid_s=1e6)))
    assert [type(message) for _, message in desk.sent] == [Accepted]
    assert desk.happened == ["COMMIT", "ack"]


@pytest.mark.parametrize("device_time", [0.0, 4e9])
async def test_a_device_with_a_wrong_clock_gets_as_much_time_as_it_asked_for(desk: Desk, device_time: float) -> None:
    wish = request().model_copy(update={"created_at": device_time, "expires_at": device_time + 600})
    await desk.arrives(device_topic("lamp", "jobs"), encode(wish))
    assert await desk.ledger.overdue(now=NOW + 599) == []
    assert [entry.job for entry in await desk.ledger.overdue(now=NOW + 601)] == [str(wish.job)]


async def test_work_begins_while_the_broker_is_slow_to_take_the_acceptance(desk: Desk) -> None:
    order: list[str] = []
    desk.worker.work_came = lambda: order.append("work")

    async def publish(topic: str, payload: bytes) -> None:
        order.append("told")

    desk.delivery._publish = publish
    await desk.arrives(device_topic("lamp", "jobs"), encode(request(valid_s=1e6)))
    assert order == ["work", "told"]


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


async def comes_in(desk: Desk, *messages: tuple[str, bytes]) -> None:
    """The front reads these until each is acknowledged."""
    all_done = asyncio.Event()

    def ack() -> None:
        desk.happened.append("ack")
        if desk.happened.count("ack") == len(messages):
            all_done.set()

    async def incoming() -> AsyncIterator[Incoming]:
        for topic, payload in messages:
            yield Incoming(topic, payload, ack)
        await asyncio.Event().wait()

    running = asyncio.create_task(desk.front.run(incoming()))
    async with asyncio.timeout(WITHIN_S):
        await all_done.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_an_acknowledgement_that_comes_in_is_acknowledged_after_its_commit(desk: Desk) -> None:
    job = await desk.made()
    await comes_in(desk, (device_topic("lamp", "acks"), encode(Ack(job=job))))
    assert desk.happened == ["COMMIT", "ack"]
    assert await desk.ledger.unacknowledged() == []


async def test_an_acknowledgement_that_comes_in_while_the_disk_is_full_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await desk.made()
    monkeypatch.setattr(front_desk, "LEDGER_PAUSE_S", 0)
    desk.ledger._database.execute(FULL)
    acknowledge, tried = desk.ledger.acknowledge, 0

    async def until_there_is_room(device: str, job: str, *, now: float) -> None:
        nonlocal tried
        tried += 1
        if tried == 2:
            desk.ledger._database.execute("DROP TRIGGER full")
        assert "ack" not in desk.happened
        await acknowledge(device, job, now=now)

    monkeypatch.setattr(desk.ledger, "acknowledge", until_there_is_room)
    await comes_in(desk, (device_topic("lamp", "acks"), encode(Ack(job=job))))
    assert tried == 2
    assert await desk.ledger.unacknowledged() == []


async def test_acknowledgements_that_are_none_are_set_aside(desk: Desk) -> None:
    topic = device_topic("lamp", "acks")
    await comes_in(desk, (topic, b"{}"), ("nowhere/acks", encode(Ack(job=uuid4()))))
    assert desk.happened == ["ack", "ack"]


async def test_that_a_result_was_delivered_is_lost_with_the_disk_and_it_is_sent_again(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    job = await desk.made()
    (entry,) = await desk.ledger.unacknowledged()
    desk.ledger._database.execute(FULL)
    await desk.delivery.send(entry)
    (known,) = await desk.ledger.unacknowledged()
    assert known.state == "stored"
    assert "The ledger can't be written: full." in caplog.text
    desk.ledger._database.execute("DROP TRIGGER full")
    await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [job, job]
    assert (await desk.ledger.unacknowledged())[0].state == "delivered"


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
    await desk.delivery.device_status("lamp", online=False, news=True)
    job = await desk.made()
    for _ in range(3):
        await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [job]
    await desk.delivery.device_status("lamp", online=True, news=True)
    assert [message.job for _, message in desk.sent] == [job, job]


async def test_a_device_that_comes_gets_its_own_results_alone(desk: Desk) -> None:
    mine, _ = await desk.made(device="lamp"), await desk.made(device="clock")
    await desk.delivery.device_status("lamp", online=True, news=True)
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


async def test_a_result_is_sent_once_a_connection_though_the_broker_repeats_who_is_there(desk: Desk) -> None:
    job = await desk.made()
    await desk.delivery.deliver_all()  # a connection begins
    await desk.arrives(device_topic("lamp", "status"), encode(DeviceStatus(online=True)), retained=True)
    assert [message.job for _, message in desk.sent] == [job]
    await desk.arrives(device_topic("lamp", "status"), encode(DeviceStatus(online=True)))
    assert [message.job for _, message in desk.sent] == [job, job]


async def test_a_result_that_can_not_be_read_does_not_hold_up_the_others(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    broken, good = await desk.made(), await desk.made()
    await desk.ledger._do(lambda db: db.execute("UPDATE jobs SET result = 'nonsense' WHERE job = ?", (str(broken),)))
    await desk.delivery.deliver_all()
    assert [message.job for _, message in desk.sent] == [good]
    assert str(broken) in caplog.text


async def test_a_job_whose_picture_is_lost_fails_once_and_for_all(desk: Desk) -> None:
    job = await desk.made()
    for path in desk.pictures():
        path.unlink()
    for _ in range(2):
        await desk.arrives(device_topic("lamp", "jobs"), encode(Renew(job=job)))
    first, second = [message for _, message in desk.sent]
    assert isinstance(first, Failed)
    assert (first.code, first.text) == ("provider_error", "The picture was made, but the bridge has lost it.")
    assert second == first
    entry = await desk.ledger.find("lamp", str(job))
    assert entry is not None
    assert entry.state == "failed"


async def test_a_job_that_the_device_has_stays_as_it_is_when_its_picture_is_gone(desk: Desk) -> None:
    job = await desk.made()
    await desk.ledger.acknowledge("lamp", str(job), now=NOW)
    for path in desk.pictures():
        path.unlink()
    await desk.arrives(device_topic("lamp", "jobs"), encode(Renew(job=job)))
    assert [type(message) for _, message in desk.sent] == [Final]


async def test_jobs_that_waited_too_long_end_as_expired(desk: Desk) -> None:
    wish = request()
    await desk.ledger.accept(device="lamp", job=str(wish.job), body=encode(wish), expires_at=NOW - 1, now=NOW - 2)
    await desk.worker.sweep()
    (failed,) = [message for _, message in desk.sent if isinstance(message, Failed)]
    assert (failed.job, failed.code, failed.retryable) == (wish.job, "expired", True)


async def test_a_job_that_was_called_for_too_often_is_given_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk.provider, "_settings", desk.provider._settings.model_copy(update={"idempotent": True}))
    worker = Worker(ledger=desk.ledger, delivery=desk.delivery, work=desk.work, now=lambda: NOW, concurrency=1)
    wish = request()
    await desk.ledger.accept(device="lamp", job=str(wish.job), body=encode(wish), expires_at=NOW, now=NOW)
    for _ in range(3):  # each time the process dies in the call
        assert await desk.ledger.claim(now=NOW) is not None
        await worker._recover()
    assert await desk.ledger.claim(now=NOW) is None
    (failed,) = [message for _, message in desk.sent if isinstance(message, Failed)]
    assert failed.code == "outcome_unknown"
