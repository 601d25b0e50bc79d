"""One question that takes a yes: "Shall I unlock the front door?"."""

import time
from collections.abc import Callable
from dataclasses import replace

from device.context.plan import Plan, Step
from device.context.yes_or_no import is_no, is_yes

ANSWER_WITHIN_S = 30.0
"""How long the question stands."""


class Confirmation:
    """What a skill has asked last, until something is done or half a minute is over."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds of a clock that never goes back."""
        self._now = now
        self._step: Step | None = None
        self._until_s = 0.0

    def expect(self, step: Step) -> None:
        """Note that it was asked whether `step` is to be done."""
        self._step, self._until_s = step, self._now() + ANSWER_WITHIN_S

    def drop(self) -> None:
        """Something was done, this or another thing: a yes means nothing any more."""
        self._step = None

    def answered(self, text: str) -> Plan | None:
        """What an answer comes to: the step, now with the slot `sure`, or nothing to do; None when it is no answer.

        Nothing but a whole yes is one.
        """
        step = self._step
        if step is None or self._now() > self._until_s:
            return None
        if is_yes(text):
            return Plan((replace(step, slots={**step.slots, "sure": 1}),))
        return Plan((Step("dialogue.dropped", route="answer/device"),)) if is_no(text) else None
