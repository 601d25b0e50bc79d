"""Timers: how much is left, whatever happens to the clocks, and what a restart leaves of them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.phrases.english_numbers import spoken_duration, spoken_left, spoken_length
from device.skills.duration import duration_s
from device.store import Store
from device.timers import LONGEST_S, MAX_TIMERS, Timers, TooManyTimers

NOON = 1_800_000_000.0


class Clocks:
    """A clock that counts and a wall clock that can be set."""

    def __init__(self) -> None:
        self.lived_s = 500.0
        self.wall = NOON

    def now(self) -> float:
        return self.lived_s

    def unix(self) -> float:
        return self.wall

    def pass_(self, seconds: float) -> None:
        self.lived_s += seconds
        self.wall += seconds

    def restart(self, off_s: float, *, wall: float | None = None) -> None:
        """The machine is off for a while; its own clock begins anew."""
        self.lived_s = 3.0
        self.wall = self.wall + off_s if wall is None else wall


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture
def timers(store: Store, clocks: Clocks) -> Timers:
    return Timers(store, clock=clocks, unix_time=clocks.unix)


async def after_restart(store: Store, clocks: Clocks) -> Timers:
    timers = Timers(store, clock=clocks, unix_time=clocks.unix)
    await timers.load()
    return timers


async def test_what_ends_first_comes_first_and_what_is_paused_last(timers: Timers, clocks: Clocks) -> None:
    await timers.set("bread", 3600)
    await timers.set("Pasta", 600)
    tea = await timers.set("tea", 180)
    clocks.pass_(60)
    await timers.pause([tea])
    assert [(timer.name, timers.left_s(timer)) for timer in timers.all()] == [
        ("pasta", 540),
        ("bread", 3540),
        ("tea", 120),
    ]


async def test_a_timer_is_due_when_its_time_is_over_and_not_before(timers: Timers, clocks: Clocks) -> None:
    pasta = await timers.set("pasta", 600)
    clocks.pass_(599.9)
    assert timers.due() == []
    clocks.pass_(0.1)
    assert timers.due() == [pasta]


async def test_setting_the_wall_clock_changes_nothing(timers: Timers, clocks: Clocks) -> None:
    pasta = await timers.set("pasta", 600)
    clocks.wall += 86_400
    assert timers.left_s(pasta) == 600
    clocks.wall -= 30 * 86_400
    assert timers.due() == []


async def test_a_paused_timer_stands_still_and_goes_on(timers: Timers, clocks: Clocks) -> None:
    await timers.set("pasta", 600)
    clocks.pass_(100)
    await timers.pause(timers.all())
    clocks.pass_(10_000)
    assert timers.due() == []
    await timers.resume(timers.all())
    clocks.pass_(50)
    assert timers.left_s(timers.all()[0]) == 450


async def test_time_is_added_to_one_that_runs_one_that_is_paused_and_one_that_rings(
    timers: Timers, clocks: Clocks
) -> None:
    first = await timers.set("first", 60)
    second = await timers.set("second", 60)
    clocks.pass_(30)
    await timers.pause([second])
    await timers.add([first, second], 60)
    assert [timers.left_s(timer) for timer in timers.all()] == [90, 90]
    clocks.pass_(200)
    assert len(timers.due()) == 1
    await timers.add(timers.due(), 60)
    assert timers.left_s(timers.all()[0]) == 60
    await timers.add(timers.all(), LONGEST_S)
    assert timers.left_s(timers.all()[0]) == LONGEST_S


async def test_timers_outlive_a_restart_by_the_wall_clock(timers: Timers, store: Store, clocks: Clocks) -> None:
    await timers.set("bread", 3600)
    tea = await timers.set("tea", 180)
    await timers.pause([tea])
    clocks.pass_(60)
    clocks.restart(600)
    after = await after_restart(store, clocks)
    assert [(timer.name, after.left_s(timer), timer.paused) for timer in after.all()] == [
        ("bread", 3600 - 60 - 600, False),
        ("tea", 180, True),
    ]
    assert (await after.set("new", 5)).n == 3


async def test_one_that_ended_while_the_device_was_off_is_due_and_late(
    timers: Timers, store: Store, clocks: Clocks
) -> None:
    await timers.set("pasta", 600)
    clocks.restart(900)
    after = await after_restart(store, clocks)
    (pasta,) = after.due()
    assert after.left_s(pasta) == -300


async def test_a_wall_clock_that_starts_in_the_past_makes_no_timer_longer(
    timers: Timers, store: Store, clocks: Clocks
) -> None:
    await timers.set("pasta", 600)
    clocks.restart(0, wall=1_000.0)
    after = await after_restart(store, clocks)
    assert after.left_s(after.all()[0]) == 600


async def test_a_wall_clock_that_was_set_right_meanwhile_is_what_the_restart_goes_by(
    timers: Timers, store: Store, clocks: Clocks
) -> None:
    await timers.set("pasta", 600)
    clocks.wall += 86_400
    await timers.follow_the_wall()
    clocks.pass_(100)
    clocks.restart(200)
    after = await after_restart(store, clocks)
    assert after.left_s(after.all()[0]) == 300


@pytest.mark.parametrize("text", ["", "[]x", '{"n": 1}', '[{"n": 1}]', '[{"n": 0, "name": "", "length_s": NaN}]'])
async def test_what_can_not_be_read_is_no_timer(store: Store, clocks: Clocks, text: str) -> None:
    await store.set_setting("timers", text)
    assert (await after_restart(store, clocks)).all() == []


async def test_there_is_an_end_to_how_many_there_can_be(timers: Timers) -> None:
    for _ in range(MAX_TIMERS):
        await timers.set("", 60)
    with pytest.raises(TooManyTimers):
        await timers.set("", 60)
    await timers.cancel(timers.all())
    assert timers.all() == []


async def test_what_was_cancelled_stays_away_after_a_restart(timers: Timers, store: Store, clocks: Clocks) -> None:
    pasta = await timers.set("pasta", 600)
    await timers.set("tea", 60)
    await timers.cancel([pasta])
    assert [timer.name for timer in (await after_restart(store, clocks)).all()] == ["tea"]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (90, "1 minute and 30 seconds"),
        (600, "10 minutes"),
        (4800, "1 hour and 20 minutes"),
        (86_400 + 3661, "1 day, 1 hour, 1 minute and 1 second"),
    ],
)
def test_durations_as_people_say_them(seconds: int, said: str) -> None:
    assert spoken_duration(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 second"),
        (59.1, "1 minute"),
        (250, "4 minutes and 10 seconds"),
        (601, "11 minutes"),
        (3601, "1 hour and 1 minute"),
        (90_000, "1 day and 1 hour"),
    ],
)
def test_what_is_left_is_said_no_finer_than_anybody_wants_to_know(seconds: float, said: str) -> None:
    assert spoken_left(seconds) == said


def test_a_length_before_a_noun_is_singular() -> None:
    assert spoken_length(4800) == "1 hour and 20 minute"


@given(st.floats(0.01, LONGEST_S))
def test_what_is_said_is_left_is_never_less_than_what_is(seconds: float) -> None:
    units = {"day": 86_400, "hour": 3600, "minute": 60, "second": 1}
    words = spoken_left(seconds).replace(",", "").replace(" and", "").split()
    said = sum(int(count) * units[unit.removesuffix("s")] for count, unit in zip(words[::2], words[1::2], strict=True))
    assert seconds <= said <= seconds * 1.1 + 1


def test_a_duration_is_the_sum_of_what_was_found() -> None:
    assert duration_s({"hours": 2, "extra": 1800, "name": "bread", "which": "all"}) == 9000
    assert duration_s({"name": "bread"}) == 0
