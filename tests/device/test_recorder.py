"""The last turns, and the journal that a page catches up from."""

import asyncio
from pathlib import Path

import pytest

from device.bus import Bus
from device.events import Artifact, JobProgress, LinkChanged, Reply, SpeechStarted, Transcript
from device.recorder import TURNS_KEPT, Journal, Recorder
from device.store import JOURNAL_LENGTH, Store, StoreError


class HandClock:
    def __init__(self) -> None:
        self.seconds = 100.0

    def now(self) -> float:
        return self.seconds


def speak(bus: Bus, words: str) -> str:
    turn = bus.begin_turn()
    bus.publish(turn, Transcript(words, "en", 0.9))
    return turn


def late_picture() -> Artifact:
    return Artifact("a", "p", "final", "e", "/p.png", 64, 64)


async def test_a_turn_is_kept_with_its_texts_and_timings(store: Store) -> None:
    clock = HandClock()
    bus, recorder = Bus(clock), Recorder(store, unix_time=lambda: 1_800_000_000.0 + clock.seconds)
    bus.observe(recorder.note)
    turn = bus.begin_turn()
    clock.seconds = 101.0
    bus.publish(turn, SpeechStarted())
    bus.speech_ended(turn, 102.0)
    clock.seconds = 102.5
    bus.publish(turn, Transcript("draw a fox", "en", 0.9))
    bus.publish(turn, Reply("Here is a fox."))
    bus.publish(turn, Reply("The finished one follows."))
    bus.publish("", LinkChanged(online=True))

    (record,) = recorder.recent()
    assert (record.turn, record.heard) == (turn, "draw a fox")
    assert record.reply == "Here is a fox. The finished one follows."
    assert record.began_at == 1_800_000_100.0
    assert record.events == (
        ("speech_started", 1000.0, None),
        ("transcript", 2500.0, 500.0),
        ("reply", 2500.0, 500.0),
        ("reply", 2500.0, 500.0),
    )


async def test_the_last_turns_are_kept_newest_first_and_survive_a_restart(store: Store) -> None:
    bus, recorder = Bus(HandClock()), Recorder(store)
    bus.observe(recorder.note)
    for number in range(TURNS_KEPT + 5):
        speak(bus, f"number {number}")
        if number % 7 == 0:
            await recorder.save()
    await recorder.save()
    newest_first = [f"number {number}" for number in range(TURNS_KEPT + 4, 4, -1)]
    assert [record.heard for record in recorder.recent()] == newest_first

    after_restart = Recorder(store)
    await after_restart.load()
    assert after_restart.recent() == recorder.recent()
    assert await store.read(lambda db: db.execute("SELECT count(*) FROM turns").fetchone()) == (TURNS_KEPT,)


async def test_a_picture_that_comes_after_later_turns_does_not_change_their_order(store: Store) -> None:
    bus, recorder = Bus(HandClock()), Recorder(store)
    bus.observe(recorder.note)
    first, second = speak(bus, "first"), speak(bus, "second")
    await recorder.save()
    bus.publish(first, late_picture())
    await recorder.save()
    assert [record.turn for record in recorder.recent()] == [second, first]
    after_restart = Recorder(store)
    await after_restart.load()
    assert [record.turn for record in after_restart.recent()] == [second, first]
    assert after_restart.recent()[1].events[-1][0] == "artifact"


async def test_a_picture_for_a_turn_that_is_forgotten_makes_no_turn(store: Store) -> None:
    bus, recorder = Bus(HandClock()), Recorder(store)
    bus.observe(recorder.note)
    bus.publish("long ago", JobProgress("j", 0.5))
    bus.publish("long ago", late_picture())
    assert recorder.recent() == []


async def test_timings_of_before_a_restart_are_not_mixed_with_those_after(store: Store) -> None:
    bus, recorder = Bus(HandClock()), Recorder(store)
    bus.observe(recorder.note)
    turn = speak(bus, "draw a fox")
    await recorder.save()

    after_restart = Recorder(store)
    await after_restart.load()
    (before,) = after_restart.recent()
    bus = Bus(HandClock())
    bus.observe(after_restart.note)
    bus.publish(turn, late_picture())
    assert after_restart.recent() == [before]


async def test_a_journal_gives_what_came_after_an_event_written_or_not(store: Store) -> None:
    bus, journal = Bus(HandClock()), Journal(store)
    bus.observe(journal.note)
    for fraction in (0.1, 0.2, 0.3):
        bus.publish("t", JobProgress("j", fraction))
    await journal.save()
    bus.publish("t", JobProgress("j", 0.4))

    expected = [
        {"seq": 3, "event": "job_progress", "turn": "t", "at_ms": 0.0, "job": "j", "fraction": 0.3},
        {"seq": 4, "event": "job_progress", "turn": "t", "at_ms": 0.0, "job": "j", "fraction": 0.4},
    ]
    assert await journal.after(2) == expected
    await journal.save()
    assert await journal.after(2) == expected
    assert await journal.after(4) == []


async def test_a_journal_misses_nothing_while_it_is_being_written(store: Store) -> None:
    bus, journal = Bus(HandClock()), Journal(store)
    bus.observe(journal.note)
    for number in range(1, 40):
        bus.publish("t", JobProgress("j", number / 100))
        saving = asyncio.create_task(journal.save())
        assert [event["seq"] for event in await journal.after(0)] == list(range(1, number + 1))
        await saving


async def test_a_journal_goes_on_after_a_restart_and_is_bounded(store: Store, tmp_path: Path) -> None:
    bus, journal = Bus(HandClock()), Journal(store)
    bus.observe(journal.note)
    for _ in range(JOURNAL_LENGTH - 10):
        bus.publish("t", SpeechStarted())
    await journal.save()
    await store.close()

    store = Store.open(tmp_path / "device.sqlite")
    bus, journal = Bus(HandClock(), next_seq=store.last_seq() + 1), Journal(store)
    bus.observe(journal.note)
    for _ in range(30):
        bus.publish("t", SpeechStarted())
    await journal.save()
    kept = [event["seq"] for event in await journal.after(0)]
    assert kept == list(range(21, JOURNAL_LENGTH + 21))
    await store.close()


async def test_what_a_full_disk_refused_is_written_when_it_takes_it(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus, journal, recorder = Bus(HandClock()), Journal(store), Recorder(store)
    bus.observe(journal.note)
    bus.observe(recorder.note)
    speak(bus, "draw a fox")

    async def full(fn: object) -> None:
        raise StoreError("The device's store can't be used: database or disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(store, "write", full)
        for writer in (journal, recorder):
            with pytest.raises(StoreError):
                await writer.save()
    await journal.save()
    await recorder.save()
    assert await store.read(lambda db: db.execute("SELECT count(*) FROM journal").fetchone()) == (1,)
    assert await store.read(lambda db: db.execute("SELECT heard FROM turns").fetchone()) == ("draw a fox",)


async def test_what_is_not_written_when_the_device_stops_is_written_then(store: Store) -> None:
    bus, journal = Bus(HandClock()), Journal(store)
    bus.observe(journal.note)
    task = asyncio.create_task(journal.run())
    await asyncio.sleep(0)
    speak(bus, "draw a fox")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert await store.read(lambda db: db.execute("SELECT count(*) FROM journal").fetchone()) == (1,)
