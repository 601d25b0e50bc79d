"""A timer that is done is told when nobody is being answered, and rings until it is stopped or a minute is over."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count

import numpy as np
import pytest
from phrase_parts import ENGLISH

from device import ringing
from device.agenda import Agenda, Entry
from device.bus import NO_TURN, Bus
from device.clock import SystemClock
from device.context.when import When, when
from device.conversation import Conversation, State
from device.do_not_disturb import Quiet
from device.events import Reply, StateChanged
from device.progress import watch
from device.ringing import AGAIN_WITHIN_S, ALARM_RING_S, LATE_S, RING_S, TOLD, Ringing
from device.store import Store, StoreError
from device.timers import Timer, Timers
from device.voice import SilentVoice
from device.voice.bell import RATE_HZ, ROUND_S, bell

NOON = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


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
        self.wall = NOON.timestamp() + off_s
        self.bus = Bus(SystemClock())
        self.conversation = Conversation(self._publish)
        self.timers = Timers(store, clock=self, unix_time=lambda: self.wall + self.seconds)
        self.agenda = Agenda(store, now=self.local, changed=self.timers.changed)
        self.quiet = Quiet(store, self.bus, unix_time=lambda: self.wall + self.seconds)
        self.voice = Bell(self.bus, self)
        self.ringing = Ringing(
            timers=self.timers,
            agenda=self.agenda,
            quiet=self.quiet,
            bus=self.bus,
            conversation=self.conversation,
            voice=self.voice,
            phrases=ENGLISH,
            somebody=lambda: self.somebody,
        )
        self.said: list[str] = []
        self.somebody = True
        self.bus.observe(lambda happened: self._note(happened.event))

    def now(self) -> float:
        return self.seconds

    def local(self) -> datetime:
        return datetime.fromtimestamp(self.wall + self.seconds, UTC)

    async def remind(self, about: str, text: str, person: str = "") -> Entry:
        return await self.agenda.add("reminder", about, self._when(text), person)

    async def wake(self, text: str, about: str = "") -> Entry:
        return await self.agenda.add("alarm", about, self._when(text))

    def _when(self, text: str) -> When:
        found = when(text, self.local(), waking=True)
        assert found is not None
        return found

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
    await kitchen.agenda.load()
    await kitchen.quiet.load()
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


async def test_an_alarm_says_the_time_and_rings_for_longer_than_a_timer(kitchen: Kitchen) -> None:
    await kitchen.wake("half past two")
    await kitchen.passes(2.5 * 3600 - 1)
    assert kitchen.said == []
    await kitchen.passes(1)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["It's half past two in the afternoon."]
    assert kitchen.voice.rounds == ALARM_RING_S


async def test_an_alarm_that_repeats_rings_once_a_day(kitchen: Kitchen) -> None:
    alarm = await kitchen.wake("every day at six am", "take my pills")
    await kitchen.passes(18 * 3600)
    await kitchen.until(lambda: kitchen.agenda.all()[0].at > alarm.at)
    assert kitchen.said == ["It's six o'clock in the morning: take your pills."]
    assert kitchen.agenda.all()[0].at == alarm.at + 86_400


async def test_stop_ends_the_alarm_and_it_can_be_put_off(kitchen: Kitchen) -> None:
    kitchen.voice.held = True
    await kitchen.wake("at two pm")
    await kitchen.passes(2 * 3600)
    assert kitchen.voice.rounds > 0
    kitchen.voice.stop()
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.agenda.ringing
    assert len(kitchen.agenda.rung()) == 1
    await kitchen.passes(60)
    assert not kitchen.agenda.ringing
    await kitchen.passes(3600)
    assert kitchen.agenda.rung() == ()


async def test_a_reminder_is_told_once_after_one_round_of_the_bell(kitchen: Kitchen) -> None:
    await kitchen.remind("call my mother", "at one pm")
    await kitchen.passes(3600)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["Reminder: call your mother."]
    assert kitchen.voice.rounds == 1


async def test_a_reminder_talks_over_nobody(kitchen: Kitchen) -> None:
    await kitchen.remind("call Mum", "at one pm")
    kitchen.conversation.go(State.LISTENING)
    await kitchen.passes(3600)
    assert kitchen.said == []
    kitchen.conversation.go(State.IDLE)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["Reminder: call Mum."]


async def test_who_is_not_to_be_disturbed_is_reminded_afterwards_but_woken_in_time(kitchen: Kitchen) -> None:
    await kitchen.quiet.set(True, kitchen.local().timestamp() + 3 * 3600)
    await kitchen.remind("call Mum", "at one pm")
    await kitchen.wake("at two pm")
    await kitchen.timers.set("pasta", 1800)
    await kitchen.passes(1800)
    await kitchen.until(lambda: not kitchen.timers.all())
    await kitchen.passes(3 * 1800 - RING_S)
    await kitchen.until(lambda: not kitchen.agenda.all("alarm"))
    assert kitchen.said == ["Your pasta timer is done.", "It's two o'clock in the afternoon."]
    await kitchen.passes(2 * 1800)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said[2:] == ["You wanted to be reminded at one o'clock in the afternoon: call Mum."]


async def test_the_end_of_do_not_disturb_lets_reminders_speak_at_once(kitchen: Kitchen) -> None:
    await kitchen.quiet.set(True)
    await kitchen.remind("call Mum", "at one pm")
    await kitchen.passes(3600)
    assert kitchen.said == []
    await kitchen.quiet.set(False)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["Reminder: call Mum."]


async def test_what_was_missed_while_the_device_was_off_is_told_once_and_does_not_ring(
    kitchen: Kitchen, store: Store
) -> None:
    await kitchen.wake("every day at two pm")
    await kitchen.remind("call Mum", "at one pm")
    async with running(store, off_s=2 * 86_400 + 3 * 3600) as later:
        await later.until(lambda: len(later.agenda.all()) == 1 and not later.agenda.due("alarm"))
        assert " ".join(later.said) == (
            "You had an alarm on Thursday, the twenty-sixth of November at two o'clock in the afternoon; I couldn't "
            "ring then. You wanted to be reminded on Thursday, the twenty-sixth of November at one o'clock in the "
            "afternoon: call Mum."
        )
        assert later.voice.rounds == 0
        assert later.agenda.left_s(later.agenda.all()[0]) == 23 * 3600


async def test_an_alarm_set_before_a_restart_rings_after_it(kitchen: Kitchen, store: Store) -> None:
    await kitchen.wake("at two pm")
    async with running(store, off_s=7190) as later:
        await later.passes(9)
        assert later.said == []
        await later.passes(1)
        await later.until(lambda: not later.agenda.all())
        assert later.said == ["It's two o'clock in the afternoon."]
        assert later.voice.rounds > 0


async def test_many_reminders_that_waited_are_told_in_several_breaths(kitchen: Kitchen) -> None:
    for number in range(TOLD + 2):
        await kitchen.remind(f"do thing {number}", "at one pm")
    await kitchen.passes(3600)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert [said.count("Reminder") for said in kitchen.said] == [TOLD, 2]


async def test_a_wall_clock_that_is_set_forward_lets_the_alarm_ring(kitchen: Kitchen) -> None:
    await kitchen.wake("at two pm")
    kitchen.wall += 7200
    await kitchen.passes(0)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["It's two o'clock in the afternoon."]


async def test_a_reminder_says_whose_it_is(kitchen: Kitchen, store: Store) -> None:
    await kitchen.remind("call my mother", "at one pm", "Lina")
    async with running(store, off_s=3600) as later:
        await later.until(lambda: not later.agenda.all())
        assert later.said == ["Lina, you wanted to be reminded: call your mother."]


async def test_what_an_empty_room_was_told_is_told_again_to_whoever_comes(kitchen: Kitchen) -> None:
    kitchen.somebody = False
    await kitchen.remind("call Mum", "at one pm")
    await kitchen.passes(3600)
    await kitchen.until(lambda: not kitchen.agenda.all())
    assert kitchen.said == ["Reminder: call Mum."]
    await kitchen.passes(7200)
    kitchen.somebody = True
    kitchen.conversation.go(State.LISTENING)
    await kitchen.passes(1)
    assert len(kitchen.said) == 1, "they have just begun to speak"
    kitchen.conversation.go(State.IDLE)
    await kitchen.until(lambda: len(kitchen.said) > 1)
    assert kitchen.said[1:] == ["You wanted to be reminded at one o'clock in the afternoon: call Mum."]
    assert kitchen.voice.rounds == 1
    await kitchen.passes(60)
    assert len(kitchen.said) == 2


@pytest.mark.parametrize("heard", [True, False])
async def test_it_is_not_told_again_to_whoever_heard_it_or_much_later(kitchen: Kitchen, heard: bool) -> None:
    kitchen.somebody = heard
    await kitchen.remind("call Mum", "at one pm")
    await kitchen.passes(3600)
    await kitchen.until(lambda: not kitchen.agenda.all())
    await kitchen.passes(60 if heard else AGAIN_WITHIN_S + 1)
    kitchen.somebody = True
    await kitchen.passes(1)
    assert kitchen.said == ["Reminder: call Mum."]
