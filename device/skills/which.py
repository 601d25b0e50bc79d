"""Asks back which picture was meant."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn

_MOST = 3
"""Pictures to choose from: more no listener keeps in mind."""
_LONGEST = 40
"""Characters of a picture's words that are said."""


class WhichSkill(Skill):
    """Asks "the fox or the castle?", and takes it when nobody wants to say."""

    intents: ClassVar[frozenset[str]] = frozenset({"dialogue.which", "dialogue.dropped"})

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Ask; the answer is a turn of its own, in which the engine knows what was asked."""
        if step.intent == "dialogue.which":
            await turn.ask(self.foretell(step, turn.surroundings))
        else:
            await turn.say(self._phrases("okay"))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the question."""
        del surroundings
        if not step.references:
            return ""
        named = [self._phrases("which-picture", picture=_short(words)) for words in step.references]
        return self._phrases("which-one", choices=named[:_MOST])


def _short(prompt: str) -> str:
    """`red fox` for `a red fox under a full moon`."""
    words = prompt.split(",", maxsplit=1)[0]
    for article in ("a ", "an ", "some "):
        words = words.removeprefix(article)
    return words[:_LONGEST].rsplit(" ", 1)[0] if len(words) > _LONGEST else words
