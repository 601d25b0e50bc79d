"""What was asked and drawn before, what left the house, and what the device is doing."""

from collections import Counter
from collections.abc import Callable, Sequence
from textwrap import shorten
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.history import History, Sent
from device.phrases.english_numbers import joined
from device.skills.base import Skill, Turn
from device.skills.spoken_day import period, spoken_day
from device.timers import Timers

TOLD = 3
"""Things of the past that are told one by one; the page has them all."""
_SHORT = 60
"""Characters of each."""
_KINDS = {
    "image.create": "the words for a picture",
    "image.edit": "a picture to be changed",
    "chat": "a question",
    "search": "a search",
}


class HistorySkill(Skill):
    """Answers from what is kept: at most 90 days back."""

    intents: ClassVar[frozenset[str]] = frozenset({"history.asked", "history.drawn", "audit.sent"})

    def __init__(self, history: History) -> None:
        self._history = history

    async def run(self, step: Step, turn: Turn) -> None:
        """Look it up and tell the last few."""
        if step.slots.get("which") == "last":
            last = await self._history.last_said(but=turn.id)
            await turn.say(f"You said: {_quoted(last.heard)}." if last else "You haven't asked me anything before.")
            return
        day = str(step.slots.get("day", "today"))
        begin, end = period(day, turn.surroundings.now)
        when = spoken_day(day)
        if step.intent == "history.asked":
            said = [one.heard for one in await self._history.said(begin, end, but=turn.id)]
            await turn.say(_told(said, f"You said nothing to me {when}.", f"{_capital(when)} you said", "things"))
        elif step.intent == "history.drawn":
            drawn = await self._history.drawn(begin, end)
            await turn.say(_told(drawn, f"We drew nothing {when}.", f"{_capital(when)} we drew", "pictures"))
        else:
            await turn.say(told_sent(await self._history.sent(begin, end), when))


class DoingSkill(Skill):
    """Says what goes on just now."""

    intents: ClassVar[frozenset[str]] = frozenset({"device.doing"})

    def __init__(self, *, timers: Timers, pending: Callable[[], int]) -> None:
        """`pending` gives the number of jobs that have not ended."""
        self._timers, self._pending = timers, pending

    async def run(self, step: Step, turn: Turn) -> None:
        """Say it."""
        await turn.say(self.foretell(step, turn.surroundings))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return all of the answer."""
        del step
        doing: list[str] = []
        if jobs := self._pending():
            waits = "the bridge is finishing" if surroundings.online else "I'm offline and have still to finish"
            doing.append(f"{waits} {_counted(jobs, 'picture')}")
        if running := sum(not timer.paused for timer in self._timers.all()):
            doing.append(f"{_counted(running, 'timer')} {'is' if running == 1 else 'are'} running")
        return f"{_capital(joined(doing))}." if doing else "Nothing just now."


def told_sent(sent: Sequence[Sent], when: str) -> str:
    """What left the house `when`: how much, where to, of which kinds."""
    allowed = [one for one in sent if one.destination]
    gone = [one for one in allowed if not one.waiting]
    waiting = len(allowed) - len(gone)
    later = f" {_counted(waiting, 'thing')} {'waits' if waiting == 1 else 'wait'} to be sent." if waiting else ""
    if not gone:
        return f"Nothing left the house {when}.{later}"
    places = sorted({one.destination.rpartition(":")[0] or one.destination for one in gone})
    kinds = Counter(_KINDS.get(one.what, one.what) for one in gone)
    told = joined([f"{kind}, {_times(times)}" if times > 1 else kind for kind, times in kinds.items()])
    return f"{_capital(when)}, to {joined(places)}: {told}.{later} The page has the details."


def _told(all_of_it: Sequence[str], nothing: str, beginning: str, things: str) -> str:
    last = [_quoted(one) for one in all_of_it[-TOLD:]]
    if not last:
        return nothing
    if len(all_of_it) <= TOLD:
        return f"{beginning}: {'; '.join(last)}."
    return f"{beginning} {len(all_of_it)} {things}. The last were: {'; '.join(last)}."


def _quoted(text: str) -> str:
    return shorten(text, _SHORT, placeholder=" …").strip(" .,;:!?")


def _times(number: int) -> str:
    return "twice" if number == 2 else f"{number} times"


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
