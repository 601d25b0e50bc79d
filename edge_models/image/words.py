"""From a `Scene` back to natural English, which `parse_prompt` reads as the same scene."""

from edge_models.image.lexicon import NUMBERS, ORDINALS
from edge_models.image.parse import SHARED, parse_prompt
from edge_models.image.scene import Relation, RelationKind, Scene, Subject
from edge_models.image.vocabulary import vocabulary

_SAID: dict[RelationKind, str] = {
    "in": "inside",  # "in a hat" would be wearing it, "in a castle" a place
    "left_of": "to the left of",
    "right_of": "to the right of",
    "in_front_of": "in front of",
    "beside": "next to",
}


def scene_words(scene: Scene) -> str:
    """The scene in words: "a red fox under a full moon, at night, in watercolour".

    The parser reads them as the same scene (but for `unknown` and the boxes, which aren't said). Where the flowing
    sentence could be misread, every relation gets a clause of its own: "a fox and a moon, the moon is behind the fox".
    """
    subjects = tuple(subject.model_copy(update={"box": None}) for subject in scene.subjects)
    same = scene.model_copy(update={"unknown": (), "subjects": subjects})
    flowing = _with_moods(scene, _flowing(scene))
    return flowing if parse_prompt(flowing) == same else _with_moods(scene, _spelt_out(scene))


def subject_words(subject: Subject) -> str:
    """One subject with its count and looks: "three small blue cats"."""
    adjectives = [
        vocabulary().adjectives[word][0] if word in vocabulary().adjectives else word for word in subject.adjectives
    ]
    size = [] if subject.size == "normal" else [vocabulary().sizes[subject.size][0]]
    colour = [vocabulary().colours[subject.colour].words[0]] if subject.colour else []
    words = " ".join([*size, *adjectives, *colour, noun_words(subject)])
    if subject.count > 1:
        return f"{NUMBERS[subject.count - 1]} {words}"
    if subject.known and vocabulary().subject(subject.noun).mass:
        return f"some {words}"
    if not subject.known and words.endswith("s") and not words.endswith("ss"):
        return f"some {words}"
    return f"{article(words)} {words}"


def noun_words(subject: Subject) -> str:
    """The noun alone, in the number that the subject has."""
    if not subject.known:
        return subject.noun
    entry = vocabulary().subject(subject.noun)
    return entry.singulars[0] if subject.count == 1 else entry.plurals[0]


def article(words: str) -> str:
    """`a` or `an`, by sound."""
    consonant_sound = words[0] not in "aeiou" or words.startswith(("uni", "ufo", "uku", "use", "eu", "one"))
    return "a" if consonant_sound and not words.startswith(("hour", "honest")) else "an"


def _with_moods(scene: Scene, said: str) -> str:
    words = vocabulary()
    moods = [
        words.places[scene.place].said if scene.place else "",
        words.weathers[scene.weather].said if scene.weather else "",
        words.times[scene.time].said if scene.time else "",
        words.styles[scene.style].said if scene.style else "",
    ]
    return ", ".join(part for part in (said, *moods) if part)


def _flowing(scene: Scene) -> str:
    """Each subject once, in order, with the relations hung on where they come up."""
    clauses: list[str] = []
    head = 0
    before: RelationKind | None = None
    for index, subject in enumerate(scene.subjects):
        brought = next((r for r in scene.relations if r.of == head and r.to == index and index), None)
        back = [r for r in scene.relations if r.of == index and r.to < index]
        if brought is not None:
            clauses[-1] += _hung_on(brought.kind, before) + subject_words(subject)
            before = brought.kind
        elif index and [r.to for r in back] == [head]:
            it = "them" if scene.subjects[head].count > 1 else "it"
            clauses[-1] += f" with {subject_words(subject)} {preposition(back[0].kind)} {it}"
            before = None
            continue
        else:
            head, before = index, None
            clauses.append(subject_words(subject))
        for relation in back:
            clauses[-1] += f" {preposition(relation.kind)} {_again(scene, relation.to)}"
    return _listed(clauses)


def _hung_on(kind: RelationKind, before: RelationKind | None) -> str:
    """What joins a relation to its clause: " under ", " and holding ", or only " and " after one of the same kind."""
    if before is None:
        return f" {preposition(kind)} "
    return " and " if kind == before and kind in SHARED else f" and {preposition(kind)} "


def _spelt_out(scene: Scene) -> str:
    """All subjects, then all relations."""
    subjects = _listed([subject_words(subject) for subject in scene.subjects])
    relations = [_clause(scene, relation) for relation in scene.relations]
    return ", ".join(part for part in (subjects, *relations) if part)


def _clause(scene: Scene, relation: Relation) -> str:
    verb = "are" if scene.subjects[relation.of].count > 1 else "is"
    return f"{_again(scene, relation.of)} {verb} {preposition(relation.kind)} {_again(scene, relation.to)}"


def _again(scene: Scene, index: int) -> str:
    """A subject that was named before: "the moon", "the second fox"."""
    subject = scene.subjects[index]
    same = [other for other, each in enumerate(scene.subjects) if each.noun == subject.noun]
    which = f"{ORDINALS[same.index(index)]} " if len(same) > 1 else ""
    return f"the {which}{noun_words(subject)}"


def preposition(kind: RelationKind) -> str:
    """How a relation is said between its two subjects: `to the left of`."""
    return _SAID.get(kind, kind)


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""
