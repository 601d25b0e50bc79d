"""Who speaks, as somebody asks for it: "who am I"."""

from typing import ClassVar

from device.context.plan import Step
from device.phrases import Phrases
from device.skills.base import Skill, Turn


class WhoSkill(Skill):
    """Says whose voice it heard."""

    intents: ClassVar[frozenset[str]] = frozenset({"device.who"})

    def __init__(self, phrases: Phrases, *, voices: bool) -> None:
        """`voices`: whether any voice is known."""
        self._phrases, self._voices = phrases, voices

    async def run(self, step: Step, turn: Turn) -> None:
        """Say the name, or why there is none."""
        del step
        speaker = turn.surroundings.speaker
        if speaker:
            await turn.say(self._phrases("who-known", person=speaker))
        elif not turn.spoken:
            await turn.say(self._phrases("who-typed"))
        else:
            await turn.say(self._phrases("who-unsure" if self._voices else "who-no-voices"))
