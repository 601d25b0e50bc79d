"""What went wrong and when: no blips, nothing forgotten over a restart, and days that add up."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloud_bridge.condition import STEADY_S, Condition, Incident, State
from cloud_bridge.history import DAY_S, DAYS, History, covered_s, days, up_share
from cloud_bridge.incidents import DIED, GAP_S, STOPPED, Incidents

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC).timestamp()


class Clock:
    """Both clocks, a second at a time."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> float:
        return NOW + self.s

    def monotonic(self) -> float:
        return self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def seen(
    condition: Condition, clock: Clock, state: State, seconds: int, reason: str = "It is broken."
) -> list[Incident]:
    found: list[Incident] = []
    for _ in range(seconds):
        incident = condition.look(state, reason, now=clock.now(), now_s=clock.s)
        found += [incident] if incident else []
        clock.s += 1
    return found


def test_a_blip_is_no_incident(clock: Clock) -> None:
    image = Condition("image")
    for _ in range(5):
        assert seen(image, clock, "up", 3) == []
        assert seen(image, clock, "down", int(STEADY_S)) == []
    assert image.incident is None


def test_an_incident_began_when_the_trouble_did_and_ended_when_it_did(clock: Clock) -> None:
    image = Condition("image")
    seen(image, clock, "up", 100)
    began = clock.now()
    (opened,) = seen(image, clock, "down", 60)
    assert opened == Incident("image", began, "down", "It is broken.")
    ended = clock.now()
    (closed,) = seen(image, clock, "up", 60, "")
    assert (closed.began, closed.ended) == (began, ended)


def test_a_moment_of_health_does_not_end_it(clock: Clock) -> None:
    image = Condition("image")
    (opened,) = seen(image, clock, "down", 30)
    assert seen(image, clock, "up", 5, "") == []
    assert seen(image, clock, "down", 60) == []
    assert image.incident == opened


def test_one_that_becomes_worse_stays_the_same_incident(clock: Clock) -> None:
    image = Condition("image")
    (bad,) = seen(image, clock, "degraded", 30, "Many fail.")
    (worse,) = seen(image, clock, "down", 30)
    assert (worse.began, worse.state, worse.reason) == (bad.began, "down", "It is broken.")
    assert seen(image, clock, "degraded", 30, "Many fail.") == []


def test_the_time_of_day_may_jump_meanwhile(clock: Clock) -> None:
    image = Condition("image")
    image.look("down", "It is broken.", now=0.0, now_s=0.0)  # a board that has not got the time yet
    opened = image.look("down", "It is broken.", now=NOW, now_s=STEADY_S)
    assert opened is not None
    assert opened.began == NOW - STEADY_S


@given(st.lists(st.tuples(st.sampled_from(["up", "degraded", "down"]), st.integers(1, 60)), max_size=30))
def test_incidents_of_one_thing_never_overlap_and_each_ends_once(steps: list[tuple[State, int]]) -> None:
    clock, image = Clock(), Condition("image")
    told = [incident for state, seconds in [*steps, ("up", 60)] for incident in seen(image, clock, state, seconds)]
    ended = [one for one in told if one.ended is not None]
    assert image.incident is None
    assert {one.began for one in told} == {one.began for one in ended}
    assert len({one.began for one in ended}) == len(ended)
    last = 0.0
    for one in ended:
        assert one.ended is not None
        assert last <= one.began <= one.ended
        last = one.ended


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.sqlite"


def test_an_incident_goes_on_over_a_restart(path: Path, clock: Clock) -> None:
    first = History({"image": lambda: ("down", "Painter is away.")}, Incidents(path, now=NOW), **both(clock))
    for _ in range(30):
        for incident in first.look():
            first._store.note(incident)
        clock.s += 1
    first._store.close(now=clock.now())
    clock.s += 10
    second = History({"image": lambda: ("up", "")}, Incidents(path, now=clock.now()), **both(clock))
    (known,) = second.incidents()
    assert (known.began, known.ended, known.reason) == (NOW, None, "Painter is away.")
    for _ in range(30):
        for incident in second.look():
            second._store.note(incident)
        clock.s += 1
    (over,) = second.incidents()
    assert (over.began, over.ended) == (NOW, NOW + 40)


@pytest.mark.parametrize("asked", [True, False])
def test_the_time_without_a_bridge_is_told(path: Path, asked: bool) -> None:
    first = Incidents(path, now=NOW)
    first.seen(now=NOW + 100)
    if asked:
        first.close(now=NOW + 100)
    second = Incidents(path, now=NOW + 1000)
    (gap,) = second.since(0)
    assert gap == Incident("bridge", NOW + 100, "down", STOPPED if asked else DIED, ended=NOW + 1000)
    assert second.known_since == NOW


def test_a_quick_restart_is_not_worth_telling(path: Path) -> None:
    Incidents(path, now=NOW).close(now=NOW + 5)
    assert Incidents(path, now=NOW + 5 + GAP_S).since(0) == []


def test_what_there_is_no_more_has_no_open_incident(path: Path, clock: Clock) -> None:
    store = Incidents(path, now=NOW)
    store.note(Incident("search", NOW, "down", "It is away."))
    clock.s = 50
    history = History({"image": lambda: ("up", "")}, store, **both(clock))
    assert [one.ended for one in history.incidents()] == [NOW + 50]


def test_a_day_has_the_colour_of_its_worst_hour() -> None:
    midnight = NOW - 12 * 3600
    overnight = Incident("image", midnight - 600, "degraded", "Many fail.", ended=midnight + 300)
    outage = Incident("image", midnight + 100, "down", "It is away.", ended=midnight + 400)
    found = days([overnight, outage], since=midnight - 5 * DAY_S, now=NOW)
    assert len(found) == DAYS
    assert [(day.state, day.affected_s) for day in found[-3:]] == [("up", 0), ("degraded", 600), ("down", 400)]
    assert {day.state for day in found[: DAYS - 6]} == {None}
    assert found[-1].date.isoformat() == "2026-11-26"


def test_what_goes_on_counts_until_now() -> None:
    assert covered_s([Incident("image", NOW - 50, "down", "")], NOW - 100, NOW + 100, now=NOW) == 50
    assert up_share([Incident("image", NOW - 50, "down", "")], since=NOW - 100, now=NOW) == 0.5
    assert up_share([Incident("image", NOW - 50, "degraded", "")], since=NOW - 100, now=NOW) == 1.0


def both(clock: Clock) -> dict:
    return {"now": clock.now, "monotonic": clock.monotonic}
