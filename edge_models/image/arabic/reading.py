"""From Arabic text to words that are known, with what is joined to them taken off: and, with, to, the, his."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edge_models.arabic import is_arabic, letters
from edge_models.image.arabic.lexicon import Kind, Meaning, lexicon, longest
from edge_models.image.lexicon import Item, lex

_TOKEN = re.compile(
    r"[^\W_](?:['’\w\u0610-\u061a\u0640\u064b-\u065f\u0670]*[\w\u0610-\u061a\u064b-\u065f\u0670])?|[,;:.!?&]"
)
_COMMAS = str.maketrans("،؛؟", ",,,")
_POSSESSIVES = {"هما": "their", "هم": "their", "هن": "their", "ها": "her", "ه": "his"}
_SHORTEST = 3
"""Letters of a word that something may be joined to."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase of the text."""

    meanings: tuple[Meaning, ...]
    said: str
    """As it was said, without vowel signs."""
    definite: bool = False
    joined: str = ""
    """A particle before it: `ب` or `ل`."""
    conjunction: bool = False
    """"And" is joined to it."""
    owner: str = ""
    """Whose it is, or for a preposition or a verb what it goes with: `his`, `her`, `their`."""

    def means(self, *kinds: str) -> Meaning | None:
        """Its meaning of the first of these kinds that it has."""
        return next((each for kind in kinds for each in self.meanings if each.kind == kind), None)

    @property
    def known(self) -> bool:
        """Whether it means anything."""
        return self.means("unknown") is None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to take a token apart."""

    core: str
    cut: int = 0
    """Letters before the core."""
    definite: bool = False
    joined: str = ""
    conjunction: bool = False
    owner: str = ""


def read(text: str) -> list[Word]:
    """The words of the text, the longest phrases first; punctuation that ends something is a comma."""
    tokens = [_unmarked(token) for token in _TOKEN.findall(unicodedata.normalize("NFKC", text).translate(_COMMAS))]
    words: list[Word] = []
    at = 0
    while at < len(tokens):
        if not is_arabic(tokens[at]):
            end = next((n for n in range(at, len(tokens)) if is_arabic(tokens[n])), len(tokens))
            words += _foreign(tokens[at:end])
            at = end
            continue
        word, length = _longest(tokens, at)
        words.append(word)
        at += length
    return words


def _unmarked(token: str) -> str:
    plain = "".join(each for each in token if not unicodedata.combining(each) and each != "ـ")
    return str(int(plain[:4])) if plain.isdecimal() else plain


def _longest(tokens: Sequence[str], at: int) -> tuple[Word, int]:
    """The longest phrase that begins with a token, in the simplest way to take it apart, and its tokens."""
    phrases = lexicon()
    best: tuple[int, _Way, tuple[Meaning, ...], bool] | None = None
    for way in _ways(letters(tokens[at])):
        for length in range(min(longest(), len(tokens) - at), 0, -1):
            if best is not None and length <= best[0]:
                break
            for rest, definite in _rests(tokens[at + 1 : at + length]):
                if (meanings := phrases.get((way.core, *rest))) is not None:
                    best = (length, way, meanings, definite)
                    break
    if best is None:
        return _unknown(tokens[at]), 1
    length, way, meanings, definite = best
    word = Word(
        meanings,
        " ".join((tokens[at][way.cut :], *tokens[at + 1 : at + length])),
        way.definite or definite,
        way.joined,
        way.conjunction,
        way.owner,
    )
    return word, length


def _rests(tokens: Sequence[str]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """The following words of a phrase as they stand in the lists, and whether an article was taken off."""
    plain = tuple(letters(token) for token in tokens)
    yield plain, False
    bare = tuple(letters(token.removeprefix("ال")) if len(token) > _SHORTEST else letters(token) for token in tokens)
    if bare != plain:
        yield bare, True


def _ways(token: str) -> Iterator[_Way]:
    yield from _plain_ways(token)
    if token[:1] in ("و", "ف") and len(token) >= _SHORTEST:
        for way in _plain_ways(token[1:]):
            yield _Way(way.core, way.cut + 1, way.definite, way.joined, True, way.owner)


def _plain_ways(token: str) -> Iterator[_Way]:
    yield from _owned(token, 0)
    if len(token) <= _SHORTEST - 1:
        return
    if token.startswith("عال") and len(token) > _SHORTEST + 1:
        yield from _owned(token[3:], 3, definite=True, joined="ع")
    if token.startswith("لل") and len(token) > _SHORTEST:
        yield from _owned(token[2:], 2, definite=True, joined="ل")
    if token[0] in "بلك" and len(token) > _SHORTEST:
        yield from _owned(token[1:], 1, joined=token[0])


def _owned(token: str, cut: int, *, definite: bool = False, joined: str = "") -> Iterator[_Way]:
    yield _Way(token, cut, definite, joined)
    if token.startswith("ال") and len(token) > _SHORTEST:
        yield _Way(token[2:], cut + 2, True, joined)
    for ending, owner in _POSSESSIVES.items():
        core = token.removesuffix(ending)
        if core == token or len(core) < 2:
            continue
        yield _Way(core, cut, definite, joined, owner=owner)
        if core.endswith("ت"):
            yield _Way(f"{core[:-1]}ه", cut, definite, joined, owner=owner)


def _unknown(token: str) -> Word:
    """A word of nobody's; the article, and what stands before an article, can be taken off it all the same."""
    joined, conjunction, core = "", False, token
    if core[:3] in ("وال", "فال", "ولل", "فلل") and len(core) > _SHORTEST + 2:
        conjunction, core = True, core[1:]
    if core[:3] in ("بال", "كال"):
        joined, core = core[0], core[1:]
    elif core.startswith("لل") and len(core) > _SHORTEST + 1:
        joined, core = "ل", f"ال{core[2:]}"
    definite = core.startswith("ال") and len(core) > _SHORTEST + 1
    core = core.removeprefix("ال") if definite else core
    return Word((Meaning("unknown", core),), core, definite, joined, conjunction)


def _foreign(tokens: Sequence[str]) -> list[Word]:
    """English words in an Arabic sentence: a single thing or look takes its place in it, others stay as they are."""
    items = lex(" ".join(tokens))
    alone = sum(item.glue != "comma" for item in items) == 1
    return [Word((_english(item, alone=alone),), item.text) for item in items]


def _english(item: Item, *, alone: bool) -> Meaning:
    if item.glue == "comma":
        return Meaning("english", ",")
    kinds: dict[Kind, object] = {
        "numbers": item.number is not None and item.subject is None,
        "english": not alone,
        "unknown": item.unknown,
        "nouns": item.subject,
        "looks": item.modifier,
        "places": item.place,
        "moods": item.mood,
    }
    fitting: list[Kind] = [*(kind for kind, fits in kinds.items() if fits), "english"]
    kind = fitting[0]
    return Meaning(kind, item.text, 3 if item.plural and kind == "nouns" else 1)
