"""Scenes to learn from: drawn at random from the one vocabulary, as varied as what people might ask for."""

from functools import cache
from typing import TypeVar

import numpy as np

from edge_models.image.scene import Relation, RelationKind, Scene, Size, Subject, TimeOfDay
from edge_models.image.vocabulary import vocabulary

_T = TypeVar("_T")
_TIMES: tuple[TimeOfDay, ...] = ("dawn", "day", "sunset", "night")
_SIZES: tuple[Size, ...] = ("tiny", "small", "normal", "big", "huge")
_NEAR: tuple[RelationKind, ...] = ("beside", "left_of", "right_of", "behind", "in_front_of", "on", "above", "under")
_CHANGES = ("glowing", "upside_down", "flying", "jumping")
"""Adjectives that change how a figure stands, whatever it is."""


def random_scene(random: np.random.Generator) -> Scene:
    """A scene: mostly one or two kinds of things, coloured or not, somewhere, at some time, seldom in a style."""
    words = vocabulary()
    kinds = int(random.choice(4, p=(0.03, 0.57, 0.3, 0.1)))
    subjects = tuple(_subject(random, alone=kinds == 1) for _ in range(kinds))
    relations = tuple(
        Relation(of=nth, kind=_NEAR[random.integers(len(_NEAR))], to=nth - 1)
        for nth in range(1, kinds)
        if random.random() < 0.6
    )
    return Scene(
        subjects=subjects,
        relations=relations,
        place=_one(random, tuple(words.places), 0.72),
        weather=_one(random, tuple(words.weathers), 0.22),
        time=_one(random, _TIMES, 0.6),
        style=_one(random, tuple(words.styles), 0.16),
    )


def _subject(random: np.random.Generator, *, alone: bool) -> Subject:
    words = vocabulary()
    noun = _nouns()[random.integers(len(_nouns()))]
    variants = tuple(words.subjects[noun].variants)
    adjectives: list[str] = []
    if variants and random.random() < 0.4:
        adjectives.append(variants[random.integers(len(variants))])
    if random.random() < 0.08:
        adjectives.append(_CHANGES[random.integers(len(_CHANGES))])
    return Subject(
        noun=noun,
        count=1 if random.random() < 0.75 else int(random.integers(2, 8 if alone else 5)),
        colour=_one(random, tuple(words.colours), 0.5),
        size=_SIZES[random.choice(5, p=(0.04, 0.1, 0.66, 0.12, 0.08))],
        adjectives=tuple(adjectives),
    )


@cache
def _nouns() -> tuple[str, ...]:
    return tuple(vocabulary().subjects)


def _one(random: np.random.Generator, values: tuple[_T, ...], chance: float) -> _T | None:
    return values[random.integers(len(values))] if random.random() < chance else None
