"""What an Arabic sentence is like, as numbers that need no model: its words, what they come from, and their letters.

::

    وابغاك تشيلها  ─▶  words      ابغاك, تشيلها
                       stems      ابغا → اريد, شيل → احذف       particles and endings off, one word for its synonyms
                       skeletons  بغ, شل                        what is left without long vowels
                       letters    ^تش, تشي, شيل, …              three to five of them
                       pairs      اريد احذف
    each hashed to one of 2048 places, the rare ones more (idf), length 1

Two sentences are compared by the cosine, as those of `sentence_embedding`. The hashing is that of Weinberger et al.,
https://arxiv.org/abs/0902.2206; the stemming is light, as Larkey et al. found best for Arabic without a dictionary.
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from edge_models.arabic import bare, letters
from edge_models.arabic_numbers import NUMBERS
from edge_models.arabic_synonyms import MEANT

Floats = NDArray[np.float32]

MODEL = "arabic-sentences-1"
"""Changes when the same sentence becomes other numbers."""
DIMENSIONS = 2048
_SHORTEST = 3
"""Letters that are left of a word at least."""
_BEFORE = ("وال", "فال", "بال", "كال", "لل", "عال", "هال", "ال", "و", "ف", "ب", "ل")
_AFTER = (
    "لكياها",
    "لكياه",
    "لنا",
    "لكم",
    "هما",
    "تها",
    "ات",
    "ون",
    "ين",
    "ان",
    "ها",
    "هم",
    "كم",
    "نا",
    "ني",
    "لي",
    "وا",
    "تي",
    "ه",
    "ي",
    "ك",
    "ت",
    "ا",
)
_OF_VERBS = ("ا", "ت", "ي", "ن")
_WORD, _STEM, _SKELETON, _LETTERS, _PAIR = 0.7, 2.0, 0.5, 0.35, 0.8
"""What each kind of them counts: of eight ways those that found the most of the book's held-out thirds."""


@lru_cache(8192)
def stem(word: str) -> str:
    """An Arabic word without its particles and endings, one for all its synonyms; a number is "#"."""
    plain = letters(word)
    if plain.isdecimal() or bare(word) in NUMBERS:
        return "#"
    for form in _forms(plain):
        if form in MEANT:
            return MEANT[form]
    return _short(plain)


def _forms(plain: str) -> Iterator[str]:
    """The word as it may be known, the likeliest first."""
    begun = [plain, *(plain.removeprefix(before) for before in _BEFORE if plain.startswith(before))]
    begun = [form for form in begun if len(form) > 1]
    yield from begun
    for form in begun:
        for after in _AFTER:
            if form.endswith(after) and len(form) - len(after) >= _SHORTEST:
                cut = form.removesuffix(after)
                yield cut
                if cut[0] in "تينب":
                    yield from (cut[1:], f"ا{cut[1:]}")
        if form[0] in "تينب" and len(form) > _SHORTEST:
            yield from (form[1:], f"ا{form[1:]}")


@lru_cache(4096)
def _short(plain: str) -> str:
    for before in _BEFORE:
        if plain.startswith(before) and len(plain) - len(before) >= _SHORTEST:
            plain = plain.removeprefix(before)
            break
    for after in _AFTER:
        if plain.endswith(after) and len(plain) - len(after) >= _SHORTEST:
            plain = plain.removesuffix(after)
            break
    return plain[1:] if plain[:1] in _OF_VERBS and len(plain) > _SHORTEST else plain


def words_of(sentence: str) -> list[str]:
    """The words of a sentence in one spelling, without punctuation."""
    return re.findall(r"\w+", letters(sentence).lower())


class ArabicSentences:
    """Embeds Arabic sentences, knowing from others which words are rare. Quick enough for an event loop."""

    def __init__(self, others: Iterable[str]) -> None:
        """`others`: sentences such as will be embedded."""
        counted = [set(_features(sentence)) for sentence in others]
        known = Counter(feature for features in counted for feature in features)
        self._rarest = math.log(1 + len(counted))
        self._tells = {feature: math.log((1 + len(counted)) / count) for feature, count in known.items()}

    def embed(self, sentence: str) -> Floats:
        """Return (2048,) float32 of length 1; zeros for a sentence without any word."""
        row = np.zeros(DIMENSIONS, np.float32)
        for feature, weight in _features(sentence).items():
            place, sign = _place(feature)
            row[place] += sign * weight * self._tells.get(feature, self._rarest)
        length = float(np.linalg.norm(row))
        return row / length if length else row


def _features(sentence: str) -> dict[str, float]:
    words = words_of(sentence)
    stems = [stem(word) for word in words]
    features: dict[str, float] = {}
    for word, its_stem in zip(words, stems, strict=True):
        features |= _of_word(word, its_stem)
    for one, two in zip(["^", *stems], [*stems, "$"], strict=True):
        features[f"{one} {two}"] = _PAIR
    return features if words else {}


@lru_cache(8192)
def _of_word(word: str, its_stem: str) -> dict[str, float]:
    features = {f"w{word}": _WORD, f"s{its_stem}": _STEM}
    skeleton = re.sub("[اويه]", "", _short(word))
    if len(skeleton) > 1:
        features[f"k{skeleton}"] = _SKELETON
    marked = f"^{word}$"
    for length in (3, 4, 5):
        for begin in range(len(marked) - length + 1):
            features[f"n{marked[begin : begin + length]}"] = _LETTERS
    return features


@lru_cache(1 << 16)
def _place(feature: str) -> tuple[int, int]:
    hashed = zlib.crc32(feature.encode())
    return hashed % DIMENSIONS, 1 if hashed & 0x80000000 else -1
