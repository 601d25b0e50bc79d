"""What can be done to a picture that is there already, as typed wishes; `words` reads them in what people say."""

from dataclasses import dataclass
from typing import Literal

from edge_models.image.scene import RelationKind, Subject, TimeOfDay

Tone = Literal["brighter", "darker", "warmer", "cooler", "stronger", "softer", "vivid", "pale"]
Side = Literal["left", "right", "top", "bottom"]
SIDES: tuple[Side, ...] = ("left", "right", "top", "bottom")
NOIR = "noir"
"""A style for pictures that are there already; scenes don't have it."""
SKY, BACKGROUND = "sky", "background"
"""Nouns of subjects that are no things."""
GROUNDS = frozenset({"water", "sea", "lake", "grass", "ground", "sand", "road", "street", "floor"})
"""Parts of a place that can be named, but that nothing here finds."""


@dataclass(frozen=True, slots=True)
class Recolour:
    """Give a thing another colour."""

    what: Subject | None
    """None: "it"; a subject whose noun is "sky" or "background" is that."""
    colour: str
    """A key of the vocabulary's colours."""


@dataclass(frozen=True, slots=True)
class Remove:
    """Take a thing out, and show what could be behind it."""

    what: Subject | None


@dataclass(frozen=True, slots=True)
class Add:
    """Draw something into the picture."""

    subject: Subject
    owner: Subject | None = None
    """Whom or what it belongs to."""
    how: RelationKind | None = None
    """Where, seen from the owner: "wearing" is the owner's doing."""
    has_owner: bool = False
    """Whether there is one; without `owner`, "it"."""


@dataclass(frozen=True, slots=True)
class Replace:
    """Take a thing out and draw another in its place."""

    what: Subject | None
    by: Subject


@dataclass(frozen=True, slots=True)
class Relight:
    """Another time of day."""

    time: TimeOfDay


@dataclass(frozen=True, slots=True)
class Retone:
    """The same light, but more or less of something."""

    tone: Tone


@dataclass(frozen=True, slots=True)
class Weather:
    """Rain, snow, fog."""

    weather: str


@dataclass(frozen=True, slots=True)
class Restyle:
    """Another way to have painted it."""

    style: str


@dataclass(frozen=True, slots=True)
class Backdrop:
    """Another place behind what stands out; None: none at all, transparent."""

    place: str | None


@dataclass(frozen=True, slots=True)
class Extend:
    """Show more of what is around."""

    sides: tuple[Side, ...] = SIDES
    to: tuple[int, int] | None = None
    """Width and height, where they were said."""


@dataclass(frozen=True, slots=True)
class Combine:
    """Put what stands out in the other pictures into the first."""

    side: Literal["left", "right", "middle"] | None = None


@dataclass(frozen=True, slots=True)
class Blur:
    """Put something out of focus."""

    what: Subject | None


Wish = Blur | Recolour | Remove | Add | Replace | Relight | Retone | Weather | Restyle | Backdrop | Extend | Combine
