"""A timer that is done is told when nobody is being answered, and rings until it is stopped or a minute is over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from itertools import count

import numpy as np
import pytest

from device import ringing
from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.conversation import Conversation, State
from device.events import Reply, StateChanged
from device.progress import watch
from device.ringing import LATE_S, RING_S, Ringing
from device.store import Store, StoreError
from device.timers import Timer, Timers
from device.voice import SilentVoice
from device.voice.bell import RATE_HZ, ROUND_S, bell


class Bell(SilentVoice):
    """A voice whose rounds of ringing take a second of the test's clock."""

    def __init__(self, bus: Bus, kitchen: "Kitchen") -> None:
        super().__init__(bus=bus)
        self._kitchen = kitchen
        self.rounds = 0
        self.held = False
        """Wait for the test after each round."""

    async def ring(self, sound: np.ndarray, rate_hz: int, going: Callable[[], bool]) -> None:
        del sound, rate_hz
        stops = self.stops
        while stops == self.stops and going():
            self.rounds += 1
            await asyncio.sleep(0)
            if not self.held:
                self._kitchen.seconds += 1


class Kitchen:
    def __init__(self, store: Store, off_s: float) -> None:
        self._store = store
        self.seconds = 0.0
        self.wall = 1_800_000_000.0 + off_s
        self.bus = Bus(SystemClock())
        self.conversation = Conversation(self._publish)
        self.timers = Timers(store, clock=self, unix_time=lambda: self.wall + self.seconds)
        self.voice = Bell(self.bus, self)
        self.ringing = Ringing(timers=self.timers, bus=self.bus, conversation=self.conversation, voice=self.voice)
        self.said: list[str] = []
        self.bus.observe(lambda happened: self._note(happened.event))

    def now(self) -> float:
        return self.seconds

    def _publish(self, state: State) -> None:
        self.bus.publish(NO_TURN, StateChanged(state))

    def _note(self, event: object) -> None:
        if isinstance(event, Reply):
            self.said.append(event.text)

    async def passes(self, seconds: float) -> None:
        """Time passes, and everything that can go on without the disk has gone on."""
        self.seconds += seconds
        self.timers.changed.set()
        for _ in range(20):
            await asyncio.sleep(0)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what needs the disk."""
        async with asyncio.timeout(20):
            while not condition():
                await self._store.write(lambda _: None)


@asynccontextmanager
async def running(store: Store, *, off_s: float = 0.0) -> AsyncIterator[Kitchen]:
    kitchen = Kitchen(store, off_s)
    await kitchen.timers.load()
    task = asyncio.create_task(kitchen.ringing.run())
    yield kitchen
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@pytest.fixture
async def kitchen(store: Store) -> AsyncIterator[Kitchen]:
    async with running(store) as kitchen:
        yield kitchen


async def test_it_says_which_is_done_and_rings_for_a_minute(kitchen: Kitchen) -> None:
    await kitchen.timers.set("pasta", 600)
    await kitchen.passes(599)
    assert kitchen.said == []
    await kitchen.passes(1)
    await kitchen.until(lambda: not kitchen.timers.all())
    assert kitchen.said == ["Your pasta timer is done."]
    assert kitchen.voice.rounds == RING_S


async def test_stop_ends_the_ringing_and_the_timer(kitchen: Kitchen) -> None:
    kitchen.voice.held = True
    await kitchen.timers.set("", 300)
    await kitchen.passes(300)
    assert kitchen.voice.rounds > 0
    kitchen.voice.stop()
    await kitchen.until(lambda: not kitchen.timers.all())
    rounds = kitchen.voice.rounds
    assert kitchen.said == ["Your 5 minute timer is done."]
    assert kitchen.timers.ringing
    await kitchen.passes(60)
    assert not kitchen.timers.ringing
    assert kitchen.voice.rounds == rounds


async def test_a_full_disk_does_not_make_it_ring_again(kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch) -> None:
    cancel, tried = kitchen.timers.cancel, count(1)

    async def full_at_first(timers: Iterable[Timer]) -> None:
        if next(tried) < 4:
            raise StoreError("The disk is full.")
        await cancel(timers)

    monkeypatch.setattr(ringing, "_AGAIN_S", 0.0)
    monkeypatch.setattr(kitchen.timers, "cancel", full_at_first)
    await kitchen.timers.set("pasta", 600)
    await kitchen.passes(600)
    await kitchen.until(lambda: not kitchen.timers.all())
    assert kitchen.said == ["Your pasta timer is done."]
    assert kitchen.voice.rounds == RING_S


async def test_it_talks_over_nobody(kitchen: Kitchen) -> None:
    await kitchen.timers.set("pasta", 600)
    kitchen.conversation.begin("t1")
    kitchen.conversation.go(State.LISTENING)
    await kitchen.passes(600)
    await kitchen.passes(30)
    assert kitchen.said == []
    kitchen.conversation.go(State.IDLE)
    await kitchen.passes(0)
    assert kitchen.said == []
    kitchen.conversation.go(State.THINKING)
    kitchen.conversation.finish("t1")
    await kitchen.until(lambda: not kitchen.timers.all())
    assert kitchen.said == ["Your pasta timer is done."]


async def test_one_that_ends_while_another_rings_is_told_with_it(kitchen: Kitchen) -> None:
    await kitchen.timers.set("pasta", 600)
    await kitchen.timers.set("eggs", 610)
    await kitchen.passes(600)
    await kitchen.until(lambda: not kitchen.timers.all())
    assert kitchen.said == ["Your pasta timer is done.", "Your pasta timer and your eggs timer are done."]


async def test_the_next_one_rings_in_its_own_time(kitchen: Kitchen) -> None:
    await kitchen.timers.set("pasta", 600)
    await kitchen.timers.set("bread", 3600)
    await kitchen.passes(600)
    await kitchen.until(lambda: len(kitchen.timers.all()) == 1)
    await kitchen.passes(3600 - 600 - RING_S - 1)
    assert len(kitchen.said) == 1
    await kitchen.passes(1)
    await kitchen.until(lambda: not kitchen.timers.all())
    assert kitchen.said[1:] == ["Your bread timer is done."]


async def test_what_was_set_before_a_restart_rings_after_it(kitchen: Kitchen, store: Store) -> None:
    await kitchen.timers.set("pasta", 600)
    async with running(store, off_s=590) as later:
        await later.passes(9)
        assert later.said == []
        await later.passes(1)
        await later.until(lambda: not later.timers.all())
        assert later.said == ["Your pasta timer is done."]


async def test_what_ended_while_the_device_was_off_is_told_at_its_start_and_does_not_ring(
    kitchen: Kitchen, store: Store
) -> None:
    await kitchen.timers.set("pasta", 600)
    async with running(store, off_s=900) as later:
        await later.until(lambda: not later.timers.all())
        assert later.said == ["Your pasta timer ended 5 minutes ago; I couldn't tell you then."]
        assert later.voice.rounds == 0


async def test_what_ended_a_moment_before_the_start_rings(kitchen: Kitchen, store: Store) -> None:
    await kitchen.timers.set("pasta", 600)
    async with running(store, off_s=600 + LATE_S - 1) as later:
        await later.until(lambda: not later.timers.all())
        assert later.said == ["Your pasta timer is done."]
        assert later.voice.rounds > 0


def test_the_bell_neither_clips_nor_clicks_and_leaves_a_pause_to_say_stop_in() -> None:
    sound = bell()
    assert sound.shape == (int(ROUND_S * RATE_HZ),)
    assert np.abs(sound).max() == pytest.approx(0.5)
    assert np.abs(np.diff(sound)).max() < 0.2
    assert abs(float(sound[-1])) < 1e-3
    last_s = int(0.5 * RATE_HZ)
    assert np.abs(sound[-last_s:]).max() < 0.03


async def test_a_bell_is_not_the_end_of_what_somebody_waits_for(kitchen: Kitchen) -> None:
    progress = watch(kitchen.bus)
    await kitchen.timers.set("pasta", 600)
    await kitchen.passes(600)
    await kitchen.until(lambda: not kitchen.timers.all())
    assert not progress.finished
