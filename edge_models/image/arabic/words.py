"""From a `Scene` to natural Arabic, which `parse_prompt` reads as the same scene."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from edge_models.image.arabic.agreement import is_feminine, noun_words, number_of, subject_words, with_articles
from edge_models.image.arabic.lexicon import sections
from edge_models.image.parse import SHARED, parse_prompt
from edge_models.image.scene import Relation, RelationKind, Scene, Subject

_BETWEEN: Mapping[RelationKind, str] = {
    "on": "على",
    "under": "تحت",
    "above": "فوق",
    "below": "أدنى من",
    "beside": "بجانب",
    "left_of": "إلى يسار",
    "right_of": "إلى يمين",
    "behind": "خلف",
    "in_front_of": "أمام",
    "in": "داخل",
}
_DONE: Mapping[RelationKind, str] = {"holding": "يحمل", "riding": "يركب", "wearing": "يرتدي"}
_ORDINALS = (
    ("الأول", "الأولى"),
    ("الثاني", "الثانية"),
    ("الثالث", "الثالثة"),
    ("الرابع", "الرابعة"),
    ("الخامس", "الخامسة"),
    ("السادس", "السادسة"),
    ("السابع", "السابعة"),
    ("الثامن", "الثامنة"),
)


def scene_words(scene: Scene) -> str:
    """The scene in words: `ثعلب أحمر تحت قمر كامل، في الليل، بالألوان المائية`.

    The parser reads them as the same scene (but for `unknown` and the boxes, which aren't said). Where the flowing
    sentence could be misread, every relation gets a clause of its own: `ثعلب وقمر، القمر خلف الثعلب`.
    """
    subjects = tuple(subject.model_copy(update={"box": None}) for subject in scene.subjects)
    same = scene.model_copy(update={"unknown": (), "subjects": subjects})
    flowing = _with_moods(scene, _flowing(scene))
    return flowing if parse_prompt(flowing) == same else _with_moods(scene, _spelt_out(scene))


def mood_words(field: str, value: str) -> str:
    """A place, a weather, a time or a style, by the scene's field: `في غابة`."""
    return _said()[f"{field}s"][value]


def mood_noun(english: str) -> str:
    """The noun for an English word of the lists for a place, a weather, …: `المطر`."""
    called = sections()["moods"].get(english) or sections()["places"].get(english)
    return " ".join(with_articles(called[0].singular)) if called else english


def relation_words(kind: RelationKind, of: Subject) -> str:
    """How a relation is said between its two subjects: `تحت`, or what `of` does: `يحمل`, `تحملان`."""
    if kind in _BETWEEN:
        return _BETWEEN[kind]
    he_does = _DONE[kind]
    does = f"ت{he_does[1:]}" if is_feminine(of) else he_does
    number = number_of(of)
    if number == "one":
        return does
    if number == "two":
        return f"{does}ان"
    return f"{he_does.removesuffix('ي')}{'ن' if is_feminine(of) else 'ون'}"


def _with_moods(scene: Scene, said: str) -> str:
    fields = ("place", "weather", "time", "style")
    moods = [mood_words(field, getattr(scene, field)) for field in fields if getattr(scene, field)]
    return "، ".join(part for part in (said, *moods) if part)


def _flowing(scene: Scene) -> str:
    """Each subject once, in order, with the relations hung on where they come up."""
    clauses: list[str] = []
    head = 0
    before: RelationKind | None = None
    for index, subject in enumerate(scene.subjects):
        brought = next((r for r in scene.relations if r.of == head and r.to == index and index), None)
        back = [r for r in scene.relations if r.of == index and r.to < index]
        if brought is not None:
            said = subject_words(subject, done_to=brought.kind in _DONE)
            clauses[-1] += _hung_on(brought.kind, before, scene.subjects[head]) + said
            before = brought.kind
        else:
            head, before = index, None
            clauses.append(subject_words(subject))
        for relation in back:
            clauses[-1] += f" {relation_words(relation.kind, subject)} {_again(scene, relation.to)}"
    return _listed(clauses)


def _hung_on(kind: RelationKind, before: RelationKind | None, head: Subject) -> str:
    if before is None:
        return f" {relation_words(kind, head)} "
    return " و" if kind == before and kind in SHARED else f" و{relation_words(kind, head)} "


def _spelt_out(scene: Scene) -> str:
    """All subjects, then all relations."""
    subjects = _listed([subject_words(subject) for subject in scene.subjects])
    relations = [_clause(scene, relation) for relation in scene.relations]
    return "، ".join(part for part in (subjects, *relations) if part)


def _clause(scene: Scene, relation: Relation) -> str:
    said = relation_words(relation.kind, scene.subjects[relation.of])
    return f"{_again(scene, relation.of)} {said} {_again(scene, relation.to)}"


def _again(scene: Scene, index: int) -> str:
    """A subject that was named before: `القمر`, `الثعلب الثاني`."""
    subject = scene.subjects[index]
    same = [other for other, each in enumerate(scene.subjects) if each.noun == subject.noun]
    one = subject.model_copy(update={"count": 1})
    if len(same) > 1:
        return f"{noun_words(one, definite=True)} {_ORDINALS[same.index(index)][is_feminine(one)]}"
    return noun_words(subject, definite=True)


def _listed(parts: list[str]) -> str:
    return " و".join(parts)


@cache
def _said() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("said.toml").read_text("utf-8"))
