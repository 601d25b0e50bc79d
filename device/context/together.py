"""Which two pictures "put the fox and the castle together" and "combine the last two" are about."""

import re
from collections.abc import Mapping

from device.context.references import Referred, referred
from device.context.surroundings import Surroundings

_PICTURE = "(?:one|picture|image|drawing|painting|photo|sketch)"
_POINTED_AT = re.compile(rf"(?:this|that|my|our|his|her) (?!{_PICTURE}\b)", re.IGNORECASE)
_JUST_IT = re.compile(
    rf"(?:it|this|that|(?:the|this|that)(?: last| latest| newest| current)? {_PICTURE})", re.IGNORECASE
)


def referred_together(command: str, slots: Mapping[str, str | int], surroundings: Surroundings) -> Referred:
    """The pictures in the order of speech; none where one of the two that are named isn't a picture of ours.

    A sentence that names none ("combine them") is about the last two, the older first.
    """
    parts = [str(slots[name]) for name in ("first", "second") if name in slots]
    if not parts:
        return referred("both", {}, surroundings)
    meant: dict[str, str] = {}
    for part in parts:
        one = referred(_POINTED_AT.sub("the ", part, count=1), {}, surroundings)
        if one.by == "latest" and not _JUST_IT.fullmatch(part):
            return Referred({}, command)
        meant |= one.pictures
    if len(parts) == 1:  # "combine it with the one before"; "put the cat into it"
        return Referred(meant, command, by="picture")
    return Referred(meant, command, by="picture") if len(meant) == len(parts) else Referred({}, command)
