"""What may leave the device: switched, and explained; and child mode."""

from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.data import Data
from device.modes import Modes
from device.phrases import Phrases
from device.policy import Policy
from device.skills.base import Skill, Turn


class PrivacySkill(Skill):
    """Strict at a word; lenient only where the words are typed or an adult's (child mode), or the settings let it."""

    intents: ClassVar[frozenset[str]] = frozenset({"privacy.child", "privacy.offline", "privacy.explain"})

    def __init__(self, *, modes: Modes, policy: Policy, phrases: Phrases) -> None:
        self._modes, self._policy, self._phrases = modes, policy, phrases

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to what is switched on, and to what is asked."""
        match step.intent, step.slots.get("on"):
            case "privacy.child", 1:
                return self._phrases("privacy-child-on")
            case "privacy.offline", 1:
                return self._phrases("privacy-kept-here")
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
        elif on or not turn.spoken or self._by_an_adult(turn.surroundings):
            await self._modes.set("child", on=on)
            await turn.say(self._phrases("privacy-child-on" if on else "privacy-child-off"))
        else:
            # A child can say whatever a grown-up can, though not in every voice.
            await turn.say(self._child_stays())

    def _child_stays(self) -> str:
        if not self._modes.child:
            return self._phrases("privacy-child-off")
        return self._phrases("privacy-child-unsure" if self._policy.privacy.adults else "privacy-child-stays")

    def _by_an_adult(self, surroundings: Surroundings) -> bool:
        """Whether the voice is certainly one that the settings name: it can be played from a recording, too."""
        adults = {name.casefold() for name in self._policy.privacy.adults}
        return surroundings.speaker_certain and surroundings.speaker.casefold() in adults

    async def _keep_here(self, turn: Turn, *, on: bool) -> None:
        if not on and self._policy.privacy.offline:
            await turn.say(self._phrases("privacy-for-good"))
        elif not on and turn.spoken and self._modes.child:
            await turn.say(self._phrases("privacy-child-holds"))
        else:
            await self._modes.set("private", on=on)
            await turn.say(self._phrases("privacy-kept-here" if on else "privacy-bridge-again"))

    def _explained(self, step: Step, surroundings: Surroundings) -> str:
        if step.slots.get("what") == "last":
            return self._why(surroundings)
        return self._may_leave()

    def _why(self, surroundings: Surroundings) -> str:
        latest = self._policy.latest
        if latest is None:
            return self._phrases("privacy-nothing-to-send")
        if latest.because:
            return self._phrases("privacy-because", because=latest.because)
        return self._phrases("privacy-sent" if surroundings.online else "privacy-sent-later")

    def _may_leave(self) -> str:
        """What may leave the device, in one or two sentences."""
        kinds = self._policy.may_leave()
        if not kinds:
            for_good = self._policy.privacy.offline
            return self._phrases("privacy-nothing-leaves-for-good" if for_good else "privacy-nothing-leaves")
        leaving = [self._phrases("privacy-data", kind=kind) for kind in Data if kind in kinds]
        staying = [self._phrases("privacy-data", kind=kind) for kind in Data if kind not in kinds]
        if not staying:
            return self._phrases("privacy-leaves", leaving=leaving)
        return self._phrases("privacy-leaves-but", leaving=leaving, staying=staying)
