"""Gates: what must be true of the words, or be the case, for a template to be believed.

A template with a wildcard fits almost anything: "make {thing}" would take "make the bed". Its `metadata.gate` names one
of these checks.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from device.context.references import Referred, is_mainly
from device.context.surroundings import PictureSeen, Surroundings
from edge_models.arabic import bare, is_arabic
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt

_WE = frozenset(
    """
    i me you we us it him her them he she they انا لي الي انت لك نحن لنا له لها لهم هو هي هم اياه اياها
    """.split()  # noqa: SIM905 - a list of so many quotes can't be read from right to left
)
_MOST_STRANGE = 2
Slots = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A command as one template reads it."""

    slots: Slots
    change: str
    """What an edit would do to the picture."""
    about: Referred
    surroundings: Surroundings

    @property
    def picture(self) -> PictureSeen | None:
        """The first of the pictures that it is about."""
        wanted = next(iter(self.about.pictures.values()), None)
        return next((picture for picture in self.surroundings.pictures if picture.id == wanted), None)


def _bare(name: str | int) -> str:
    return " ".join(bare(word) for word in str(name).lower().split())


def wild(slots: Slots) -> str:
    """The words that no template knows."""
    named = ("prompt", "name", "fact", "about", "change", "to", "text")
    return next((str(slots[name]) for name in named if name in slots), "")


def _drawable(words: str, *, may_be_new: bool = False) -> bool:
    """Whether every word of the prompt, or of what an edit names, can be drawn; but for one thing if it may be new."""
    scene = parse_prompt(words)
    new = sum(not subject.known for subject in scene.subjects)
    known = not scene.unknown and new <= may_be_new
    return known and bool(scene.subjects or scene.place or scene.weather or scene.time)


def _scene(candidate: Candidate) -> bool:
    """Whether the words are a picture by themselves: known from end to end, and something is said of what is in it."""
    words = _prompt(candidate)
    scene = parse_prompt(words)
    looks = any(subject.colour or subject.size != "normal" or subject.count > 1 for subject in scene.subjects)
    told = bool(scene.relations) or (looks and bool(scene.place or scene.style or len(scene.subjects) > 1))
    return _drawable(words) and bool(scene.subjects) and told


def _prompt(candidate: Candidate) -> str:
    return str(candidate.slots.get("prompt") or candidate.slots.get("change", ""))


def _described(candidate: Candidate) -> bool:
    """Whether the words are a known thing and how it is to look, and nothing else: "lion golden"."""
    said = str(candidate.slots["thing"])
    *thing, look = said.split()
    # In Arabic the look stands behind its thing in any sentence.
    scene = parse_prompt(said if is_arabic(said) else " ".join((look, *thing)))
    known = not scene.unknown and all(subject.known for subject in scene.subjects)
    looks = (subject.colour or subject.size != "normal" or subject.adjectives for subject in scene.subjects)
    return known and any(looks)


def _concerns(candidate: Candidate) -> bool:
    """Whether it is about something that can be drawn, but for a word or two, and there is a picture."""
    scene = parse_prompt(candidate.change)
    # Words of nobody's stay Arabic; "add" and "remove" don't.
    strange = sum(map(is_arabic, scene.unknown)) + sum(not subject.known for subject in scene.subjects)
    known = any(subject.known for subject in scene.subjects)
    return candidate.surroundings.latest is not None and known and strange <= 1


def _touches(candidate: Candidate) -> bool:
    """Whether it is about something that is in a picture, but for a word or two."""
    scene = parse_prompt(candidate.change)
    strange = sum(map(is_arabic, scene.unknown)) + sum(not subject.known for subject in scene.subjects)
    return candidate.about.by == "thing" and strange <= _MOST_STRANGE


def _is_there(candidate: Candidate) -> bool:
    """Whether something in the latest picture is named, in Arabic with its article, and how it is to be is said."""
    thing, *look = _prompt(candidate).split()
    return bool(look) and thing.startswith("ال") and _touches(candidate)


