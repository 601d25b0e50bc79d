"""The last way to understand: questions about the world, which are looked up. Asked when nobody else knew the sentence.

::

    "and how tall is it"     ──▶ question.ask  {question: "and how tall is it", back: 1}
    "look up narwhals"       ──▶ question.ask  {question: "narwhals"}, before a language model is asked
    "what's our gate code"   ──▶ question.ask  {question: …, ours: 1}    never sent: only the household knows
    "says who"               ──▶ question.source

A question said in the room is none for the device: nothing is understood here that wasn't said after the wake word.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.context.where import where
from edge_models.arabic import is_arabic, without_marks

ASK, SOURCE = "question.ask", "question.source"
MAX_CHARS = 300
"""Nobody asks a longer question aloud."""
_FORMS = Path(__file__).with_name("questions")
_BETWEEN = r"[\s,.;:!?…—–؟،؛-]"


@dataclass(frozen=True, slots=True)
class _Forms:
    lead_in: re.Pattern[str]
    goes_on: re.Pattern[str]
    about: re.Pattern[str]
    tail: re.Pattern[str]
    look_up: tuple[re.Pattern[str], ...]
    asks: re.Pattern[str]
    never: re.Pattern[str]
    ours: re.Pattern[str]
    back: re.Pattern[str]
    source: re.Pattern[str]


class Questions:
    """One language's; what it finds is a `further` way of Turns."""

    def __init__(self, language: str = "en") -> None:
        """In a language without forms nothing is a question."""
        path = _FORMS / f"{language}.yaml"
        self._forms = _read(yaml.safe_load(path.read_text(encoding="utf-8"))) if path.is_file() else None

    async def look_up(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """What is to be looked up in so many words, or where the last answer came from."""
        forms = self._forms
        if forms is None or not (said := _said(forms, text, surroundings)):
            return ()
        if forms.source.fullmatch(said):
            return (Step(SOURCE, route="question/device"),)
        for form in forms.look_up:
            if (found := form.fullmatch(said)) and (what := found.group("what").strip(" ,.;:!?")):
                return (_step(forms, what, surroundings),)
        return ()

    async def ask(self, text: str, surroundings: Surroundings) -> tuple[Step, ...]:
        """The question, if it is one."""
        forms = self._forms
        if forms is None or not (said := _said(forms, text, surroundings)):
            return ()
        bare = forms.goes_on.sub("", said, count=1)
        goes_on = bare != said and bool(bare)
        if forms.never.search(bare) or not (goes_on or forms.asks.match(bare)):
            return ()
        if goes_on and not forms.asks.match(bare) and not forms.about.match(said):
            return ()
        return (_step(forms, said, surroundings, goes_on=goes_on),)


def _said(forms: _Forms, text: str, surroundings: Surroundings) -> str:
    """The words without courtesies; "" where they were not said to the device, or are too many."""
    said = without_marks(text) if is_arabic(text) else text.replace("’", "'")
    said = " ".join(said.split()).strip(" ,.;:!?…—–-\"'“”؟،؛")
    if not surroundings.addressed or len(said) > MAX_CHARS:
        return ""
    said = forms.lead_in.sub("", said, count=1)
    return forms.tail.sub("", said).strip(" ,.;:!?؟،؛")


def _step(forms: _Forms, question: str, surroundings: Surroundings, *, goes_on: bool = False) -> Step:
    slots: dict[str, str | int] = {"question": question}
    if goes_on or forms.back.search(question):
        slots["back"] = 1
    if forms.ours.search(question):
        slots["ours"] = 1
    route = where(ASK, surroundings, leaves="ours" not in slots)
    return Step(ASK, slots, route=f"question/{route}")


def _read(table: dict[str, Any]) -> _Forms:
    def any_of(name: str) -> str:
        return "|".join(f"(?:{form})" for form in table[name])

    def pattern(text: str) -> re.Pattern[str]:
        return re.compile(text, re.IGNORECASE)

    look_up = tuple(pattern(form.replace("{what}", "(?P<what>.+)")) for form in table["look_up"])
    return _Forms(
        lead_in=pattern(rf"^(?:(?:{any_of('lead_ins')})(?:{_BETWEEN}+|$))+"),
        goes_on=pattern(rf"^(?:(?:{any_of('goes_on')}){_BETWEEN}+)+"),
        about=pattern(any_of("about")),
        tail=pattern(rf"(?:{_BETWEEN}+(?:{any_of('tails')}))+$"),
        look_up=look_up,
        asks=pattern(rf"(?:{any_of('asks')})(?=\W|$)"),
        never=pattern(any_of("not")),
        ours=pattern(any_of("ours")),
        back=pattern(rf"\b(?:{any_of('back')})\b"),
        source=pattern(any_of("source")),
    )
