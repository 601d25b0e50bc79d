"""A bridge whose clock is set while jobs wait, as on a board that wakes up in 1970: nobody's time runs out by that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_desk import Desk
from bridge_parts import WITHIN_S, Provider, events, request, whole_picture

from cloud_bridge import worker as worker_module
from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Failed, Final, encode
from cloud_bridge.worker import Worker

DAY_S = 24 * 3600.0


class Bridge:
    """One call at a time, and a clock that can be set."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.now = desk, 0.0
        self.worker = Worker(
            ledger=desk.ledger, delivery=desk.delivery, work=desk.work, now=lambda: self.now, concurrency=1
        )

    async def ask(self, *, valid_s: float) -> Entry:
        wish = request()
        receipt = await self.desk.ledger.accept(
            device="lamp", job=str(wish.job), body=encode(wish), expires_at=self.now + valid_s, now=self.now
        )
        self.worker.work_came()
        return receipt.entry

    async def swept(self) -> None:
        """The worker has looked for what is overdue at least twice since."""
        looked = asyncio.Semaphore(0)
        sweep = self.worker.sweep

        async def counted() -> None:
            await sweep()
            looked.release()

        self.worker.sweep = counted
        async with asyncio.timeout(WITHIN_S):
            for _ in range(2):
                await looked.acquire()
        self.worker.sweep = sweep


@pytest.fixture
async def bridge(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bridge]:
    monkeypatch.setattr(worker_module, "SWEEP_S", 0.01)
    desk = Desk(tmp_path, provider_url=provider.url)
    bridge = Bridge(desk)
    running = asyncio.create_task(bridge.worker.run())
    try:
        yield bridge
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await desk.close()


@pytest.mark.parametrize("jump_s", [DAY_S, 2 * DAY_S, 56 * 365 * DAY_S])
async def test_a_clock_that_jumps_ahead_lets_no_job_expire(bridge: Bridge, provider: Provider, jump_s: float) -> None:
    go_on = asyncio.Event()
    provider.answers = [events(go_on, {"type": "error"})]
    await bridge.ask(valid_s=DAY_S)
    async with asyncio.timeout(WITHIN_S):
        await provider.called.acquire()
    await bridge.ask(valid_s=DAY_S)  # waits behind the first
    await bridge.swept()
    bridge.now += jump_s
    await bridge.swept()
    assert [message for _, message in bridge.desk.sent if isinstance(message, Failed)] == []
    go_on.set()
    await bridge.desk.hears(Final)


async def test_time_that_is_over_is_over_also_after_a_jump_back(bridge: Bridge, provider: Provider) -> None:
    go_on = asyncio.Event()
    provider.answers = [events(go_on, {"type": "error"}), whole_picture]
    await bridge.ask(valid_s=10 * DAY_S)
    async with asyncio.timeout(WITHIN_S):
        await provider.called.acquire()
    bridge.now = 3 * DAY_S
    await bridge.swept()
    late = await bridge.ask(valid_s=30)
    bridge.now -= 2 * DAY_S
    await bridge.swept()
    bridge.now += 31  # less than what is taken for a jump
    (failed,) = await bridge.desk.hears(Failed)
    assert (str(failed.job), failed.code) == (late.job, "expired")
    go_on.set()
