"""The question that the device has asked last, of those whose answer is half a sentence: "When?", "Which one?"."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from time import monotonic
from typing import Any, Literal

from device.context.plan import Step
from device.skills.base import Turn

ANSWER_WITHIN_S = 30.0
"""How long a question of the device's own stands."""

Kind = Literal["when", "which", "about", "note", "list"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that stands."""

    kind: Kind
    step: Step
    """What it was asked about; the answer is carried out together with it."""
    among: tuple[Any, ...]
    """What `which` asks to choose from."""
    until_s: float


class Asking:
    """One question at a time, for all skills that ask in this way."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._asked: Asked | None = None

    async def ask(self, turn: Turn, kind: Kind, step: Step, question: str, among: tuple[Any, ...] = ()) -> None:
        """Speak the `question`; its answer needs no wake word."""
        self._asked = Asked(kind, step, among, self._clock() + ANSWER_WITHIN_S)
        await turn.ask(question)

    @property
    def open(self) -> Asked | None:
        """The question that stands."""
        return self._asked if self._asked and self._clock() <= self._asked.until_s else None

    @property
    def kind(self) -> str:
        """What it waits for, as `Surroundings.asked` has it; "" for nothing."""
        return self.open.kind if self.open else ""

    def drop(self, intents: Container[str]) -> None:
        """Wait no longer for the answer to a question of these intents: something else was asked for since."""
        if self._asked and self._asked.step.intent in intents:
            self._asked = None

    def take(self) -> Asked | None:
        """The question that stands, which is answered by this."""
        asked, self._asked = self.open, None
        return asked
