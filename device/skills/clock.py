"""Time and date."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn


class ClockSkill(Skill):
    """Knows what time it is."""

    intents: ClassVar[frozenset[str]] = frozenset({"clock.time", "clock.date"})

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Say the time, the date or the year."""
        await turn.say(self.foretell(step, turn.surroundings))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer, which is right unless the minute ends."""
        now = surroundings.now
        if step.intent == "clock.time":
            return self._phrases("clock-time", now=now)
        if step.slots.get("part") == "year":
            return self._phrases("clock-year", year=now.year)
        return self._phrases("clock-date", now=now)
