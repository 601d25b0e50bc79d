"""Alarms and reminders: set, cancel, put off, ask about; `device.ringing` says when their time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from device.agenda import MAX_ENTRIES, Agenda, Entry, Kind, TooManyEntries
from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.context.when import When, when
from device.phrases import Moment, Phrases
from device.skills.asking import Asking
from device.skills.base import Skill, Turn
from device.skills.duration import duration_s
from device.skills.entries import TOLD, Slots, kind_of, meant, name, named, on_day, which
from device.skills.timer import timer_left
from device.timers import Timers

SNOOZE_S = 600


class AgendaSkill(Skill):
    """What is said about alarms and reminders."""

    intents: ClassVar[frozenset[str]] = frozenset(
        {
            *(f"alarm.{what}" for what in ("set", "cancel", "list", "snooze")),
            *(f"reminder.{what}" for what in ("set", "cancel", "list")),
            *(f"agenda.{what}" for what in ("list", "when", "choose")),
        }
    )

    def __init__(self, agenda: Agenda, timers: Timers, asking: Asking, phrases: Phrases) -> None:
        self._agenda = agenda
        self._timers = timers
        self._asking = asking
        self._phrases = phrases

    def passed(self) -> None:
        """Take no answer any more."""
        self._asking.drop(self.intents)

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out; an answer to the last question together with what the question was about."""
        step, among = self._with_answer(step), self._among(step)
        self._asking.take()
        match step.intent.partition(".")[2]:
            case "set":
                await self._set(step, turn)
            case "cancel":
                await self._cancel(step, among, turn)
            case "snooze":
                await self._snooze(step, turn)
            case _:
                await turn.say(self._told(step, turn.surroundings.now))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer where nothing but the words decides it."""
        step = self._with_answer(step)
        if step.intent.endswith(".set"):
            return self._question(step, surroundings.now) or self._confirmed(step, surroundings.now)
        return self._told(step, surroundings.now) if step.intent.endswith(".list") else ""

    def _with_answer(self, step: Step) -> Step:
        """The step, or what the last question was about with the answer to it."""
        asked = self._asking.open
        if step.intent == "agenda.when":
            return (
                _merged(asked.step, step.slots) if asked and asked.kind == "when" else Step("agenda.list", step.slots)
            )
        if step.intent == "agenda.choose":
            return Step(asked.step.intent, step.slots) if asked and asked.among else Step("agenda.list", step.slots)
        if asked and asked.kind == "about" and step.intent == asked.step.intent:
            return _merged(asked.step, step.slots)
        return step

    def _among(self, step: Step) -> list[Entry]:
        """The entries with which the step can do something."""
        entries = self._agenda.all(kind_of(step))
        asked = self._asking.open
        if step.intent == "agenda.choose" and asked:
            return [entry for entry in self._agenda.all() if entry in asked.among]
        return entries

    async def _set(self, step: Step, turn: Turn) -> None:
        now = turn.surroundings.now
        if question := self._question(step, now):
            kind = "about" if kind_of(step) == "reminder" and "what" not in step.slots else "when"
            await self._asking.ask(turn, kind, step, question)
            return
        moment = _when(step, now)
        if moment is not None and moment.at.timestamp() > now.timestamp():
            try:
                about = str(step.slots.get("what", ""))
                await self._agenda.add(_kind(step), about, moment, turn.surroundings.speaker)
            except TooManyEntries:
                await turn.say(self._phrases("agenda-too-many", most=MAX_ENTRIES))
                return
        await turn.say(self._confirmed(step, now))

    async def _cancel(self, step: Step, among: Sequence[Entry], turn: Turn) -> None:
        now, kind = turn.surroundings.now, _kind(step)
        if kind == "alarm" and not step.slots and self._agenda.ringing:
            await self._agenda.done(self._agenda.due("alarm"))  # it was silenced when the person began to speak
            return
        chosen = meant(step.slots, among, now)
        if step.slots.get("which") == "none":
            await turn.say(self._phrases("okay"))
        elif not chosen:
            others = self._agenda.all(kind)
            await turn.say(self._phrases("agenda-no-such" if others else "agenda-none", kind=kind))
        elif len(chosen) > 1 and step.slots.get("which") != "all":
            choices = [which(entry, now, self._phrases) for entry in chosen[:TOLD]]
            await self._asking.ask(turn, "which", step, self._phrases("which-one", choices=choices), tuple(chosen))
        else:
            await self._agenda.cancel(chosen)
            await turn.say(self._phrases("agenda-cancelled", what=named(chosen, now, self._phrases)))

    async def _snooze(self, step: Step, turn: Turn) -> None:
        rung, timers = self._agenda.rung(), self._timers.all()
        length_s = duration_s(step.slots)
        if not rung and length_s and len(timers) == 1:  # "five more minutes", of the only thing that runs
            await self._timers.add(timers, length_s)
            (timer,) = self._timers.all()
            await turn.say(timer_left(timer, self._timers.left_s(timer), self._phrases))
            return
        if not rung:
            await turn.say(self._phrases("agenda-none-rung"))
            return
        length_s = length_s or SNOOZE_S
        at = turn.surroundings.now + timedelta(seconds=length_s)
        try:
            await self._agenda.add("alarm", rung[0].about, When(at), rung[0].person)
        except TooManyEntries:
            await turn.say(self._phrases("agenda-too-many", most=MAX_ENTRIES))
            return
        await turn.say(self._phrases("agenda-again", length=length_s))

    def _told(self, step: Step, now: datetime) -> str:
        """What there is, of a kind or of a day."""
        kind = kind_of(step) or "both"
        entries = self._agenda.all(kind_of(step))
        if "when" in step.slots and (found := when(str(step.slots["when"]), now)):
            there, day = on_day(entries, found, now), Moment(found.at, now)
            if not there:
                return self._phrases("agenda-nothing-on", kind=kind, day=day)
            names = [name(entry, now, self._phrases, day=False) for entry in there[:TOLD]]
            return self._phrases("agenda-on", day=day, entries=names)
        if not entries:
            return self._phrases("agenda-nothing", kind=kind)
        names = [name(entry, now, self._phrases) for entry in entries[:TOLD]]
        if len(entries) > TOLD:
            return self._phrases("agenda-next", told=TOLD, count=len(entries), entries=names)
        return self._phrases("agenda-all", entries=names)

    def _question(self, step: Step, now: datetime) -> str:
        """What has to be asked before it can be set; "" when nothing has."""
        alarm = kind_of(step) == "alarm"
        if not alarm and "what" not in step.slots:
            return self._phrases("agenda-what")
        moment = _when(step, now)
        if moment is None:
            return self._phrases("agenda-what-time" if alarm else "agenda-when")
        over = not moment.timed and moment.at.timestamp() <= now.timestamp()
        return self._phrases("agenda-at-what-time") if (alarm and not moment.timed) or over else ""

    def _confirmed(self, step: Step, now: datetime) -> str:
        found = _when(step, now)
        if found is None or found.at.timestamp() <= now.timestamp():
            return self._phrases("agenda-over")
        moment = Moment(found.at, now, found.days, found.minute)
        about = str(step.slots.get("what", ""))
        if kind_of(step) != "alarm":
            return self._phrases("agenda-reminder-set", when=moment, about=about)
        if about:
            return self._phrases("agenda-alarm-set-about", when=moment, about=about)
        return self._phrases("agenda-alarm-set", when=moment)


def _merged(asked: Step, answer: Slots) -> Step:
    """What was asked about, with its answer: "tomorrow" and "at nine" are "tomorrow at nine"."""
    before, after = asked.slots.get("when"), answer.get("when")
    both = {"when": f"{before} {after}"} if before and after else {}
    return Step(asked.intent, {**asked.slots, **answer, **both})


def _kind(step: Step) -> Kind:
    return kind_of(step) or "reminder"


def _when(step: Step, now: datetime) -> When | None:
    if length_s := duration_s(step.slots):
        return When(now + timedelta(seconds=length_s))
    text, waking = str(step.slots.get("when", "")), kind_of(step) == "alarm"
    found = when(text, now, waking=waking)
    # An answer may say all of it anew: "tomorrow" … "on Friday at nine".
    while found is None and " " in text:
        text = text.partition(" ")[2]
        found = when(text, now, waking=waking)
    return found
