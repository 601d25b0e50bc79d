"""The same once more, with another picture: "no, I meant the fox", "and the other one as well"."""

import re
from dataclasses import replace

from device.context.plan import Step
from device.context.references import referred
from device.context.surroundings import Surroundings
from edge_models.arabic import is_arabic, letters

_MEANT = re.compile(
    r"^\W*(?:no\W+)?(?:sorry\W+)?(?:I (?:mean|meant)|not (?:that|this)(?: one)?\W+(?:but )?)\W*(?P<what>.+)$",
    re.IGNORECASE,
)
_AS_WELL = re.compile(r"^\W*(?:and\W+)?(?:now\W+)?(?P<what>.+?)\W+(?:as well|too)(?: please)?\W*$", re.IGNORECASE)
_MEANT_AR = re.compile(
    r"^\W*(?:لا\W+)?(?:عفوا\W+|اسف\W+)?"
    r"(?:اقصد|قصدت|قصدي|كنت اقصد|اعني|عنيت|(?:مو|مش|ليس|ليست) (?:هذه|هذي|هاي|دي)\W+(?:بل )?)"
    r"\W*(?P<what>.+)$"
)
_AS_WELL_AR = re.compile(r"^\W*(?P<what>و?\w.*?)\W+(?:ايضا|كمان|كذلك|برضه|بعد)\W*$")
"""Both over words in their `letters`."""
_LONGEST = 6
"""Words that name a picture."""


def repeated(text: str, previous: Step, surroundings: Surroundings) -> Step | None:
    """The step that was carried out last, about the picture that `text` names; None when it isn't such a sentence."""
    found = _MEANT.match(text) or _AS_WELL.match(text)
    if found is None and is_arabic(text):
        plain = letters(text)
        found = _MEANT_AR.match(plain) or _AS_WELL_AR.match(plain)
    if found is None or not previous.references or len(found["what"].split()) > _LONGEST:
        return None
    about = referred(found["what"], {}, surroundings, whole=True)
    named = about.by != "latest" and about.pictures and about.pictures != previous.references
    return replace(previous, references=about.pictures, passing=False) if named else None
