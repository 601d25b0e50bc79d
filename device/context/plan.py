"""What a sentence means: one step an action, in the order in which they were asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do."""

    intent: str
    """`picture.create`, `control.stop`, …; `none` for what the device doesn't do."""
    slots: Mapping[str, str | int] = field(default_factory=dict)
    """What the intent is about, by name: `{"prompt": "a red fox"}`."""
    references: Mapping[str, str] = field(default_factory=dict)
    """The word that referred to something, to a picture's id: `{"it": "0199…"}`."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one utterance asks for."""

    steps: tuple[Step, ...]
    """At least one."""
    route: str
    """Which way it was understood, and where it is carried out: `grammar/device`, `grammar/device+bridge`."""
