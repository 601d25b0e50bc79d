"""The microphone's gate: closed by word, opened by hand."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn


class MicrophoneSkill(Skill):
    """Mutes the microphone for whoever asks; opens it for whoever types."""

    intents: ClassVar[frozenset[str]] = frozenset({"control.mute"})

    def __init__(self, mute: Callable[[bool], Awaitable[None]], phrases: Phrases) -> None:
        """`mute` closes (True) or opens the gate."""
        self._mute = mute
        self._phrases = phrases

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what is said when it is muted."""
        del surroundings
        return self._phrases("microphone-off") if step.slots["muted"] else ""

    async def run(self, step: Step, turn: Turn) -> None:
        """Move the gate, and say how it is opened again: no sound can."""
        if step.slots["muted"]:
            await self._mute(True)
            await turn.say(self._phrases("microphone-off"))
        elif turn.spoken:
            # What was said before the gate was closed may come here after it: it opens nothing.
            await turn.say(self._phrases("microphone-was-on"))
        else:
            await self._mute(False)
            await turn.say(self._phrases("microphone-on"))
