"""Roughly how an English or Arabic word sounds, so that words which are taken for each other can be found.

Spelling is turned into sounds by rules alone, which is often a little wrong and good enough: whatever is found this way
is judged by the recogniser that heard the sound itself (`stt.py`).
"""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray

_SPELT = {
    "a": "a",
    "are": "Ar",
    "come": "kam",
    "do": "du",
    "does": "daz",
    "done": "dan",
    "eight": "et",
    "gone": "gon",
    "have": "hav",
    "hour": "awr",
    "i": "Y",
    "in": "in",
    "is": "iz",
    "of": "av",
    "one": "wan",
    "ones": "wanz",
    "once": "wans",
    "said": "sed",
    "says": "sez",
    "some": "sam",
    "the": "Da",
    "they": "De",
    "to": "tu",
    "two": "tu",
    "was": "woz",
    "what": "wot",
    "who": "hu",
    "you": "yu",
    "your": "yor",
}
"""The commonest words that no rule gets right."""

# A spelling and its sound, in this order; what is in capitals is not read again. Vowels: a e i o u, Y as in "my", A as
# in "car", W as in "now", J as in "boy", and until the end long E I O U. S "sh", C "ch", j "jam", T and D "th", N "ng".
_RULES = tuple(
    (re.compile(spelling), sound)
    for spelling, sound in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^wh", "w"),
        (r"^x", "z"),
        (r"que$", "k"),
        (r"eigh", "E"),
        (r"igh", "Y"),
        (r"augh(?=t)|ough(?=t)|aw|au", "O"),
        (r"ough", "O"),
        (r"gh", ""),
        (r"tch|ch", "C"),
        (r"[ts]ion", "San"),
        (r"sh|(?<=[aeiou])ti(?=[aou])", "S"),
        (r"^th(?=is|at|e|ose|ere|an)|(?<=[aeo])th(?=er)", "D"),
        (r"th", "T"),
        (r"ph", "f"),
        (r"ck", "k"),
        (r"ee|ea|ei|ie(?=[a-zA-Z])", "I"),
        (r"oo|ew|ue|ui", "U"),
        (r"ai|ay|ey(?=.)", "E"),
        (r"oa|oe", "O"),
        (r"oi|oy", "J"),
        (r"ow(?=s?$)", "O"),
        (r"ow|ou", "W"),
        (r"ar(?![aeiou])", "Ar"),
        (r"(?<=[aeiouyIUEOWYA])s(?=[aeiouy]|ed$|es$)|(?<=[aeiouyIUEOWYAbdgvmnlr])s$", "z"),
        (r"(?<=[td])ed$", "id"),
        (r"(?<=[pkfsSC])ed$", "t"),
        (r"([bdfgklmnprstz])\1", r"\1"),
        (r"(?<=[szxSzCj])e[sz]$", "iz"),
        (r"([aiouy])([^aeiouyA-Z])e(?=d?$|s$|z$|ly$)", lambda found: _LONG[found[1]] + found[2]),
        (r"(?<=[a-zA-Z]{2})ed$", "d"),
        (r"dge?(?=[eiy]|$)", "j"),
        (r"sc(?=[eiy])|c(?=[eiyI]|$)(?<!ic)", "s"),
        (r"c", "k"),
        (r"g(?=[ey])|gi(?=[ao])|(?<=[A-Z])g(?=e$)", "j"),
        (r"qu", "kw"),
        (r"x", "ks"),
        (r"n(?=[kg])", "N"),
        (r"(?<=N)g$", ""),
        (r"mb$", "m"),
        (r"(?<=[a-zA-Z][^aeiouyA-Z])e(?=[sz]?$)|(?<=[A-Z][a-z])e$|(?<=[A-Z])e$", ""),
        (r"(?<!^)(?:er|ir|ur|or)(?=[^aeiouyA-Z]|$)", "ar"),
        (r"(?<=^[a-zA-Z])y$|(?<=^[a-zA-Z]{2})y$", "Y"),
        (r"[yi]e?$|ey$", "i"),
        (r"(?<=[^aeiou])y(?=[^aeiou])", "i"),
    )
)
_LONG = {"a": "E", "i": "Y", "o": "O", "u": "U", "y": "Y"}
_SHORT = str.maketrans("EIOUcqx", "eioukkz")
_VOWELS = "aeiouYAWJ"
_ALIKE = (
    *(("p", "b"), ("t", "d"), ("k", "g"), ("s", "z"), ("f", "v"), ("T", "f"), ("T", "s"), ("D", "d"), ("D", "z")),
    *(("m", "n"), ("n", "N"), ("l", "r"), ("w", "r"), ("w", "l"), ("C", "S"), ("C", "j"), ("C", "t"), ("s", "S")),
    *(("b", "v"), ("d", "l"), ("T", "t"), ("j", "d"), ("v", "z"), ("y", "i"), ("h", "f")),
)
# Arabic is written as it sounds, but for the short vowels. The emphatic consonants are those that recognisers write the
# plain ones for; what is said in the throat is left out as often as not, and is nearest to h or to a vowel.
_ARABIC = dict(
    zip("ابتةثجحخدذرزسشصضطظعغفقكلمنهويىءأإآئؤ", "abttTjhkdDrzsSsdtzagfkklmnhwiaaaaaiw", strict=True),
)
SOUNDS = "aeiouYAWJbCdDfghjklmnNprsStTvwyz"
"""Every sound."""


@cache
def sound_of(word: str) -> str:
    """How `word`, one word in small letters, sounds: a letter of `SOUNDS` for each sound.

    Letters that neither English nor Arabic has are left out.
    """
    if word in _SPELT:
        return _SPELT[word]
    if not word.isascii() and (arabic := "".join(_ARABIC.get(letter, "") for letter in word)):
        return arabic
    sound = re.sub(r"[^a-z]", "", word)
    for spelling, replacement in _RULES:
        sound = spelling.sub(replacement, sound)
    return "".join(letter for letter in sound.translate(_SHORT) if letter in SOUNDS)


@cache
def costs() -> NDArray[np.float32]:
    """Return what it costs to take one sound for another: (sounds, sounds) float32, 0 for the same, 1 for strangers."""
    table = np.ones((len(SOUNDS), len(SOUNDS)), np.float32)
    vowels = [SOUNDS.index(vowel) for vowel in _VOWELS]
    table[np.ix_(vowels, vowels)] = 0.3
    for one, other in _ALIKE:
        i, j = SOUNDS.index(one), SOUNDS.index(other)
        table[i, j] = table[j, i] = 0.4
    np.fill_diagonal(table, 0)
    return table
