"""A picture in words that mean one thing: what a prompt is parsed into, what an edit changes, what an engine draws.

Device, bridge studio and training share this type, its one vocabulary (`vocabulary.toml`) and its one parser.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Word = Annotated[str, Field(min_length=1, max_length=60)]
TimeOfDay = Literal["dawn", "day", "sunset", "night"]
Size = Literal["tiny", "small", "normal", "big", "huge"]
RelationKind = Literal[
    "on",
    "under",
    "above",
    "below",
    "beside",
    "left_of",
    "right_of",
    "behind",
    "in_front_of",
    "in",
    "holding",
    "riding",
    "wearing",
]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Box(_Frozen):
    """A part of the picture, in the layout's unit square from (0, 0) left top to (1, 1) right bottom."""

    left: Annotated[float, Field(ge=-2, le=3)]
    top: Annotated[float, Field(ge=-2, le=3)]
    right: Annotated[float, Field(ge=-2, le=3)]
    bottom: Annotated[float, Field(ge=-2, le=3)]

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.left >= self.right or self.top >= self.bottom:
            raise ValueError("a box has its left before its right and its top above its bottom")
        return self

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies in it."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom


class Subject(_Frozen):
    """One kind of thing in the picture."""

    noun: Word
    """A key of the vocabulary's subjects (`fox`), or the word as it was said when `known` is False."""
    known: bool = True
    count: Annotated[int, Field(ge=1, le=12)] = 1
    colour: Word | None = None
    """A key of the vocabulary's colours (`red`)."""
    size: Size = "normal"
    adjectives: tuple[Word, ...] = ()
    """Known adjectives that change the drawing (`full` moon, `sleeping`, `happy`), at most 4."""
    box: Box | None = None
    """Where it was put by hand; None: the layout finds it a place. Words don't say it."""


class Relation(_Frozen):
    """Where one subject is, seen from another: `subjects[of]` is `kind` `subjects[to]`."""

    of: Annotated[int, Field(ge=0, le=7)]
    kind: RelationKind
    to: Annotated[int, Field(ge=0, le=7)]


class Scene(_Frozen):
    """Everything that the engines know how to draw about a prompt."""

    subjects: Annotated[tuple[Subject, ...], Field(max_length=8)] = ()
    relations: Annotated[tuple[Relation, ...], Field(max_length=12)] = ()
    place: Word | None = None
    """A key of the vocabulary's places (`forest`, `beach`), None: an unnamed, plain one."""
    weather: Word | None = None
    """A key of the vocabulary's weathers (`rain`, `snow`)."""
    time: TimeOfDay | None = None
    """None: not said (engines draw day, or night when a moon or stars are in the picture)."""
    style: Word | None = None
    """A key of the vocabulary's styles (`watercolour`, `pixel_art`)."""
    unknown: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    """Content words that nothing was done with; the device says so instead of pretending."""

    @property
    def by_hand(self) -> bool:
        """Whether anything was put where words don't say."""
        return any(subject.box is not None for subject in self.subjects)

    @property
    def light(self) -> TimeOfDay:
        """The time of day to draw: the one that was said, else night under a moon or stars, else day."""
        if self.time is not None:
            return self.time
        return "night" if any(subject.noun in ("moon", "star") for subject in self.subjects) else "day"
