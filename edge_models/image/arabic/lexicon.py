"""All Arabic words that pictures know, in all their forms, and what each is in English."""

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from edge_models.arabic import letters
from edge_models.image.arabic.inflection import Words, adjective_forms, noun_forms, verb_forms
from edge_models.image.vocabulary import vocabulary

Kind = Literal[
    "nouns", "places", "moods", "aspects", "pictures", "colour",
    "looks", "plain", "shades", "deeds", "ordinals", "determiners", "amounts", "numbers",
    "undrawn",
    "relations", "sides", "commands", "glue", "silent", "english", "unknown",
]  # fmt: skip
"""As the sections of `words.toml`; `nouns` are the subjects, too."""

_SPOKEN = str.maketrans("ثذظ", "تدض")
"""How Egypt and the Levant say and write these letters: تعلب, دهب."""
_NAMED: tuple[Kind, ...] = ("nouns", "places", "moods", "aspects", "pictures", "colour", "undrawn")
_DESCRIBING: tuple[Kind, ...] = ("looks", "plain", "shades")
_AS_WRITTEN: tuple[Kind, ...] = (
    "relations", "sides", "numbers", "ordinals", "determiners", "amounts", "commands", "glue", "silent",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a word or several words together can mean."""

    kind: Kind
    english: str
    number: int = 1
    """Of a noun: 1, 2, or 3 for the plural."""


@dataclass(frozen=True, slots=True)
class Name:
    """How something is called."""

    singular: Words
    plurals: tuple[Words, ...] = ()
    feminine: bool = False


@cache
def names() -> dict[str, tuple[Name, ...]]:
    """What the subjects are called, by their keys."""
    return {key: tuple(_names(said)) for key, said in _read("subjects.toml").items()}


@cache
def sections() -> dict[Kind, dict[str, tuple[Name, ...]]]:
    """The sections of `words.toml`: by the English words, what is said for them."""
    return {
        kind: {english: tuple(_names(said)) for english, said in section.items()}
        for kind, section in _read("words.toml").items()
    }


@cache
def lexicon() -> dict[Words, tuple[Meaning, ...]]:
    """Every form of every word, spelled as it is compared, with all its meanings."""
    found: dict[Words, list[Meaning]] = {}
    # What is listed comes before the dual, which is a rule's: "حيتان" are whales before they are two snakes.
    for form, meaning in sorted(_forms(), key=lambda each: each[1].number == 2):
        meanings = found.setdefault(compared(form), [])
        if meaning.kind not in [known.kind for known in meanings]:
            meanings.append(meaning)
    for form, meanings in list(found.items()):
        spoken = tuple(word.translate(_SPOKEN) for word in form)
        found.setdefault(spoken, meanings)
    return {form: tuple(meanings) for form, meanings in found.items()}


@cache
def longest() -> int:
    """Words of the longest phrase."""
    return max(map(len, lexicon()))


def compared(form: Sequence[str]) -> Words:
    """A form's words as they are compared: in one spelling, and without articles but for the first."""
    first, *rest = form
    return (letters(first), *(letters(word.removeprefix("ال")) for word in rest))


def _forms() -> Iterator[tuple[Words, Meaning]]:
    for key, called in names().items():
        entry = vocabulary().subject(key)
        for name in called:
            for form, number in noun_forms(name.singular, name.plurals):
                word = entry.singulars[0] if number == 1 else entry.plurals[0]
                yield form, Meaning("nouns", word, number)
    for kind, section in sections().items():
        for english, called in section.items():
            for name in called:
                yield from _section_forms(kind, english, name)


def _section_forms(kind: Kind, english: str, name: Name) -> Iterator[tuple[Words, Meaning]]:
    if kind in _NAMED:
        for form, number in noun_forms(name.singular, name.plurals):
            yield form, Meaning(kind, english, number)
        return
    meaning = Meaning(kind, english)
    written = (name.singular, *name.plurals)
    if kind in _DESCRIBING:
        yield from ((form, meaning) for form in adjective_forms(written))
    elif kind == "deeds":
        yield from ((form, meaning) for form in _deed_forms(written))
    elif kind in _AS_WRITTEN:
        yield from ((form, meaning) for form in written)


def _deed_forms(written: Sequence[Words]) -> Iterator[Words]:
    first, *rest = written[0]
    if first.startswith("ي") and not first.endswith("ن"):
        yield from ((form, *rest) for form in verb_forms(first))
    else:
        yield from adjective_forms(written)


def _names(said: str) -> Iterator[Name]:
    for name in said.split(","):
        singular, *plurals = (tuple(form.split()) for form in name.strip().removeprefix("*").split("/"))
        starred = name.strip().startswith("*")
        yield Name(singular, tuple(plurals), feminine=starred or singular[0].endswith("ة"))


def _read(file: str) -> dict:
    return tomllib.loads(Path(__file__).with_name(file).read_text("utf-8"))
