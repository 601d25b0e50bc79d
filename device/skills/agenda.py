"""Alarms and reminders: set, cancel, put off, ask about; `device.ringing` says when their time has come."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from device.agenda import MAX_ENTRIES, Agenda, Entry, Kind, TooManyEntries
from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.context.when import When, when
from device.skills.asking import Asking
from device.skills.base import Skill, Turn
from device.skills.entries import TOLD, Slots, kind_of, meant, name, named, on_day, which
from device.skills.second_person import second_person
from device.skills.spoken_duration import duration_s, joined, spoken_duration, spoken_left
from device.skills.spoken_when import spoken_day, spoken_days, spoken_moment
from device.skills.timer import label
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

    def __init__(self, agenda: Agenda, timers: Timers, asking: Asking) -> None:
        self._agenda = agenda
        self._timers = timers
        self._asking = asking

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
            return _question(step, surroundings.now) or _confirmed(step, surroundings.now)
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
        if question := _question(step, now):
            kind = "about" if kind_of(step) == "reminder" and "what" not in step.slots else "when"
            await self._asking.ask(turn, kind, step, question)
            return
        moment = _when(step, now)
        if moment is not None and moment.at.timestamp() > now.timestamp():
            try:
                await self._agenda.add(_kind(step), str(step.slots.get("what", "")), moment)
            except TooManyEntries:
                await turn.say(f"You have {MAX_ENTRIES} alarms and reminders already; cancel one first.")
                return
        await turn.say(_confirmed(step, now))

    async def _cancel(self, step: Step, among: Sequence[Entry], turn: Turn) -> None:
        now, kind = turn.surroundings.now, _kind(step)
        if kind == "alarm" and not step.slots and self._agenda.ringing:
            await self._agenda.done(self._agenda.due("alarm"))  # it was silenced when the person began to speak
            return
        chosen = meant(step.slots, among, now)
        if step.slots.get("which") == "none":
            await turn.say("Okay.")
        elif not chosen:
            await turn.say(f"There is no {'such ' * bool(self._agenda.all(kind))}{kind}.")
        elif len(chosen) > 1 and step.slots.get("which") != "all":
            choice = joined([which(entry, now) for entry in chosen[:TOLD]], "or")
            await self._asking.ask(turn, "which", step, f"Which one: {choice}?", tuple(chosen))
        else:
            await self._agenda.cancel(chosen)
            await turn.say(f"Cancelled: {named(chosen, now)}.")

    async def _snooze(self, step: Step, turn: Turn) -> None:
        rung, timers = self._agenda.rung(), self._timers.all()
        length_s = duration_s(step.slots)
        if not rung and length_s and len(timers) == 1:  # "five more minutes", of the only thing that runs
            await self._timers.add(timers, length_s)
            (timer,) = self._timers.all()
            await turn.say(f"{spoken_left(self._timers.left_s(timer))} left on your {label(timer)}.")
            return
        if not rung:
            await turn.say("No alarm has rung just now.")
            return
        length_s = length_s or SNOOZE_S
        at = turn.surroundings.now + timedelta(seconds=length_s)
        try:
            await self._agenda.add("alarm", rung[0].about, When(at))
        except TooManyEntries:
            await turn.say(f"You have {MAX_ENTRIES} alarms and reminders already; cancel one first.")
            return
        await turn.say(f"Okay, again in {spoken_duration(length_s)}.")

    def _told(self, step: Step, now: datetime) -> str:
        """What there is, of a kind or of a day."""
        kind = kind_of(step)
        what = f"{kind}s" if kind else "alarms or reminders"
        entries = self._agenda.all(kind)
        if "when" in step.slots and (day := when(str(step.slots["when"]), now)):
            found = on_day(entries, day, now)
            said = spoken_day(day.at, now)
            if not found:
                return f"You have no {what} {said}." if kind else f"You have nothing {said}."
            return f"{said[0].upper()}{said[1:]}: {joined([name(entry, now, day=False) for entry in found[:TOLD]])}."
        if not entries:
            return f"You have no {what}."
        told = "; ".join(name(entry, now) for entry in entries[:TOLD])
        many = f"The next {TOLD} of {len(entries)}: " if len(entries) > TOLD else ""
        return f"{many or 'You have '}{told}."


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


def _question(step: Step, now: datetime) -> str:
    """What has to be asked before it can be set; "" when nothing has."""
    alarm = kind_of(step) == "alarm"
    if not alarm and "what" not in step.slots:
        return "What shall I remind you of?"
    moment = _when(step, now)
    if moment is None:
        return "For what time?" if alarm else "When?"
    over = not moment.timed and moment.at.timestamp() <= now.timestamp()
    return "At what time?" if (alarm and not moment.timed) or over else ""


def _confirmed(step: Step, now: datetime) -> str:
    moment = _when(step, now)
    if moment is None or moment.at.timestamp() <= now.timestamp():
        return "That time is over already."
    said = spoken_days(moment.days, moment.minute) if moment.days else spoken_moment(moment.at, now)
    about = second_person(str(step.slots.get("what", "")))
    if kind_of(step) == "alarm":
        return f"Alarm set for {said.removeprefix('at ').removeprefix('on ')}{': ' + about if about else ''}."
    return f"Okay, I'll remind you {said}: {about}."
