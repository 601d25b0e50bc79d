"""What a question asks memory for, and how well a fact answers it. No store and no model in here.

::

    "what does Lina like"    names   {lina}      a fact without her is no answer, however alike it sounds
                             words   (like,)     how many of them are in the fact: the `share`, 0 to 1
                             rest    "what does like", compared by meaning: the `likeness`, -1 to 1

    score = likeness + SHARE_WEIGHT * share      an answer from NEEDED on

Two sentences about Lina sound alike whatever they say of her. So names decide first, and where a question has one, the
meaning of both sentences is compared without it. A question about nobody and nothing of the house ("how do foxes
sleep") is rarely one for memory, and needs more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from device.recollection_arabic import arabic_words, as_arabic_question
from edge_models.arabic import is_arabic

About = Literal["name", "ours", "anything"]
SHARE_WEIGHT = 0.1
NEEDED: dict[About, float] = {"name": 0.36, "ours": 0.5, "anything": 0.7}
# All four: bench memory, the first half of its questions, 2026-11.
NEEDED_SHARE = 0.6
"""Where there is no model, this share of a question's words must be in the fact."""
MAX_WORDS = 16
"""Words of a question that are looked for."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_FUNCTION_WORDS = _words(
    "a about all am an and any anything are at be been being but by called can can't could did didn't do does doesn't "
    "don't for from get give had has have he her hers him his how i i'd i'll i'm i've if in into is isn't it it's its "
    "know let like's me mine my name's of on or our ours please remember said say she should so some something tell "
    "than that that's the their them then there these they this those thing things to told up us was we we're were "
    "what what's when when's where where's which who who's whom whose why will with won't would you you're your yours"
)
_SELF = _words("i i'm i've i'd i'll me my mine myself")
_OURS = _words("i i'm i've me my mine we we're we've us our ours the")
_NO_NAMES = _words(
    "monday tuesday wednesday thursday friday saturday sunday mondays tuesdays wednesdays thursdays fridays saturdays "
    "sundays january february march april may june july august september october november december"
)
_QUESTION = re.compile(
    r"(?:what|who|whom|whose|where|when|which|how)(?:'s|'re)?\b"
    r"|(?:is|are|am|was|were|do|does|did|has|have|can|must|should|will)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)
_POLITE = re.compile(r"(?:tell|remind) (?:me|us)(?: again)? |do you (?:still )?know ", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Question:
    """A question as memory is searched for it."""

    text: str
    names: frozenset[str]
    """In lower case."""
    words: tuple[str, ...]
    """What is looked for in the facts beside the names, in lower case; at most MAX_WORDS."""
    own: bool
    """It is about whoever asks: "what do I like"."""
    about: About
    """Somebody by name; something of ours ("my key", "the key"); anything in the world."""

    @classmethod
    def of(cls, text: str, known_names: frozenset[str] = frozenset()) -> "Question":
        """Read a question; `known_names` are also names where they are typed without a capital."""
        if is_arabic(text):
            return cls(text, frozenset(), arabic_words(text)[:MAX_WORDS], own=False, about="anything")
        said = dict.fromkeys(map(plain, _WORD.findall(text)))
        # In a sentence of capitals they mean nothing, nor does the one that begins a sentence.
        capital = names_in(text, first=False) if text != text.upper() else frozenset()
        names = (capital | known_names) & said.keys()
        words = tuple(word for word in said if word not in names and word not in _FUNCTION_WORDS)[:MAX_WORDS]
        about: About = "name" if names else "ours" if said.keys() & _OURS else "anything"
        return cls(text, names, words, about_oneself(text), about)

    @property
    def rest(self) -> str:
        """The question without its names."""
        return without(self.text, self.names)


def about_oneself(text: str) -> bool:
    """Whether somebody speaks of himself: "I like foxes", "my code". "We" and "our" are everybody's."""
    return not _SELF.isdisjoint(word.casefold() for word in _WORD.findall(text.replace("’", "'")))


def as_question(text: str) -> str:
    """What `text` asks memory, without "tell me" or "do you know"; "" when it is no question.

    "Why" isn't one for memory: what people ask to be kept is seldom a reason. Nor is "are you hungry": facts are about
    the house, not about whoever is spoken to.
    """
    if is_arabic(text):
        return as_arabic_question(text)
    polite = _POLITE.match(text)
    asked = text[polite.end() :] if polite else text
    return asked if (polite or _QUESTION.match(asked)) and not _YOU.search(asked) else ""


def names_in(text: str, *, first: bool = True) -> frozenset[str]:
    """The words with a capital that are no others of ours ("I", "My", "Tuesday"), in lower case.

    `first`: whether the first word may be one. Single letters are none.
    """
    words = _WORD.findall(text)
    found = (plain(word) for word in words[not first :] if word[0].isupper())
    return frozenset(word for word in found if len(word) > 1 and word not in _FUNCTION_WORDS | _NO_NAMES)


def without(text: str, names: Iterable[str]) -> str:
    """Return `text` without these names, in whatever case and with a possessive `'s`."""
    left_out = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return " ".join(re.sub(rf"\b(?:{left_out})(?:'s)?\b", " ", text, flags=re.IGNORECASE).split()) if left_out else text


def plain(word: str) -> str:
    """A word in lower case, without the possessive `'s` ("what's" is left as it is: a function word)."""
    word = word.casefold()
    return word if word in _FUNCTION_WORDS else word.removesuffix("'s").removesuffix("'")


def has_names(fact: str, names: frozenset[str]) -> bool:
    """Whether all of `names` are in the fact."""
    return names <= words_of(fact)


def words_of(text: str) -> frozenset[str]:
    """All its words, plain."""
    return frozenset(plain(word) for word in _WORD.findall(text))


def answers_by(about: About, likeness: float | None, share: float) -> float:
    """By how much a fact is an answer; below 0 it is none. Without a likeness (no model) the share alone decides."""
    if likeness is None:
        return share - NEEDED_SHARE
    return likeness + SHARE_WEIGHT * share - NEEDED[about]


def content(text: str) -> frozenset[str]:
    """The words of a text that mean something, names too, in lower case and without endings: "boiling" as "boil"."""
    question = Question.of(text)
    return frozenset(_stem(word) for word in (*question.words, *question.names))


def _stem(word: str) -> str:
    for ending in ("ing", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word.removesuffix(ending)
    return word
