"""Two providers on the wire, a real ledger and a worker: who is asked is on the disk first, and nobody bills twice."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from bridge_desk import Desk, working
from bridge_parts import WITHIN_S, Provider, app_of, error, never, serving
from test_openai_images import hang_up

from cloud_bridge.config import Provider as Settings
from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Failed, Final, ImageCreate
from cloud_bridge.providers import breaker


@pytest.fixture
async def second() -> AsyncIterator[Provider]:
    async with serving(Provider()) as provider:
        yield provider


def named(name: str, provider: Provider | str, *, idempotent: bool = False) -> Settings:
    url = provider if isinstance(provider, str) else provider.url
    return Settings(name=name, base_url=url, api_key="unused", partial_images=0, idempotent=idempotent)


async def asked_for(desk: Desk, wish: ImageCreate) -> str | None:
    """Whom the ledger has written down for it."""
    entry = await desk.ledger.find("lamp", str(wish.job))
    assert entry is not None
    return entry.provider


@pytest.mark.parametrize("status", [429, 503, 401, 403])
async def test_the_second_makes_what_the_first_did_not_begin(
    tmp_path: Path, provider: Provider, second: Provider, status: int
) -> None:
    provider.answers = [error(status, None)]
    async with working(Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)])) as desk:
        wish = await desk.asked()
        (final,) = await desk.hears(Final)
        assert final.provider == "Second"
        assert await asked_for(desk, wish) == "Second"
    assert (len(provider.requests), len(second.requests)) == (1, 1)


async def test_the_second_takes_over_from_one_that_is_not_there(tmp_path: Path, second: Provider) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # not listening
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        async with working(Desk(tmp_path, provider_url=url, others=[named("Second", second)])) as desk:
            await desk.asked()
            await desk.asked()
            assert [final.provider for final in await desk.hears(Final, times=2)] == ["Second", "Second"]


@pytest.mark.parametrize("answer", [hang_up, error(504, None), error(500, None)], ids=["hangs up", "504", "500"])
async def test_the_second_is_not_asked_where_the_first_may_have_done_it(
    tmp_path: Path, provider: Provider, second: Provider, answer: object
) -> None:
    provider.answers = [answer]  # pyright: ignore[reportAttributeAccessIssue]
    async with working(Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)])) as desk:
        await desk.asked()
        (failed,) = await desk.hears(Failed)
        assert failed.code in ("outcome_unknown", "provider_error")
    assert (len(provider.requests), len(second.requests)) == (1, 0)


async def test_the_ledger_knows_who_takes_over_before_it_is_asked(
    tmp_path: Path, provider: Provider, second: Provider
) -> None:
    provider.answers = [error(503, None)]
    second.answers = [never]
    async with working(Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)])) as desk:
        wish = await desk.asked()
        async with asyncio.timeout(WITHIN_S):
            await second.called.acquire()
        assert await asked_for(desk, wish) == "Second"


@pytest.mark.parametrize(("idempotent", "asked_again"), [("Second", True), ("Painter", False)])
async def test_after_a_crash_only_the_one_who_was_asked_is_asked_again_if_that_does_no_harm(
    tmp_path: Path, provider: Provider, second: Provider, idempotent: str, asked_again: bool
) -> None:
    provider.answers = [error(503, None)]
    second.answers = [never]
    others = [named("Second", second, idempotent=idempotent == "Second")]
    desk = Desk(tmp_path, provider_url=provider.url, others=others, idempotent=idempotent == "Painter")
    await desk.asked()
    async with working(desk), asyncio.timeout(WITHIN_S):
        await second.called.acquire()
    # The process is gone; the next one finds the job in `calling`.
    desk = Desk(tmp_path, provider_url=provider.url, others=others, idempotent=idempotent == "Painter")
    async with working(desk):
        if asked_again:
            (final,) = await desk.hears(Final)
            assert final.provider == "Second"
        else:
            (failed,) = await desk.hears(Failed)
            assert failed.text == "The answer of Second got lost: the picture may have been made, and billed."
    assert (len(provider.requests), len(second.requests)) == (1, 1 + asked_again)


async def test_a_job_that_waits_for_the_one_who_may_have_made_it_is_not_given_to_another(
    tmp_path: Path, provider: Provider, second: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "RESTS_S", (0.01, 0.01))
    monkeypatch.setattr("cloud_bridge.worker.REST_S", (0.01, 0.01))
    provider.answers = [hang_up, error(503, None), error(429, None)]
    desk = Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)], idempotent=True)
    await desk.asked()
    async with working(desk):
        (final,) = await desk.hears(Final)
        assert final.provider == "Painter"
    assert (len(provider.requests), len(second.requests)) == (4, 0)


async def test_a_stop_breaks_off_calls_of_those_who_may_be_asked_again_alone(
    tmp_path: Path, provider: Provider, second: Provider
) -> None:
    provider.answers = [never, error(503, None)]
    let_go = asyncio.Event()

    async def slow(request: object, body: object) -> object:
        await let_go.wait()
        return await error(400, None)(request, body)  # pyright: ignore[reportArgumentType]

    second.answers = [slow]  # pyright: ignore[reportAttributeAccessIssue]
    desk = Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)], idempotent=True)
    first = await desk.asked()
    async with working(desk), asyncio.timeout(WITHIN_S):
        await provider.called.acquire()
        other = await desk.asked()
        await second.called.acquire()
        stopping = asyncio.create_task(desk.worker.drain())
        await provider.left.acquire()
        assert not stopping.done()
        let_go.set()
        await stopping
        assert (await desk.state_of(first))[0] == "calling"
        assert (await desk.state_of(other))[0] not in ("calling", "queued")


async def test_with_the_first_at_rest_the_claim_writes_the_second(
    tmp_path: Path, provider: Provider, second: Provider
) -> None:
    desk = Desk(tmp_path, provider_url=provider.url, others=[named("Second", second)])
    desk.panel._breakers["Painter"].down(desk.panel._now(), 1000)
    calls: list[str] = []

    async def noted(entry: Entry, provider: str) -> None:
        del entry
        calls.append(provider)

    desk.ledger.calls = noted
    async with working(desk):
        await desk.asked()
        (final,) = await desk.hears(Final)
    assert (final.provider, calls) == ("Second", [])


async def test_jobs_that_wait_for_a_provider_that_was_not_there_go_on_as_soon_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "RESTS_S", (1000.0, 1000.0))
    monkeypatch.setattr("cloud_bridge.worker.REST_S", (1000.0, 1000.0))
    runner = web.AppRunner(app_of(Provider()))
    await runner.setup()
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))  # not listening yet
        desk = Desk(tmp_path, provider_url=f"http://127.0.0.1:{place.getsockname()[1]}/v1")
        desk.panel.on_back = desk.worker.rested
        put_back, requeue = asyncio.Event(), desk.ledger.requeue

        async def noted(entry: Entry, *, called: bool) -> None:
            await requeue(entry, called=called)
            put_back.set()

        desk.ledger.requeue = noted
        await desk.asked()
        async with working(desk), asyncio.timeout(WITHIN_S):
            await put_back.wait()
            assert await desk.panel.check() == "Painter can't be reached at the moment."
            await web.SockSite(runner, place).start()
            assert await desk.panel.check() is None
            await desk.hears(Final)
        await runner.cleanup()
