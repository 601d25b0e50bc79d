"""What a command means by its words alone, in whatever order, where no template has them in theirs.

Templates can't list all that people put around the same few words. A command of which every word belongs to the fixed
sentences of one intent, and whose words are rare in those of all others, is that one:

::

    "التايمر وصل لوين"   timer · reached · to · where   ─▶  timer.status
    "خبز وصل لوين"       bread is in none of them        ─▶  nothing

A word that few intents have says much, one that all have nothing (inverse document frequency).
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_WORD = re.compile(r"[\u0621-\u064a]+")
_RULE = re.compile(r"<(\w+)>")
_JOINED = ("ها", "ه", "هم", "لي", "لنا", "ني", "نا", "ي", "ين", "ك")
"""What may be joined to a word of a template."""
_FEWEST, _MOST = 2, 8
"""Words of a command that can be told by them."""
_ENOUGH = 6.0
_AHEAD = 1.0
"""What the words must say, and by how much more than for any other intent: ar2_dev and near misses, 2026-11."""
_USUAL = 0.3
"""A word that this share of an intent's sentences has belongs to it; a rarer one counts up to half as much."""


@dataclass(frozen=True, slots=True)
class Wordbook:
    """The words of the fixed sentences that mean the same."""

    intent: str
    slots: Mapping[str, str | int]
    sentences: int
    words: Mapping[str, int]
    """In how many of the sentences each is."""

    def has(self, word: str) -> str | None:
        """The word as the sentences have it; None where they don't."""
        stems = (word.removesuffix(end) for end in _JOINED if word.endswith(end))
        return next((stem for stem in (word, *stems) if stem in self.words), None)


class Wordbooks:
    """Those of all intents of a grammar."""

    def __init__(self, grammar: Mapping[str, Any]) -> None:
        """`grammar`: as hassil reads it. Sentences with open slots, and those that need a check, are left out."""
        self._books = [
            book
            for intent, parts in grammar["intents"].items()
            for part in parts["data"]
            if not set(part.get("metadata", ())) - {"open"}
            and (book := _book(intent, part, grammar["expansion_rules"])) is not None
        ]
        self._in_books = Counter(word for book in self._books for word in book.words)

    def meant(self, command: str) -> tuple[str, Mapping[str, str | int]] | None:
        """The intent of a command and its fixed slots; None where its words don't tell."""
        words = _WORD.findall(command)
        if not _FEWEST <= len(words) <= _MOST or re.search(r"\d", command):
            return None
        told: list[tuple[float, Wordbook]] = []
        for book in self._books:
            known = [book.has(word) for word in words]
            if None not in known:
                told.append((sum(self._says(word, book) for word in known if word), book))
        told.sort(key=lambda each: each[0], reverse=True)
        if not told or told[0][0] < _ENOUGH:
            return None
        says, best = told[0]
        other = next((score for score, book in told if book.intent != best.intent), 0.0)
        return (best.intent, best.slots) if says - other >= _AHEAD else None

    def _says(self, word: str, book: Wordbook) -> float:
        usual = min(1.0, book.words[word] / max(2.0, book.sentences * _USUAL))
        return math.log(len(self._books) / self._in_books[word]) * (1 + usual) / 2


def _book(intent: str, part: Mapping[str, Any], rules: Mapping[str, str]) -> Wordbook | None:
    fixed = [full for sentence in part["sentences"] if "{" not in (full := _without_rules(sentence, rules))]
    words = Counter(word for sentence in fixed for word in set(_WORD.findall(sentence)))
    return Wordbook(intent, part.get("slots", {}), len(fixed), words) if fixed else None


def _without_rules(sentence: str, rules: Mapping[str, str], seen: Sequence[str] = ()) -> str:
    """A template with its rules written out."""
    return _RULE.sub(
        lambda rule: "" if rule[1] in seen else _without_rules(rules.get(rule[1], ""), rules, (*seen, rule[1])),
        sentence,
    )
