"""Answers questions about the world: through the bridge with its sources, and from the household's own words offline.

::

    question ──▶ own notes have all of it? ──▶ "Your note from Monday says: …"         nothing leaves
        │
        ├─ the policy says no, or nobody can be asked ──▶ own words, earlier answers ──▶ "I can't look that up …"
        │
        └─ asked ──▶ sentence by sentence as they come ──▶ "That's according to Wikipedia."
              └─ 20 s without an end, "stop", another command: called off
"""

import asyncio
import logging
import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from cloud_bridge.protocol import Exchange
from device.answers import Answers
from device.context.plan import Step
from device.context.questions import ASK, SOURCE
from device.events import UNANSWERED, Answered, Failed
from device.offload import ANSWER_WITHIN_S, Asked, Offload, OffloadRefused, words_sent
from device.phrases import Phrases
from device.policy import Data, Policy, Refused
from device.recollection import content
from device.skills.base import Skill, Turn
from device.skills.own_words import OwnWords
from device.voice.sentences import sentences

log = logging.getLogger(__name__)

CONTEXT_S = 120.0
"""So long a question goes on from the one before."""
CONTEXT_TURNS = 2
PATIENCE_S = 1.5
"""After that, whoever spoke hears that something is being done."""
MAX_SPOKEN = 5
"""Sentences; the page has the rest."""

_CITATION = re.compile(r"\s*\[\d{1,3}\]")


@dataclass(slots=True)
class _Told:
    """How far an answer was spoken."""

    words: str = ""
    """Of the answer, without its citations; always a beginning of it."""
    count: int = 0
    """Sentences."""
    stopped: bool = False
    """Somebody talked over it, or wants something else."""
    unfit: Refused | None = None
    """Why what comes next is not for children."""


