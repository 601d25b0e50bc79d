"""How the parts of a picture and its changes are said, by language."""

from collections.abc import Mapping
from typing import Protocol

from edge_models.image import words as english
from edge_models.image.arabic import words as arabic
from edge_models.image.scene import RelationKind, Scene, Subject
from edge_models.image.vocabulary import vocabulary


class Sayings(Protocol):
    """One language's way to speak of a scene."""

    comma: str
    """Between the changes."""

    def scene(self, scene: Scene) -> str:
        """All of it, in words that the parser reads as the same scene."""
        ...

    def subject(self, subject: Subject) -> str:
        """One subject with its count and looks: "three small blue cats"."""
        ...

    def noun(self, subject: Subject) -> str:
        """The noun alone, in the number that the subject has."""
        ...

    def added(self, subject: Subject) -> str:
        """That it is there now, or looks so: "with a blue fox"."""
        ...

    def removed(self, subject: Subject) -> str:
        """That it is away: "without the fox"."""
        ...

    def removed_mood(self, words: str) -> str:
        """That a place, a weather, … is away, by the words that were said for it: "without the rain"."""
        ...

    def became(self, new: Subject, old: Subject) -> str:
        """That one took the other's place: "with a wolf instead of the fox"."""
        ...

    def placed(self, of: Subject, kind: RelationKind, to: Subject) -> str:
        """Where one is now: "with the fox under the tree"."""
        ...

    def mood(self, field: str, value: str) -> str:
        """A place, a weather, a time or a style, by the scene's field: "in a forest"."""
        ...


class _English:
    comma = ", "

    def scene(self, scene: Scene) -> str:
        return english.scene_words(scene)

    def subject(self, subject: Subject) -> str:
        return english.subject_words(subject)

    def noun(self, subject: Subject) -> str:
        return english.noun_words(subject)

    def added(self, subject: Subject) -> str:
        return f"with {english.subject_words(subject)}"

    def removed(self, subject: Subject) -> str:
        return f"without the {english.noun_words(subject)}"

    def removed_mood(self, words: str) -> str:
        return f"without the {words}"

    def became(self, new: Subject, old: Subject) -> str:
        return f"with {english.subject_words(new)} instead of the {english.noun_words(old)}"

    def placed(self, of: Subject, kind: RelationKind, to: Subject) -> str:
        return f"with the {english.noun_words(of)} {english.preposition(kind)} the {english.noun_words(to)}"

    def mood(self, field: str, value: str) -> str:
        return getattr(vocabulary(), f"{field}s")[value].said


class _Arabic:
    comma = "، "

    def scene(self, scene: Scene) -> str:
        return arabic.scene_words(scene)

    def subject(self, subject: Subject) -> str:
        return arabic.subject_words(subject)

    def noun(self, subject: Subject) -> str:
        return arabic.noun_words(subject)

    def added(self, subject: Subject) -> str:
        return f"مع {arabic.subject_words(subject)}"

    def removed(self, subject: Subject) -> str:
        return f"بدون {arabic.noun_words(subject, definite=True)}"

    def removed_mood(self, words: str) -> str:
        return f"بدون {arabic.mood_noun(words)}"

    def became(self, new: Subject, old: Subject) -> str:
        return f"مع {arabic.subject_words(new)} بدلا من {arabic.noun_words(old, definite=True)}"

    def placed(self, of: Subject, kind: RelationKind, to: Subject) -> str:
        one, other = arabic.noun_words(of, definite=True), arabic.noun_words(to, definite=True)
        return f"مع {one} {arabic.relation_words(kind, of)} {other}"

    def mood(self, field: str, value: str) -> str:
        return arabic.mood_words(field, value)


_SAYINGS: Mapping[str, Sayings] = {"en": _English(), "ar": _Arabic()}


def sayings(language: str) -> Sayings:
    """How it is said in a language (ISO 639-1); English where we have no words for it."""
    return _SAYINGS.get(language, _SAYINGS["en"])
