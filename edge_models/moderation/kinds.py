"""Kinds of what is refused: words and patterns, English and Arabic, and the harmless that only looks like them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_ARABIC_AND = "[وف]?"
_ARABIC_BEFORE = "[وف]?(?:[بلك]?(?:ال)?|لل)"
"""What may be joined to a word: and, with, to, like, the."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind, compiled."""

    name: str
    child: bool
    """It only counts in child mode."""
    found: re.Pattern[str]
    harmless: re.Pattern[str] | None

    def is_in(self, ways: Sequence[str]) -> bool:
        """Whether a text is of this kind that can be read in these ways, the first of them as it stands."""
        return any(self._is_in(reading, ways[0]) for reading in ways)

    def _is_in(self, reading: str, seen: str) -> bool:
        """What is also in the text as it is `seen` is judged there, by what stands around it."""
        if not self.found.search(reading):
            return False
        left = self.harmless.sub(" | ", reading) if self.harmless else reading
        return any(reading is seen or f" {found.group()} " not in f" {seen} " for found in self.found.finditer(left))


def kind(
    name: str,
    values: Mapping[str, Any],
    parts: Mapping[str, str],
    arabic: Mapping[str, Any],
    arabic_parts: Mapping[str, str],
) -> Kind:
    """A kind from its entry in a list, with that of the Arabic list."""
    words = [*map(_noun, values.get("nouns", ())), *map(_verb, values.get("verbs", ()))]
    patterns = [*_by_letter(words), *values.get("patterns", ())]
    in_arabic = [
        *([f"{_ARABIC_BEFORE}(?:{'|'.join(arabic['words'])})"] if "words" in arabic else []),
        *(f"{_ARABIC_AND}(?:{pattern})" for pattern in arabic.get("patterns", ())),
    ]
    harmless = [
        *_filled(values.get("harmless", ()), parts),
        *(f"{_ARABIC_BEFORE}(?:{pattern})" for pattern in _filled(arabic.get("harmless", ()), arabic_parts)),
    ]
    return Kind(
        name=name,
        child=values.get("child", False),
        found=_any([*_filled(patterns, parts), *_filled(in_arabic, arabic_parts)]),
        harmless=_any(harmless) if harmless else None,
    )


def _by_letter(words: Iterable[str]) -> Iterator[str]:
    """The same words, those of one letter behind that letter: in a text, a word is compared with few of them."""
    by_letter: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        by_letter[word[0]].append(word[1:])
    for letter, rests in by_letter.items():
        yield f"{letter}(?:{'|'.join(rests)})"


def _any(patterns: Sequence[str]) -> re.Pattern[str]:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)")


def _filled(patterns: Iterable[str], parts: Mapping[str, str]) -> list[str]:
    """The patterns with their parts in the places of the names."""
    filled = [*patterns]
    for part, words in parts.items():
        filled = [pattern.replace(f"{{{part}}}", words) for pattern in filled]
    return filled


def _noun(word: str) -> str:
    return rf"{re.escape(word)}(?:s|es)?" if not word.endswith("s") else re.escape(word)


def _verb(word: str) -> str:
    """`stab`, `stabs`, `stabbed`, `stabbing`, `stabber`; `torture`, `tortured`, `torturing`, `torturer`."""
    if word.endswith("e"):
        return rf"{word[:-1]}(?:es?|ed|ing|ers?|ors?|ions?)"
    doubled = rf"{word[-1]}?"
    return rf"{word}(?:s|es|{doubled}ed|{doubled}ing|{doubled}ers?|{doubled}ings)?"
