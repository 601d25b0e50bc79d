"""Takes the wake phrase off the beginning of a transcript."""

import re
from difflib import SequenceMatcher

_ALIKE = 0.6
"""Whisper writes "Alexis", "Electra", "Travis": how alike such a word must be, as difflib counts."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_BETWEEN = " \t\n,.;:!?-–—…\"'"


def without_phrase(text: str, phrase: str) -> str:
    """Return `text` without `phrase` (or what was understood of it) at its beginning.

    Only called when the wake word was just heard, so a loose likeness is enough; the best of the ways to cut is taken.
    """
    wanted = _letters(phrase)
    last = _letters(phrase.rsplit(maxsplit=1)[-1])
    best, cut = _ALIKE, 0
    for count, word in enumerate(_WORD.finditer(text), start=1):
        if count > len(phrase.split()):
            break
        begun = _letters(text[: word.end()])
        alike = max(_alike(begun, wanted), _alike(begun, last))
        if alike > best:
            best, cut = alike, word.end()
    rest = text[cut:].lstrip(_BETWEEN) if cut else text.strip()
    return rest[:1].upper() + rest[1:] if cut else rest


def _letters(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalpha())


def _alike(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
