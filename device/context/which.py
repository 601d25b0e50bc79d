"""The short answer to a question of the device's own: "the fox or the castle?", "delete the picture?"."""

import re
from dataclasses import replace

from device.context.plan import Step
from device.context.references import shows, so_called
from device.context.references_arabic import as_english
from device.context.surroundings import PictureSeen, Question
from device.context.yes_or_no import is_no, is_yes

_ORDINALS = ({"first", "former", "1"}, {"second", "latter", "2"}, {"third", "3"}, {"fourth", "4"})
_ALL = re.compile(r"\b(?:both|all|each|every one|the two)\b", re.IGNORECASE)
_LONGEST = 6
"""Words; what is longer is a sentence of its own."""


def chosen(answer: str, question: Question) -> Step | None:
    """The step that was asked about, for what the answer names; None when it names nothing: then it is no answer.

    A question without choices wants a yes.
    """
    english = as_english(answer)
    words = re.findall(r"[\w'-]+", english.lower())
    if not words or len(words) > _LONGEST:
        return None
    if is_no(answer):
        return Step("dialogue.dropped")
    if not question.choices:
        return question.step if is_yes(answer) else None
    meant = question.choices if _ALL.search(english) else _among(words, question.choices)
    return replace(question.step, references={picture.prompt: picture.id for picture in meant}) if meant else None


def _among(words: list[str], choices: tuple[PictureSeen, ...]) -> tuple[PictureSeen, ...]:
    """The one that is named by its number or by what it shows; none, or several, are no answer."""
    for picture, ordinals in zip(choices, _ORDINALS, strict=False):
        if ordinals & set(words):
            return (picture,)
    if {"last", "latest", "newest"} & set(words):
        return choices[-1:]
    described = " ".join(word for word in words if word not in ("one", "picture", "please", "with", "of"))
    found = so_called([picture for picture in choices if shows(picture, described)], described) if described else ()
    return tuple(found) if len(found) == 1 else ()
