"""Somebody who speaks with one skill: words in, what the device says out."""

from dataclasses import replace
from datetime import datetime

from device.context import ContextEngine, Surroundings
from device.skills import Skill, Turn

CONTEXT = ContextEngine()


class Speaker:
    """Says one sentence after the other, at a time that the test sets."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.asked = 0
        """How many questions the device asked."""
        self.foretold = ""
        self.skills: tuple[Skill, ...] = ()

    def unix(self) -> float:
        """The time in Unix seconds."""
        return self.now.timestamp()

    def surroundings(self) -> Surroundings:
        """What is the case while this person speaks."""
        return Surroundings(now=self.now)

    async def hear(self, text: str) -> str:
        """Say `text` and return the answer."""
        said: list[str] = []

        async def say(text: str) -> bool:
            said.append(text)
            return True

        async def ask(text: str) -> None:
            said.append(text)
            self.asked += 1

        surroundings = replace(self.surroundings(), now=self.now)
        turn = Turn(id="t1", say=say, ask=ask, publish=print, language="en", surroundings=surroundings)
        (step,) = CONTEXT.understand(text, surroundings=surroundings).steps
        skill = next((skill for skill in self.skills if step.intent in skill.intents), None)
        assert skill is not None, step
        self.foretold = skill.foretell(step, surroundings)
        await skill.run(step, turn)
        return " ".join(said)
