"""Memory: what is kept survives, what is asked is found, and what nobody told is not made up."""

import asyncio
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from memory_parts import no_model

from device import store as store_module
from device.memory import MAX_FACTS, Memory, MemoryFull
from device.store import Store
from edge_models.models import ModelStore
from edge_models.sentence_embedding import DIMENSIONS, Floats, SentenceEncoder

HOUSE = (
    "Lina likes foxes",
    "my gate code is 4711",
    "Tom is allergic to peanuts",
    "the spare key is under the blue flower pot",
    "our cat is called Biscuit",
    "the bins are collected on Tuesday morning",
)


@pytest.fixture
async def words(store: Store) -> Memory:
    """The house, remembered by words alone."""
    return await told(Memory(store, encoder=no_model), *HOUSE)


@pytest.fixture(scope="module")
def encoder(models: ModelStore) -> SentenceEncoder:
    return SentenceEncoder(models.path("all-minilm-l6-v2"))


async def told(memory: Memory, *facts: str) -> Memory:
    for fact in facts:
        await memory.remember(fact)
    return memory


async def answer(memory: Memory, question: str) -> str | None:
    found = await memory.recall(question)
    return found[0].fact.text if found else None


async def test_what_was_told_is_there_after_a_restart(store: Store, words: Memory) -> None:
    after = Memory(store, encoder=no_model)
    await after.load()
    assert after.facts() == words.facts()
    assert [fact.text for fact in after.facts()] == list(reversed(HOUSE))


async def test_the_same_fact_twice_is_once(words: Memory) -> None:
    assert words.knows("Lina likes foxes.")
    assert await words.remember("lina likes, foxes!") is None
    assert len(words.facts()) == len(HOUSE)


async def test_the_same_fact_told_twice_at_the_same_time_is_once(store: Store) -> None:
    memory = Memory(store, encoder=no_model)
    made = await asyncio.gather(*(memory.remember("Lina likes foxes") for _ in range(5)))
    assert len([fact for fact in made if fact]) == len(memory.facts()) == 1


async def test_memory_has_an_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("device.memory.MAX_FACTS", 3)
    assert MAX_FACTS == 1000
    memory = await told(Memory(store, encoder=no_model), *HOUSE[:3])
    with pytest.raises(MemoryFull):
        await memory.remember("one too many")
    await memory.forget(memory.facts()[:1])
    assert await memory.remember("there is room again")


async def test_words_alone_find_what_shares_them_in_any_form(words: Memory) -> None:
    assert await answer(words, "what does Lina like") == "Lina likes foxes"
    assert await answer(words, "what's the gate code") == "my gate code is 4711"
    assert await answer(words, "where is the spare key") == "the spare key is under the blue flower pot"
    assert await answer(words, "what is our cat called") == "our cat is called Biscuit"


@pytest.mark.parametrize(
    "question", ["what does Ben like", "who wrote Hamlet", "when is Tom's birthday", "what", "", "?"]
)
async def test_words_alone_make_nothing_up(words: Memory, question: str) -> None:
    assert await answer(words, question) is None


@pytest.mark.parametrize(
    "question",
    [
        'what "is AND OR NOT (the) * gate^2 NEAR/3 code: -x {a b}',
        "';DROP TABLE facts; --",
        "text : gate",
        "🦊 \x00 \ud800",
        "ما هو رمز البوابة",
        "what is " + "very " * 5000 + "long",
        '"' * 999,
    ],
)
async def test_no_question_breaks_the_search(words: Memory, question: str) -> None:
    await words.recall(question)
    await words.mentioning(question)
    assert len(words.facts()) == len(HOUSE)


async def test_a_question_to_an_empty_memory_needs_no_model(store: Store) -> None:
    def load() -> SentenceEncoder:
        raise AssertionError("it is not needed")

    assert await Memory(store, encoder=load).recall("what does Lina like") == []


