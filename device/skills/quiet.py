"""Do not disturb: when somebody wants to be left alone, and until when."""

from datetime import datetime, timedelta
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.context.when import when
from device.do_not_disturb import Quiet
from device.phrases import Moment, Phrases
from device.skills.base import Skill, Turn
from device.skills.duration import duration_s


class QuietSkill(Skill):
    """Sets it; `device.ringing` and `device.news` honour it."""

    intents: ClassVar[frozenset[str]] = frozenset({"quiet.set"})

    def __init__(self, quiet: Quiet, phrases: Phrases) -> None:
        self._quiet = quiet
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Begin or end it, and say until when it lasts."""
        until = _until(step, turn.surroundings.now)
        await self._quiet.set(bool(step.slots["on"]), until.timestamp() if until else None)
        await turn.say(self._told(step, turn.surroundings.now))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer."""
        return self._told(step, surroundings.now)

    def _told(self, step: Step, now: datetime) -> str:
        if not step.slots["on"]:
            return self._phrases("quiet-off")
        until = _until(step, now)
        return self._phrases("quiet-on-until", until=Moment(until, now)) if until else self._phrases("quiet-on")


def _until(step: Step, now: datetime) -> datetime | None:
    """Its end, as far as one was said."""
    if length_s := duration_s(step.slots):
        return now + timedelta(seconds=length_s)
    found = when(str(step.slots.get("until", "")), now)
    return found.at if found and found.at.timestamp() > now.timestamp() else None
