"""What is not drawn: cruelty, sex and hate; weapons and the like in child mode; no imitation of the living.

::

    "Draw a N4KED lady!"  ──plain──▶ "draw a n4ked lady"  ──tricks undone──▶ "draw a naked lady"
                                          └── harmless look-alikes are taken out ("naked mole rat"), then the lists

It reads words, not minds: what is put into other words goes through, and the bridge's provider has the last word on
what it makes. What it must not do is stand in the way of a bloody mary, a dead tree or the people of Scunthorpe.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from edge_models.moderation.kinds import kind
from edge_models.moderation.readings import bare, plain, readings

MAX_CHARS = 4000
"""Characters that are read; nothing longer leaves the device or is drawn."""
ARTIST = "artist"

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
_ARABIC_LIKE = (
    "اسلوب|طريقه|ستايل|نمط|طراز|ريشه|تقليد|يقلد|تقلد|قلد|مثل|زي|متل|كانها|كانه|يشبه|تشبه"
    "|مستوحاه من|مستوحي من|علي نهج|روح|فن|رسم|رسمها|رسمه|لوحه|لوحات|اعمال|رسومات|جداريه|من عمل"
)
_ARABIC_FAMOUS = "فنان|فنانه|رسام|رسامه|مصور|مخرج|شهير|شهيره|مشهور|لوحات|اعمال|رسومات|رسوم|افلام|لوحه"


@dataclass(frozen=True, slots=True)
class Refused:
    """Why something is not drawn."""

    kind: str
    """`sexual`, `violence`, `self_harm`, `hate`, `artist`; in child mode also `weapons`, `horror`, `alcohol`, …"""


class Words:
    """The lists, compiled once (some 50 ms)."""

    def __init__(self) -> None:
        folder = files("edge_models.moderation")
        lists = tomllib.loads((folder / "words.toml").read_text(encoding="utf-8"))
        arabic = tomllib.loads((folder / "words_arabic.toml").read_text(encoding="utf-8"))
        artists = tomllib.loads((folder / "artists.toml").read_text(encoding="utf-8"))["artists"]
        self._kinds = tuple(
            kind(name, values, lists["parts"], arabic["kinds"][name], arabic["parts"])
            for name, values in lists["kinds"].items()
        )
        self._imitation = (_imitation(artists), _arabic_imitation(arabic["artists"]["names"]))

    def refused(self, text: str, *, child: bool) -> Refused | None:
        """Why `text` is not to be drawn, None when it may be. Reads at most `MAX_CHARS` characters; never raises."""
        ways = readings(text[:MAX_CHARS])
        for each in self._kinds:
            if (child or not each.child) and each.is_in(ways):
                return Refused(each.name)
        if any(imitation.search(reading) for imitation in self._imitation for reading in ways):
            return Refused(ARTIST)
        return None


def _imitation(artists: Sequence[Mapping[str, Any]]) -> re.Pattern[str]:
    """A name of the list where it says how something is to look, not where it says who is in the picture."""
    called = {plain(bare(name)) for artist in artists for name in _called(artist)}
    names = "|".join(sorted(called, key=len, reverse=True))
    return re.compile(
        rf"(?<!\w)(?:{_BEFORE} {_FAMOUS}(?:{names})(?!\w)"
        rf"|(?:{names})(?:(?:ish|esque| s)?(?: (?:own|early|late|typical|famous))? {_WORK}"
        rf"| (?:would|might|could|does|did|paints|draws)|ish|esque)(?!\w)"
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
