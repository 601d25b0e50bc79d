"""What is said while a part of a picture is marked on the page: "a hat here", "make it blue", "remove this"."""

import re
from dataclasses import dataclass

from device.context.plan import Step

_HERE = re.compile(r"\b(?:here|there|in (?:this|that) (?:part|place|spot|corner)|هنا|هون|هناك)\W*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marked:
    """A part of a picture that somebody has drawn over and said nothing about yet."""

    picture: str
    region: str
    """Both are ids of the gallery's."""


def about_part(text: str, steps: tuple[Step, ...], marked: Marked) -> tuple[Step, ...]:
    """The change of that part, where the words can be one; else the steps as they were understood.

    A change of a picture is one of the part; so is what is nothing by itself ("a hat"), and a new picture only "here".
    """
    (first, *more) = steps
    part = first.intent == "picture.edit" or (first.intent == "none" and first.slots)
    if more or not (part or (first.intent == "picture.create" and _HERE.search(text))):
        return steps
    slots = {"change": text.strip(" .!?"), "region": marked.region}
    return (Step("picture.edit", slots, {"it": marked.picture}, route="page/device"),)
