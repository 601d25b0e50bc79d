"""Which two pictures "put the fox and the castle together" is about, where both are named."""

import re
from collections.abc import Mapping

from device.context.references import Referred, referred
from device.context.references_arabic import as_english
from device.context.surroundings import Surroundings

_PICTURE = "(?:one|picture|image|drawing|painting|photo|sketch)"
_POINTED_AT = re.compile(rf"(?:this|that|my|our|his|her) (?!{_PICTURE}\b)", re.IGNORECASE)
_JUST_IT = re.compile(
    rf"(?:it|this|that|(?:the|this|that)(?: last| latest| newest| current)? {_PICTURE})", re.IGNORECASE
)


def referred_together(command: str, slots: Mapping[str, str | int], surroundings: Surroundings) -> Referred:
    """The pictures that the slots `first` and `second` name, in the order of speech.

    None where one of the two isn't a picture of ours: "put the butter into the fridge".
    """
    parts = [as_english(str(slots[name])) for name in ("first", "second")]
    meant: dict[str, str] = {}
    for part in parts:
        one = referred(_POINTED_AT.sub("the ", part, count=1), {}, surroundings, whole=True)
        if one.by == "latest" and not _JUST_IT.fullmatch(part):
            return Referred({}, command)
        meant |= one.pictures
    return Referred(meant, command, by="picture") if len(meant) == len(parts) else Referred({}, command)
