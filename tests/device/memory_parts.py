"""Memory without a model, and people who talk to it."""

from datetime import UTC, datetime

from phrase_parts import ENGLISH

from device.context import ContextEngine, Plan, Surroundings
from device.memory import Memory
from device.skills import Skills, Turn
from device.skills.about import AboutSkill
from device.skills.control import ControlSkill
from device.skills.memory import MemorySkill
from device.store import Store
from device.voice import SilentVoice
from edge_models.models import ModelError
from edge_models.sentence_embedding import SentenceEncoder

CONTEXT = ContextEngine()
NOW = datetime(2026, 11, 26, 20, 40, tzinfo=UTC)


def no_model() -> SentenceEncoder:
    """Memory's encoder where none is installed."""
    raise ModelError("No model is needed here.")


class Talk:
    """One person and a device that remembers, stops, and answers what it doesn't understand."""

    def __init__(self, store: Store, memory: Memory, voice: SilentVoice) -> None:
        self.memory, self.seconds, self.asked = memory, 0.0, False
        self.intents: list[str] = []
        self.speaker = ""
        """Whose voice the device knows it to be."""
        self.stopped_work = 0
        self._memory_skill = MemorySkill(memory, ENGLISH, now=lambda: self.seconds)
        control = ControlSkill(voice=voice, store=store, cancel=self._cancel, phrases=ENGLISH)
        self._skills = Skills([self._memory_skill, control, AboutSkill(ENGLISH)])

    async def _cancel(self) -> bool:
        self.stopped_work += 1
        return True

    async def plan(self, text: str) -> Plan:
        """What the text means, without its being carried out."""
        return await self._skills.claimed(text, CONTEXT.understand(text, surroundings=Surroundings(now=NOW)))

    async def hear(self, text: str) -> str:
        """Say something; what is answered. `asked`: whether that is a question; `intents`: what was carried out."""
        said: list[str] = []
        self.asked = False

        async def say(text: str) -> bool:
            said.append(text)
            return True

        async def ask(text: str) -> None:
            said.append(text)
            self.asked = True

        surroundings = Surroundings(now=NOW, speaker=self.speaker)
        turn = Turn(id="t1", say=say, ask=ask, publish=print, language="en", surroundings=surroundings)
        for step in (await self.plan(text)).steps:
            self.intents.append(step.intent)
            foretold = self._memory_skill.foretell(step, surroundings)
            await self._skills.run(step, turn)
            assert not foretold or foretold == said[-1]
        return " ".join(said)

    def facts(self) -> list[str]:
        """What is remembered, the newest first."""
        return [fact.text for fact in self.memory.facts()]
