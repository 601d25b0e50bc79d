"""Whoever runs the bridge asks it how it is: alive, ready, and in numbers."""

import asyncio
import base64
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp
import pytest
from bridge_parts import WITHIN_S, Provider, bridge_toml, device, events, request, started
from prometheus_client.parser import text_string_to_metric_families
from test_openai_images import COMPLETED

from cloud_bridge.broker import Broker
from cloud_bridge.by_hand import ByHand
from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import LedgerError
from cloud_bridge.ledger import Ledger
from cloud_bridge.listen import serve
from cloud_bridge.media import Media
from cloud_bridge.metrics import Metrics
from cloud_bridge.operations import Readiness, operations
from cloud_bridge.protocol import Accepted, Failed, Final
from cloud_bridge.status_page import Queue, Status

T = TypeVar("T")
TOKEN = "a-token-of-the-operator"


def nothing_to_show() -> Status:
    return Status("main", 0.0, False, (), Queue(0, 0.0, 0.0), (), 0.0)


def no_hands(ledger: Ledger) -> ByHand:
    async def publish(_topic: str, _payload: bytes) -> None:
        raise AssertionError

    media = Media(Path("/nowhere"), secret=b"s" * 32, link_valid_s=60)
    delivery = Delivery(publish=publish, ledger=ledger, media=media, now=lambda: 0.0, repeat_s=60)
    return ByHand(ledger=ledger, delivery=delivery, workers={}, now=lambda: 0.0)


@asynccontextmanager
async def looking(tmp_path: Path, *, token: str | None = None) -> AsyncIterator[tuple[str, Ledger, dict[str, Any]]]:
    """The listener with a ledger of its own; `is_` says how the rest is."""
    is_: dict[str, Any] = {"trouble": None, "up": True}
    metrics = Metrics()
    ledger = Ledger(tmp_path / "ledger.sqlite", witness=metrics)
    readiness = Readiness(ledger=ledger, broker_trouble=lambda: is_["trouble"], any_up=lambda: is_["up"])
    async with serve(
        operations(readiness, metrics, nothing_to_show, no_hands(ledger), token=token, key="k"),
        host="127.0.0.1",
        port=0,
    ) as url:
        yield url, ledger, is_
    await ledger.close()


async def get(url: str, **headers: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as answer:
        return answer.status, await answer.text()


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


async def numbers(url: str) -> dict[str, float]:
    """Each sample of /metrics by its name and labels, as `name{label=value}`."""
    status, text = await get(f"{url}/metrics")
    assert status == 200
    return {
        sample.name
        + ("{" + ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items())) + "}"): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    """What `look` gives, as soon as that holds."""
    async with asyncio.timeout(WITHIN_S):
        while not holds(found := await look()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)  # it is another process's: nothing here could be told
        return found


