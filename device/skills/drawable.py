"""What of a scene the device can draw by itself, in words."""

from dataclasses import dataclass

from edge_models.image.nearest import nearest_subject
from edge_models.image.parse import MAX_SUBJECTS, parse_prompt
from edge_models.image.sayings import sayings
from edge_models.image.scene import Relation, Scene, Subject

MOST_TOLD = 3
"""Things that can't be drawn: more no listener keeps in mind."""


@dataclass(frozen=True, slots=True)
class Drawable:
    """A scene, as the device speaks of it."""

    words: str
    """What it can draw: `a red fox under a full moon`."""
    unknown: tuple[str, ...]
    """What it can't: `a zeppelin`, `“majestic”`."""
    left_over: tuple[str, ...]
    """What it could, but for want of room: a picture holds eight kinds of things."""
    nearest: str | None
    """What it can draw that comes nearest to one of those, where something does: `a hot air balloon`."""
    anything: bool
    """Whether there is enough for a picture."""
    named: bool
    """Whether a subject was named at all, known or not."""


def drawable(scene: Scene, language: str = "en") -> Drawable:
    """Part what can be drawn from what can't; `language` is that of the words."""
    say = sayings(language)
    kept = [number for number, subject in enumerate(scene.subjects) if subject.known]
    relations = tuple(
        Relation(of=kept.index(relation.of), kind=relation.kind, to=kept.index(relation.to))
        for relation in scene.relations
        if relation.of in kept and relation.to in kept
    )
    known = scene.model_copy(
        update={"subjects": tuple(scene.subjects[number] for number in kept), "relations": relations, "unknown": ()}
    )
    near = (nearest_subject(subject.noun) for subject in scene.subjects if not subject.known)
    things = [say.subject(subject) for subject in scene.subjects if not subject.known]
    full = len(scene.subjects) == MAX_SUBJECTS
    left_over = tuple(word for word in scene.unknown if full and any(s.known for s in parse_prompt(word).subjects))
    # A sunset is a picture; a zeppelin at sunset without the zeppelin is none.
    mood = not things and (scene.weather is not None or scene.time is not None)
    return Drawable(
        words=say.scene(known),
        unknown=(*things, *(f"“{word}”" for word in scene.unknown if word not in left_over)),
        left_over=left_over,
        nearest=next((say.subject(Subject(noun=key)) for key in near if key), None),
        anything=bool(kept) or scene.place is not None or mood,
        named=bool(scene.subjects),
    )
