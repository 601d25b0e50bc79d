"""What the owner asked the device to keep in mind, and finding it again.

::

    remember ──▶ the fact, its words (FTS5), its meaning (MiniLM, in a thread of its own)
    recall   ──▶ words in common + likeness of meaning ──▶ the facts that answer, best first; often none

The facts themselves are few and stay in memory. Where the model isn't installed, words alone decide.
"""

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from device.recollection import Question, about_oneself, answers_by, has_names, names_in, without, words_of
from device.recollection_arabic import arabic_words
from device.store import Store, StoreError
from edge_models.arabic import is_arabic
from edge_models.models import ModelError
from edge_models.sentence_embedding import DIMENSIONS, Floats, SentenceEncoder

log = logging.getLogger(__name__)

MAX_FACTS = 1_000
MAX_CHARS = 300
"""Of one fact."""
_ALIKE = 0.03
"""Answers that differ by less are equally good: then what was said last is true."""


class MemoryFull(Exception):
    """There are MAX_FACTS already."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something to remember, in the words of the one who said it."""

    n: int
    """Counts up: the order in which they were told."""
    text: str
    told_at: float
    """Unix seconds."""
    person: str = ""
    """Whose voice it was; "" where nobody could tell."""

    @property
    def owner(self) -> str:
        """Whose "I" is in it; "" for what is about nobody's self, or nobody knows whose."""
        return self.person if about_oneself(self.text) else ""

    def may_answer(self, speaker: str, *, own: bool) -> bool:
        """Whether `speaker` can mean it by "I" (`own`): one person's "I" is not another's."""
        return not (own and speaker and self.owner) or self.owner == speaker


@dataclass(frozen=True, slots=True)
class Recalled:
    """A fact that answers a question."""

    fact: Fact
    by: float
    """By how much it is an answer, 0 and up."""


