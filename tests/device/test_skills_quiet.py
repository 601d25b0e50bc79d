"""Do not disturb: as somebody asks for it, how long it lasts, and what a restart leaves of it."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from phrase_parts import ENGLISH
from skill_parts import Speaker

from device.bus import Bus
from device.clock import SystemClock
from device.do_not_disturb import Quiet
from device.events import DoNotDisturb
from device.skills.quiet import QuietSkill
from device.store import Store


class Study(Speaker):
    def __init__(self, store: Store) -> None:
        super().__init__(datetime(2026, 11, 26, 15, 0, tzinfo=ZoneInfo("Europe/Berlin")))
        self.bus = Bus(SystemClock())
        self.shown: list[bool] = []
        self.bus.observe(lambda happened: self._note(happened.event))
        self.quiet = self.after_restart(store)
        self.skills = (QuietSkill(self.quiet, ENGLISH),)

    def after_restart(self, store: Store) -> Quiet:
        return Quiet(store, self.bus, unix_time=self.unix)

    def _note(self, event: object) -> None:
        if isinstance(event, DoNotDisturb):
            self.shown.append(event.on)


@pytest.fixture
def study(store: Store) -> Study:
    return Study(store)


async def test_it_lasts_until_somebody_ends_it(study: Study) -> None:
    assert await study.hear("do not disturb") == study.foretold
    assert study.foretold == "Okay, I won't disturb you. Alarms and timers still ring."
    study.now += timedelta(days=30)
    assert study.quiet.on
    assert await study.hear("you can talk to me again") == "Okay, I'll speak up again."
    assert not study.quiet.on
    assert study.shown == [True, False]


@pytest.mark.parametrize(
    ("text", "end", "hours"),
    [
        ("don't disturb me until eight", "eight o'clock in the evening", 5),
        ("don't disturb me for an hour", "four o'clock in the afternoon", 1),
        ("leave me alone until tomorrow at nine", "tomorrow at nine o'clock in the morning", 18),
        ("don't disturb me tonight", "tomorrow at seven o'clock in the morning", 16),
    ],
)
async def test_it_ends_by_itself(study: Study, text: str, end: str, hours: int) -> None:
    assert await study.hear(text) == f"Okay, I won't disturb you until {end}. Alarms and timers still ring."
    study.now += timedelta(hours=hours, seconds=-1)
    assert study.quiet.on
    study.now += timedelta(seconds=1)
    assert not study.quiet.on


async def test_its_end_is_said_to_those_who_wait_for_it(study: Study) -> None:
    await study.hear("don't disturb me for an hour")
    study.now += timedelta(hours=1)
    running = asyncio.create_task(study.quiet.run())
    for _ in range(5):
        await asyncio.sleep(0)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert study.shown == [True, False]
    assert study.quiet.until is None


async def test_a_restart_leaves_it_as_it_is(study: Study, store: Store) -> None:
    await study.hear("don't disturb me for an hour")
    after = study.after_restart(store)
    assert not after.on
    await after.load()
    assert after.on
    study.now += timedelta(hours=1)
    assert not after.on


@pytest.mark.parametrize("text", ["", "{}", '{"on": 1, "until": NaN}', "on", '{"on": true, "until": "x"}'])
async def test_what_can_not_be_read_disturbs(study: Study, store: Store, text: str) -> None:
    await store.set_setting("do_not_disturb", text)
    after = study.after_restart(store)
    await after.load()
    assert not after.on