def _has(candidate: Candidate) -> bool:
    """Whether one word is said of something that is in a picture: "building taller"."""
    thing = str(candidate.slots["thing"]).split()
    return candidate.about.by == "thing" and len(thing) == 2


def _changes(candidate: Candidate) -> bool:
    """Whether the picture changes by it, and by every word of it."""
    before = candidate.picture.scene if candidate.picture else None
    if before is None:
        return False
    edited = edit_scene(before, candidate.change)
    new = [subject for subject in edited.scene.subjects if subject not in before.subjects]
    return edited.changed and not edited.scene.unknown and all(subject.known for subject in new)


def _names(candidate: Candidate) -> bool:
    return candidate.about.by == "picture"


def _names_or_has(candidate: Candidate) -> bool:
    if candidate.about.by != "thing" or candidate.picture is None:
        return _names(candidate)
    return is_mainly(candidate.picture, str(candidate.slots["thing"]))


def _is_one(candidate: Candidate) -> bool:
    """Whether a picture is meant by what it is of: another than the latest, or there is nothing else in it."""
    picture, latest = candidate.picture, candidate.surroundings.latest
    if candidate.about.by != "thing" or picture is None or picture.scene is None:
        return False
    alone = len(picture.scene.subjects) == 1
    return (alone or picture is not latest) and is_mainly(picture, str(candidate.slots["thing"]))


def _names_and_changes(candidate: Candidate) -> bool:
    """Whether a picture is named, and the change is something that it can be, or is already."""
    scene = candidate.picture.scene if candidate.picture else None
    if not _names(candidate) or scene is None:
        return _names(candidate) and not candidate.about.pictures
    edited = edit_scene(scene, candidate.change)
    return edited.changed or edited.already


GATES: Mapping[str, Callable[[Candidate], bool]] = {
    "drawable": lambda candidate: _drawable(_prompt(candidate)),
    "scene": _scene,
    "nameable": lambda candidate: _drawable(_prompt(candidate), may_be_new=True),
    "both drawable": lambda candidate: all(_drawable(str(candidate.slots[name])) for name in ("thing", "change")),
    "described": _described,
    "changes": _changes,
    "concerns": _concerns,
    "touches": _touches,
    "is there": _is_there,
    "has": _has,
    "there": lambda candidate: candidate.surroundings.latest is not None,
    "names": _names,
    "names there": _names,
    "names two": lambda candidate: len(set(candidate.about.pictures.values())) > 1,
    "names both": lambda candidate: len(candidate.about.pictures) > 1,
    "names or has": _names_or_has,
    "is one": _is_one,
    "somebody": lambda candidate: str(candidate.slots.get("thing", candidate.slots.get("to"))).lower() not in _WE,
    "names and changes": _names_and_changes,
    "timer": lambda candidate: _bare(candidate.slots["name"]) in map(_bare, candidate.surroundings.timers),
}
"""By the names that the sentences' files use:

- drawable: all words of the prompt or the change can be drawn; nameable: all but one thing
- scene: and they are a whole scene; concerns: most of a change can be drawn, and there is a picture
- both drawable: what an edit takes and what it gives; described: a known thing and how it is to look
- changes: the picture changes by it, and by every word of it; there: there is a picture
- touches: it is about something in a picture; is there: that is named first, with its article
- has: one word is said of what is in a picture
- names: a picture is named as a whole; names or has: or what one is of; names and changes: and takes the change
- somebody: it goes to somebody else than who speaks
- is one: a picture is meant by what it is of
- names two: two pictures are named; names both: two, or the same twice; names there: as names, but tried before that
- timer: there is a timer of that name
"""


def unless(pattern: str, slots: Slots) -> bool:
    """Whether the wildcard's words are of the kind that a template is not for."""
    return re.match(pattern, wild(slots), re.IGNORECASE) is not None
