"""The past: what was said is kept for its time and no longer, and is gone when its owner deletes it."""

from math import inf
from pathlib import Path

import pytest

from device.bus import Bus
from device.clock import SystemClock
from device.events import Reply, Transcript, Understood
from device.gallery import Gallery
from device.history import History
from device.recorder import HISTORY_S, TURNS_KEPT, Journal, Recorder
from device.store import Store

NOW = 1_800_000_000.0


class Past:
    def __init__(self, store: Store) -> None:
        self.at, self.store = NOW, store
        self.bus = Bus(SystemClock())
        self.recorder = Recorder(store, unix_time=lambda: self.at)
        self.journal = Journal(store)
        self.bus.observe(self.recorder.note)
        self.bus.observe(self.journal.note)
        self.history = History(store, recorder=self.recorder, journal=self.journal)

    def speak(self, words: str, reply: str = "Okay.") -> str:
        self.at += 10
        turn = self.bus.begin_turn()
        self.bus.publish(turn, Transcript(words, "en", 0.9))
        self.bus.publish(turn, Understood("none", {"heard": words}, {}, "grammar/device"))
        self.bus.publish(turn, Reply(reply))
        return turn

    async def heard(self, begin: float = 0.0, end: float = inf) -> list[str]:
        return [one.heard for one in await self.history.said(begin, end)]


@pytest.fixture
def past(store: Store) -> Past:
    return Past(store)


async def test_what_was_said_is_there_at_once_and_long_after_its_turn(past: Past) -> None:
    for number in range(TURNS_KEPT + 5):
        past.speak(f"number {number}", f"reply {number}")
        await past.recorder.save()
    assert await past.heard() == [f"number {number}" for number in range(TURNS_KEPT + 5)]
    said = await past.history.said()
    assert (said[0].reply, said[0].at) == ("reply 0", pytest.approx(NOW + 10, abs=1))


async def test_it_is_read_by_time_and_backwards(past: Past) -> None:
    for number in range(5):
        past.speak(f"number {number}")
    first = (await past.history.said())[0].at
    assert await past.heard(begin=first + 5, end=first + 25) == ["number 1", "number 2"]
    newest = await past.history.said(limit=2)
    assert [one.heard for one in newest] == ["number 3", "number 4"]
    assert [one.heard for one in await past.history.said(end=newest[0].at, limit=2)] == ["number 1", "number 2"]


async def test_the_last_thing_said_is_not_the_question_for_it(past: Past) -> None:
    assert await past.history.last_said() is None
    past.speak("draw a fox")
    now = past.speak("what did I ask last")
    last = await past.history.last_said(but=now)
    assert last
    assert last.heard == "draw a fox"


async def test_what_was_not_understood_as_words_is_no_conversation(past: Past) -> None:
    past.speak("", "Sorry?")
    assert await past.heard() == []


async def test_conversations_are_kept_for_ninety_days(past: Past) -> None:
    past.speak("long ago")
    await past.recorder.save()
    past.at += HISTORY_S - 5
    past.speak("yesterday")
    await past.recorder.save()
    past.at += 100
    past.speak("today")
    assert await past.heard() == ["yesterday", "today"]


async def test_no_more_than_so_many_conversations_are_kept(past: Past, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.recorder.HISTORY_TURNS", 3)
    for number in range(5):
        past.speak(f"number {number}")
    assert await past.heard() == ["number 2", "number 3", "number 4"]


async def test_what_is_deleted_is_nowhere(past: Past, store: Store, tmp_path: Path) -> None:
    picture = await Gallery(store, tmp_path / "pictures").new(turn="t", prompt="a fox", scene=None, seed=1)
    past.speak("my secret is zebrafish", "Your secret is zebrafish.")
    await past.recorder.save()
    past.speak("zebrafish again")
    await past.history.delete()
    assert await past.heard() == []
    assert past.recorder.recent() == []
    assert "zebrafish" not in str(await past.journal.after(0))
    tables = ("history", "turns", "journal")
    for table in tables:
        rows = await store.read(lambda db, table=table: db.execute(f"SELECT * FROM {table}").fetchall())
        assert "zebrafish" not in str(rows)
    assert await past.history.drawn(0, picture.created_at + 1) == ["a fox"]
    past.speak("a new beginning")
    assert await past.heard() == ["a new beginning"]
