"""Timers: set, add to, cancel, pause, resume, ask about; and which one is meant where there are several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.skills.base import Skill, Turn
from device.skills.spoken_duration import duration_s, joined, spoken_duration, spoken_left, spoken_length
from device.timers import LONGEST_S, MAX_TIMERS, Timer, Timers, TooManyTimers

ANSWER_WITHIN_S = 30.0
"""How long a question of the device's own stands."""
TOLD = 4
"""Timers that are told one by one: more nobody keeps in mind."""

Slots = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class _Question:
    """What the device has asked: "For how long?", or which of `among`."""

    step: Step
    among: tuple[Timer, ...]
    until_s: float


class TimerSkill(Skill):
    """What is said about timers; `device.ringing` says that they are done."""

    intents: ClassVar[frozenset[str]] = frozenset(
        {"timer.set", "timer.add", "timer.cancel", "timer.pause", "timer.resume", "timer.status", "timer.choose"}
    )

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._question: _Question | None = None

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out; an answer to the last question together with what the question was about."""
        question, self._question = self._open_question(), None
        if step.intent == "timer.set":
            await self._set(with_answer(step, question), turn)
        elif step.intent != "timer.choose":
            await self._about(step, self._concerned(step), turn)
        elif question and question.among:
            await self._chosen(question, step, turn)
        else:
            await self._about(Step("timer.status", step.slots), self._timers.all(), turn)

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer where nothing but the words decides it."""
        del surroundings
        if step.intent == "timer.set":
            return confirmed(with_answer(step, self._open_question()))
        if step.intent not in {"timer.status", "timer.cancel", "timer.pause", "timer.resume"}:
            return ""
        chosen = meant(step.slots, self._concerned(step))
        if not chosen:
            return nothing_there(step, self._timers.all())
        if step.intent == "timer.status":
            return self._told(chosen)
        return f"{which(chosen)} cancelled." if step.intent == "timer.cancel" and len(chosen) == 1 else ""

    async def _set(self, slots: Slots, turn: Turn) -> None:
        length_s = duration_s(slots)
        if not length_s:
            self._question = self._asked(Step("timer.set", slots), ())
            await turn.ask(confirmed(slots))
            return
        if length_s <= LONGEST_S:
            try:
                await self._timers.set(str(slots.get("name", "")), length_s)
            except TooManyTimers:
                await turn.say(f"There are {MAX_TIMERS} timers already; cancel one first.")
                return
        await turn.say(confirmed(slots))

    def _concerned(self, step: Step) -> list[Timer]:
        """The timers with which the step can do something."""
        timers = self._timers.all()
        if step.intent in {"timer.pause", "timer.resume"}:
            return [timer for timer in timers if timer.paused == (step.intent == "timer.resume")]
        return timers

    async def _about(self, step: Step, among: Sequence[Timer], turn: Turn) -> None:
        """Do what `step` says with the one that it means, or with all; ask where it may be several."""
        adds = step.intent == "timer.add"
        chosen = meant({**step.slots, "seconds": 0} if adds else step.slots, among, by_length=not adds)
        if step.intent == "timer.cancel" and not step.slots and self._timers.ringing:
            await self._timers.cancel(self._timers.due())  # it has been silenced when the person began to speak
        elif not chosen:
            await turn.say(nothing_there(step, self._timers.all()))
        elif step.intent == "timer.status":
            await turn.say(self._told(chosen))
        elif len(chosen) > 1 and step.slots.get("which") != "all":
            self._question = self._asked(step, tuple(chosen))
            await turn.ask(f"Which one: {self._told_apart(chosen)}?")
        else:
            await self._do(step, chosen, turn)

    async def _chosen(self, question: _Question, answer: Step, turn: Turn) -> None:
        if answer.slots.get("which") == "none":
            await turn.say("Okay.")
            return
        left = {timer.n: timer for timer in self._timers.all()}
        among = [left[timer.n] for timer in question.among if timer.n in left]
        chosen = meant(answer.slots, among)
        if len(chosen) == 1 or answer.slots.get("which") == "all":
            await self._do(question.step, chosen, turn)
        else:
            await turn.say(nothing_there(answer, self._timers.all()))

    async def _do(self, step: Step, chosen: Sequence[Timer], turn: Turn) -> None:
        match step.intent:
            case "timer.cancel":
                await self._timers.cancel(chosen)
                await turn.say(f"{which(chosen)} cancelled.")
            case "timer.pause":
                await self._timers.pause(chosen)
                left = f", {spoken_left(self._timers.left_s(chosen[0]))} left" if len(chosen) == 1 else ""
                await turn.say(f"{which(chosen)} paused{left}.")
            case "timer.resume":
                await self._timers.resume(chosen)
                left = f", {spoken_left(chosen[0].left_s)} left" if len(chosen) == 1 else ""
                await turn.say(f"{which(chosen)} running again{left}.")
            case _:
                await self._timers.add(chosen, duration_s(step.slots))
                changed = [timer for timer in self._timers.all() if timer.n in {one.n for one in chosen}]
                await turn.say(self._told(changed))

    def _told(self, timers: Sequence[Timer]) -> str:
        """How much is left on these."""
        if len(timers) == 1:
            (timer,) = timers
            return f"{_capital(self._left(timer))} on your {label(timer)}{', which is paused' * timer.paused}."
        first = [f"{_capital(label(one))}: {self._left(one)}{', paused' * one.paused}." for one in timers[:TOLD]]
        return " ".join((f"{len(timers)} timers{'; these end first' if len(timers) > TOLD else ''}.", *first))

    def _left(self, timer: Timer) -> str:
        left_s = self._timers.left_s(timer)
        return f"{spoken_left(left_s)} left" if left_s > 0 else "no time left"

    def _told_apart(self, timers: Sequence[Timer]) -> str:
        labels = [label(timer) for timer in timers[:TOLD]]
        if len(set(labels)) < len(labels):
            labels = [f"{label(timer)} with {self._left(timer)}" for timer in timers[:TOLD]]
        return joined([f"the {words}" for words in labels], "or")

    def _open_question(self) -> _Question | None:
        question = self._question
        return question if question and self._timers.now() <= question.until_s else None

    def _asked(self, step: Step, among: tuple[Timer, ...]) -> _Question:
        return _Question(step, among, self._timers.now() + ANSWER_WITHIN_S)


