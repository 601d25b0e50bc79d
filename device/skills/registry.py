"""Finds the skill for an intent and sees to it that none of them takes the device down."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace

from device.context.plan import Plan, Step
from device.context.surroundings import Surroundings
from device.events import Event, Failed
from device.phrases import Phrases
from device.policy import Data, Decision, Policy, Refused, Wish
from device.skills.base import Skill, Turn

log = logging.getLogger(__name__)

LIMIT_S = 20.0


class Skills:
    """All skills of a device; an intent belongs to one of them."""

    def __init__(
        self,
        skills: Iterable[Skill],
        *,
        policy: Policy | None = None,
        phrases: Phrases | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        """Raises ValueError when two skills claim the same intent or none takes `none`.

        `policy` decides what is drawn and what may leave the device; by default, as the default settings have it.
        `phrases` are those of the device's language, English by default.
        """
        self._policy = policy or Policy()
        self._phrases = phrases or Phrases()
        self._limit_s = limit_s
        self._skills = tuple(skills)
        self._by_intent: dict[str, Skill] = {}
        for skill in self._skills:
            for intent in sorted(skill.intents):
                if intent in self._by_intent:
                    raise ValueError(f"Two skills carry out {intent}.")
                self._by_intent[intent] = skill
        if "none" not in self._by_intent:
            raise ValueError("No skill answers what nobody understands.")

    async def claimed(self, text: str, plan: Plan) -> Plan:
        """The plan that a skill makes of `text` where it knows better, else `plan`. Never raises for its failure."""
        for skill in self._skills:
            try:
                async with asyncio.timeout(self._limit_s):
                    if (claim := await skill.claim(text, plan)) is not None:
                        return claim
            except Exception:
                log.exception("%s could not say whether it is meant", type(skill).__name__)
        return plan

    @property
    def intents(self) -> frozenset[str]:
        """Everything that can be carried out."""
        return frozenset(self._by_intent)

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry out one step. Never raises for a skill's failure: one apology is spoken and the turn goes on."""
        skill = self._by_intent.get(step.intent, self._by_intent["none"])
        try:
            for other in self._skills:
                if other is not skill:
                    other.passed()
            async with asyncio.timeout(skill.limit_s or self._limit_s):
                if refused := self._refused(step, turn.surroundings):
                    await self._policy.refuse(refused, turn=turn.id, intent=step.intent, words=said_in(step))
                    await turn.say(self._policy.told(refused, step.intent))
                else:
                    await skill.run(step, replace(turn, may_leave=self._gate(skill, step, turn)))
        except TimeoutError:
            log.warning("%s took longer than %.0f s", step.intent, self._limit_s)
            await self.apologise(turn.say, turn.publish, code="skill_slow", text=self._phrases("turns-too-slow"))
        except Exception:
            log.exception("%s failed", step.intent)
            await self.apologise(turn.say, turn.publish, code="skill_failed")

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return what the step's skill will probably say first, or "". Never raises for a skill's failure."""
        try:
            if refused := self._refused(step, surroundings):
                return self._policy.told(refused, step.intent)
            return self._by_intent[step.intent].foretell(step, surroundings) if step.intent in self._by_intent else ""
        except Exception:
            log.exception("%s could not be foretold", step.intent)
            return ""

    def _refused(self, step: Step, surroundings: Surroundings) -> Refused | None:
        """Why the step is not carried out: for its own words, or for those of the picture that it is about."""
        about = [picture.prompt for picture in surroundings.pictures if picture.id in step.references.values()]
        refusals = (self._policy.refusal(step.intent, words) for words in (said_in(step), *about))
        return next(filter(None, refusals), None)

    def _gate(self, skill: Skill, step: Step, turn: Turn) -> Callable[[frozenset[Data], str], Awaitable[Decision]]:
        async def may_leave(data: frozenset[Data], words: str) -> Decision:
            return await self._policy.ask(Wish(turn.id, step.intent, data, skill.leaves, words))

        return may_leave

    async def apologise(
        self,
        say: Callable[[str], Awaitable[bool]],
        publish: Callable[[Event], object],
        *,
        code: str,
        text: str = "",
    ) -> None:
        """Tell the observers and the person what went wrong. Never raises, and takes no longer than a skill."""
        text = text or self._phrases("turns-failed")
        publish(Failed(code=code, text=text))
        try:
            async with asyncio.timeout(self._limit_s):
                await say(text)
        except Exception:  # The voice may be what failed; the page has the sentence.
            log.exception("the apology could not be spoken")


def said_in(step: Step) -> str:
    """The words that the person chose freely."""
    return ", ".join(value for value in step.slots.values() if isinstance(value, str))
