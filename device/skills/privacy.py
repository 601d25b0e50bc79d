"""What may leave the device: switched, and explained; and child mode."""

from collections.abc import Collection
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.data import Data
from device.modes import Modes
from device.policy import Policy
from device.skills.base import Skill, Turn

CHILD_ON = "Child mode is on. To turn it off, use the page, or type: turn off child mode."
CHILD_STAYS = "Only typed words turn child mode off: on the page, type: turn off child mode."
CHILD_OFF = "Child mode is off."
CHILD_HOLDS = "In child mode only typed words can do that."
PRIVATE_ON = "From now on everything stays here, and pictures stay drafts."
PRIVATE_OFF = "Okay, I may use the bridge again."
PRIVATE_FOR_GOOD = "The settings say that nothing may leave this device; only its owner can change them."
_NAMES = {Data.TEXT: "your words", Data.AUDIO: "recordings", Data.PHOTO: "photos", Data.LOCATION: "my location"}


class PrivacySkill(Skill):
    """Strict at a word; lenient only where the words are typed (child mode) or the settings let it."""

    intents: ClassVar[frozenset[str]] = frozenset({"privacy.child", "privacy.offline", "privacy.explain"})

    def __init__(self, *, modes: Modes, policy: Policy) -> None:
        self._modes, self._policy = modes, policy

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to what is switched on, and to what is asked."""
        match step.intent, step.slots.get("on"):
            case "privacy.child", 1:
                return CHILD_ON
            case "privacy.offline", 1:
                return PRIVATE_ON
            case "privacy.explain", _:
                return self._explained(step, surroundings)
            case _:
                return ""

    async def run(self, step: Step, turn: Turn) -> None:
        """Switch it, or explain."""
        on = bool(step.slots.get("on"))
        if step.intent == "privacy.explain":
            await turn.say(self._explained(step, turn.surroundings))
        elif step.intent == "privacy.offline":
            await self._keep_here(turn, on=on)
        elif on or not turn.spoken:
            await self._modes.set("child", on=on)
            await turn.say(CHILD_ON if on else CHILD_OFF)
        else:
            # A child can say whatever a grown-up can.
            await turn.say(CHILD_STAYS if self._modes.child else CHILD_OFF)

    async def _keep_here(self, turn: Turn, *, on: bool) -> None:
        if not on and self._policy.privacy.offline:
            await turn.say(PRIVATE_FOR_GOOD)
        elif not on and turn.spoken and self._modes.child:
            await turn.say(CHILD_HOLDS)
        else:
            await self._modes.set("private", on=on)
            await turn.say(PRIVATE_ON if on else PRIVATE_OFF)

    def _explained(self, step: Step, surroundings: Surroundings) -> str:
        if step.slots.get("what") == "last":
            return self._why(surroundings)
        return may_leave_told(self._policy.may_leave(), for_good=self._policy.privacy.offline)

    def _why(self, surroundings: Surroundings) -> str:
        latest = self._policy.latest
        if latest is None:
            return "There was nothing to send."
        if latest.because:
            return f"Because {latest.because}."
        return (
            "I did send it." if surroundings.online else "It may leave, but I'm offline; it goes when I'm online again."
        )


def may_leave_told(kinds: Collection[Data], *, for_good: bool) -> str:
    """What may leave the device, in one or two sentences."""
    if not kinds:
        return (
            "Nothing leaves this device, and only its owner can change that."
            if for_good
            else "Nothing leaves this device."
        )
    leaving = _joined([_NAMES[kind] for kind in Data if kind in kinds], "and")
    staying = [_NAMES[kind] for kind in Data if kind not in kinds]
    kept = f" {_joined(staying, 'and').capitalize()} stay here." if staying else ""
    return f"When you ask for a picture, {leaving} may go to the bridge.{kept}"


def _joined(words: list[str], last: str) -> str:
    *most, final = words
    return f"{', '.join(most)} {last} {final}" if most else final
