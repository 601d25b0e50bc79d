"""What was heard as the templates have it, and the way back to the words that were said.

English templates are spelled as people spell; Arabic ones are compared in one form (`edge_models/arabic.py`), and so
are the expressions in `_hearing.yaml`: whatever understands the words of a slot gets them as they were said.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Protocol

from device.context.hearing import MAX_CHARS
from edge_models.arabic import Reader, template, words_of


class Heard(Protocol):
    """A text as the templates have it."""

    @property
    def text(self) -> str:
        """The whole of it."""
        ...

    def as_said(self, words: str) -> str:
        """Some of its words as they were said."""
        ...


class _AsItIs:
    def __init__(self, text: str) -> None:
        self.text = text

    def as_said(self, words: str) -> str:
        return words


class Spelling:
    """How one language's templates spell."""

    def __init__(self, language: str) -> None:
        self._arabic = language == "ar"
        self._reader = Reader(())
        self._verbs: Sequence[str] = ()

    def templates(self, text: str) -> str:
        """One file of templates as it is to be compiled."""
        return template(re.sub(r"(?m)(?:^|\s)#.*$", "", text)) if self._arabic else text

    def learn(self, templates: str, *, verbs: Sequence[str]) -> None:
        """Know the words of all templates, and which are imperatives: known words lose what is attached to them."""
        self._verbs = verbs
        self._reader = Reader(words_of(templates), verbs=verbs)

    def with_verbs(self, clauses: Mapping[str, Sequence[str]]) -> Mapping[str, Sequence[str]]:
        """The `clauses` of a language, which its imperatives open, too."""
        if not self._verbs:
            return clauses
        object_or_gender = "(?:ها|ه|هم|ني|نا|ي|يها|يه|يني|و|وا)?"
        return {**clauses, "openers": [*clauses["openers"], f"(?:{'|'.join(self._verbs)}){object_or_gender}"]}

    def read(self, text: str) -> Heard:
        """What was heard; at most `hearing.MAX_CHARS` characters of it."""
        return self._reader.read(text[:MAX_CHARS]) if self._arabic else _AsItIs(text)
