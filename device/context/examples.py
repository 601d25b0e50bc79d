"""What a sentence means that no template has: whatever its examples are like.

::

    words ─▶ 384 numbers, and pairs of words ─▶ how near to each example ─▶ a score for each meaning and for none
          ─▶ is one far ahead? ─▶ is what it needs said: how long, when, which thing?

The scores are a kernel ridge regression on the examples in `examples/<language>/`: each example votes with a weight
such that all of them come out right, so that the neighbours in `none` say where a command ends and talk begins. Near is
what means the same (embeddings) and what says the same (words and pairs of words, the rare ones more). The weights are
one linear system, solved when the examples are learnt.
"""

import hashlib
import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import yaml
from hassil.util import merge_dict
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from device.context.plan import Step
from device.context.said_slots import Named, Slots, duration, moment, normal
from edge_models.arabic import any_spelling, is_arabic
from edge_models.arabic_sentences import stem, words_of
from edge_models.kept import KeptError, keep, kept

Floats = NDArray[np.float32]
Embed = Callable[[str], Floats]
"""A sentence to so many float32 that their length is 1, or zeros where there is no word in it."""

BOOKS = Path(__file__).with_name("examples")
MAX_WORDS = 20
"""What is longer tells a story."""
_NEAR_TALK = ("picture.create", "picture.edit", "device.")
"""Anything can be drawn, and anybody be asked what he does: these must be further ahead."""
LIKELY = 0.25
"""What a picture that was made a moment ago counts for another command about one."""
_NEARNESS = 1.0
"""Of the kernel exp(-nearness · distance²)."""
_RIDGE = 0.3
_MAX_KEPT_BYTES = 32 << 20


def _words(expression: object) -> re.Pattern[str]:
    return re.compile(any_spelling(str(expression)), re.IGNORECASE)


Said = Annotated[str, Field(min_length=1, max_length=100)]
Words = Annotated[re.Pattern[str], BeforeValidator(_words)]


class Meaning(BaseModel):
    """One thing to do, and ways of saying it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    says: list[Said] = Field(min_length=1)
    """`{item}` stands for any of the book's fillers of that name."""
    fill: int = Field(default=1, ge=1, le=8)
    """With so many of them in turn."""
    slots: dict[str, str | int] = {}
    unless: Words | None = None
    """Words that make it another meaning or none."""
    words: dict[str, Words] = {}
    """Slots that are filled with what is found."""
    needs: list[Literal["duration", "time", "date"]] = []
    """What must be said: how long, when, or when in more than a word; it is taken out before `reads`."""
    lists: dict[str, list[str]] = {}
    """Slots that are filled with what is said of these lists of the grammar's; the first must be."""
    wants: list[str] = []
    """Slots that must be filled in the end."""
    reads: list[Words] = []
    """The whole sentence, with its open slots as named groups: one of these must fit."""
    particular: bool = True
    """False: not when the sentence says which of several is meant."""

    @property
    def is_open(self) -> bool:
        """Whether something is said in it that examples can't all have."""
        return bool(self.needs or self.lists or self.wants or self.reads)