@asynccontextmanager
async def bridge(config: Path) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A process of its own that is ready, and where its status is."""
    async with started("bridge", "--config", str(config), home=config.parent) as (process, line):
        await until(lambda: get(f"{line['status']}/ready"), lambda answer: answer[0] == 200)
        yield process, line["status"]


async def test_a_bridge_that_can_work_is_ready(tmp_path: Path) -> None:
    async with looking(tmp_path) as (url, _, _):
        assert await get(f"{url}/live") == (200, "alive\n")
        status, text = await get(f"{url}/ready")
        assert (status, json.loads(text)) == (200, {"ready": True, "reasons": []})


async def test_one_that_cant_says_all_the_reasons(tmp_path: Path) -> None:
    async with looking(tmp_path) as (url, ledger, is_):
        is_ |= {"trouble": "The broker refuses the user name or password.", "up": False}
        ledger._database.execute("PRAGMA query_only = 1")
        status, text = await get(f"{url}/ready")
        reasons = json.loads(text)["reasons"]
        assert status == 503
        assert reasons[0].startswith("The ledger can't be written:")
        assert reasons[1:] == ["The broker refuses the user name or password.", "No provider works."]
        assert (await get(f"{url}/live"))[0] == 200


async def test_proving_that_the_ledger_can_be_written_changes_nothing(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    await ledger.prove()
    await ledger.close()
    with pytest.raises(LedgerError):
        await ledger.prove()
    await Ledger(tmp_path / "ledger.sqlite").close()


async def test_with_a_token_nobody_gets_in_without_it(tmp_path: Path) -> None:
    password = basic("anybody", TOKEN)
    wrong = ("", "Bearer", "Bearer no", "Basic !", basic(TOKEN, "no"), "Bearer \u00fc")
    async with looking(tmp_path, token=TOKEN) as (url, _, _):
        for path in ("/live", "/ready", "/metrics", "/nowhere"):
            for header in wrong:
                assert (await get(url + path, Authorization=header))[0] == 401
        assert (await get(f"{url}/live"))[0] == 401
        assert (await get(f"{url}/live", Authorization=f"Bearer {TOKEN}"))[0] == 200
        assert (await get(f"{url}/live", Authorization=password))[0] == 200


async def test_a_real_bridge_counts_what_it_does(tmp_path: Path, broker: Broker, provider: Provider) -> None:
    wish, late = request(), request(valid_s=-1)
    config = bridge_toml(tmp_path, broker, provider.url, "[provider.prices.paint-1]", *PRICES)
    async with bridge(config) as (process, status_url), device(broker) as lamp:
        await lamp.send(b"nonsense")
        for each, end in ((wish, Final), (late, Failed)):
            await lamp.send(each)
            await lamp.hears(end, each.job)
            await lamp.ack(each.job)
        found = await until(
            lambda: numbers(status_url), lambda found: found.get("nightjar_jobs_acknowledged_total{}", 0) >= 2
        )
        assert found["nightjar_jobs_accepted_total{kind=image}"] == 2
        assert found["nightjar_jobs_ended_total{kind=image,state=stored}"] == 1
        assert found["nightjar_jobs_ended_total{kind=image,state=expired}"] == 1
        assert found["nightjar_jobs_failed_total{code=expired,kind=image}"] == 1
        assert found["nightjar_messages_refused_total{why=not_understood}"] == 1
        assert found["nightjar_job_wait_seconds_count{kind=image}"] == 1
        assert found["nightjar_job_service_seconds_count{kind=image}"] == 1
        assert found["nightjar_delivery_seconds_count{}"] == 2
        assert found["nightjar_tokens_total{direction=output,provider=Painter}"] == 2000
        assert found["nightjar_cost_usd_total{provider=Painter}"] == pytest.approx(0.085)
        assert found["nightjar_provider_calls_total{http=2xx,outcome=ok,provider=Painter}"] == 1
        assert found["nightjar_breaker_open{capability=image,provider=Painter}"] == 0
        assert found["nightjar_ledger_commit_seconds_count{}"] >= 4
        assert found["nightjar_jobs_open{}"] == 0
        assert found["nightjar_broker_connected{}"] == found["nightjar_up{capability=image}"] == 1
        assert found["nightjar_media_stored_bytes_total{}"] > 0
        assert found["nightjar_event_loop_lag_seconds_count{}"] > 0
        assert found["process_resident_memory_bytes{}"] > 1e6
        assert not any("lamp" in name or str(wish.job) in name for name in found)
        assert (await get(f"{status_url}/ready"))[0] == 200
        await broker.stop()
        status, text = await get(f"{status_url}/ready")
        assert (status, "broker" in text) == (503, True)
        assert process.returncode is None


async def test_a_bridge_that_is_asked_to_stop_finishes_what_it_has_begun(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    painted = asyncio.Event()
    provider.answers = [events(painted, COMPLETED)]
    begun, waiting = request(), request()
    config = bridge_toml(tmp_path, broker, provider.url, 'extensions = ["progress"]', before="concurrency = 1")
    async with bridge(config) as (process, status_url), device(broker) as lamp:
        await lamp.send(begun)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
        process.send_signal(signal.SIGTERM)
        _, text = await until(lambda: get(f"{status_url}/ready"), lambda answer: answer[0] == 503)
        assert "The bridge is about to stop." in json.loads(text)["reasons"]
        await lamp.send(waiting)
        await lamp.hears(Accepted, waiting.job)
        painted.set()
        await lamp.hears(Final, begun.job)
        async with asyncio.timeout(WITHIN_S):
            assert await process.wait() == 0
    assert len(provider.requests) == 1


@pytest.mark.parametrize("how", ["a second signal", "the time that calls may take"])
async def test_it_does_not_wait_for_ever(tmp_path: Path, broker: Broker, provider: Provider, how: str) -> None:
    forever = asyncio.Event()
    provider.answers = [events(forever)]
    wish = request()
    within = "" if how == "a second signal" else "stop_within_s = 0.1"
    config = bridge_toml(tmp_path, broker, provider.url, before=within)
    async with bridge(config) as (process, status_url), device(broker) as lamp:
        await lamp.send(wish)
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
            process.send_signal(signal.SIGTERM)
            if how == "a second signal":
                await until(lambda: get(f"{status_url}/ready"), lambda answer: answer[0] == 503)
                process.send_signal(signal.SIGTERM)
            assert await process.wait() == 0
    ledger = Ledger(tmp_path / "bridge" / "ledger.sqlite")
    entry = await ledger.find("lamp", str(wish.job))
    await ledger.close()
    assert entry is not None
    assert entry.state == "calling"


PRICES = ("input_per_million = 5", "output_per_million = 40")
