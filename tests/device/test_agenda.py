"""Alarms and reminders: what is due when, whatever the clocks do, and what a restart leaves of them."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from device.agenda import MAX_ABOUT, MAX_ENTRIES, SNOOZABLE_S, Agenda, Kind, TooManyEntries
from device.clock import local_now
from device.context.when import when
from device.store import Store

BERLIN = ZoneInfo("Europe/Berlin")


class Wall:
    """A wall clock that can be set, in a zone with summer time."""

    def __init__(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, BERLIN)

    def shows(self, text: str) -> None:
        self.at = datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp()


@pytest.fixture
def wall() -> Wall:
    return Wall("2026-03-27T22:00")  # a Friday; in the night to Sunday the clocks go forward


@pytest.fixture
def agenda(store: Store, wall: Wall) -> Agenda:
    return Agenda(store, now=wall.now)


@pytest.fixture
def sets(agenda: Agenda, wall: Wall) -> Callable[..., object]:
    async def set_(text: str, about: str = "", kind: Kind = "alarm"):
        found = when(text, wall.now(), waking=True)
        assert found is not None
        return await agenda.add(kind, about, found)

    return set_


def times(agenda: Agenda) -> list[str]:
    return [datetime.fromtimestamp(entry.at, BERLIN).isoformat() for entry in agenda.all()]


async def test_what_comes_first_is_first_and_due_when_its_time_has_come(agenda: Agenda, wall: Wall, sets) -> None:
    late = await sets("tomorrow at nine")
    early = await sets("tomorrow at seven")
    await sets("tomorrow at eight", "call Mum", "reminder")
    assert [entry.about for entry in agenda.all()] == ["", "call Mum", ""]
    assert agenda.all("alarm") == [early, late]
    wall.shows("2026-03-28T06:59:59")
    assert agenda.due("alarm") == []
    wall.shows("2026-03-28T07:00")
    assert agenda.due("alarm") == [early]
    assert agenda.due("reminder") == []


async def test_what_happens_once_is_gone_when_it_was_told(agenda: Agenda, wall: Wall, sets) -> None:
    await sets("tomorrow at seven")
    wall.shows("2026-03-28T07:00")
    await agenda.done(agenda.due("alarm"))
    assert agenda.all() == []


async def test_what_repeats_comes_again_by_the_clock_on_the_wall(agenda: Agenda, wall: Wall, sets) -> None:
    await sets("every day at seven")
    assert times(agenda) == ["2026-03-28T07:00:00+01:00"]
    wall.shows("2026-03-28T07:00")
    await agenda.done(agenda.due("alarm"))
    assert times(agenda) == ["2026-03-29T07:00:00+02:00"]
    wall.shows("2026-03-29T07:00")
    await agenda.done(agenda.due("alarm"))
    assert times(agenda) == ["2026-03-30T07:00:00+02:00"]


async def test_a_time_that_the_clock_skips_once_stays_what_it_is_on_the_other_days(
    agenda: Agenda, wall: Wall, sets
) -> None:
    wall.shows("2026-03-29T01:00")
    await sets("every day at 02:30")
    assert times(agenda) == ["2026-03-29T03:30:00+02:00"]
    wall.shows("2026-03-29T03:30")
    await agenda.done(agenda.due("alarm"))
    assert times(agenda) == ["2026-03-30T02:30:00+02:00"]


async def test_a_weekday_alarm_lets_people_sleep_on_saturday(agenda: Agenda, wall: Wall, sets) -> None:
    await sets("every weekday at seven")
    assert times(agenda) == ["2026-03-30T07:00:00+02:00"]


async def test_a_restart_leaves_everything_and_what_was_missed_is_due(
    agenda: Agenda, store: Store, wall: Wall, sets
) -> None:
    alarm = await sets("every weekday at seven", "run")
    reminder = await sets("tomorrow at nine", "call Mum", "reminder")
    wall.shows("2026-04-02T12:00")
    after = Agenda(store, now=wall.now)
    await after.load()
    assert after.all() == [reminder, alarm]
    assert (after.due("alarm"), after.due("reminder")) == ([alarm], [reminder])
    await after.done([alarm, reminder])
    assert times(after) == ["2026-04-03T07:00:00+02:00"]
    again = Agenda(store, now=wall.now)
    await again.load()
    assert again.all() == after.all()


async def test_what_was_cancelled_stays_away_and_its_number_is_not_given_again(
    agenda: Agenda, store: Store, wall: Wall, sets
) -> None:
    first = await sets("tomorrow at seven")
    await agenda.cancel([first])
    await agenda.cancel([first])
    after = Agenda(store, now=wall.now)
    await after.load()
    assert after.all() == []
    assert (await sets("tomorrow at seven")).n > first.n


async def test_a_clock_that_is_set_back_lets_nothing_happen_twice(agenda: Agenda, wall: Wall, sets) -> None:
    await sets("every day at seven")
    wall.shows("2026-03-28T07:00")
    await agenda.done(agenda.due("alarm"))
    wall.shows("2026-03-28T06:00")
    assert agenda.due("alarm") == []


async def test_there_is_an_end_to_how_many_and_how_long(agenda: Agenda, sets) -> None:
    assert len((await sets("tomorrow at seven", "x" * 5000)).about) == MAX_ABOUT
    for _ in range(MAX_ENTRIES - 1):
        await sets("tomorrow at seven")
    with pytest.raises(TooManyEntries):
        await sets("tomorrow at seven")


async def test_what_rang_can_be_put_off_for_a_while(agenda: Agenda, wall: Wall, sets) -> None:
    alarm = await sets("tomorrow at seven")
    assert agenda.rung() == ()
    wall.shows("2026-03-28T07:00")
    agenda.note_rang([alarm])
    assert agenda.ringing
    await agenda.done([alarm])
    agenda.note_silenced()
    assert agenda.ringing
    assert agenda.rung() == (alarm,)
    wall.at += 11
    assert not agenda.ringing
    wall.at += SNOOZABLE_S
    assert agenda.rung() == ()


def test_the_wall_clock_knows_the_rules_of_its_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    assert str(local_now().tzinfo) == "Europe/Berlin"
    monkeypatch.setenv("TZ", "Nowhere/Land")
    assert local_now().utcoffset() is not None
    monkeypatch.delenv("TZ")
    assert local_now().utcoffset() is not None
