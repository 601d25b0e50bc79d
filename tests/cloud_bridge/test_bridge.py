"""The whole bridge against a real broker: every accepted job ends once, whatever dies meanwhile."""

import asyncio
import hashlib
import json
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from bridge_parts import (
    WITHIN_S,
    Device,
    Provider,
    bridge_toml,
    command,
    connected,
    device,
    error,
    events,
    never,
    png,
    request,
)
from test_openai_images import COMPLETED, hang_up, partial

from cloud_bridge.app import BridgeError, run_bridge
from cloud_bridge.broker import Broker
from cloud_bridge.config import BridgeConfig, load_config
from cloud_bridge.ledger import Ledger
from cloud_bridge.link import Link
from cloud_bridge.protocol import (
    Accepted,
    ArtifactRef,
    Cancel,
    DeviceStatus,
    Failed,
    Final,
    Partial,
    Progress,
    Renew,
    bridge_topic,
    device_topic,
    encode,
    parse_bridge_status,
)

AGAIN = ("idempotent = true", 'extensions = ["idempotency"]')


@asynccontextmanager
async def watching(broker: Broker) -> AsyncIterator[Link]:
    """Somebody who hears what bridges say of themselves."""
    async with connected(broker, "clock", bridge_topic("+")) as link:
        yield link


async def status(link: Link, *, online: bool) -> None:
    """Return when the bridge says that it can make pictures, or that it is gone."""
    async with asyncio.timeout(WITHIN_S):
        async for message in link.incoming():
            message.ack()
            heard = parse_bridge_status(message.payload)
            if (heard.online, heard.image) == ((True, "up") if online else (False, "down")):
                return


@asynccontextmanager
async def bridge(tmp_path: Path, broker: Broker, provider: Provider, *lines: str) -> AsyncIterator[None]:
    config = load_config(bridge_toml(tmp_path, broker, provider.url, *lines), state=tmp_path)
    async with watching(broker) as link:
        running = asyncio.create_task(run_bridge(config))
        try:
            await status(link, online=True)
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        await status(link, online=False)


async def fetch(artifact: ArtifactRef) -> bytes:
    async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(artifact.url) as answer:
        return await answer.read()


async def state_of(tmp_path: Path, job: UUID) -> str:
    ledger = Ledger(tmp_path / "bridge" / "ledger.sqlite")
    entry = await ledger.find("lamp", str(job))
    await ledger.close()
    return entry.state if entry else "unknown"


