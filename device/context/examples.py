"""What a sentence means that no template has: whatever its examples are like.

::

    words ─▶ 384 numbers ─▶ how near to each example ─▶ a score for each meaning and for none ─▶ is one far ahead?

The scores are a kernel ridge regression on the examples of `examples/<language>.yaml`: each example votes with a weight
such that all of them come out right, so that the neighbours in `none` say where a command ends and talk begins. It is
one linear system, solved at the start.
"""

import hashlib
import re
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Annotated

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device.context.plan import Step
from edge_models.kept import KeptError, keep, kept

Floats = NDArray[np.float32]
Embed = Callable[[str], Floats]
"""A sentence to (384,) float32 of length 1, or zeros where there is no word in it."""

BOOKS = Path(__file__).with_name("examples")
MAX_WORDS = 14
"""What is longer tells a story."""
SCORE = 0.4
AHEAD = 0.2
"""How far before every other meaning, and before none. Both: the most that is found while none of the 663 sentences in
tests/eval/examples_{dev,test}.jsonl that are not for the device makes it act; 2026-11."""
_NEARNESS = 1.0
"""Of the kernel exp(-nearness · distance²)."""
_RIDGE = 0.3
_DIMENSIONS = 384
_MAX_KEPT_BYTES = 16 << 20


def _words(expression: object) -> re.Pattern[str]:
    return re.compile(str(expression), re.IGNORECASE)


Said = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[re.Pattern[str], BeforeValidator(_words)]


class Meaning(BaseModel):
    """One thing to do, and ways of saying it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: list[Said] = Field(min_length=1)
    slots: dict[str, str | int] = {}
    unless: Words | None = None
    """Words that make it something else."""
    words: dict[str, Words] = {}
    """Slots that are filled with what is found."""
    particular: bool = True
    """False: not when the sentence says which of several is meant."""


class Book(BaseModel):
    """The examples of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    denied: Words
    """Words that turn a sentence into its opposite."""
    asked: Words
    """How a question begins."""
    particular: list[Words]
    """Words that say which of several is meant."""
    intents: dict[str, list[Meaning]]
    none: list[Said]

    @property
    def sentences(self) -> list[str]:
        """All examples, meaning after meaning; last those of none."""
        return [said for _, meaning in self.meanings for said in meaning.says] + self.none

    @property
    def meanings(self) -> list[tuple[str, Meaning]]:
        """Every meaning with its intent."""
        return [(intent, meaning) for intent, meanings in self.intents.items() for meaning in meanings]


class Examples:
    """Tells what a sentence means by what it is like. English so far.

    Of 315 ways of asking that the grammar doesn't know, 192 (61 %) are found, 2 taken for something else, and the rest
    not understood; of 663 sentences that are not for the device, none makes it act (docs/benchmarks.md).
    """

    def __init__(self, book: Book, embed: Embed, embedded: Floats, *, carried_out: Collection[str]) -> None:
        """`embedded`: (n, 384), one row for each of `book.sentences`; `carried_out`: the intents that skills have.

        An intent without a skill is no less a meaning: what means it, means nothing else.
        """
        self._book = book
        self._embed = embed
        self._embedded = embedded
        self._carried_out = frozenset(carried_out)
        self._meanings = book.meanings
        self._denies = [bool(book.denied.search(said)) for said in book.sentences]
        self._asks = [bool(book.asked.search(said)) for said in book.sentences]
        counts = [len(meaning.says) for _, meaning in self._meanings]
        self._starts = np.cumsum([0, *counts])
        right = np.zeros((len(embedded), len(counts) + 1))
        right[np.arange(len(embedded)), np.repeat(np.arange(len(counts) + 1), [*counts, len(book.none)])] = 1
        votes = _kernel(embedded @ embedded.T) + _RIDGE * np.eye(len(embedded))
        self._weights = np.linalg.solve(votes, right)

    def nearest(self, command: str) -> Step | None:
        """What `command`, without the courtesies around it, asks for; None when that isn't clear.

        Takes as long as an embedding, 5 to 9 ms: not for the event loop. Never raises, whatever the text.
        """
        if not 1 <= len(command.split()) <= MAX_WORDS:
            return None
        embedded = self._embed(command)
        if not embedded.any():
            return None
        alike = self._embedded @ embedded
        scores = _kernel(alike) @ self._weights
        possible = np.array([self._possible(command, alike, number) for number in range(len(self._meanings))] + [True])
        scores[~possible] = -np.inf
        *_, second, best = np.argsort(scores)
        if best == len(self._meanings) or scores[best] < SCORE or scores[best] - scores[second] < AHEAD:
            return None
        intent, meaning = self._meanings[best]
        if intent not in self._carried_out:
            return None
        said = {slot: found.group().lower() for slot, one in meaning.words.items() if (found := one.search(command))}
        return Step(intent, {**meaning.slots, **said}, route="example/device")

    def _possible(self, command: str, alike: Floats, number: int) -> bool:
        """Embeddings take "on" for "off" and "don't" for "do": words decide that."""
        meaning = self._meanings[number][1]
        if meaning.unless and meaning.unless.search(command):
            return False
        if not meaning.particular and any(words.search(command) for words in self._book.particular):
            return False
        first, end = self._starts[number : number + 2]
        closest = first + int(alike[first:end].argmax())
        if self._book.asked.search(command) and not self._asks[closest]:
            return False
        return self._denies[closest] == bool(self._book.denied.search(command))


def read_book(language: str) -> Book | None:
    """The examples of a language, None where there are none."""
    path = BOOKS / f"{language}.yaml"
    return Book(**yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else None


def learnt_examples(language: str) -> Path:
    """Where what was learnt of a language's examples lies: beside them, made by `python -m tools.examples MODELS`."""
    return BOOKS / f"{language}.npz"


def learn(book: Book, embed: Embed, *, model: str, to: Path) -> None:
    """Embed all examples, 6 to 10 s of one core, and write them down in half precision. Raises KeptError."""
    embedded = np.stack([embed(sentence) for sentence in book.sentences]).astype(np.float16)
    keep(to, {"key": _key(book, model), "embedded": embedded})


def learnt(book: Book, *, model: str, path: Path) -> Floats:
    """(n, 384), one row for each of `book.sentences`, as `learn` wrote them.

    Raises KeptError for what was learnt of another book, or with another `model`.
    """
    key = _key(book, model)
    shapes = {"key": ("|u1", key.shape), "embedded": ("<f2", (len(book.sentences), _DIMENSIONS))}
    found = kept(path, shapes, max_bytes=_MAX_KEPT_BYTES)
    if not np.array_equal(found["key"], key):
        raise KeptError(f"{path} was learnt of other examples: run python -m tools.examples MODELS.")
    return found["embedded"].astype(np.float32)


def _key(book: Book, model: str) -> NDArray[np.uint8]:
    return np.frombuffer(hashlib.sha256("\n".join([model, *book.sentences]).encode()).digest(), np.uint8)


def _kernel(cosines: Floats) -> Floats:
    return np.exp(-2 * _NEARNESS * (1 - cosines))
