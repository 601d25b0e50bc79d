"""Asks before something is done that can't be taken back, and says what a language model answered in words."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn


class ConfirmSkill(Skill):
    """Carries out nothing: what was asked about is done by its own skill, in the turn that says yes."""

    intents: ClassVar[frozenset[str]] = frozenset({"dialogue.confirm", "chat.answer"})

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Ask, or say."""
        if step.intent == "dialogue.confirm":
            await turn.ask(self.foretell(step, turn.surroundings))
        else:
            await turn.say(str(step.slots["text"]))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the question."""
        del surroundings
        if step.intent != "dialogue.confirm":
            return ""
        return self._phrases("confirm-shall-i", what=str(step.slots.get("what", "")).rstrip("."))
