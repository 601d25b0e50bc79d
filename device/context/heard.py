"""What was heard as the templates have it, and the way back to the words that were said.

English templates are spelled as people spell; Arabic ones are compared in one form (`edge_models/arabic.py`), and so
are the expressions in `_hearing.yaml`: whatever understands the words of a slot gets them as they were said.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from device.context.hearing import MAX_CHARS
from edge_models.arabic import Alike, Reader, template, words_of


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
        self._alike = Alike({}, {})

    def templates(self, text: str) -> str:
        """One file of templates, its words in their one spelling."""
        return template(re.sub(r"(?m)(?:^|\s)#.*$", "", text)) if self._arabic else text

    def learn(
        self, templates: str, *, verbs: Sequence[str], alike: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """Know the words of all templates, and which are imperatives: known words lose what is attached to them.

        `alike`: `words` and `verbs` that stand for others which mean the same.
        """
        self._verbs = verbs
        if alike is not None:
            self._alike = Alike(alike["words"], alike["verbs"])
        self._reader = Reader(words_of(templates) | self._alike.known, verbs=verbs, alike=self._alike)

    def compiled(self, templates: str) -> str:
        """Templates in their one spelling as they are to be compiled: with one word for those that mean the same."""
        return self._alike.template(templates)

    def with_verbs(self, expressions: Mapping[str, Any]) -> dict[str, Any]:
        """Expressions of a language: in them `<verb>` is any of its imperatives, with what may be joined to it.

        `<asked>` is that, or what is said for it behind "can you" and the like: "ترسم".
        """
        joined = "(?:ها|ه|هم|ني|نا|ي|يها|يه|يني|و|وا)?(?:لي|لنا)?"
        verbs = "|".join(dict.fromkeys(self._alike.one(verb) for verb in self._verbs))
        asked = "|".join(dict.fromkeys(verb.removeprefix("ا") for verb in self._verbs))
        forms = {"<verb>": f"(?:{verbs}){joined}", "<asked>": f"(?:{verbs}|ت(?:{asked})){joined}"}

        def filled(text: str) -> str:
            return text.replace("<verb>", forms["<verb>"]).replace("<asked>", forms["<asked>"])

        return {
            name: [filled(each) if isinstance(each, str) else each for each in value]
            if isinstance(value, list)
            else value
            for name, value in expressions.items()
        }

    def read(self, text: str) -> Heard:
        """What was heard; at most `hearing.MAX_CHARS` characters of it."""
        return self._reader.read(text[:MAX_CHARS]) if self._arabic else _AsItIs(text)
