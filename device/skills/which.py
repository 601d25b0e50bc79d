"""Asks back which picture was meant."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.skills.base import Skill, Turn
from device.skills.drawable import listed

_LONGEST = 40
"""Characters of a picture's words that are said."""


class WhichSkill(Skill):
    """Asks "the fox or the castle?", and takes it when nobody wants to say."""

    intents: ClassVar[frozenset[str]] = frozenset({"dialogue.which", "dialogue.dropped"})

    async def run(self, step: Step, turn: Turn) -> None:
        """Ask; the answer is a turn of its own, in which the engine knows what was asked."""
        if step.intent == "dialogue.which":
            await turn.ask(self.foretell(step, turn.surroundings))
        else:
            await turn.say("Okay.")

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the question."""
        del surroundings
        return f"Which one: {listed([_named(words) for words in step.references])}?" if step.references else ""


def _named(prompt: str) -> str:
    """`the red fox` for `a red fox under a full moon`."""
    words = prompt.split(",", maxsplit=1)[0]
    for article in ("a ", "an ", "some "):
        words = words.removeprefix(article)
    return f"the {words[:_LONGEST].rsplit(' ', 1)[0] if len(words) > _LONGEST else words}"
