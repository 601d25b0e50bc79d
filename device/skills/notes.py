"""Notes: take, read, delete."""

from collections.abc import Sequence
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.paper import MAX_NOTE, MAX_NOTES, NoRoom, Note, Notes
from device.phrases import Phrases
from device.skills.asking import Asking
from device.skills.base import Skill, Turn

TOLD = 3
"""Notes that are read out at once; the page has all."""


class NoteSkill(Skill):
    """What is said about notes."""

    intents: ClassVar[frozenset[str]] = frozenset({"note.take", "note.read", "note.delete"})

    def __init__(self, notes: Notes, asking: Asking, phrases: Phrases) -> None:
        self._notes = notes
        self._asking = asking
        self._phrases = phrases

    def passed(self) -> None:
        """Take no answer any more."""
        self._asking.drop(self.intents)

    async def run(self, step: Step, turn: Turn) -> None:
        """Carry it out."""
        if step.intent == "note.take":
            await self._take(step, turn)
            return
        notes = await self._notes.all()
        found = meant(step, notes)
        if step.intent == "note.read":
            await turn.say(self._told(found) if found else self._nothing_there(step, notes))
        else:
            await turn.say(await self._delete(step, found, notes))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to what is written down."""
        del surroundings
        return self._answer(step) if step.intent == "note.take" else ""

    async def _take(self, step: Step, turn: Turn) -> None:
        self._asking.take()
        text = str(step.slots.get("text", ""))
        if not text:
            await self._asking.ask(turn, "note", step, self._answer(step))
            return
        if len(text) <= MAX_NOTE:
            try:
                await self._notes.take(text)
            except NoRoom:
                await turn.say(self._phrases("note-too-many", most=MAX_NOTES))
                return
        await turn.say(self._answer(step))

    async def _delete(self, step: Step, found: Sequence[Note], notes: Sequence[Note]) -> str:
        if not found:
            return self._nothing_there(step, notes)
        if len(found) > 1 and step.slots.get("which") != "all":
            return self._phrases("note-which", count=len(found))
        await self._notes.delete(note.n for note in found)
        return self._phrases("note-deleted", count=len(found))

    def _told(self, notes: Sequence[Note]) -> str:
        """What is in them, the newest first."""
        first = [self._phrases("note-told", note=note.text) for note in notes[:TOLD]]
        if len(notes) == 1:
            return first[0]
        many = self._phrases("note-several-latest" if len(notes) > TOLD else "note-several", count=len(notes))
        return " ".join((many, *first))

    def _nothing_there(self, step: Step, notes: Sequence[Note]) -> str:
        """The answer where no note is what was meant."""
        if not notes:
            return self._phrases("note-none")
        return self._phrases("note-none-about", about=step.slots["about"])

    def _answer(self, step: Step) -> str:
        text = str(step.slots.get("text", ""))
        if not text:
            return self._phrases("note-what")
        return self._phrases("note-too-long" if len(text) > MAX_NOTE else "note-taken")


def meant(step: Step, notes: Sequence[Note]) -> list[Note]:
    """The notes that the step is about, the newest first."""
    if about := str(step.slots.get("about", "")).lower():
        return [note for note in notes if about in note.text.lower()]
    return list(notes[:1] if step.slots.get("which") == "last" else notes)
