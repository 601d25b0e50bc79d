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
    """The words that referred to pictures, to their ids, in the order of speech: `{"it": "0199…"}`; `made_by(n)` is the
    picture that step n of the same plan will have made."""
    route: str = field(default="", compare=False)
    """Which way it was understood, and what `where` says of it: `grammar/device`, `grammar/device+bridge`."""
    because: str = field(default="", compare=False)
    """Why it means this, where the words alone don't say: `music plays`."""
    passing: bool = False
    """The next step changes the picture that this one makes: nobody wants it finished."""
    asks: "Step | None" = None
    """What is to be done once the person has said which of `references` is meant; the step itself is the question."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that one utterance asks for."""

    steps: tuple[Step, ...]
    """At least one."""


def made_by(step: int) -> str:
    """The name of a picture that doesn't exist yet: step number `step` makes it."""
    return f"@{step}"
