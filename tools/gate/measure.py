"""Measure an engine for drafts at the gate: subjects by the judge, colours and places by the rules.

What the judge claims to know are the subjects that it names rightly in the compositor's own drafts, every time: it has
learnt from other people's drawings, and some of those show the thing quite otherwise.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from edge_models.image.drafter import Drafter
from edge_models.image.frame import Frame
from edge_models.image.layout import Layout, lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene, Subject
from edge_models.image.sprites import box_of
from edge_models.image.vocabulary import vocabulary
from edge_models.image.words import subject_words
from tools.gate.judge import Judge, look_at
from tools.gate.rules import COLOURS, PLACES, colour_seen, place_seen

CLAIMS = Path(__file__).with_name("claims.txt")
SUBJECT, COMPOSED = 0.8, 0.7
"""What the trained model must reach to be the default."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One prompt and what came of it."""

    prompt: str
    subject: bool
    colour: bool
    place: bool

    @property
    def composed(self) -> bool:
        """All three are right."""
        return self.subject and self.colour and self.place


@cache
def claims() -> tuple[str, ...]:
    """The subjects that the judge claims to know."""
    return tuple(CLAIMS.read_text("utf-8").split())


def fit_for_claims() -> tuple[str, ...]:
    """Subjects that the judge can be asked about: no little pictures with a background of their own."""
    return tuple(key for key, entry in vocabulary().subjects.items() if not entry.framed and _single(key))


def claimed(drafter: Drafter, judge: Judge, *, seeds: Sequence[int]) -> list[str]:
    """The subjects that the judge names rightly in this engine's drafts with every one of the seeds."""
    return [
        key
        for key in fit_for_claims()
        if key in judge.subjects
        and all(
            judge.names(_look(drafter, parse_prompt(_single(key)), seed)[None], judge.subjects) == [key]
            for seed in seeds
        )
    ]


def singles(drafter: Drafter, judge: Judge, known: Collection[str], *, count: int, seed: int) -> list[tuple[str, bool]]:
    """Prompts for one subject, each with whether the judge names it, among those it claims to know."""
    random = np.random.default_rng(seed)
    order = [key for _ in range(-(-count // len(known))) for key in random.permutation(list(known))][:count]
    found: list[tuple[str, bool]] = []
    for nth, key in enumerate(order):
        look = _look(drafter, parse_prompt(_single(key)), seed + nth)
        found.append((_single(key), judge.names(look[None], known)[0] == key))
    return found


def composed(drafter: Drafter, judge: Judge, known: Collection[str], *, count: int, seed: int) -> list[Shown]:
    """Prompts for a subject, a colour and a place, each with what was right in its picture."""
    found: list[Shown] = []
    for nth, (prompt, key, colour, place) in enumerate(_compositions(known, count=count, seed=seed)):
        scene = parse_prompt(prompt)
        layout = lay_out(scene, seed=seed + nth)
        picture = drafter.draft(scene, seed=seed + nth)
        look = look_at(picture, _box(layout))
        named = judge.names(look[None], known)[0]
        found.append(
            Shown(
                prompt, named == key, colour_seen(picture, layout, _index(layout)) == colour,
                place_seen(picture, layout) == place,
            )
        )  # fmt: skip
    return found


def _compositions(known: Collection[str], *, count: int, seed: int) -> Iterator[tuple[str, str, str, str]]:
    random = np.random.default_rng(seed)
    keys = [key for key in known if vocabulary().subjects[key].habitat != "sky"]
    while count:
        key, colour, place = (words[random.integers(len(words))] for words in (keys, COLOURS, PLACES))
        prompt = f"{subject_words(Subject(noun=key, colour=colour))} {vocabulary().places[place].said} by day"
        scene = parse_prompt(prompt)
        meant = [(subject.noun, subject.colour) for subject in scene.subjects] == [(key, colour)]
        if meant and scene.place == place and not scene.unknown:
            count -= 1
            yield prompt, key, colour, place


@cache
def _single(key: str) -> str:
    """What one says for one of it, empty when the parser takes the word for more than that."""
    prompt = subject_words(Subject(noun=key))
    subjects = parse_prompt(prompt).subjects
    return prompt if [subject.noun for subject in subjects] == [key] else ""


def _look(drafter: Drafter, scene: Scene, seed: int) -> np.ndarray:
    return look_at(drafter.draft(scene, seed=seed), _box(lay_out(scene, seed=seed)))


def _index(layout: Layout) -> int:
    return next(nth for nth, placed in enumerate(layout.placed) if placed.subject == 0)


def _box(layout: Layout) -> tuple[float, float, float, float]:
    column, row, width, height = box_of(layout.placed[_index(layout)], Frame(512, 512))
    return (column, row, column + width, row + height)
