"""Timers: set, add to, cancel, pause, resume, ask about; and which one is meant where there are several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.duration import duration_s
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

    def __init__(self, timers: Timers, phrases: Phrases) -> None:
        self._timers = timers
        self._phrases = phrases
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
            return self._confirmed(with_answer(step, self._open_question()))
        if step.intent not in {"timer.status", "timer.cancel", "timer.pause", "timer.resume"}:
            return ""
        chosen = meant(step.slots, self._concerned(step))
        if not chosen:
            return self._nothing_there(step)
        if step.intent == "timer.status":
            return self._told(chosen)
        if step.intent == "timer.cancel" and len(chosen) == 1:
            return self._phrases("timer-cancelled", timers=self._labels(chosen))
        return ""

    async def _set(self, slots: Slots, turn: Turn) -> None:
        length_s = duration_s(slots)
        if not length_s:
            self._question = self._asked(Step("timer.set", slots), ())
            await turn.ask(self._confirmed(slots))
            return
        if length_s <= LONGEST_S:
            try:
                await self._timers.set(str(slots.get("name", "")), length_s)
            except TooManyTimers:
                await turn.say(self._phrases("timer-too-many", most=MAX_TIMERS))
                return
        await turn.say(self._confirmed(slots))

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
            await turn.say(self._nothing_there(step))
        elif step.intent == "timer.status":
            await turn.say(self._told(chosen))
        elif len(chosen) > 1 and step.slots.get("which") != "all":
            self._question = self._asked(step, tuple(chosen))
            await turn.ask(self._phrases("which-one", choices=self._told_apart(chosen)))
        else:
            await self._do(step, chosen, turn)

    async def _chosen(self, question: _Question, answer: Step, turn: Turn) -> None:
        if answer.slots.get("which") == "none":
            await turn.say(self._phrases("okay"))
            return
        left = {timer.n: timer for timer in self._timers.all()}
        among = [left[timer.n] for timer in question.among if timer.n in left]
        chosen = meant(answer.slots, among)
        if len(chosen) == 1 or answer.slots.get("which") == "all":
            await self._do(question.step, chosen, turn)
        else:
            await turn.say(self._nothing_there(answer))

    async def _do(self, step: Step, chosen: Sequence[Timer], turn: Turn) -> None:
        phrases, timers = self._phrases, self._labels(chosen)
        match step.intent:
            case "timer.cancel":
                await self._timers.cancel(chosen)
                await turn.say(phrases("timer-cancelled", timers=timers))
            case "timer.pause":
                await self._timers.pause(chosen)
                if len(chosen) > 1:
                    await turn.say(phrases("timer-paused", timers=timers))
                    return
                left_s = self._timers.left_s(chosen[0])
                await turn.say(phrases("timer-paused-left", timer=timers[0], left=left_s))
            case "timer.resume":
                await self._timers.resume(chosen)
                if len(chosen) > 1:
                    await turn.say(phrases("timer-resumed", timers=timers))
                    return
                await turn.say(phrases("timer-resumed-left", timer=timers[0], left=chosen[0].left_s))
            case _:
                await self._timers.add(chosen, duration_s(step.slots))
                changed = [timer for timer in self._timers.all() if timer.n in {one.n for one in chosen}]
                await turn.say(self._told(changed))

    def _confirmed(self, slots: Slots) -> str:
        """What is said to a timer that is to be set, from its slots."""
        length_s, name = duration_s(slots), str(slots.get("name", "")).lower()
        if not length_s:
            return self._phrases("timer-how-long")
        if length_s > LONGEST_S:
            return self._phrases("timer-too-long")
        if name:
            return self._phrases("timer-set-named", name=name, length=length_s)
        return self._phrases("timer-set", length=length_s)

    def _nothing_there(self, step: Step) -> str:
        """The answer where no timer is what was meant."""
        timers = self._timers.all()
        if not timers:
            return self._phrases("timer-none")
        if name := step.slots.get("name"):
            return self._phrases("timer-none-named", name=name)
        if step.intent == "timer.resume":
            return self._phrases("timer-none-paused")
        if step.intent == "timer.pause":
            return self._phrases("timer-paused-already", count=len(timers))
        return self._phrases("timer-none-such")

    def _told(self, timers: Sequence[Timer]) -> str:
        """How much is left on these."""
        if len(timers) == 1:
            (timer,) = timers
            return timer_left(timer, self._timers.left_s(timer), self._phrases)
        first = [
            self._phrases("timer-line", timer=label(one, self._phrases), time=self._left(one), paused=one.paused)
            for one in timers[:TOLD]
        ]
        many = self._phrases("timer-several-first" if len(timers) > TOLD else "timer-several", count=len(timers))
        return " ".join((many, *first))

    def _left(self, timer: Timer) -> str:
        return _time_left(self._timers.left_s(timer), self._phrases)

    def _labels(self, chosen: Sequence[Timer]) -> list[str]:
        if len(chosen) > TOLD:
            return [self._phrases("timer-all")]
        return [label(timer, self._phrases) for timer in chosen]

    def _told_apart(self, timers: Sequence[Timer]) -> list[str]:
        first = timers[:TOLD]
        names = [label(timer, self._phrases) for timer in first]
        if len(set(names)) == len(names):
            return [self._phrases("timer-choice", timer=name) for name in names]
        return [
            self._phrases("timer-choice-left", timer=name, time=self._left(timer))
            for name, timer in zip(names, first, strict=True)
        ]

    def _open_question(self) -> _Question | None:
        question = self._question
        return question if question and self._timers.now() <= question.until_s else None

    def _asked(self, step: Step, among: tuple[Timer, ...]) -> _Question:
        return _Question(step, among, self._timers.now() + ANSWER_WITHIN_S)


def with_answer(step: Step, question: _Question | None) -> Slots:
    """The slots of a timer to be set, with those of the question that `step` answers: its name."""
    return {**question.step.slots, **step.slots} if question and question.step.intent == step.intent else step.slots


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


def label(timer: Timer, phrases: Phrases) -> str:
    """What a timer is called: `pasta timer`, `5 minute timer`."""
    return phrases("timer-named", name=timer.name) if timer.name else phrases("timer-of", length=timer.length_s)


def timer_left(timer: Timer, left_s: float, phrases: Phrases) -> str:
    """How much is left on one timer, as a sentence."""
    time = _time_left(left_s, phrases)
    return phrases("timer-left", timer=label(timer, phrases), time=time, paused=timer.paused)


def _time_left(left_s: float, phrases: Phrases) -> str:
    return phrases("timer-time-left", left=left_s) if left_s > 0 else phrases("timer-no-time-left")


def _alike(known: str, said: str) -> bool:
    """Whether two names may be the same: `egg` and `eggs`, `soft boiled eggs` and `egg`."""
    words = {word.removesuffix("s") for word in known.split()}
    return bool(words & {word.removesuffix("s") for word in said.split()})
