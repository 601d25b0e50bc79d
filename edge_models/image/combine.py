"""Two pictures become one: what is in both of them, in the place and the light of one."""

from collections.abc import Sequence
from dataclasses import dataclass

from edge_models.image.parse import MAX_RELATIONS, MAX_SUBJECTS
from edge_models.image.scene import Relation, Scene, Subject
from edge_models.image.vocabulary import vocabulary

MAX_COUNT = 12


@dataclass(frozen=True, slots=True)
class Combined:
    """What came of it."""

    scene: Scene
    left_out: tuple[Subject, ...]
    """What there was no room for."""


def combine_scenes(first: Scene, second: Scene) -> Combined:
    """The subjects of both, the first's in front; place, weather, time and style are the second's where it has any.

    The same moon in both is one moon; two red foxes, one in each, are two. Who wears or holds what goes along.
    """
    subjects: list[Subject] = []
    relations: list[Relation] = []
    left_out: list[Subject] = []
    for scene in (first, second):
        now: dict[int, int] = {}
        known = list(subjects)
        for index, subject in enumerate(scene.subjects):
            loose = subject.model_copy(update={"box": None})
            at = _same(known, loose)
            if at is not None:
                now[index] = at
                if not _only_one(loose):
                    count = min(MAX_COUNT, subjects[at].count + loose.count)
                    subjects[at] = subjects[at].model_copy(update={"count": count})
            elif len(subjects) < MAX_SUBJECTS:
                now[index] = len(subjects)
                subjects.append(loose)
            else:
                left_out.append(loose)
        relations += [
            Relation(of=now[r.of], kind=r.kind, to=now[r.to])
            for r in scene.relations
            if r.of in now and r.to in now and now[r.of] != now[r.to]
        ]
    moods = {field: getattr(second, field) or getattr(first, field) for field in ("place", "weather", "time", "style")}
    pairs: dict[frozenset[int], Relation] = {}
    for relation in relations:
        pairs.setdefault(frozenset((relation.of, relation.to)), relation)
    scene = Scene.model_validate(
        {"subjects": tuple(subjects), "relations": tuple(pairs.values())[:MAX_RELATIONS], **moods}
    )
    return Combined(scene, tuple(left_out))


def _same(subjects: Sequence[Subject], subject: Subject) -> int | None:
    """Which of the first picture's subjects this is, but for the number."""
    alone = subject.model_copy(update={"count": 1})
    return next((at for at, each in enumerate(subjects) if each.model_copy(update={"count": 1}) == alone), None)


def _only_one(subject: Subject) -> bool:
    """Whether there is one of it, whoever looks: sun, moon, rainbow."""
    return subject.known and vocabulary().subject(subject.noun).habitat == "sky"
