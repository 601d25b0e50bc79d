"""What was asked and drawn before, what left the house, and what the device is doing."""

from collections import Counter
from collections.abc import Callable, Sequence
from textwrap import shorten
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.history import History, Said, Sent
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.period import period
from device.timers import Timers

TOLD = 3
"""Things of the past that are told one by one; the page has them all."""
LONG_S = 600.0
"""A picture that takes no longer than this is nothing to speak of."""
_SHORT = 60
"""Characters of each."""


class HistorySkill(Skill):
    """Answers from what is kept: at most 90 days back."""

    intents: ClassVar[frozenset[str]] = frozenset({"history.asked", "history.drawn", "audit.sent"})

    def __init__(self, history: History, phrases: Phrases) -> None:
        self._history = history
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Look it up and tell the last few."""
        if step.slots.get("which") == "last":
            await turn.say(self._last(await self._history.last_said(but=turn.id)))
            return
        day = str(step.slots.get("day", "today"))
        begin, end = period(day, turn.surroundings.now)
        when = self._phrases("history-day", day=day.replace(" ", "-"))
        if step.intent == "history.asked":
            said = await self._history.said(begin, end, but=turn.id)
            await turn.say(self._said([one.heard for one in said], when))
        elif step.intent == "history.drawn":
            await turn.say(self._drawn(await self._history.drawn(begin, end), when))
        else:
            await turn.say(told_sent(await self._history.sent(begin, end), when, self._phrases))

    def _last(self, last: Said | None) -> str:
        if last is None:
            return self._phrases("history-never")
        return self._phrases("history-said-last", words=self._quoted(last.heard))

    def _said(self, all_of_it: Sequence[str], when: str) -> str:
        words = [self._quoted(one) for one in all_of_it[-TOLD:]]
        if not words:
            return self._phrases("history-said-nothing", when=when)
        if len(all_of_it) <= TOLD:
            return self._phrases("history-said", when=when, words=words)
        return self._phrases("history-said-many", when=when, count=len(all_of_it), words=words)

    def _drawn(self, all_of_it: Sequence[str], when: str) -> str:
        words = [self._quoted(one) for one in all_of_it[-TOLD:]]
        if not words:
            return self._phrases("history-drawn-nothing", when=when)
        if len(all_of_it) <= TOLD:
            return self._phrases("history-drawn", when=when, words=words)
        return self._phrases("history-drawn-many", when=when, count=len(all_of_it), words=words)

    def _quoted(self, text: str) -> str:
        short = shorten(text, _SHORT, placeholder=" …").strip(" .,;:!?،؛؟")
        return self._phrases("history-words", words=short)


class DoingSkill(Skill):
    """Says what goes on just now."""

    intents: ClassVar[frozenset[str]] = frozenset({"device.doing"})

    def __init__(
        self,
        *,
        timers: Timers,
        pending: Callable[[], int],
        oldest_s: Callable[[], float] = lambda: 0.0,
        finishing: Callable[[], int] = lambda: 0,
        phrases: Phrases,
    ) -> None:
        """`pending` gives the number of the bridge's jobs that have not ended, `finishing` that of the device's own.

        `oldest_s`: for how many seconds the oldest of the bridge's has been waited for.
        """
        self._timers, self._pending, self._finishing, self._phrases = timers, pending, finishing, phrases
        self._oldest_s = oldest_s

    async def run(self, step: Step, turn: Turn) -> None:
        """Say it."""
        await turn.say(self.foretell(step, turn.surroundings))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer."""
        del step
        doing: list[str] = []
        if jobs := self._pending():
            doing.append(self._phrases("doing-pictures", online=surroundings.online, count=jobs))
        if own := self._finishing():
            doing.append(self._phrases("doing-finishing", count=own))
        if running := sum(not timer.paused for timer in self._timers.all()):
            doing.append(self._phrases("doing-timers", count=running))
        if not doing:
            return self._phrases("doing-nothing")
        said = self._phrases("doing", doing=doing)
        if jobs and (oldest := self._oldest_s()) >= LONG_S:
            return f"{said} {self._phrases('doing-waited', count=jobs, oldest=oldest)}"
        return said


def told_sent(sent: Sequence[Sent], when: str, phrases: Phrases) -> str:
    """What left the house `when`: how much, where to, of which kinds."""
    allowed = [one for one in sent if one.destination]
    gone = [one for one in allowed if not one.waiting]
    waiting = len(allowed) - len(gone)
    later = [phrases("history-sent-later", count=waiting)] if waiting else []
    if not gone:
        return " ".join((phrases("history-sent-nothing", when=when), *later))
    places = sorted({one.destination.rpartition(":")[0] or one.destination for one in gone})
    kinds = [_kind(what, times, phrases) for what, times in Counter(one.what for one in gone).items()]
    told = phrases("history-sent", when=when, places=places, kinds=kinds)
    return " ".join((told, *later, phrases("history-sent-details")))


def _kind(what: str, times: int, phrases: Phrases) -> str:
    """`twice the words for a picture`."""
    kind = phrases("history-kind", kind=what.replace(".", "-"), name=what)
    return phrases("history-kind-times", kind=kind, times=times) if times > 1 else kind