class Memory:
    """The facts of a device. What `remember` and `forget` return from is on the disk; they raise StoreError."""

    def __init__(
        self, store: Store, *, encoder: Callable[[], SentenceEncoder], unix_time: Callable[[], float] = time.time
    ) -> None:
        """`encoder` loads the model, in memory's own thread; it may raise ModelError, ValueError or OSError."""
        self._store, self._unix_time = store, unix_time
        self._load_encoder = encoder
        self._encoder: SentenceEncoder | None = None
        self._no_encoder = False
        self._thread = ThreadPoolExecutor(1, "memory")
        self._facts: dict[int, Fact] = {}
        self._meanings: dict[int, Floats] = {}
        self._changing = asyncio.Lock()

    def facts(self) -> list[Fact]:
        """All, the newest first."""
        return list(reversed(self._facts.values()))

    def knows(self, text: str, person: str = "") -> bool:
        """Whether this very fact of that person is remembered already, whatever its capitals and commas."""
        owner = person if about_oneself(text) else ""
        return any(fact.owner == owner and _key(fact.text) == _key(text) for fact in self._facts.values())

    @property
    def full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self._facts) >= MAX_FACTS

    async def load(self) -> None:
        """Take up what was remembered before. Raises StoreError."""
        rows = await self._store.read(
            lambda db: db.execute("SELECT n, text, told_at, person, meaning FROM facts").fetchall()
        )
        for n, text, told_at, person, meaning in rows:
            self._facts[n] = Fact(n, text, told_at, person)
            if meaning is not None:
                self._meanings[n] = np.frombuffer(meaning, np.float32).reshape(2, DIMENSIONS)

    async def run(self) -> None:
        """Have the model ready where there is something to find, and give a meaning to facts that came without it."""
        if self._facts:
            await self._meaning(())
        for fact in self.facts():
            if fact.n in self._meanings:
                continue
            meaning = await self._meaning(_both(fact.text))
            if meaning is None:
                return
            self._meanings[fact.n] = meaning
            try:
                await self._store.write(partial(_write_meaning, n=fact.n, meaning=meaning))
            except StoreError:
                log.exception("what facts mean can't be kept now")
                return

    async def remember(self, text: str, person: str = "") -> Fact | None:
        """Keep a fact of 1 to MAX_CHARS characters, told by `person`; None when it is known. Raises MemoryFull."""
        meaning = await self._meaning(_both(text))
        async with self._changing:
            if self.knows(text, person):
                return None
            if self.full:
                raise MemoryFull
            told_at = self._unix_time()
            row = (text, told_at, person, None if meaning is None else meaning.tobytes())
            n = await self._store.write(
                lambda db: db.execute(
                    "INSERT INTO facts (text, told_at, person, meaning) VALUES (?, ?, ?, ?) RETURNING n", row
                ).fetchone()[0]
            )
            fact = self._facts[n] = Fact(n, text, told_at, person)
            if meaning is not None:
                self._meanings[n] = meaning
        return fact

    async def recall(self, text: str, speaker: str = "") -> list[Recalled]:
        """The facts that answer the question of `speaker`, the best first; empty when none does, as for most questions.

        "I" in it is the speaker; where nobody knows who that is, anybody.
        """
        if not self._facts:
            return []
        question = Question.of(text, self._names(text))
        candidates = [
            fact
            for fact in self._facts.values()
            if has_names(f"{fact.text} {fact.owner}", question.names) and fact.may_answer(speaker, own=question.own)
        ]
        if not candidates or not question.words:
            return []
        shares = await self._shares(question.words)
        arabic = is_arabic(text)  # which the model doesn't know
        asked = None if arabic else await self._meaning((question.rest if question.names else question.text,))
        found: list[Recalled] = []
        for fact in candidates:
            known = self._meanings.get(fact.n)
            likeness = None if asked is None or known is None else float(asked[0] @ known[int(bool(question.names))])
            found.append(Recalled(fact, answers_by(question.about, likeness, shares.get(fact.n, 0.0))))
        answers = [one for one in found if one.by >= 0]
        return sorted(answers, key=lambda one: (-round(one.by / _ALIKE), -one.fact.n))

    async def mentioning(self, text: str, speaker: str = "") -> list[Fact]:
        """The facts in which all words of `text` are that mean something, the newest first; "I" is the speaker."""
        question = Question.of(text)
        words = (*question.words, *question.names)
        shares = await self._shares(words) if words else {}
        return [
            fact
            for fact in self.facts()
            if words
            and fact.may_answer(speaker, own=question.own)
            # Whose fact it is counts as a word of it.
            and round(shares.get(fact.n, 0.0) * len(words)) + len(words_of(fact.owner) & {*words}) >= len(words)
        ]

    def of(self, person: str) -> list[Fact]:
        """What somebody has told of himself, and what names him, the newest first."""
        name = words_of(person)
        return [fact for fact in self.facts() if fact.owner == person or has_names(fact.text, name)]

    async def forget(self, facts: Iterable[Fact]) -> int:
        """Forget these; how many of them were still there."""
        async with self._changing:
            gone = [fact.n for fact in facts if fact.n in self._facts]

            def delete(db: sqlite3.Connection) -> None:
                db.executemany("DELETE FROM facts WHERE n = ?", [(n,) for n in gone])
                # Deleted words stay in the index until it is rewritten.
                db.execute("INSERT INTO facts_words (facts_words) VALUES ('optimize')")

            if gone:
                await self._store.write(delete)
            for n in gone:
                del self._facts[n]
                self._meanings.pop(n, None)
        return len(gone)

    def close(self) -> None:
        """Let the thread end."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _names(self, question: str) -> frozenset[str]:
        # "What do I like" of somebody who is called Like is not about him.
        owners = set[str]() if about_oneself(question) else {fact.owner for fact in self._facts.values()}
        return frozenset().union(*map(names_in, (*owners, *(fact.text for fact in self._facts.values()))))

    async def _shares(self, words: Sequence[str]) -> dict[int, float]:
        """For each fact with one of `words`, in whatever form, the share of them that it has."""
        if words and is_arabic(words[0]):
            known = {n: set(arabic_words(fact.text)) for n, fact in self._facts.items()}
            found = {n: sum(word in theirs for word in words) / len(words) for n, theirs in known.items()}
            return {n: share for n, share in found.items() if share}
        queries = ['"' + word.replace('"', '""') + '"' for word in words]  # a string of FTS5, whatever is in it

        def count(db: sqlite3.Connection) -> Counter[int]:
            statement = "SELECT rowid FROM facts_words WHERE facts_words MATCH ?"
            return Counter(n for query in queries for (n,) in db.execute(statement, (query,)))

        return {n: times / len(words) for n, times in (await self._store.read(count)).items()}

    async def _meaning(self, texts: Sequence[str]) -> Floats | None:
        """(n, 384) float32, None where there is no model."""
        if self._no_encoder:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._embed, texts)

    def _embed(self, texts: Sequence[str]) -> Floats | None:
        try:
            self._encoder = self._encoder or self._load_encoder()
        except (ModelError, ValueError, OSError) as error:
            log.warning("facts are found by their words alone: %s", error)
            self._no_encoder = True
            return None
        return self._encoder.embed_all(texts)


def _write_meaning(db: sqlite3.Connection, *, n: int, meaning: Floats) -> None:
    db.execute("UPDATE facts SET meaning = ? WHERE n = ?", (meaning.tobytes(), n))


def _both(fact: str) -> tuple[str, str]:
    """A fact as it is, and without its names."""
    return fact, without(fact, names_in(fact))


def _key(text: str) -> str:
    return " ".join("".join(letter if letter.isalnum() else " " for letter in text.casefold()).split())