class AnswerSkill(Skill):
    """What is asked about the world, and where the answer came from."""

    intents: ClassVar[frozenset[str]] = frozenset({ASK, SOURCE})
    leaves: ClassVar[frozenset[Data]] = frozenset({Data.TEXT})
    limit_s: ClassVar[float | None] = ANSWER_WITHIN_S + 100.0  # an answer is spoken in it

    def __init__(
        self,
        *,
        offload: Offload,
        policy: Policy,
        own: OwnWords,
        answers: Answers,
        phrases: Phrases,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._offload, self._policy, self._own, self._answers, self._now = offload, policy, own, answers, now
        self._phrases = phrases
        self._before: deque[tuple[Exchange, float]] = deque(maxlen=CONTEXT_TURNS)
        self._from = phrases("question-source-none")
        """Where the last answer came from."""

    async def run(self, step: Step, turn: Turn) -> None:
        """Answer."""
        if step.intent == SOURCE:
            await turn.say(self._from)
            return
        question, ours = str(step.slots.get("question", "")), "ours" in step.slots
        context = self._context()
        if "back" in step.slots and not context and len(content(question)) <= 1:
            await turn.say(self._phrases("question-what"))  # "how tall is it", and nothing was spoken of
        elif own := await self._own.told(question, now=turn.surroundings.now, sure=not ours):
            await self._say_own(own, turn)
        elif ours:
            await turn.say(self._phrases("question-not-told"))
        else:
            await self._ask(question, context if "back" in step.slots else (), turn)

    def _context(self) -> tuple[Exchange, ...]:
        """What was asked and answered just before."""
        return tuple(exchange for exchange, at_s in self._before if self._now() - at_s <= CONTEXT_S)

    async def _say_own(self, own: str, turn: Turn) -> None:
        if self._policy.refusal(ASK, own):
            own = self._phrases("question-not-told")
        else:
            self._from = self._phrases("question-source-own")
        await turn.say(own)

    async def _without_bridge(self, question: str, why: str, turn: Turn) -> None:
        """Answer from what is here; else say why nobody was asked."""
        own = await self._own.told(question, now=turn.surroundings.now, sure=False)
        if own:
            await self._say_own(own, turn)
        else:
            await turn.say(why)

    def _unable(self) -> str:
        """Why nobody can be asked; "" where somebody can."""
        if not self._offload.configured:
            return self._phrases("question-cannot", why="no_bridge")
        if not self._offload.online:
            return self._phrases("question-cannot", why="offline")
        able = {self._offload.can("chat"), self._offload.can("search")}
        if able == {"absent"}:
            return self._phrases("question-cannot", why="not_set_up")
        return "" if "up" in able else self._phrases("question-cannot", why="unreachable")

    async def _ask(self, question: str, context: tuple[Exchange, ...], turn: Turn) -> None:
        if unable := self._unable():
            await self._without_bridge(question, unable, turn)
            return
        decision = await turn.may_leave(frozenset({Data.TEXT}), words_sent(question, context))
        if decision.permission is None:
            await self._without_bridge(question, decision.said, turn)
            return
        try:
            asked = await self._offload.ask(
                permission=decision.permission,
                turn=turn.id,
                question=question,
                context=context,
                language=turn.language,
                child=self._policy.child,
            )
        except OffloadRefused as refused:
            log.warning("%s", refused)
            await self._without_bridge(question, self._phrases("question-cannot", why="unreachable"), turn)
            return
        try:
            told = await self._speak(asked, turn)
            await self._end(question, asked, told, turn)
        finally:
            await self._offload.leave(asked)

    async def _speak(self, asked: Asked, turn: Turn) -> _Told:
        """Say what comes as it comes, until it is said, somebody interrupts, or the time is over."""
        told, ends_s = _Told(), self._now() + ANSWER_WITHIN_S
        looking_s = self._now() + PATIENCE_S if turn.spoken else ends_s
        while not (told.stopped or told.unfit):
            asked.changed.clear()
            if ready := _ready(asked, told):
                await self._say(ready, told, turn)
                continue
            if asked.over or turn.interrupted.is_set() or (left_s := ends_s - self._now()) <= 0:
                break
            if not told.words and self._now() >= looking_s:
                looking_s = ends_s
                told.stopped = not await turn.say(self._phrases("question-looking"))
                continue
            pause_s = left_s if told.words else min(left_s, looking_s - self._now())
            await _first(pause_s, asked.changed, turn.interrupted)
        told.stopped = told.stopped or turn.interrupted.is_set()
        return told

    async def _say(self, ready: str, told: _Told, turn: Turn) -> None:
        """Say these sentences, as far as they are for whoever listens."""
        fit: list[str] = []
        for sentence in sentences(ready):
            told.unfit = self._policy.refusal("chat.answer", sentence)
            if told.unfit:
                break
            fit.append(sentence)
        if fit:
            told.count += len(fit)
            told.words += ready if not told.unfit else ""
            told.stopped = not await turn.say(" ".join(fit))

    async def _end(self, question: str, asked: Asked, told: _Told, turn: Turn) -> None:
        """Say what became of it, where that isn't clear; note what the next question may go on from."""
        if told.unfit:
            await self._policy.refuse(told.unfit, turn=turn.id, intent=ASK, words=question)
            said = self._policy.told(told.unfit, ASK)
            turn.publish(Failed(code=UNANSWERED, text=said, job=asked.job))
            await turn.say(said)
            return
        answer = asked.answer
        if answer is None:
            await self._say_trouble(asked, told, turn)
            return
        words = _plain(answer.text)
        sources = tuple({"title": one.title, "site": one.site, "url": one.url} for one in answer.sources)
        rest = words.removeprefix(told.words).strip()
        if self._policy.refusal("chat.answer", words):
            rest = ""
        turn.publish(Answered(sources, job=asked.job, rest=rest or None))
        self._before.append((Exchange(question=question, answer=words), self._now()))
        self._from = self._sources_told(sources, answer.engine)
        await self._answers.keep(question, words, sources)
        if not told.stopped and sources:
            sites = list(dict.fromkeys(one["site"] for one in sources))[:2]
            await turn.say(self._phrases("question-according", sites=sites))

    async def _say_trouble(self, asked: Asked, told: _Told, turn: Turn) -> None:
        if told.stopped:
            turn.publish(Failed(code="cancelled", text=self._phrases("question-stopped"), job=asked.job))
            return
        code = asked.trouble[0] if asked.trouble else ""
        if asked.category == "self_harm":
            said = self._phrases("question-in-need")
        elif code == "refused" and self._policy.child:
            said = self._phrases("policy-not-told")
        elif told.words:
            said = self._phrases("question-rest-missing")
        else:
            said = self._phrases("question-unanswered", code=code)
        turn.publish(Failed(code=UNANSWERED, text=said, job=asked.job))
        await turn.say(said)

    def _sources_told(self, sources: tuple[Mapping[str, str], ...], engine: str) -> str:
        """The answer to "where did you get that from"."""
        if not sources:
            return self._phrases("question-source-engine", engine=engine)
        pages = [self._phrases("question-page", site=one["site"], title=one["title"]) for one in sources[:2]]
        return self._phrases("question-source", pages=pages)


def _ready(asked: Asked, told: _Told) -> str:
    """The whole sentences that have come and were not said yet; all that is left, when the answer is whole."""
    text = _plain(asked.text)
    if not text.startswith(told.words):
        return ""  # what came whole is not what came in pieces: the page has it
    whole = sentences(text[len(told.words) :])
    if asked.answer is None:
        whole = whole[:-1]
    whole = whole[: MAX_SPOKEN - told.count]
    if not whole:
        return ""
    # With the spaces between, so that what was said stays a beginning of the answer.
    end = len(told.words)
    for sentence in whole:
        end = text.index(sentence, end) + len(sentence)
    return text[len(told.words) : end]


def _plain(text: str) -> str:
    """An answer as it is spoken, without the numbers of its sources."""
    return " ".join(_CITATION.sub("", text).split())


async def _first(within_s: float, *events: asyncio.Event) -> None:
    """Return when one of the events is set, or the time is over."""
    waiting = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waiting, timeout=max(0.0, within_s), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
