"""The microphone's gate: closed by word, opened by hand."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.skills.base import Skill, Turn

OFF = "The microphone is off. To turn it on again, use the page, or type: unmute the microphone."


class MicrophoneSkill(Skill):
    """Mutes the microphone for whoever asks; opens it for whoever types."""

    intents: ClassVar[frozenset[str]] = frozenset({"control.mute"})

    def __init__(self, mute: Callable[[bool], Awaitable[None]]) -> None:
        """`mute` closes (True) or opens the gate."""
        self._mute = mute

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what is said when it is muted."""
        del surroundings
        return OFF if step.slots["muted"] else ""

    async def run(self, step: Step, turn: Turn) -> None:
        """Move the gate, and say how it is opened again: no sound can."""
        if step.slots["muted"]:
            await self._mute(True)
            await turn.say(OFF)
        elif turn.spoken:
            # What was said before the gate was closed may come here after it: it opens nothing.
            await turn.say("It was on, or I couldn't have heard you.")
        else:
            await self._mute(False)
            await turn.say("The microphone is on.")
