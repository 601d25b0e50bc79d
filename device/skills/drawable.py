"""What of a scene the device can draw by itself, in words."""

from dataclasses import dataclass

from edge_models.image.words import scene_words

from edge_models.image.scene import Relation, Scene


@dataclass(frozen=True, slots=True)
class Drawable:
    """A scene, as the device speaks of it."""

    words: str
    """What it can draw: `a red fox under a full moon`."""
    unknown: str
    """What it can't: `a zeppelin`; "" when it can draw all of it."""
    anything: bool
    """Whether there is enough for a picture: a time of day or a style alone is an empty page."""


def drawable(scene: Scene) -> Drawable:
    """Part what can be drawn from what can't."""
    kept = [number for number, subject in enumerate(scene.subjects) if subject.known]
    relations = tuple(
        Relation(of=kept.index(relation.of), kind=relation.kind, to=kept.index(relation.to))
        for relation in scene.relations
        if relation.of in kept and relation.to in kept
    )
    known = scene.model_copy(
        update={"subjects": tuple(scene.subjects[number] for number in kept), "relations": relations, "unknown": ()}
    )
    unknown = [_named(subject.noun, subject.count) for subject in scene.subjects if not subject.known] + [
        word for word in scene.unknown if all(word != subject.noun for subject in scene.subjects)
    ]
    return Drawable(
        words=scene_words(known),
        unknown=_listed(unknown[:3]),
        anything=bool(kept) or scene.place is not None,
    )


def _named(noun: str, count: int) -> str:
    if count > 1 or noun.endswith("s"):
        return noun
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


def _listed(words: list[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))
