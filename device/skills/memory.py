"""What the owner asks to be remembered, recalled and forgotten.

::

    "remember that Lina likes foxes"   the grammar                       ──▶ memory.remember
    "what does Lina like"              no sentence of ours: `claim` looks whether memory knows ──▶ memory.recall, or not
    "forget that"                      `control.stop`, but straight after a fact was told      ──▶ memory.forget
    "yes"                              an answer, but only to a question of this skill's own   ──▶ memory.forget
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from device.context.plan import Plan, Step
from device.context.surroundings import Surroundings
from device.context.yes_or_no import is_no, is_yes
from device.memory import MAX_CHARS, MAX_FACTS, Fact, Memory, MemoryFull
from device.phrases import Phrases
from device.recollection import Question, as_question
from device.skills.base import Skill, Turn

ANSWER_WITHIN_S = 30.0
"""How long a question of the device's own stands, and what "that" is after a fact was told."""
TOLD = 3
"""Facts that are told, or forgotten unasked, at once."""
ROUTE = "memory/device"
_THAT = re.compile(r"\bforget (?:that|it|this)(?: again| please)?\W*$", re.IGNORECASE)
_MYSELF = frozenset({"me", "myself"})
_QUESTION = re.compile(r"(what|who|where|when|which|how|why|whether|if)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Question:
    """What the device has asked: what to remember, or whether to forget `facts`."""

    facts: tuple[Fact, ...] | None
    until_s: float


class MemorySkill(Skill):
    """What is said about facts; `device.memory` keeps and finds them."""

    intents: ClassVar[frozenset[str]] = frozenset({"memory.remember", "memory.recall", "memory.forget"})

    def __init__(self, memory: Memory, phrases: Phrases, *, now: Callable[[], float] = time.monotonic) -> None:
        self._memory, self._phrases, self._now = memory, phrases, now
        self._question: _Question | None = None
        self._told: tuple[Fact, float] | None = None
        """The fact of the turn before, and until when "that" means it."""

    async def claim(self, text: str, plan: Plan) -> Plan | None:
        """Take what only memory can make sense of: answers to its questions, "forget that", questions that it knows."""
        if len(plan.steps) != 1:
            return None
        (step,) = plan.steps
        heard = str(step.slots.get("heard", "")) if step.intent == "none" else ""
        question, told = self._question, self._told
        if question and self._now() <= question.until_s:
            if question.facts is None and heard:
                return _plan("memory.remember", fact=heard)
            if question.facts is not None and (is_yes(text) or is_no(text)):
                return _plan("memory.forget", sure="yes" if is_yes(text) else "no")
        if told and self._now() <= told[1] and step.intent in {"control.stop", "none"} and _THAT.search(text):
            return _plan("memory.forget", which="that")
        asked = as_question(heard)
        return _plan("memory.recall", about=asked) if asked and await self._memory.recall(asked) else None

    def passed(self) -> None:
        """Take no answer any more, and nothing for "that"."""
        self._question = self._told = None

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out."""
        question, told = self._question, self._told
        self.passed()
        if step.intent == "memory.remember":
            await self._remember(str(step.slots.get("fact", "")), turn)
        elif step.intent == "memory.recall":
            await self._recall(step, turn)
        elif "sure" in step.slots:
            await self._answered(question.facts if question and question.facts else (), step, turn)
        elif step.slots.get("which") == "that":
            await self._forgotten([told[0]] if told else [], turn)
        else:
            await self._forget(step, turn)

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to a new fact."""
        new = step.intent == "memory.remember"
        return self._confirmed(str(step.slots.get("fact", "")), surroundings.speaker) if new else ""

    def _confirmed(self, text: str, speaker: str) -> str:
        if not text:
            return self._phrases("memory-what")
        if len(text) > MAX_CHARS:
            return self._phrases("memory-too-long", most=MAX_CHARS)
        if self._memory.knows(text, speaker):
            return self._phrases("memory-known")
        if self._memory.full:
            return self._phrases("memory-full", most=MAX_FACTS)
        return self._phrases("memory-kept", fact=text)

    async def _remember(self, text: str, turn: Turn) -> None:
        said = self._confirmed(text, turn.surroundings.speaker)
        if not text:
            self._question = self._asked(None)
            await turn.ask(said)
            return
        if len(text) <= MAX_CHARS:
            try:
                fact = await self._memory.remember(text, turn.surroundings.speaker)
            except MemoryFull:
                said = self._phrases("memory-full", most=MAX_FACTS)
            else:
                self._told = (fact, self._now() + ANSWER_WITHIN_S) if fact else None
        await turn.say(said)

    async def _recall(self, step: Step, turn: Turn) -> None:
        about, speaker = str(step.slots.get("about", "")), turn.surroundings.speaker
        if speaker and about.lower() in _MYSELF:
            await turn.say(self._listed(self._memory.of(speaker), speaker) or self._unknown(about))
            return
        if step.slots.get("which") == "all" or not _says_something(about):
            await turn.say(self._listed(self._memory.facts(), speaker) or self._phrases("memory-empty"))
            return
        answers = [one.fact for one in await self._memory.recall(about, speaker)]
        if as_question(about) and answers:
            await turn.say(self._told_to(speaker, answers[0]))
            return
        known = list(dict.fromkeys([*answers, *await self._memory.mentioning(about, speaker)]))
        await turn.say(self._listed(known, speaker) or self._unknown(about))

    async def _forget(self, step: Step, turn: Turn) -> None:
        """Forget what was certainly meant; ask where it is much, or a guess."""
        about, speaker = str(step.slots.get("about", "")), turn.surroundings.speaker
        if step.slots.get("which") == "last":
            await self._forgotten(self._memory.facts()[:1], turn)
        elif step.slots.get("which") == "all" or not _says_something(about):
            await self._unless_sure(self._memory.facts(), self._phrases("memory-really-all"), turn)
        elif facts := await self._memory.mentioning(about, speaker):
            if len(facts) <= TOLD:
                await self._forgotten(facts, turn)
            else:
                await self._unless_sure(facts, self._phrases("memory-really", count=len(facts)), turn)
        elif guessed := await self._memory.recall(about, speaker):
            fact = guessed[0].fact
            await self._unless_sure([fact], self._phrases("memory-mean", fact=fact.text), turn)
        else:
            await turn.say(self._unknown(about))

    async def _unless_sure(self, facts: Sequence[Fact], question: str, turn: Turn) -> None:
        if not facts:
            await turn.say(self._phrases("memory-empty"))
            return
        self._question = self._asked(tuple(facts))
        await turn.ask(question)

    async def _answered(self, facts: Sequence[Fact], answer: Step, turn: Turn) -> None:
        if answer.slots["sure"] == "yes":
            await self._forgotten(facts, turn)
        else:
            await turn.say(self._phrases("memory-stays"))

    async def _forgotten(self, facts: Sequence[Fact], turn: Turn) -> None:
        gone = await self._memory.forget(facts)
        if not gone:
            await turn.say(self._phrases("memory-nothing-to-forget"))
        elif gone == 1:
            await turn.say(self._phrases("memory-forgotten", fact=facts[0].text))
        else:
            await turn.say(self._phrases("memory-several-forgotten", count=gone))

    def _told_to(self, speaker: str, fact: Fact) -> str:
        """The fact as a sentence: "You like foxes.", of somebody else's self "Lina told me: I like foxes."."""
        if fact.owner in ("", speaker):
            return self._phrases("memory-told", fact=fact.text)
        return self._phrases("memory-told-by", person=fact.owner, fact=fact.text)

    def _listed(self, facts: Sequence[Fact], speaker: str) -> str:
        """The first few as sentences; "" when there are none."""
        told = [self._told_to(speaker, fact) for fact in facts[:TOLD]]
        if len(facts) > TOLD:
            told.append(self._phrases("memory-more", count=len(facts) - TOLD))
        return " ".join(told)

    def _unknown(self, about: str) -> str:
        if _QUESTION.match(about):
            return self._phrases("memory-unknown")
        return self._phrases("memory-unknown-about", about=about)

    def _asked(self, facts: tuple[Fact, ...] | None) -> _Question:
        return _Question(facts, self._now() + ANSWER_WITHIN_S)


def _plan(intent: str, **slots: str) -> Plan:
    return Plan((Step(intent, slots, route=ROUTE),))


def _says_something(about: str) -> bool:
    """Whether there is a word to look for: "me" and "all of it" have none."""
    question = Question.of(about)
    return bool(question.words or question.names)
