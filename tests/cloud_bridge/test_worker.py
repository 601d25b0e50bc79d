"""The worker with a real ledger and a provider on the wire: what goes wrong in a call, and what comes of the job."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from bridge_desk import NOW, Desk, working
from bridge_parts import WITHIN_S, Answer, Provider, error, events, never, request
from test_openai_images import COMPLETED, partial

from cloud_bridge import worker as worker_module
from cloud_bridge import written
from cloud_bridge.entry import Entry, LedgerError
from cloud_bridge.protocol import Failed, Final, Partial, Progress, encode, parse_result
from cloud_bridge.providers import breaker
from cloud_bridge.waiting import Kind


def busy(retry_after: str) -> Answer:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"error": {"code": "busy"}}, status=429, headers={"Retry-After": retry_after})

    return answer


async def test_a_backlog_outlasts_a_provider_that_is_down_for_a_moment(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "REST_S", (0.01, 0.02))
    monkeypatch.setattr(breaker, "RESTS_S", (0.01, 0.02))
    provider.answers = [error(429, "rate_limit_exceeded"), error(503, None), busy("0"), error(429, None)]
    desk = Desk(tmp_path, provider_url=provider.url)
    wishes = [await desk.asked() for _ in range(6)]
    async with working(desk):
        await desk.hears(Final, times=6)
        assert not any(isinstance(message, Failed) for _, message in desk.sent)
        assert [(await desk.state_of(wish))[1] for wish in wishes] == [1] * 6  # what reached nobody does not count
    assert len(provider.requests) == 10  # none while it rests


async def test_nothing_is_claimed_while_the_provider_wants_to_be_left_alone(tmp_path: Path, provider: Provider) -> None:
    provider.answers = [busy("1000")]
    desk = Desk(tmp_path, provider_url=provider.url, concurrency=1)
    put_back = asyncio.Event()
    requeue = desk.ledger.requeue

    async def noted(entry: Entry, *, called: bool) -> None:
        await requeue(entry, called=called)
        put_back.set()

    desk.ledger.requeue = noted
    wish = await desk.asked()
    async with working(desk):
        async with asyncio.timeout(WITHIN_S):
            await put_back.wait()
        assert desk.worker._rest_ends - asyncio.get_running_loop().time() > 900
        assert await desk.state_of(wish) == ("queued", 0)
        await desk.worker.drain()  # does not wait for that
    assert len(provider.requests) == 1


async def test_the_pause_grows_until_the_provider_works(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    pauses: list[float] = []
    for _ in range(8):
        desk.worker._rest_ends = 0.0  # the last one is over
        began = asyncio.get_running_loop().time()
        desk.worker._rest(None)
        desk.worker._rest(None)  # two calls at the same time learn the same
        pauses.append(round(desk.worker._rest_ends - began))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    await desk.close()


async def test_half_a_character_from_the_provider_does_not_keep_a_job_from_ending(
    tmp_path: Path, provider: Provider
) -> None:
    provider.answers = [
        error(400, "unknown_subject", "I don't know \ud800."),
        events(COMPLETED | {"revised_prompt": "a \udfff fox"}),
    ]
    async with working(Desk(tmp_path, provider_url=provider.url, concurrency=1, partial_images=1)) as desk:
        await desk.asked()
        (failed,) = await desk.hears(Failed)
        assert (failed.code, failed.text) == ("refused", "I don't know ?.")
        await desk.asked()
        (final,) = await desk.hears(Final)
        assert final.revised_prompt == "a ? fox"


async def test_what_goes_wrong_with_one_job_is_logged_and_the_next_is_made(
    tmp_path: Path, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    async with working(Desk(tmp_path, provider_url=provider.url, concurrency=1)) as desk:
        see_to = desk.worker._see_to

        async def break_down(entry: Entry) -> None:
            del entry
            desk.worker._see_to = see_to
            raise RuntimeError

        desk.worker._see_to = break_down
        await desk.asked()
        wish = await desk.asked()
        (final,) = await desk.hears(Final)
        assert final.job == wish.job
    assert "with a job: RuntimeError" in caplog.text


async def test_a_paid_picture_waits_for_room_on_the_disk(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(written, "DISK_PAUSE_S", 0)
    async with working(Desk(tmp_path, provider_url=provider.url)) as desk:
        store: Callable[..., Any] = desk.media.store

        async def full_once(_picture: object) -> None:
            monkeypatch.setattr(desk.media, "store", store)
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(desk.media, "store", full_once)
        await desk.asked()
        await desk.hears(Final)
    assert len(provider.requests) == 1


async def test_a_stop_while_a_job_is_being_claimed_leaves_it_in_the_queue(tmp_path: Path, provider: Provider) -> None:
    desk = Desk(tmp_path, provider_url=provider.url, concurrency=1)
    claim = desk.ledger.claim_many
    claimed, go_on = asyncio.Event(), asyncio.Event()

    async def slow(*, now: float, most: int, kind: Kind = "image", provider: str | None = None) -> list[Entry]:
        entries = await claim(now=now, most=most, kind=kind, provider=provider)
        claimed.set()
        await go_on.wait()
        return entries

    desk.ledger.claim_many = slow
    wish = await desk.asked()
    async with working(desk), asyncio.timeout(WITHIN_S):
        await claimed.wait()
        assert await desk.state_of(wish) == ("calling", 1)
        stopping = asyncio.create_task(desk.worker.drain())
        await asyncio.sleep(0)
        go_on.set()
        await stopping
        assert await desk.state_of(wish) == ("queued", 0)
    assert provider.requests == []


@pytest.mark.parametrize(("idempotent", "state"), [(False, "delivered"), (True, "calling")])
async def test_a_stop_waits_for_calls_that_can_not_be_made_again(
    tmp_path: Path, provider: Provider, idempotent: bool, state: str
) -> None:
    go_on = asyncio.Event()
    provider.answers = [events(go_on, COMPLETED)]
    desk = Desk(tmp_path, provider_url=provider.url, idempotent=idempotent, partial_images=1)
    wish = await desk.asked()
    async with working(desk), asyncio.timeout(WITHIN_S):
        await provider.called.acquire()
        stopping = asyncio.create_task(desk.worker.drain())
        if not idempotent:
            go_on.set()
        await stopping
        assert (await desk.state_of(wish))[0] == state


async def test_a_job_that_nobody_announced_is_found(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "SWEEP_S", 0.01)
    async with working(Desk(tmp_path, provider_url=provider.url)) as desk:
        await desk.asked()
        await desk.hears(Final)
        wish = request()
        await desk.ledger.accept(device="lamp", job=str(wish.job), body=encode(wish), expires_at=NOW + 1, now=NOW)
        await desk.hears(Final, times=2)


async def test_a_claim_that_fails_is_tried_again(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "SWEEP_S", 0.01)
    desk = Desk(tmp_path, provider_url=provider.url, concurrency=1)
    claim = desk.ledger.claim_many

    async def fail_once(*, now: float, most: int, kind: Kind = "image", provider: str | None = None) -> list[Entry]:
        desk.ledger.claim_many = claim
        raise LedgerError("The ledger can't be written: database or disk is full.")

    desk.ledger.claim_many = fail_once
    await desk.asked()
    async with working(desk):
        await desk.hears(Final)


async def test_a_slow_broker_does_not_hold_up_the_provider_and_hears_the_latest_only(
    tmp_path: Path, provider: Provider
) -> None:
    progress = [{"type": "nightjar.progress", "fraction": fraction} for fraction in (0.1, 0.2, 0.5)]
    pictures = [partial(0, "blue"), partial(1, "green")]
    stuck, let_go, shown = asyncio.Event(), asyncio.Event(), asyncio.Event()
    provider.answers = [events(progress[0], stuck, *progress[1:], *pictures, shown, COMPLETED)]
    desk = Desk(tmp_path, provider_url=provider.url, partial_images=2)

    async def publish(topic: str, payload: bytes) -> None:
        if isinstance(parse_result(payload), Progress) and not stuck.is_set():
            stuck.set()
            await let_go.wait()
        await desk.publish(topic, payload)

    desk.delivery._publish = publish
    seen: list[int] = []
    make = desk.provider.make

    async def watched(*arguments: Any, on_partial: Any, **more: Any) -> Any:
        def note(index: int, picture: Any) -> None:
            on_partial(index, picture)
            seen.append(index)
            if index == 1:  # the stream has gone on while the first word is still under way
                let_go.set()

        return await make(*arguments, on_partial=note, **more)

    desk.provider.make = watched
    await desk.asked()
    async with working(desk):
        (told,) = await desk.hears(Partial)
        shown.set()
        await desk.hears(Final)
    assert seen == [0, 1]
    assert told.index == 1
    assert [message.fraction for _, message in desk.sent if isinstance(message, Progress)] == [0.1, 0.5]


async def test_a_final_does_not_wait_for_what_was_to_be_told_before(tmp_path: Path, provider: Provider) -> None:
    provider.answers = [events(partial(0, "blue"), COMPLETED)]
    desk = Desk(tmp_path, provider_url=provider.url, partial_images=1)

    async def publish(topic: str, payload: bytes) -> None:
        if isinstance(parse_result(payload), Partial):
            await asyncio.Event().wait()
        await desk.publish(topic, payload)

    desk.delivery._publish = publish
    await desk.asked()
    async with working(desk):
        await desk.hears(Final)
    assert not any(isinstance(message, Partial) for _, message in desk.sent)


async def test_a_cancelled_call_does_not_stop_the_worker(tmp_path: Path, provider: Provider) -> None:
    provider.answers = [never]
    async with working(Desk(tmp_path, provider_url=provider.url, concurrency=1)) as desk:
        first = await desk.asked()
        async with asyncio.timeout(WITHIN_S):
            await provider.called.acquire()
        entry = await desk.ledger.find("lamp", str(first.job))
        assert entry is not None
        desk.worker.stop(entry)
        second = await desk.asked()
        (final,) = await desk.hears(Final)
        assert final.job == second.job
