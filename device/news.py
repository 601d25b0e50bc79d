"""Says what goes wrong when nobody is being answered: a picture that will not be finished, words that got lost."""

import asyncio
from collections.abc import Callable

from device.bus import NO_TURN, Bus
from device.conversation import Conversation
from device.do_not_disturb import Quiet
from device.events import (
    UNANSWERED,
    Artifact,
    DoNotDisturb,
    Failed,
    Happened,
    PresenceChanged,
    StateChanged,
    TurnFinished,
)
from device.phrases import Phrases
from device.voice import SilentVoice, Voice

TOLD = ("cancelled", UNANSWERED)
WITHOUT_A_JOB = ("transcription", "outbox_full")
OWN_WORDS = ("outbox_full", "set_aside", "over_budget")
"""Codes whose sentence is the device's, in its language."""
MOST = 3
"""Sentences that are kept for somebody who is away; the page has all."""


class News:
    """Waits until nobody speaks and nothing is being done; what has come to a good end is shown and not said.

    ::

        a picture fails        ──▶ somebody is there: said    nobody is: said after the next turn
        a picture is finished  ──▶ the page shows it          nobody is there: that, and said after the next turn

    Whoever is not to be disturbed is told when that is over.
    """

    def __init__(
        self,
        *,
        bus: Bus,
        conversation: Conversation,
        voice: Voice | SilentVoice,
        quiet: Quiet,
        phrases: Phrases,
        somebody: Callable[[], bool],
    ) -> None:
        """`somebody`: whether anybody is there to be told."""
        self._phrases = phrases
        self._somebody = somebody
        self._conversation = conversation
        self._voice = voice
        self._quiet = quiet
        self._waiting: dict[str, None] = {}
        """Sentences in the order in which they came; ten pictures that expired together are one."""
        self._left_out = False
        """Some of what happened while nobody was there is on the page alone."""
        self._finished: dict[str, None] = {}
        """Pictures that were finished while nobody was there."""
        self._changed = asyncio.Event()
        bus.observe(self._note)

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._may_speak() and (text := self._next()):
                await self._voice.say(NO_TURN, text)

    def _may_speak(self) -> bool:
        return self._conversation.quiet and not self._quiet.on and self._somebody()

    def _next(self) -> str:
        """What is to be said next; "" when there is nothing."""
        if self._waiting:
            text = next(iter(self._waiting))
            del self._waiting[text]
            return text
        if self._left_out:
            self._left_out = False
            return self._phrases("news-more")
        finished = len(self._finished)
        self._finished.clear()
        return self._phrases("news-finished", count=finished) if finished else ""

    def _note(self, happened: Happened) -> None:
        match happened.event:
            # Whoever called it off knows it, and who asked a question has heard that there is no answer.
            case Failed(code=code, text=text, job=job) if code in WITHOUT_A_JOB or (job and code not in TOLD):
                said = text if code in OWN_WORDS else self._phrases("news-failed", code=code, text=text)
                if self._somebody() or len(self._waiting) < MOST:
                    self._waiting[said] = None
                else:
                    self._left_out = self._left_out or said not in self._waiting
                self._changed.set()
            case Artifact(stage="final", picture=picture) if not self._somebody():
                self._finished[picture] = None
            case StateChanged() | TurnFinished() | DoNotDisturb() | PresenceChanged():
                self._changed.set()