class Book(BaseModel):
    """The examples of one language."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    score: float = 0.35
    """What the best meaning must have,"""
    ahead: float = 0.15
    """how far it must be before all others,"""
    far_ahead: float = 0.3
    """and how far what is near to talk."""
    same_words: float = 0.6
    """What the same words count, against what is alike as a whole."""
    often_asked: float = 1.0
    """A meaning of whose examples more are questions may be asked in any way, whatever its nearest example."""
    denied: Words
    """Words that turn a sentence into its opposite."""
    asked: Words
    """How a question begins."""
    particular: list[Words]
    """Words that say which of several is meant."""
    fillers: dict[str, list[Said]] = {}
    intents: dict[str, list[Meaning]]
    none: list[Said]

    @property
    def meanings(self) -> list[tuple[str, Meaning]]:
        """Every meaning with its intent."""
        return [(intent, meaning) for intent, meanings in self.intents.items() for meaning in meanings]

    @property
    def parts(self) -> list[list[str]]:
        """All examples, those of each meaning by themselves; last those of none."""
        said = [
            [one for at, each in enumerate(meaning.says) for one in self._filled(each, at + number, meaning.fill)]
            for number, (_, meaning) in enumerate(self.meanings)
        ]
        return [*said, [one for at, each in enumerate(self.none) for one in self._filled(each, at, _FILL_NONE)]]

    @property
    def sentences(self) -> list[str]:
        """All examples, meaning after meaning; last those of none."""
        return [said for part in self.parts for said in part]

    def _filled(self, says: str, at: int, times: int) -> Iterator[str]:
        """The sentence with one filler after the other, each sentence beginning elsewhere among them."""
        names = _FILLER.findall(says)
        for time in range(times if names else 1):
            said = says
            for place, name in enumerate(names):
                values = self.fillers[name]
                said = said.replace(f"{{{name}}}", values[(at * times + time + 3 * place + at // 7) % len(values)], 1)
            yield said


_FILLER = re.compile(r"\{(\w+)\}")
_FILL_NONE = 2


@dataclass(frozen=True, slots=True)
class Embedding:
    """A way to compare the sentences of a language."""

    embed: Embed
    model: str
    """Its name; what was learnt with another is of no use."""
    quick: bool = False
    """The examples are embedded at every start, in a second, and not kept."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """What was learnt of a book."""

    embedded: Floats
    """One row for each of the book's sentences."""
    weights: Floats
    """(n, meanings + 1): how much each example votes for each meaning, and for none."""


