"""Which picture "it", "the last one" or "the fox" is."""

import re
from collections.abc import Mapping

from device.context.surroundings import Surroundings

_PICTURE = "picture|image|drawing|painting|photo|scene"
_LATEST = re.compile(
    rf"\b(it|that|this|them|him|her|the last one|the (?:last |latest )?(?:{_PICTURE}))\b", re.IGNORECASE
)
_THING = re.compile(r"\bthe (\w+)", re.IGNORECASE)


def references(command: str, slots: Mapping[str, str | int], surroundings: Surroundings) -> dict[str, str]:
    """The word that stands for a picture, to that picture's id; empty where there is no such picture.

    A sentence that names none ("add a tree", "another one") is about the latest: its word is "it".
    """
    if slots.get("which") == "before":
        return {"the one before": surroundings.pictures[1].id} if len(surroundings.pictures) > 1 else {}
    latest = surroundings.latest
    if latest is None:
        return {}
    if found := _LATEST.search(command):
        return {found.group().lower(): latest.id}
    in_the_picture = set(re.findall(r"\w+", latest.prompt.lower()))
    for thing in _THING.findall(command.lower()):
        if thing in in_the_picture:
            return {f"the {thing}": latest.id}
    return {"it": latest.id}
