"""Which word may follow which in the sentence templates.

A template is read as an automaton with one state for each piece of text in it (Glushkov's construction); what goes
through a wildcard is left out.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from itertools import permutations

from hassil import Intents
from hassil.expression import (
    Alternative,
    Expression,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    Sentence,
    TextChunk,
)
from hassil.intents import RangeSlotList, SlotList, TextSlotList

from edge_models.expected import EDGE, NUMBER

_SPACE = " "
_PIECE = re.compile(r"[\s-]+|[^\s-]+")


def word_graph(intents: Intents, *, but: Container[str] = ()) -> dict[str, frozenset[str]]:
    """Return for each word, in small letters, the words that may follow it.

    `EDGE` stands before the first and after the last, `NUMBER` for every number. `but`: intents to leave out.
    """
    follows: defaultdict[str, set[str]] = defaultdict(set)
    for name, intent in intents.intents.items():
        if name in but:
            continue
        for data in intent.data:
            rules = {**intents.expansion_rules, **data.expansion_rules}
            for sentence in data.sentences:
                for before, after in _Template(rules, intents.slot_lists).pairs(sentence.expression):
                    follows[before] |= after
    return {word: frozenset(after) for word, after in follows.items()}


@dataclass
class _Part:
    """A part of a template: the pieces it can begin and end with, and whether it can be empty."""

    first: set[int] = field(default_factory=set)
    last: set[int] = field(default_factory=set)
    empty: bool = False


class _Template:
    """The automaton of one template."""

    def __init__(self, rules: Mapping[str, Sentence], lists: Mapping[str, SlotList]) -> None:
        self._rules, self._lists = rules, lists
        self._texts: list[str] = []
        self._next: list[set[int]] = []

    def pairs(self, expression: Expression) -> Iterator[tuple[str, Set[str]]]:
        """Yield words with those that come right after them in the template, and what stands at its edges."""
        whole = self._part(expression)
        if whole is None:
            return
        begins = self._after_space(whole.first)
        ends = {end for end in range(len(self._texts)) if end in whole.last or self._only_space_to(end, whole.last)}
        words = {begin: list(self._words(begin)) for begin in self._word_begins(begins)}
        yield EDGE, {word for begin in begins for word, _ in words[begin]}
        # All values of a list are followed by the same: looked up once.
        after: dict[frozenset[int], Set[str]] = {}
        for found in words.values():
            for word, end in found:
                if end in ends:
                    yield word, {EDGE}
                separated = frozenset(at for at in self._next[end] if not self._glued(end, at))
                if separated not in after:
                    nexts = self._after_space(separated)
                    after[separated] = {follower for begin in nexts for follower, _ in words[begin]}
                yield word, after[separated]

    def _word_begins(self, begins: set[int]) -> set[int]:
        after = {at for end in range(len(self._texts)) for at in self._next[end] if not self._glued(end, at)}
        return begins | {at for at in after if self._texts[at] != _SPACE}

    def _glued(self, end: int, at: int) -> bool:
        """Whether piece `at` goes on with the word that `end` is of: "sketch" + "s", but not "5" + "%"."""
        return _SPACE not in (self._texts[end], self._texts[at]) and self._texts[end] != NUMBER

    def _words(self, begin: int) -> Iterator[tuple[str, int]]:
        """Yield the words that begin with piece `begin`, each with the piece it ends with."""
        waiting = [(self._texts[begin], begin, 0)]
        while waiting:
            word, end, pieces = waiting.pop()
            glued = [at for at in self._next[end] if self._glued(end, at)]
            if len(glued) < len(self._next[end]) or not glued:
                yield word, end
            if pieces < 3:  # "a" + "n", "timer" + "s": no word is put together from more
                waiting += [(word + self._texts[at], at, pieces + 1) for at in glued]

    def _after_space(self, pieces: Iterable[int]) -> set[int]:
        """Return the pieces with which a word begins, from `pieces` on and over whatever space there is."""
        seen: set[int] = set()
        waiting = set(pieces)
        while waiting:
            at = waiting.pop()
            seen.add(at)
            if self._texts[at] == _SPACE:
                waiting |= self._next[at] - seen
        return {at for at in seen if self._texts[at] != _SPACE}

    def _only_space_to(self, end: int, last: set[int]) -> bool:
        return any(self._texts[at] == _SPACE and at in last for at in self._next[end])

    def _part(self, expression: Expression) -> _Part | None:  # noqa: PLR0911 - one for each kind
        """Add the pieces of `expression`; None where there is no way through but a wildcard's."""
        match expression:
            case TextChunk():
                return self._text(expression.original_text)
            case Alternative():
                return self._one_of(self._part(item) for item in expression.items)
            case Permutation():
                return self._one_of(self._chain(items) for items in permutations(expression.items))
            case Group():
                return self._chain(expression.items)
            case RuleReference():
                return self._part(self._rules[expression.rule_name].expression)
            case ListReference():
                return self._list(self._lists.get(expression.list_name))
            case _:
                return None

    def _text(self, text: str) -> _Part:
        part = _Part(empty=True)
        for piece in _PIECE.findall(text.lower()):
            label = _SPACE if piece.strip(" -\t\n") == "" else NUMBER if piece[0].isdigit() else piece
            self._texts.append(label)
            self._next.append(set())
            at = len(self._texts) - 1
            part = self._joined(part, _Part({at}, {at}))
        return part

    def _list(self, values: SlotList | None) -> _Part | None:
        match values:
            case RangeSlotList():
                return self._text("0")
            case TextSlotList():
                return self._one_of(self._part(value.text_in) for value in values.values)
            case _:
                return None

    def _one_of(self, parts: Iterable[_Part | None]) -> _Part | None:
        found = [part for part in parts if part is not None]
        if not found:
            return None
        first, last = (set[int]().union(*(getattr(part, name) for part in found)) for name in ("first", "last"))
        return _Part(first, last, any(part.empty for part in found))

    def _chain(self, items: Iterable[Expression]) -> _Part | None:
        whole = _Part(empty=True)
        for item in items:
            part = self._part(item)
            if part is None:
                return None
            whole = self._joined(whole, part)
        return whole

    def _joined(self, before: _Part, after: _Part) -> _Part:
        for at in before.last:
            self._next[at] |= after.first
        return _Part(
            before.first | (after.first if before.empty else set()),
            after.last | (before.last if after.empty else set()),
            before.empty and after.empty,
        )
