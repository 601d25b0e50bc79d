"""Says what is due, and rings for timers and alarms until somebody stops it or a while is over.

::

    timer, alarm due ──▶ nobody is being answered ──▶ "Your pasta timer is done." ♪ ♪ ♪ … 60 s, "stop", the wake word
    reminder due     ──▶ nobody is being answered, nor is to be left alone ──▶ ♪ "Reminder: call Mum."
                         ... and nobody was there ──▶ again, when somebody is heard within AGAIN_WITHIN_S
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from device.agenda import Agenda, Entry
from device.bus import Bus
from device.conversation import Conversation
from device.do_not_disturb import Quiet
from device.events import DoNotDisturb, Failed, Happened, PresenceChanged, StateChanged, TurnFinished
from device.phrases import Moment, Phrases
from device.skills.timer import label
from device.store import StoreError
from device.timers import Timer, Timers
from device.voice import SilentVoice, Voice
from device.voice.bell import RATE_HZ, bell

log = logging.getLogger(__name__)

RING_S = 60.0
ALARM_RING_S = 300.0
"""Whoever sleeps needs longer."""
LATE_S = 60.0
"""What ended longer ago than this, while the device was off or asleep, is told once and doesn't ring."""
TOLD = 5
"""Reminders that are told in one breath, when many have waited; then the next."""
_LOOK_S = 10.0
"""How often the clocks are looked at while something is to come: a machine that slept has missed its alarm."""
_AGAIN_S = 10.0
AGAIN_WITHIN_S = 12 * 3600.0
"""A reminder that nobody was there to hear is told again within this time: a working day and the way home."""
AGAIN = 20
"""So many of these at most are kept, the latest."""


@dataclass(frozen=True, slots=True)
class _Due:
    """What is to be told together."""

    timers: tuple[Timer, ...]
    alarms: tuple[Entry, ...]
    reminders: tuple[Entry, ...]
    again: tuple[Entry, ...] = ()
    """Reminders that were told to an empty room; somebody is there now."""

    def __bool__(self) -> bool:
        return bool(self.timers or self.alarms or self.reminders or self.again)


