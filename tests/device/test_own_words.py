"""Answers from notes, facts and earlier answers, each with where it comes from."""

from datetime import UTC, datetime, timedelta

import pytest
from phrase_parts import ENGLISH

from device.answers import MAX_ANSWERS, Answers
from device.history import History
from device.memory import Memory
from device.paper import Notes
from device.recorder import HISTORY_S, Journal, Recorder
from device.skills.own_words import OwnWords
from device.store import Store
from edge_models.models import ModelError
from edge_models.sentence_embedding import SentenceEncoder

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)  # a Thursday
WIKIPEDIA = {"title": "Fox", "site": "Wikipedia", "url": "https://en.wikipedia.org/wiki/Fox"}


def no_model() -> SentenceEncoder:
    raise ModelError("No model is needed here.")


class Kept:
    def __init__(self, store: Store) -> None:
        self.at = NOW.timestamp()
        self.notes = Notes(store, unix_time=lambda: self.at)
        self.memory = Memory(store, encoder=no_model)
        self.answers = Answers(store, unix_time=lambda: self.at)
        self.own = OwnWords(notes=self.notes, memory=self.memory, answers=self.answers, phrases=ENGLISH)

    async def told(self, question: str, *, sure: bool = False) -> str:
        return await self.own.told(question, now=NOW, sure=sure)


@pytest.fixture
def kept(store: Store) -> Kept:
    return Kept(store)


async def test_a_note_answers_with_the_day_on_which_it_was_taken(kept: Kept) -> None:
    kept.at = (NOW - timedelta(days=3)).timestamp()
    await kept.notes.take("the code of the gate is 4711")
    assert await kept.told("what's the gate code") == (
        "Your note from Monday, the twenty-third of November says: The code of the gate is 4711."
    )
    assert await kept.told("what's the gate code", sure=True) != ""
    assert await kept.told("what's the safe code") == ""


async def test_one_word_is_enough_only_where_nobody_else_can_be_asked(kept: Kept) -> None:
    await kept.notes.take("dentist on Tuesday at nine")
    assert await kept.told("when is the dentist", sure=True) == ""
    assert await kept.told("when is the dentist") == "Your note from earlier today says: Dentist on Tuesday at nine."


async def test_a_fact_and_an_earlier_answer_are_found_too(kept: Kept) -> None:
    await kept.memory.remember("our wifi password is fox")
    assert await kept.told("what's the wifi password") == "You told me: Your wifi password is fox."
    await kept.answers.keep("How do foxes sleep?", "Curled up.", (WIKIPEDIA,))
    assert await kept.told("how does a fox sleep") == ""  # another word than "foxes", and that is all there is
    assert await kept.told("how do foxes sleep") == (
        "You asked that earlier today. The answer was: Curled up. That's according to Wikipedia."
    )


async def test_what_is_deleted_or_too_old_is_not_told_again(kept: Kept, store: Store) -> None:
    kept.at = NOW.timestamp() - HISTORY_S - 1
    await kept.answers.keep("how do foxes sleep", "Curled up.", ())
    kept.at = NOW.timestamp()
    await kept.answers.keep("how do owls sleep", "By day.", ())
    assert [one.question for one in await kept.answers.all()] == ["how do owls sleep"]
    await History(store, recorder=Recorder(store), journal=Journal(store)).delete()
    assert await kept.answers.all() == []


async def test_there_is_a_bound_to_what_is_kept(kept: Kept, store: Store) -> None:
    row = (kept.at, "q", "a", "[]")
    await store.write(
        lambda db: db.executemany(
            "INSERT INTO answers (at, question, answer, sources) VALUES (?, ?, ?, ?)", [row] * (MAX_ANSWERS + 5)
        )
    )
    await kept.answers.keep("the last", "a", ())
    everything = await kept.answers.all()
    assert (len(everything), everything[-1].question) == (MAX_ANSWERS, "the last")
