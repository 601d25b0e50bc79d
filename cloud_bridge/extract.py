"""Finding out what to look for in a question, and what answers it in what was found. By words alone, no model.

::

    "and how tall is it?" after "where is the Eiffel Tower"  ──▶ "eiffel tower tall"
    what was found ──▶ the result with most of these words ──▶ its first sentence, and the one with most of them
"""

import re
from collections.abc import Sequence

from cloud_bridge.protocol import Exchange
from cloud_bridge.providers.search import Found


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


MOST_CHARS = 400
"""Of an extract: it will be spoken."""
FEW = 2
"""Words of a question that hardly say what it is about: "how tall is it"."""
NEEDED = 0.5
"""The share of a question's words that a result must have."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_END = re.compile(r"(?<=[.!?])\s+(?=[\"“'(]?[A-Z0-9])")
_NO_END = re.compile(r"\b(?:[A-Za-z]|St|Dr|Mr|Mrs|Ms|Jr|Sr|No|vs|ca|c|approx|e\.g|i\.e|lit|b|d|r)\.$")
_FUNCTION_WORDS = _set(
    "a about all am an and any anything are as at be been being but by can could did do does don't explain find "
    "for from get give google had has have he her him his how i if in into is isn't it it's its know let like "
    "long look many me mean means meant most much my name named of off on one or our out please search she should "
    "so some tell than that the their them then there these they this those to up us was we web were what what's "
    "when when's where where's which who who's whom whose why will with word would you your call called define "
    "internet information something"
)
_BACK = _set("he she it its it's they them their his her him there that this those these one ones")
"""Words that mean something said before."""


def keywords(question: str) -> list[str]:
    """The words that say what a question is about, in lower case and in order."""
    words = [word.casefold().replace("’", "'").removesuffix("'s") for word in _WORD.findall(question)]
    return list(dict.fromkeys(word for word in words if word not in _FUNCTION_WORDS))


def to_look_up(question: str, context: Sequence[Exchange]) -> str:
    """What to search for: with what was spoken of before, where the question points back to it."""
    words = keywords(question)
    said = [word.casefold() for word in _WORD.findall(question)]
    goes_on = said[:1] == ["and"] or said[:2] == ["what", "about"]
    points_back = len(words) <= FEW and bool(_BACK.intersection(said))  # more say by themselves what is meant
    if context and (goes_on or points_back or not words):
        words = list(dict.fromkeys([*keywords(context[-1].question), *words]))
    return " ".join(words)[:300] or question[:300]


def extract(sought: str, found: Sequence[Found]) -> tuple[str, Found] | None:
    """The sentences that answer best, and where they stand; None where nothing found is about it."""
    words = keywords(sought)
    rated = [(_share(words, f"{one.title} {one.words}"), one) for one in found]
    share, best = max(rated, key=lambda pair: pair[0], default=(0.0, None))
    if best is None or share < NEEDED:
        return None
    first, *others = sentences(best.words)
    asked = [word for word in words if not _has(best.title, word)]
    said = first
    if others and asked and not any(_has(first, word) for word in asked):
        answering = max(others, key=lambda sentence: _share(asked, sentence))
        if _share(asked, answering) > 0:
            said = f"{first} {answering}"
    return (said if len(said) <= MOST_CHARS else _cut(said)), best


def sentences(text: str) -> list[str]:
    """The sentences of a text, at least one; an initial or an abbreviation is no end of one."""
    pieces = _END.split(text)
    whole = [pieces[0]]
    for piece in pieces[1:]:
        if _NO_END.search(whole[-1]):
            whole[-1] += f" {piece}"
        else:
            whole.append(piece)
    return whole


def _share(words: Sequence[str], text: str) -> float:
    return sum(_has(text, word) for word in words) / len(words) if words else 0.0


def _has(text: str, word: str) -> bool:
    """Whether a word stands in the text, in whatever form: "painted" in "painting"."""
    stem = word[: max(4, len(word) - 3)]
    return re.search(rf"(?<!\w){re.escape(stem)}", text.casefold()) is not None


def _cut(text: str) -> str:
    """As many whole words as may be said."""
    return f"{text[: MOST_CHARS - 2].rsplit(' ', 1)[0].rstrip(' ,;:–-')} …"