class Ringing:
    """Watches timers and agenda; a device that is off tells at its next start what ended meanwhile."""

    def __init__(
        self,
        *,
        timers: Timers,
        agenda: Agenda,
        quiet: Quiet,
        bus: Bus,
        conversation: Conversation,
        voice: Voice | SilentVoice,
        phrases: Phrases,
        somebody: Callable[[], bool],
    ) -> None:
        """`agenda` says by the same event as `timers` that it has changed; `somebody`: whether anybody is there."""
        assert agenda.changed is timers.changed
        self._timers = timers
        self._agenda = agenda
        self._do_not_disturb = quiet
        self._bus = bus
        self._conversation = conversation
        self._voice = voice
        self._phrases = phrases
        self._somebody = somebody
        self._unheard: tuple[Entry, ...] = ()
        """Reminders that were told when nobody was there."""
        self._bell = bell()
        self._quiet = asyncio.Event()
        self._rang: _Due | None = None
        """What rang last: a disk on which it can't be crossed out is no reason to ring again."""
        bus.observe(self._note)

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            try:
                await self._next()
            except StoreError as error:
                log.warning("%s", error)
                await asyncio.sleep(_AGAIN_S)

    async def _next(self) -> None:
        """Wait for what comes next, and see to it."""
        due = self._due()
        if not due:
            await self._wait()
        elif due == self._rang:
            await self._cross_out(due)
        elif not self._conversation.quiet:
            self._quiet.clear()
            await self._quiet.wait()
        elif await self._rung(due):
            self._rang = due
            await self._cross_out(due)

    def _due(self) -> _Due:
        reminders = [] if self._do_not_disturb.on else self._agenda.due("reminder")
        timers, alarms = tuple(self._timers.due()), tuple(self._agenda.due("alarm"))
        return _Due(timers, alarms, tuple(reminders[:TOLD]), self._again())

    def _again(self) -> tuple[Entry, ...]:
        """What is to be told again now, to somebody who has come."""
        if self._do_not_disturb.on or not self._somebody():
            return ()
        return tuple(one for one in self._unheard if self._late_s(one) < AGAIN_WITHIN_S)[:TOLD]

    async def _cross_out(self, due: _Due) -> None:
        if due.timers:
            await self._timers.cancel(due.timers)
        if due.alarms or due.reminders:
            await self._agenda.done((*due.alarms, *due.reminders))
        told = (*due.reminders, *due.again)
        unheard = () if self._somebody() else due.reminders
        self._unheard = (*(one for one in self._unheard if one not in told), *unheard)[-AGAIN:]

    async def _wait(self) -> None:
        """Until something may be due, or there is something else."""
        self._timers.changed.clear()
        left_s = [self._timers.left_s(timer) for timer in self._timers.all() if not timer.paused]
        # A reminder that is due, but has to wait for somebody who is not to be disturbed, is no reason to look again.
        left_s += [left for left in map(self._agenda.left_s, self._agenda.all()) if left > 0]
        try:
            async with asyncio.timeout(min(_LOOK_S, *left_s) if left_s else None):
                await self._timers.changed.wait()
        except TimeoutError:
            await self._timers.follow_the_wall()

    async def _rung(self, due: _Due) -> bool:
        """Tell and ring; False when something else came meanwhile and they are to be told together."""
        late_s = min((self._late_s(one) for one in (*due.timers, *due.alarms)), default=LATE_S)
        turn, stops = self._bus.begin_turn(), self._voice.stops
        if due.alarms:
            self._agenda.note_rang(due.alarms)
        if late_s >= LATE_S and any(self._late_s(one) < LATE_S for one in due.reminders):
            await self._ring(turn, rounds=1)
        await self._voice.say(turn, self._told(due))
        # Not whether it was heard: a timer rings, too, when the synthesiser has failed.
        if late_s < LATE_S and self._voice.stops == stops:
            await self._ring(turn, due=due, until_s=self._timers.now() + (ALARM_RING_S if due.alarms else RING_S))
        # No TurnFinished: nobody asked for anything, and who waits for the end of what they asked for isn't served.
        if self._voice.stops != stops:
            self._timers.note_silenced()
            self._agenda.note_silenced()
            return True
        return self._due() == due

    async def _ring(self, turn: str, *, due: _Due | None = None, until_s: float = 0.0, rounds: int = 0) -> None:
        def going() -> bool:
            nonlocal rounds
            rounds -= 1
            return rounds >= 0 or (self._timers.now() < until_s and self._due() == due)

        try:
            await self._voice.ring(self._bell, RATE_HZ, going)
        except TimeoutError:
            self._bus.publish(turn, Failed(code="voice", text=self._phrases("fault-loudspeaker")))

    def _late_s(self, one: Timer | Entry) -> float:
        return -(self._timers.left_s(one) if isinstance(one, Timer) else self._agenda.left_s(one))

    def _told(self, due: _Due) -> str:
        now, phrases = self._agenda.now(), self._phrases
        sentences = [told(due.timers, min(map(self._late_s, due.timers)), phrases)] if due.timers else []
        sentences += [told_alarm(alarm, now, phrases) for alarm in due.alarms]
        sentences += [told_reminder(reminder, now, phrases) for reminder in (*due.again, *due.reminders)]
        return " ".join(sentences)

    def _note(self, happened: Happened) -> None:
        if isinstance(happened.event, StateChanged | TurnFinished):
            self._quiet.set()
        elif isinstance(happened.event, DoNotDisturb | PresenceChanged):
            self._timers.changed.set()


def told(due: Sequence[Timer], late_s: float, phrases: Phrases) -> str:
    """The sentence: which timers are done, and since when if nobody was told in time."""
    timers = [phrases("timer-your", timer=label(timer, phrases)) for timer in due]
    if late_s < LATE_S:
        return phrases("timer-done", timers=timers, count=len(timers))
    return phrases("timer-ended", timers=timers, late=late_s)


def told_alarm(alarm: Entry, now: datetime, phrases: Phrases) -> str:
    """`It's half past six.`, with what the alarm is for; or when it should have rung."""
    at = datetime.fromtimestamp(alarm.at, now.tzinfo)
    if now.timestamp() - alarm.at < LATE_S:
        when = Moment(at, at)
        if alarm.about:
            return phrases("agenda-alarm-rings-about", when=when, about=alarm.about)
        return phrases("agenda-alarm-rings", when=when)
    when = Moment(at, now)
    if alarm.about:
        return phrases("agenda-alarm-late-about", when=when, about=alarm.about)
    return phrases("agenda-alarm-late", when=when)


def told_reminder(reminder: Entry, now: datetime, phrases: Phrases) -> str:
    """`Reminder: call Mum.`; with whose it is, where that is known, and with its time, when that is over."""
    about, person = reminder.about, reminder.person
    if person and about:
        at = datetime.fromtimestamp(reminder.at, now.tzinfo)
        if now.timestamp() - reminder.at < LATE_S:
            return phrases("agenda-reminder-due-for", person=person, about=about)
        return phrases("agenda-reminder-late-for", person=person, when=Moment(at, now), about=about)
    if now.timestamp() - reminder.at < LATE_S:
        return phrases("agenda-reminder-due", about=about) if about else phrases("agenda-reminder-due-bare")
    when = Moment(datetime.fromtimestamp(reminder.at, now.tzinfo), now)
    if about:
        return phrases("agenda-reminder-late-about", when=when, about=about)
    return phrases("agenda-reminder-late", when=when)