async def test_what_is_forgotten_is_not_found_and_leaves_no_words_in_the_file(store: Store, tmp_path: Path) -> None:
    memory = await told(Memory(store, encoder=no_model), "my gate code is zebrafish", *HOUSE)
    (fact,) = await memory.mentioning("zebrafish")
    assert await memory.forget([fact]) == 1
    assert await memory.forget([fact]) == 0
    assert await answer(memory, "what's the zebrafish") is None
    await store.close()  # the write-ahead log goes into the file
    assert b"zebrafish" not in (tmp_path / "device.sqlite").read_bytes()


async def test_those_that_mention_all_the_words_are_found_the_newest_first(words: Memory) -> None:
    await words.remember("Lina has a gate")
    assert [fact.text for fact in await words.mentioning("Lina")] == ["Lina has a gate", "Lina likes foxes"]
    assert [fact.text for fact in await words.mentioning("the gate of Lina")] == ["Lina has a gate"]
    assert await words.mentioning("it") == []


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("what does Lina like", "Lina likes foxes"),
        ("what does lina like", "Lina likes foxes"),
        ("WHAT DOES LINA LIKE", "Lina likes foxes"),
        ("does Tom have any allergies", "Tom is allergic to peanuts"),
        ("where did we hide the extra key", "the spare key is under the blue flower pot"),
        ("who is allergic to peanuts", "Tom is allergic to peanuts"),
        ("how do I open the gate", "my gate code is 4711"),
        ("what does Ben like", None),
        ("when is Tom's birthday", None),
        ("what is the capital of France", None),
        ("how do foxes sleep", None),
        ("where is my umbrella", None),
    ],
)
async def test_meaning_finds_what_is_meant(
    store: Store, encoder: SentenceEncoder, question: str, fact: str | None
) -> None:
    memory = await told(Memory(store, encoder=lambda: encoder), *HOUSE)
    assert await answer(memory, question) == fact


@pytest.mark.models
async def test_of_two_that_contradict_each_other_the_later_is_true(store: Store, encoder: SentenceEncoder) -> None:
    memory = await told(Memory(store, encoder=lambda: encoder), "my gate code is 4711", "my gate code is 9938")
    assert await answer(memory, "what's my gate code") == "my gate code is 9938"


@pytest.mark.models
async def test_a_fact_told_before_the_model_was_there_gets_its_meaning_later(
    store: Store, encoder: SentenceEncoder
) -> None:
    await told(Memory(store, encoder=no_model), *HOUSE)
    memory = Memory(store, encoder=lambda: encoder)
    await memory.load()
    await memory.run()
    assert await answer(memory, "does Tom have any allergies") == "Tom is allergic to peanuts"
    again = Memory(store, encoder=lambda: encoder)
    await again.load()
    assert await answer(again, "does Tom have any allergies") == "Tom is allergic to peanuts"


class Watched(SentenceEncoder):
    """An encoder that notes in which thread it works."""

    def __init__(self) -> None:
        self.threads: set[str] = set()

    def embed_all(self, sentences: Sequence[str]) -> Floats:
        self.threads.add(threading.current_thread().name)
        return np.full((len(sentences), DIMENSIONS), 0.05, np.float32)


async def test_meaning_is_never_worked_out_in_the_loops_thread(store: Store) -> None:
    watched = Watched()
    memory = await told(Memory(store, encoder=lambda: watched), "Lina likes foxes")
    assert await answer(memory, "what does Lina like")
    assert {name.rpartition("_")[0] for name in watched.threads} == {"memory"}


async def test_an_older_store_keeps_its_turns_as_history(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    db = sqlite3.connect(path)
    db.executescript(";".join((*store_module._MIGRATIONS[0], "PRAGMA user_version = 1")))
    db.execute("INSERT INTO turns (turn, began_at, heard, reply, events) VALUES ('t', 7.0, 'draw', 'Okay.', '[]')")
    db.commit()
    db.close()
    store = Store.open(path)
    assert await store.read(lambda db: db.execute("SELECT turn, at, heard, reply FROM history").fetchall()) == [
        ("t", 7.0, "draw", "Okay.")
    ]
    await store.close()
