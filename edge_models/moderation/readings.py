"""What a text may be read as: as it stands, and with the tricks undone that hide words from lists.

::

    "a N4K\u200bED man"   ──▶  "a n4ked man"  and  "a naked man"         digits for letters, letters that can't be seen
    "n u d e", "s.e.x"    ──▶  "nude", "sex"                             letters apart
    "ηаkеd", "ⓝⓐⓚⓔⓓ"      ──▶  "naked"                                   letters of other alphabets, letters in frames
    "s*xy", "Hit1er"      ──▶  "saxy", "sexy", …  and  "hitier", "hitler"
"""

import re
import unicodedata
from collections.abc import Iterator

from edge_models.arabic import letters

_VOWELS = "aeiou"
_LETTER = "abcdefghijklmnopqrstuvwxyz"
_ALIKE = {
    "a": "аαɑ", "b": "вьβ", "c": "сϲ", "d": "ԁđɗ", "e": "еεəɛҽ", "f": "ƒ", "g": "ɡց", "h": "һհħн", "i": "іιıɩ",
    "j": "јյ",
    "k": "кκƙ", "l": "ӏłⅼ", "m": "м", "n": "пηոռŋ", "o": "оοօøσө", "p": "рρ", "q": "ԛզ", "r": "гɾ", "s": "ѕʂ",
    "t": "тτŧ", "u": "υսц", "v": "ѵν", "w": "ԝшω", "x": "хχ", "y": "уγү", "z": "ʐ",
}  # fmt: skip
"""Letters of other alphabets that look Latin."""
_LEET = str.maketrans("01345789@$!|", "oieastbgasil")
_ONE_IS_L = str.maketrans("1!", "ll")
_APART = re.compile(r"(?<!\w)(?:\w[\W_]{1,2}){2,}\w(?!\w)")
"""Letters that stand alone, one after the other: "n u d e", "s.e.x"."""
_INSIDE = re.compile(r"(?<=\w)[-_.·'’]+(?=\w)")
_MASK = re.compile(r"(?<=\w)\*(?=\w)")
_LONG = re.compile(r"(\w)\1{2,}")


def _framed() -> Iterator[tuple[str, str]]:
    """Letters in frames and the like that Unicode does not decompose: by their names."""
    kinds = (
        "LATIN LETTER SMALL CAPITAL {}",
        "NEGATIVE CIRCLED LATIN CAPITAL LETTER {}",
        "NEGATIVE SQUARED LATIN CAPITAL LETTER {}",
        "REGIONAL INDICATOR SYMBOL LETTER {}",
    )
    for letter in _LETTER:
        for kind in kinds:
            try:
                yield unicodedata.lookup(kind.format(letter.upper())), letter
            except KeyError:
                continue  # not every letter is there as a small capital


_LOOK_ALIKES = str.maketrans({other: letter for letter, others in _ALIKE.items() for other in others} | dict(_framed()))


def readings(text: str) -> tuple[str, ...]:
    """`text` in plain lower-case words: first as it stands, then with tricks undone, each way that differs."""
    seen, apart = _seen(text.casefold())
    undone = _undone(seen, _LEET)
    ways = [seen, _LONG.sub(r"\1", undone), _LONG.sub(r"\1\1", undone)]
    if apart:  # what can't be seen stood where a space would
        ways.append(apart)
    if "1" in seen or "!" in seen:
        ways.append(_undone(seen.translate(_ONE_IS_L), _LEET))
    if _MASK.search(seen):
        ways.extend(_undone(_MASK.sub(vowel, seen), _LEET) for vowel in _VOWELS)
    return tuple(dict.fromkeys(map(plain, dict.fromkeys(ways))))


def plain(text: str) -> str:
    """Words with single spaces, Arabic in one spelling."""
    return " ".join(re.sub(r"[\W_]+", " ", letters(text)).split())


def bare(text: str) -> str:
    """In small letters without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()


def _seen(text: str) -> tuple[str, str]:
    """The text as a person sees it; and, where something in it can't be seen, with spaces in those places, else ""."""
    if text.isascii():
        return text, ""
    latin = bare(text).translate(_LOOK_ALIKES)
    unseen = {letter for letter in set(latin) if unicodedata.category(letter) == "Cf"}
    if not unseen:
        return latin, ""
    return latin.translate(dict.fromkeys(map(ord, unseen))), latin.translate(dict.fromkeys(map(ord, unseen), " "))


def _undone(text: str, leet: dict[int, int]) -> str:
    words = text.split()
    if text.translate(leet) != text:
        words = [_unmasked(word, leet) for word in words]
    return _INSIDE.sub("", _APART.sub(_together, " ".join(words)))


def _unmasked(word: str, leet: dict[int, int]) -> str:
    """`n4ked` as `naked`; a word without letters is a number and stays one."""
    core = word.strip(".,;:!?\"'()")
    return word.replace(core, core.translate(leet)) if re.search(r"[a-z]", core) else word


def _together(spelt: re.Match[str]) -> str:
    """`s e x` as `sex`; of `a s e x a` also the parts without its ends, which may be articles."""
    word = re.sub(r"[\W_]", "", spelt.group())
    return f"{word} {word[1:]} {word[1:-1]} {word[:-1]} {word[-1]}" if len(word) > 3 else word
