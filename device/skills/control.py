"""Stop, repeat, go on, louder."""

from collections.abc import Awaitable, Callable
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.store import Store
from device.voice import SilentVoice, Voice

STEP_PERCENT = 15
QUIETEST_PERCENT = 10
"""Where "quieter" ends: silence has to be asked for."""
_SETTING = "volume"


class ControlSkill(Skill):
    """Governs the device's own voice."""

    intents: ClassVar[frozenset[str]] = frozenset(
        {"control.stop", "control.repeat", "control.continue", "control.volume"}
    )

    def __init__(
        self,
        *,
        voice: Voice | SilentVoice,
        store: Store,
        cancel: Callable[[], Awaitable[bool]],
        phrases: Phrases,
    ) -> None:
        """`cancel` calls off the picture that is being finished, and says whether there was one."""
        self._phrases = phrases
        self._voice = voice
        self._store = store
        self._cancel = cancel

    async def run(self, step: Step, turn: Turn) -> None:
        """Do it, and confirm what can't be heard anyway."""
        if step.intent == "control.stop":
            # The voice was silenced when the person began to speak, or the request was submitted.
            if step.slots.get("what") == "work" and await self._cancel():
                await turn.say(self._phrases("control-not-finished"))
        elif step.intent == "control.repeat":
            await turn.say(self._voice.last_said or self._phrases("control-nothing-said"))
        elif step.intent == "control.continue":
            await turn.say(self._voice.left_unsaid or self._phrases("control-all-said"))
        else:
            await self._change_volume(step, turn)

    async def _change_volume(self, step: Step, turn: Turn) -> None:
        old = self._voice.volume
        new = wanted_volume(step, old)
        self._voice.volume = new
        await self._store.set_setting(_SETTING, str(new))
        await turn.say(self._told(step, old, new))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to a change of volume, and what is to be said again or further."""
        del surroundings
        match step.intent:
            case "control.volume":
                return self._told(step, self._voice.volume, wanted_volume(step, self._voice.volume))
            case "control.repeat":
                return self._voice.last_said
            case "control.continue":
                return self._voice.left_unsaid
            case _:
                return ""

    def _told(self, step: Step, old: int, new: int) -> str:
        direction = step.slots.get("direction")
        if direction == "up" and old == 100:
            return self._phrases("control-loudest")
        if direction == "down" and old <= QUIETEST_PERCENT:
            return self._phrases("control-quietest")
        return self._phrases("control-volume", percent=new) if new else self._phrases("control-silent")


def wanted_volume(step: Step, old: int) -> int:
    """The percentage that the step asks for, from the one that is set.

    A level is meant as people say it: up to ten it is of ten, above it is a percentage.
    """
    slots = step.slots
    if slots.get("direction") == "up":
        return min(100, old + STEP_PERCENT)
    if slots.get("direction") == "down":
        return min(old, max(QUIETEST_PERCENT, old - STEP_PERCENT))
    if "level" in slots:
        level = int(slots["level"])
        return level * 10 if level <= 10 else min(100, level)
    return min(100, max(0, int(slots["percent"])))


async def restore_volume(voice: Voice | SilentVoice, store: Store) -> None:
    """Give the voice the volume that was set before the device was switched off."""
    saved = await store.setting(_SETTING)
    if saved is not None:
        voice.volume = int(saved)
