"""What is not drawn: cruelty, sex and hate; weapons and the like in child mode; no imitation of the living.

::

    "Draw a N4KED lady!"  ──plain──▶ "draw a n4ked lady"  ──tricks undone──▶ "draw a naked lady"
                                          └── harmless look-alikes are taken out ("naked mole rat"), then the lists

It reads words, not minds: what is put into other words goes through, and the bridge's provider has the last word on
what it makes. What it must not do is stand in the way of a bloody mary, a dead tree or the people of Scunthorpe.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from edge_models.arabic import letters

MAX_CHARS = 4000
"""Characters that are read; nothing longer leaves the device or is drawn."""
ARTIST = "artist"

_LOOK_ALIKES = str.maketrans("аеорсухіѕјԁԛ", "aeopcyxisjdq")
"""Cyrillic letters that look Latin."""
_LEET = str.maketrans("013457@$!|", "oieastasil")
_APART = re.compile(r"(?<!\w)(?:\w[\W_]{1,2}){2,}\w(?!\w)")
"""Letters that stand alone, one after the other: "n u d e", "s.e.x"."""
_INSIDE = re.compile(r"(?<=\w)[-_.*·'’]+(?=\w)")
_FAMOUS = r"(?:(?:the|a|an|artist|painter|photographer|illustrator|famous|great|young|late|early) )*"
_BEFORE = (
    r"(?:(?:style|styles|manner|spirit|look|aesthetic|fashion|way|vein|hand|works?|art) of|styled (?:like|after)|by|"
    r"like|a la|inspired by|imitat(?:e|es|ing)|mimic(?:king)?|copy(?:ing)?|emulat(?:e|es|ing)|reminiscent of|"
    r"(?:homage|tribute) to|after|worthy of|(?:draw|paint|make|create|fake|forge|want|into|to|another)(?: me| it)? an?)"
)
"""What comes before the name in "in the style of X", "like X", "draw me an X"."""
_WORK = (
    r"(?:styled?|styles|esque|look|aesthetic|inspired|paintings?|murals?|drawings?|photos?|photographs?|pictures?|prints?|"
    r"stencils?|sculptures?|posters?|films?|movies?|illustrations?|manga|anime|comics?|pumpkins?|pools?|copy|fake|art|"
    r"artworks?)"
)
"""What comes after it in "X style", "X's pumpkins"."""
_ARABIC_AND = "[وف]?"
_ARABIC_BEFORE = "[وف]?(?:[بلك]?(?:ال)?|لل)"
"""What may be joined to a word: and, with, to, like, the."""
_ARABIC_LIKE = (
    "اسلوب|طريقه|ستايل|نمط|طراز|ريشه|تقليد|يقلد|تقلد|قلد|مثل|زي|متل|كانها|كانه|يشبه|تشبه"
    "|مستوحاه من|مستوحي من|علي نهج|روح|فن|رسم|رسمها|رسمه|لوحه|لوحات|اعمال|رسومات|جداريه|من عمل"
)
_ARABIC_FAMOUS = "فنان|فنانه|رسام|رسامه|مصور|مخرج|شهير|شهيره|مشهور|لوحات|اعمال|رسومات|رسوم|افلام|لوحه"
_LONG = re.compile(r"(\w)\1{2,}")


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something is not drawn."""

    kind: str
    """`sexual`, `violence`, `self_harm`, `hate`, `artist`; in child mode also `weapons`, `horror`, `alcohol`, …"""


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    child: bool
    """It only counts in child mode."""
    found: re.Pattern[str]
    harmless: re.Pattern[str] | None


class Words:
    """The lists, compiled once (some 50 ms)."""

    def __init__(self) -> None:
        folder = files("device.policy")
        lists = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
        arabic = tomllib.loads((folder / "words_arabic.toml").read_text(encoding="utf-8"))
        artists = tomllib.loads((folder / "artists.toml").read_text(encoding="utf-8"))["artists"]
        self._kinds = tuple(
            _kind(name, values, lists["parts"], arabic["kinds"][name], arabic["parts"])
            for name, values in lists["kinds"].items()
        )
        self._imitation = (_imitation(artists), _arabic_imitation(arabic["artists"]["names"]))

    def refused(self, text: str, *, child: bool) -> Refused | None:
        """Why `text` is not to be drawn, None when it may be. Reads at most `MAX_CHARS` characters; never raises."""
        readings = _readings(text[:MAX_CHARS])
        for kind in self._kinds:
            if (child or not kind.child) and any(_is(kind, reading) for reading in readings):
                return Refused(kind.name)
        if any(imitation.search(reading) for imitation in self._imitation for reading in readings):
            return Refused(ARTIST)
        return None