def with_answer(step: Step, question: _Question | None) -> Slots:
    """The slots of a timer to be set, with those of the question that `step` answers: its name."""
    return {**question.step.slots, **step.slots} if question and question.step.intent == step.intent else step.slots


def confirmed(slots: Slots) -> str:
    """What is said to a timer that is to be set, from its slots."""
    length_s, name = duration_s(slots), str(slots.get("name", "")).lower()
    if not length_s:
        return "For how long?"
    if length_s > LONGEST_S:
        return "That's too long for a timer: 30 days is the most."
    called = f"{_capital(name)} timer, " if name else ""
    return f"{called}{spoken_duration(length_s)}, starting now."


def meant(slots: Slots, timers: Sequence[Timer], *, by_length: bool = True) -> list[Timer]:
    """Those of `timers` that the slots describe: by name or length, first or last to end; all when they say nothing."""
    found = list(timers)
    if name := str(slots.get("name", "")).lower():
        found = [timer for timer in found if timer.name == name] or [
            timer for timer in found if timer.name and _alike(timer.name, name)
        ]
    if by_length and (length_s := duration_s(slots)):
        found = [timer for timer in found if timer.length_s == length_s]
    which = slots.get("which")
    return found[:1] if which == "first" else found[-1:] if which == "last" else found


def label(timer: Timer) -> str:
    """What a timer is called: `pasta timer`, `5 minute timer`."""
    return f"{timer.name or spoken_length(timer.length_s)} timer"


def which(chosen: Sequence[Timer]) -> str:
    """The timers as the beginning of a sentence."""
    return _capital(joined([label(timer) for timer in chosen])) if len(chosen) <= TOLD else "All timers"


def nothing_there(step: Step, timers: Sequence[Timer]) -> str:
    """The answer where no timer is what was meant."""
    if not timers:
        return "There is no timer."
    if name := step.slots.get("name"):
        return f"There is no {name} timer."
    if step.intent == "timer.resume":
        return "No timer is paused."
    if step.intent == "timer.pause":
        return "Your timers are paused already." if len(timers) > 1 else "Your timer is paused already."
    return "There is no such timer."


def _alike(known: str, said: str) -> bool:
    """Whether two names may be the same: `egg` and `eggs`, `soft boiled eggs` and `egg`."""
    words = {word.removesuffix("s") for word in known.split()}
    return bool(words & {word.removesuffix("s") for word in said.split()})


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