async def test_a_job_becomes_a_picture(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish = request("a red fox")
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        assert (await lamp.hears(Accepted, wish.job)).position == 0
        final = await lamp.hears(Final, wish.job)
        picture = await fetch(final.artifact)
        assert picture == png()
        assert hashlib.sha256(picture).hexdigest() == final.artifact.sha256
        assert (final.engine, final.provider, final.usage.input_tokens) == ("paint-1", "Painter", 1000)
        await lamp.ack(wish.job)
    assert [sent["prompt"] for sent in provider.requests] == ["a red fox"]


async def test_progress_and_partial_pictures_come_before_the_final_one(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    shown = asyncio.Event()
    progress = {"type": "nightjar.progress", "fraction": 0.5}
    provider.answers = [events(progress, partial(0, "blue"), shown, COMPLETED)]
    wish = request()
    async with bridge(tmp_path, broker, provider, 'extensions = ["progress"]'), device(broker) as lamp:
        await lamp.send(wish)
        assert (await lamp.hears(Progress, wish.job)).fraction == 0.5
        assert await fetch((await lamp.hears(Partial, wish.job)).artifact) == png(colour="blue")
        shown.set()
        await lamp.hears(Final, wish.job)
        assert {type(message) for message in lamp.heard[1:-1]} == {Progress, Partial}
        assert (type(lamp.heard[0]), type(lamp.heard[-1])) == (Accepted, Final)


async def test_a_job_that_comes_again_is_not_made_again(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish = request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        for _ in range(3):
            await lamp.send(wish)
        await lamp.hears(Final, wish.job)
        await lamp.send(wish)
        await lamp.hears(Final, wish.job, times=2)
    assert len(provider.requests) == 1


async def test_the_same_number_with_other_words_is_refused_and_harms_nothing(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    wish = request("a red fox")
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        await lamp.send(wish.model_copy(update={"prompt": "a blue cat"}))
        assert (await lamp.hears(Failed, wish.job)).code == "bad_request"
        await lamp.hears(Final, wish.job)
    assert [sent["prompt"] for sent in provider.requests] == ["a red fox"]


async def test_a_job_that_had_to_wait_too_long_is_not_made(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish = request(valid_s=-1)
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        failed = await lamp.hears(Failed, wish.job)
        assert (failed.code, failed.retryable) == ("expired", True)
    assert provider.requests == []
    assert await state_of(tmp_path, wish.job) == "expired"


async def test_a_job_that_waits_can_be_cancelled(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    provider.answers = [never, never]
    first, second, third = request(), request(), request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        for wish in (first, second, third):  # two at a time
            await lamp.send(wish)
        await lamp.send(Cancel(job=third.job))
        assert (await lamp.hears(Failed, third.job)).code == "cancelled"
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
            await provider.called.acquire()
        assert len(provider.requests) == 2
    assert await state_of(tmp_path, third.job) == "cancelled"


async def test_a_job_that_is_being_made_can_be_cancelled(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    provider.answers = [never]
    wish = request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
            await lamp.send(Cancel(job=wish.job))
            await provider.left.acquire()
        assert (await lamp.hears(Failed, wish.job)).code == "cancelled"
        another = request()
        await lamp.send(another)
        await lamp.hears(Final, another.job)
    assert await state_of(tmp_path, wish.job) == "cancelled"


async def test_it_is_too_late_to_cancel_what_is_made(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish = request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        await lamp.hears(Final, wish.job)
        await lamp.send(Cancel(job=wish.job))
        await lamp.hears(Final, wish.job, times=2)
        assert not any(isinstance(message, Failed) for message in lamp.heard)


async def test_a_failure_of_the_provider_is_told_in_one_sentence(
    tmp_path: Path, broker: Broker, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider.answers = [error(400, "moderation_blocked", "a rude fox")]
    wish = request("a rude fox")
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        failed = await lamp.hears(Failed, wish.job)
        assert (failed.code, failed.retryable) == ("refused", False)
        assert failed.text == "Painter does not make this picture: it goes against its rules."
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("cloud_bridge")]
    assert not any("rude" in line for line in ours)


async def test_a_call_without_an_answer_is_not_made_again(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    provider.answers = [hang_up]
    wish = request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        failed = await lamp.hears(Failed, wish.job)
        assert (failed.code, failed.retryable) == ("outcome_unknown", False)
    assert len(provider.requests) == 1


async def test_a_call_without_an_answer_is_made_again_where_that_costs_nothing(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    provider.answers = [hang_up, hang_up]
    wish = request()
    async with bridge(tmp_path, broker, provider, *AGAIN), device(broker) as lamp:
        await lamp.send(wish)
        await lamp.hears(Final, wish.job)
    assert len({headers["Idempotency-Key"] for headers in provider.headers}) == 1
    assert len(provider.requests) == 3


async def test_a_result_is_repeated_until_the_device_has_it(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish, another = request(), request()
    status = device_topic("lamp", "status")
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        await lamp.hears(Final, wish.job)
        await lamp.link.publish(status, encode(DeviceStatus(online=True)), retain=True)
        await lamp.hears(Final, wish.job, times=2)
        await lamp.ack(wish.job)
        await lamp.send(another)
        await lamp.hears(Final, another.job)
    assert await state_of(tmp_path, wish.job) == "acknowledged"
    assert await state_of(tmp_path, another.job) in ("stored", "delivered")
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.hears(Final, another.job)
        assert not any(message.job == wish.job for message in lamp.heard)


async def test_a_result_waits_for_a_broker_that_is_away(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    painted = asyncio.Event()
    provider.answers = [events(painted, COMPLETED)]
    wish = request()
    async with bridge(tmp_path, broker, provider, 'extensions = ["progress"]'), device(broker) as lamp:
        await lamp.send(wish)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
        await broker.stop()
        painted.set()
        await broker.start()
        assert await fetch((await lamp.hears(Final, wish.job)).artifact) == png()


async def test_a_fresh_link_is_sent_on_request(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish, unknown = request(), request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        await lamp.send(wish)
        await lamp.hears(Final, wish.job)
        await lamp.send(Renew(job=wish.job))
        renewed = await lamp.hears(Final, wish.job, times=2)
        assert await fetch(renewed.artifact) == png()
        await lamp.send(Renew(job=unknown.job))
        assert (await lamp.hears(Failed, unknown.job)).text == "The bridge does not know this job."


async def test_nonsense_is_answered_where_that_is_possible_and_harms_nobody(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    broken, wish = request(), request()
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        for body in (b"", b"{", b"[" * 60_000, b"\xff\xfe", b'{"type": "image.create", "job": 3}', b"x" * 100_000):
            await lamp.send(body)
            await lamp.link.publish(device_topic("lamp", "acks"), body)
            await lamp.link.publish(device_topic("lamp", "status"), body)
        await lamp.send(json.dumps({"type": "image.create", "job": str(broken.job), "prompt": ""}).encode())
        assert (await lamp.hears(Failed, broken.job)).code == "bad_request"
        await lamp.send(wish)
        await lamp.hears(Final, wish.job)


async def test_the_bridge_says_how_it_is_and_the_broker_says_when_it_is_gone(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    async with watching(broker) as link:
        config = bridge_toml(tmp_path, broker, provider.url)
        async with command("bridge", "--config", str(config), home=tmp_path) as (process, _):
            await status(link, online=True)
            process.kill()
            await status(link, online=False)
        async with command("bridge", "--config", str(config), home=tmp_path) as (process, _):
            await status(link, online=True)
            process.send_signal(signal.SIGTERM)
            await status(link, online=False)
            assert await process.wait() == 0


async def killed_in_a_call(
    tmp_path: Path, broker: Broker, provider: Provider, lamp: Device, job: UUID, *lines: str
) -> None:
    """A bridge of its own that took the job, called the provider, and was killed before the answer came."""
    config = bridge_toml(tmp_path, broker, provider.url, *lines)
    async with command("bridge", "--config", str(config), home=tmp_path) as (process, _):
        await lamp.hears(Accepted, job)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
        process.kill()
        await process.wait()
    assert await state_of(tmp_path, job) == "calling"


async def test_a_bridge_killed_while_a_paid_provider_works_does_not_ask_again(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    provider.answers = [never]
    wish = request()
    async with device(broker) as lamp:
        await lamp_and_bridge(tmp_path, broker, provider, lamp, wish)
        async with bridge(tmp_path, broker, provider):
            failed = await lamp.hears(Failed, wish.job)
            assert (failed.code, failed.retryable) == ("outcome_unknown", False)
            await lamp.send(wish)
            await lamp.hears(Failed, wish.job, times=2)
    assert len(provider.requests) == 1
    assert await state_of(tmp_path, wish.job) == "outcome_unknown"


async def test_a_bridge_killed_while_our_studio_works_asks_again_with_the_same_key(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    provider.answers = [never]
    wish = request()
    async with device(broker) as lamp:
        await lamp_and_bridge(tmp_path, broker, provider, lamp, wish, *AGAIN)
        async with bridge(tmp_path, broker, provider, *AGAIN):
            assert await fetch((await lamp.hears(Final, wish.job)).artifact) == png()
            await lamp.ack(wish.job)
    assert len(provider.requests) == 2
    assert len({headers["Idempotency-Key"] for headers in provider.headers}) == 1
    assert [type(message) for message in lamp.heard].count(Failed) == 0


async def lamp_and_bridge(
    tmp_path: Path, broker: Broker, provider: Provider, lamp: Device, wish: Any, *lines: str
) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(killed_in_a_call(tmp_path, broker, provider, lamp, wish.job, *lines))
        group.create_task(send_when_the_bridge_listens(broker, lamp, wish))


async def send_when_the_bridge_listens(broker: Broker, lamp: Device, wish: Any) -> None:
    async with watching(broker) as link:
        await status(link, online=True)
        await lamp.send(wish)


async def test_two_bridges_do_not_share_a_ledger(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    async with bridge(tmp_path, broker, provider):
        with pytest.raises(BridgeError, match=r"^Another bridge is running with the state in .*\.$"):
            await run_bridge(load_config(tmp_path / "bridge.toml", state=tmp_path))


async def test_a_state_in_which_nothing_can_be_kept_is_told_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("no directory")
    config = BridgeConfig.model_validate({"state": tmp_path, "provider": {"api_key": "k"}})
    with pytest.raises(BridgeError, match=r"^The state directory .* can't be used: File exists\.$"):
        await run_bridge(config)


async def test_a_flood_of_jobs_ends_each_once(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wishes = [request(f"fox {number}") for number in range(60)]
    async with bridge(tmp_path, broker, provider), device(broker) as lamp:
        async with asyncio.TaskGroup() as group:
            for wish in wishes:
                group.create_task(lamp.send(wish))
                group.create_task(lamp.send(wish))
        for wish in wishes:
            await lamp.hears(Final, wish.job)
            await lamp.ack(wish.job)
    assert sorted(sent["prompt"] for sent in provider.requests) == sorted(wish.prompt for wish in wishes)