def _is(kind: _Kind, reading: str) -> bool:
    if not kind.found.search(reading):
        return False
    left = kind.harmless.sub(" | ", reading) if kind.harmless else reading
    return kind.found.search(left) is not None


def _readings(text: str) -> tuple[str, ...]:
    """The text in plain words, as it stands and with tricks undone."""
    bare = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if not unicodedata.combining(letter) and unicodedata.category(letter) != "Cf"
    ).translate(_LOOK_ALIKES)
    undone = _INSIDE.sub("", _APART.sub(_together, " ".join(map(_unmasked, bare.split()))))
    once, twice = _LONG.sub(r"\1", undone), _LONG.sub(r"\1\1", undone)
    return tuple(dict.fromkeys(map(_plain, (bare, once, twice))))


def _unmasked(word: str) -> str:
    """`n4ked` as `naked`; a word without letters is a number and stays one."""
    core = word.strip(".,;:!?\"'()")
    return word.replace(core, core.translate(_LEET)) if re.search(r"[a-z]", core) else word


def _together(letters: re.Match[str]) -> str:
    """`s e x` as `sex`; of `a s e x` also the part without its first letter, which may be an article."""
    word = re.sub(r"[\W_]", "", letters.group())
    return f"{word} {word[1:]}" if len(word) > 3 else word


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\W_]+", " ", letters(text)).split())


def _kind(
    name: str,
    values: Mapping[str, Any],
    parts: Mapping[str, str],
    arabic: Mapping[str, Any],
    arabic_parts: Mapping[str, str],
) -> _Kind:
    patterns = [*map(_noun, values.get("nouns", ())), *map(_verb, values.get("verbs", ())), *values.get("patterns", ())]
    words = f"{_ARABIC_BEFORE}(?:{'|'.join(arabic['words'])})"
    in_arabic = [words, *(f"{_ARABIC_AND}(?:{pattern})" for pattern in arabic.get("patterns", ()))]
    harmless = [
        *_filled(values.get("harmless", ()), parts),
        *(f"{_ARABIC_BEFORE}(?:{pattern})" for pattern in _filled(arabic.get("harmless", ()), arabic_parts)),
    ]
    return _Kind(
        name=name,
        child=values.get("child", False),
        found=_any([*_filled(patterns, parts), *_filled(in_arabic, arabic_parts)]),
        harmless=_any(harmless) if harmless else None,
    )


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


def _imitation(artists: Sequence[Mapping[str, Any]]) -> re.Pattern[str]:
    """A name of the list where it says how something is to look, not where it says who is in the picture."""
    called = {_plain(_bare(name)) for artist in artists for name in _called(artist)}
    names = "|".join(sorted(called, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:{_BEFORE} {_FAMOUS}(?:{names})(?!\w)"
        rf"|(?:{names})(?:ish|esque| s)?(?: (?:own|early|late|typical|famous))? {_WORK}(?!\w)"
        rf"|(?:{names}) (?:would|might|could|does|did|paints|draws)(?!\w)"
        rf"|(?:{names})(?:ish|esque)(?!\w)"
        rf"|(?:a|an|more|very|pure|so) (?:{names}) (?!with|and|or|in|on|at|who|is|as|from|eating|standing|sitting)\w+"
        rf"|(?:more|very|pure|so) (?:{names})(?!\w))"
    )


def _arabic_imitation(names: Sequence[str]) -> re.Pattern[str]:
    """As `_imitation`, in Arabic: "in the style of X", "like X", "in X's way"."""
    called = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:[وبكل]|ال|وب|وال)?(?:{_ARABIC_LIKE})(?: (?:ال)?(?:{_ARABIC_FAMOUS}))* [لبك]?(?:{called})(?!\w)"
        rf"|(?<!\w)(?:ك|كا)(?:{called})(?!\w)"
    )


def _called(artist: Mapping[str, Any]) -> Iterator[str]:
    for key in ("name", "short"):
        if key in artist:
            yield artist[key]


def _bare(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))
