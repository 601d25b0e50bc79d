"""Says what goes wrong when nobody is being answered: a picture that will not be finished, words that got lost."""

import asyncio

from device.bus import NO_TURN, Bus
from device.conversation import Conversation
from device.do_not_disturb import Quiet
from device.events import UNANSWERED, DoNotDisturb, Failed, Happened, StateChanged, TurnFinished
from device.phrases import Phrases
from device.voice import SilentVoice, Voice

TOLD = ("cancelled", UNANSWERED)


class News:
    """Waits until nobody speaks and nothing is being done; what has come to a good end is shown and not said.

    Whoever is not to be disturbed is told when that is over.
    """

    def __init__(
        self, *, bus: Bus, conversation: Conversation, voice: Voice | SilentVoice, quiet: Quiet, phrases: Phrases
    ) -> None:
        self._phrases = phrases
        self._conversation = conversation
        self._voice = voice
        self._quiet = quiet
        self._waiting: dict[str, None] = {}
        """Sentences in the order in which they came; ten pictures that expired together are one."""
        self._changed = asyncio.Event()
        bus.observe(self._note)

    async def run(self) -> None:
        """Speak until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self._waiting and self._conversation.quiet and not self._quiet.on:
                text = next(iter(self._waiting))
                del self._waiting[text]
                await self._voice.say(NO_TURN, text)

    def _note(self, happened: Happened) -> None:
        match happened.event:
            # Whoever called it off knows it, and who asked a question has heard that there is no answer.
            case Failed(code=code, text=text, job=job) if code == "transcription" or (job and code not in TOLD):
                self._waiting[self._phrases("news-failed", code=code, text=text)] = None
                self._changed.set()
            case StateChanged() | TurnFinished() | DoNotDisturb():
                self._changed.set()
