"""Notes as somebody speaks with them."""

from datetime import UTC, datetime

import pytest
from phrase_parts import ENGLISH
from skill_parts import Speaker

from device.context import Surroundings
from device.paper import MAX_NOTE, MAX_NOTES, Notes
from device.skills.asking import Asking
from device.skills.notes import NoteSkill
from device.store import Store


class Desk(Speaker):
    def __init__(self, store: Store) -> None:
        super().__init__(datetime(2026, 11, 26, 15, 0, tzinfo=UTC))
        self.notes = Notes(store, unix_time=self.unix)
        self.asking = Asking(self.unix)
        self.skills = (NoteSkill(self.notes, self.asking, ENGLISH),)

    def surroundings(self) -> Surroundings:
        return Surroundings(now=self.now, asked=self.asking.kind)

    async def texts(self) -> list[str]:
        return [note.text for note in await self.notes.all()]


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
async def full(desk: Desk) -> Desk:
    """Three notes, of which the last is about the door."""
    for text in ("the gate's code is 4711", "Anna likes tulips", "the door squeaks"):
        await desk.notes.take(text)
    return desk


async def test_what_is_said_is_written_down_word_for_word(desk: Desk) -> None:
    assert await desk.hear("Take a note: the code of the gate is 4711.") == "Okay, I wrote it down."
    assert desk.foretold == "Okay, I wrote it down."
    assert await desk.texts() == ["the code of the gate is 4711"]
    assert (await desk.notes.all())[0].written_at == desk.now.timestamp()


async def test_a_note_without_words_is_asked_for(desk: Desk) -> None:
    assert await desk.hear("take a note") == "What shall I write down?"
    assert await desk.hear("the plumber comes on Monday at nine") == "Okay, I wrote it down."
    assert await desk.texts() == ["the plumber comes on Monday at nine"]
    assert desk.asking.kind == ""


async def test_whoever_asks_for_something_else_has_not_answered(desk: Desk) -> None:
    await desk.hear("take a note")
    desk.skills[0].passed()
    assert desk.asking.kind == ""


async def test_notes_are_read_the_newest_first(full: Desk) -> None:
    assert await full.hear("read my notes") == (
        "3 notes: The door squeaks. Anna likes tulips. The gate's code is 4711."
    )
    assert await full.hear("read the last note") == "The door squeaks."
    assert await full.hear("what did I note about the gate") == "The gate's code is 4711."
    assert await full.hear("what did I note about the cat") == "There is no note about cat."


async def test_of_many_notes_the_latest_are_read(full: Desk) -> None:
    await full.notes.take("buy a ladder")
    assert await full.hear("read my notes") == (
        "4 notes; the latest: Buy a ladder. The door squeaks. Anna likes tulips."
    )


async def test_notes_are_deleted(full: Desk) -> None:
    assert await full.hear("delete the last note") == "The note is deleted."
    assert await full.texts() == ["Anna likes tulips", "the gate's code is 4711"]
    assert (await full.hear("delete the note")).startswith("There are 2 such notes.")
    assert await full.hear("delete the note about tulips") == "The note is deleted."
    assert await full.hear("delete the note") == "The note is deleted."
    assert await full.hear("delete the last note") == "You have no notes."


async def test_all_notes_are_deleted_at_once(full: Desk) -> None:
    assert await full.hear("delete all my notes") == "3 notes are deleted."
    assert await full.hear("read my notes") == "You have no notes."


async def test_too_long_and_too_many_are_refused_in_a_sentence(desk: Desk) -> None:
    assert await desk.hear("take a note that " + "very " * 300 + "long") == "That's too long for a note."
    for number in range(MAX_NOTES):
        await desk.notes.take(f"note {number}")
    assert await desk.hear("take a note that it rains") == "There are 500 notes already; delete some first."
    assert len(await desk.texts()) == MAX_NOTES
    await desk.notes.delete([note.n for note in await desk.notes.all()])
    await desk.notes.take("x" * 5000)
    assert [len(text) for text in await desk.texts()] == [MAX_NOTE]