class Examples:
    """Tells what a sentence means by what it is like. docs/benchmarks.md says how well."""

    def __init__(
        self,
        book: Book,
        embed: Embed,
        learnt: Learnt,
        *,
        carried_out: Collection[str],
        lists: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """`carried_out`: the intents that skills have; `lists`: the grammar's, what is said to what it stands for.

        An intent without a skill is no less a meaning: what means it, means nothing else.
        """
        self._book = book
        self._embed = embed
        self._embedded = learnt.embedded
        self._weights = learnt.weights
        self._carried_out = frozenset(carried_out)
        self._meanings = book.meanings
        self._of_pictures = [n for n, (intent, _) in enumerate(self._meanings) if intent.startswith("picture.")]
        sentences = book.sentences
        self._denies = [bool(book.denied.search(said)) for said in sentences]
        self._asks = [bool(book.asked.search(said)) for said in sentences]
        self._starts = np.cumsum([0, *map(len, book.parts[:-1])])
        asked = [np.mean(self._asks[first:end]) for first, end in pairwise(self._starts)]
        self._often_ask = {number for number, share in enumerate(asked) if share > book.often_asked}
        self._vocabulary = _Vocabulary(sentences)
        self._by_words = self._vocabulary.votes(sentences, learnt.weights)
        self._together = [self._agreeing(number) for number in range(len(self._meanings))]
        self._named = [
            {
                slot: Named({said: meant for name in names for said, meant in (lists or {}).get(name, {}).items()})
                for slot, names in meaning.lists.items()
            }
            for _, meaning in self._meanings
        ]

    def nearest(self, command: str, now: datetime, *, picturing: bool = False) -> Step | None:
        """What `command`, without the courtesies around it, asks for; None when that isn't clear.

        `picturing`: a picture was made a moment ago, so that what may be about one rather is.

        Takes as long as an embedding, 5 to 9 ms: not for the event loop. Never raises, whatever the text.
        """
        if not 1 <= len(command.split()) <= MAX_WORDS:
            return None
        embedded = self._embed(command)
        if not embedded.any():
            return None
        alike = self._embedded @ embedded
        scores = _kernel(alike) @ self._weights + self._book.same_words * self._vocabulary.score(
            command, self._by_words
        )
        possible = np.array([self._possible(command, alike, number) for number in range(len(self._meanings))] + [True])
        if picturing:
            scores[self._of_pictures] += LIKELY
        scores[~possible] = -np.inf
        best = int(np.argmax(scores))
        if best == len(self._meanings):
            return None
        agreeing = self._together[best]
        also = (float(scores[other]) - LIKELY * picturing for other in agreeing if possible[other])
        score = scores[best] + sum(max(0.0, more) for more in also)
        against = max(float(scores[other]) for other in range(len(scores)) if other != best and other not in agreeing)
        near_talk = self._meanings[best][0].startswith(_NEAR_TALK)
        ahead = self._book.far_ahead if near_talk else self._book.ahead
        if score < self._book.score or score - against < ahead:
            return None
        for number in sorted({best, *agreeing}, key=lambda one: -scores[one]):
            intent, _ = self._meanings[number]
            if intent not in self._carried_out or not possible[number]:
                continue
            if (slots := self._slots(command, number, now)) is not None:
                return Step(intent, slots, route="example/device")
        return None

    def _agreeing(self, number: int) -> frozenset[int]:
        """The other meanings of the same intent that don't say the opposite."""
        intent, meaning = self._meanings[number]
        return frozenset(
            other
            for other, (other_intent, one) in enumerate(self._meanings)
            if other != number
            and other_intent == intent
            and all(one.slots.get(slot, value) == value for slot, value in meaning.slots.items())
        )

    def _possible(self, command: str, alike: Floats, number: int) -> bool:
        """Embeddings take "on" for "off" and "don't" for "do": words decide that."""
        meaning = self._meanings[number][1]
        if meaning.unless and meaning.unless.search(command):
            return False
        if not meaning.particular and any(words.search(command) for words in self._book.particular):
            return False
        first, end = self._starts[number : number + 2]
        closest = first + int(alike[first:end].argmax())
        if self._book.asked.search(command) and not (self._asks[closest] or number in self._often_ask):
            return False
        return self._denies[closest] == bool(self._book.denied.search(command))

    def _slots(self, command: str, number: int, now: datetime) -> Slots | None:
        """What is said for the slots of a meaning; None where something that it needs isn't."""
        meaning = self._meanings[number][1]
        slots: Slots = dict(meaning.slots)
        rest = command
        for need in meaning.needs:
            found = duration(rest) if need == "duration" else moment(rest, now, sure=need == "date")
            if found is None:
                return None
            value, rest = found
            slots["extra" if need == "duration" else "when"] = value
        for at, (slot, named) in enumerate(self._named[number].items()):
            value = next(named.in_words(command), None)
            if value is None and at == 0:
                return None
            if value is not None:
                slots[slot] = value
        if meaning.reads:
            fits = next((fit for read in meaning.reads if (fit := read.fullmatch(rest.strip(" ,.")))), None)
            if fits is None:
                return None
            slots |= {slot: said.strip(" ,.") for slot, said in fits.groupdict().items() if said}
        digits = normal(command) if meaning.wants else command.lower()
        for slot, one in meaning.words.items():
            if found := one.search(digits):
                slots[slot] = int(found.group()) if found.group().isdecimal() else found.group()
        return slots if slots.keys() >= set(meaning.wants) else None


def read_book(language: str) -> Book | None:
    """The examples of a language, None where there are none."""
    book: dict[str, Any] = {}
    for path in sorted((BOOKS / language).glob("*.yaml")):
        merge_dict(book, yaml.safe_load(path.read_text(encoding="utf-8")))
    return Book(**book) if book else None


def learnt_examples(language: str) -> Path:
    """Where what was learnt of a language's examples lies: beside them, made by `python -m tools.examples MODELS`."""
    return BOOKS / f"{language}.npz"


def taught(book: Book, embed: Embed) -> Learnt:
    """Embed all examples, some 20 s of one core, and solve for their weights, a few seconds more."""
    sentences = book.sentences
    embedded = _embedded(sentences, embed)
    counts = [len(part) for part in book.parts]
    right = np.zeros((len(embedded), len(counts)), np.float32)
    right[np.arange(len(embedded)), np.repeat(np.arange(len(counts)), counts)] = 1
    words = _Vocabulary(sentences).rows(sentences)
    votes = _kernel(embedded @ embedded.T) + book.same_words * words @ words.T + _RIDGE * np.eye(len(embedded))
    return Learnt(embedded, np.linalg.solve(votes, right).astype(np.float32))


def _embedded(sentences: Sequence[str], embed: Embed) -> Floats:
    """One row a sentence, in half precision, as they are kept: the weights are those of what is read back."""
    return np.stack([embed(sentence).astype(np.float16) for sentence in sentences]).astype(np.float32)


def learn(book: Book, embedding: Embedding, *, to: Path) -> None:
    """Write down what is `taught`, in half precision. Raises KeptError."""
    learnt = taught(book, embedding.embed)
    kept_rows = {} if embedding.quick else {"embedded": learnt.embedded.astype(np.float16)}
    keep(to, {"key": _key(book, embedding.model), **kept_rows, "weights": learnt.weights.astype(np.float16)})


def learnt(book: Book, embedding: Embedding, *, path: Path) -> Learnt:
    """What `learn` wrote. Raises KeptError for what was learnt of another book, or with another model."""
    key, sentences = _key(book, embedding.model), book.sentences
    shapes = {"key": ("|u1", key.shape), "weights": ("<f2", (len(sentences), len(book.parts)))}
    if not embedding.quick:
        shapes["embedded"] = ("<f2", (len(sentences), -1))
    found = kept(path, shapes, max_bytes=_MAX_KEPT_BYTES)
    if not np.array_equal(found["key"], key):
        raise KeptError(f"{path} was learnt of other examples: run python -m tools.examples MODELS.")
    rows = _embedded(sentences, embedding.embed) if embedding.quick else found["embedded"].astype(np.float32)
    return Learnt(rows, found["weights"].astype(np.float32))


class _Vocabulary:
    """The words and pairs of words of the examples; a rare one tells more than a frequent one."""

    def __init__(self, sentences: Collection[str]) -> None:
        known = Counter(token for sentence in sentences for token in set(_tokens(sentence)))
        self._columns = {token: column for column, token in enumerate(known)}
        self._tells = [math.log(len(sentences) / count) for count in known.values()]

    def row(self, sentence: str) -> dict[int, float]:
        """Column to value; of length 1, or empty where no word is known."""
        row = {self._columns[token]: 0.0 for token in _tokens(sentence) if token in self._columns}
        row = {column: self._tells[column] for column in row}
        length = math.sqrt(sum(value * value for value in row.values()))
        return {column: value / length for column, value in row.items()} if length else {}

    def rows(self, sentences: Collection[str]) -> Floats:
        """(n, tokens) float32."""
        rows = np.zeros((len(sentences), len(self._columns)), np.float32)
        for number, sentence in enumerate(sentences):
            for column, value in self.row(sentence).items():
                rows[number, column] = value
        return rows

    def votes(self, sentences: Collection[str], weights: Floats) -> Floats:
        """(tokens, meanings + 1): what each token votes for."""
        votes = np.zeros((len(self._columns), weights.shape[1]), np.float32)
        for sentence, weight in zip(sentences, weights, strict=True):
            for column, value in self.row(sentence).items():
                votes[column] += value * weight
        return votes

    def score(self, sentence: str, votes: Floats) -> Floats:
        """(meanings + 1,) what the tokens of a sentence vote for together."""
        row = self.row(sentence)
        return np.array(list(row.values()), np.float32) @ votes[list(row)]


def _tokens(sentence: str) -> Iterator[str]:
    if is_arabic(sentence):
        words = [stem(word) for word in words_of(sentence)]
    else:
        words = re.findall(r"[^\W_]+(?:'[^\W_]+)*", sentence.lower())
    yield from words
    yield from (f"{one} {two}" for one, two in zip(["^", *words], [*words, "$"], strict=True))


def _key(book: Book, model: str) -> NDArray[np.uint8]:
    parts = [str(len(part)) for part in book.parts]
    told = "\n".join([model, *parts, *book.sentences, f"{_NEARNESS} {book.same_words} {_RIDGE}"])
    return np.frombuffer(hashlib.sha256(told.encode()).digest(), np.uint8)


def _kernel(cosines: Floats) -> Floats:
    return np.exp(-2 * _NEARNESS * (1 - cosines))
