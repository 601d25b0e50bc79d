"""The short answer to "the fox or the castle?", and to "Shall I?"."""

import re
from dataclasses import replace

from device.context.plan import Step
from device.context.references import shows
from device.context.surroundings import PictureSeen, Question

_ORDINALS = ({"first", "former", "1"}, {"second", "latter", "2"}, {"third", "3"}, {"fourth", "4"})
_ALL = re.compile(r"\b(?:both|all|each|every one|the two)\b", re.IGNORECASE)
_NONE = re.compile(r"^(?:no|none|neither|never ?mind|forget it|cancel|stop|nothing)\b", re.IGNORECASE)
_YES = re.compile(
    r"^(?:yes|yeah|yep|yup|sure|okay|ok|of course|certainly|definitely|absolutely|right|correct|go ahead|do it|do that"
    r"|please do|i do|i am sure|i'm sure|all of them|delete them)\b",
    re.IGNORECASE,
)
_LONGEST = 6
"""Words; what is longer is a sentence of its own."""


def answered(text: str, question: Question) -> Step | None:
    """What is to be done after `text`; None when it is no answer to the question."""
    if question.choices:
        return chosen(text, question)
    if _NONE.search(text.strip()):
        return Step("dialogue.dropped")
    return question.step if _YES.search(text.strip()) and len(text.split()) <= _LONGEST else None


def chosen(answer: str, question: Question) -> Step | None:
    """The step that was asked about, for what the answer names; None when it names nothing: then it is no answer."""
    words = re.findall(r"[\w'-]+", answer.lower())
    if not words or len(words) > _LONGEST:
        return None
    if _NONE.search(answer):
        return Step("dialogue.dropped")
    if _ALL.search(answer):
        return _about(question, question.choices)
    for picture, ordinals in zip(question.choices, _ORDINALS, strict=False):
        if ordinals & set(words):
            return _about(question, (picture,))
    if {"last", "latest", "newest"} & set(words):
        return _about(question, question.choices[-1:])
    described = " ".join(word for word in words if word not in ("one", "picture", "please", "with", "of"))
    found = [picture for picture in question.choices if shows(picture, described)]
    return _about(question, tuple(found)) if len(found) == 1 else None


def _about(question: Question, pictures: tuple[PictureSeen, ...]) -> Step:
    return replace(question.step, references={picture.prompt: picture.id for picture in pictures})
