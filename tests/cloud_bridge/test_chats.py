"""Questions with two chat providers, through ledger and worker: the second answers what the first did not begin."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from answer_parts import World, chat, world
from bridge_desk import NOW, Desk

from cloud_bridge.config import Chat as Settings
from cloud_bridge.front import Front
from cloud_bridge.protocol import Answer, Failed, device_topic, encode
from cloud_bridge.providers import breaker
from cloud_bridge.providers.openai_chat import OpenAIChat
from cloud_bridge.providers.panel import Panel
from cloud_bridge.providers.settings import Price
from cloud_bridge.question_work import Answers
from cloud_bridge.worker import Worker


@pytest.fixture
async def first() -> AsyncIterator[World]:
    async with world() as one:
        yield one


@pytest.fixture
async def second() -> AsyncIterator[World]:
    async with world() as one:
        yield one


def named(name: str, there: World) -> OpenAIChat:
    price = Price(input_per_million=0.25, output_per_million=2)
    url = f"{there.url}/v1"
    return OpenAIChat(Settings(name=name, base_url=url, api_key="unused", model="talk-1", prices={"talk-1": price}))


@asynccontextmanager
async def answering(tmp_path: Path, *chats: OpenAIChat) -> AsyncIterator[Desk]:
    desk = Desk(tmp_path)
    work = Answers(chat=Panel(chats), search=None, ledger=desk.ledger, delivery=desk.delivery)
    worker = Worker(ledger=desk.ledger, delivery=desk.delivery, work=work, now=lambda: NOW, concurrency=1)
    desk.front = Front(
        ledger=desk.ledger, delivery=desk.delivery, media=desk.media, workers={"answer": worker}, now=lambda: NOW
    )
    running = asyncio.create_task(worker.run())
    try:
        yield desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        for each in chats:
            await each.close()
        await desk.close()


@pytest.mark.parametrize("status", [429, 503, 401])
async def test_the_second_answers_what_the_first_did_not_begin(
    tmp_path: Path, first: World, second: World, status: int
) -> None:
    first.status = status
    async with answering(tmp_path, named("First", first), named("Second", second)) as desk:
        wish = chat(sources=False)
        await desk.arrives(device_topic("lamp", "jobs"), encode(wish))
        (answer,) = await desk.hears(Answer)
        assert (answer.provider, answer.usage.cost_usd) == ("Second", 0.000285)  # 900 × 0.25 + 30 × 2 micro-dollars
        entry = await desk.ledger.find("lamp", str(wish.job))
        assert entry is not None
        assert entry.provider == "Second"
    assert (len(first.chats), len(second.chats)) == (1, 1)


async def test_the_second_is_not_asked_when_the_first_broke_off(tmp_path: Path, first: World, second: World) -> None:
    first.finish = None
    async with answering(tmp_path, named("First", first), named("Second", second)) as desk:
        await desk.arrives(device_topic("lamp", "jobs"), encode(chat(sources=False)))
        (failed,) = await desk.hears(Failed)
        assert (failed.code, failed.text) == ("outcome_unknown", "The answer of First got lost.")
    assert (len(first.chats), len(second.chats)) == (1, 0)


async def test_somebody_who_waits_for_an_answer_is_told_at_once_that_all_are_busy(
    tmp_path: Path, first: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(breaker, "RESTS_S", (1000.0, 1000.0))
    first.status = 503
    async with answering(tmp_path, named("First", first)) as desk:
        for _ in range(2):
            await desk.arrives(device_topic("lamp", "jobs"), encode(chat(sources=False)))
        failures = await desk.hears(Failed, times=2)
        assert {failed.text for failed in failures} == {"First has too much to do at the moment."}
        assert all(failed.retry_after_s is not None for failed in failures)
    assert len(first.chats) == 1  # the second question found the breaker open
