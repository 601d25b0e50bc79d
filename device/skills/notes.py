"""Notes: take, read, delete."""

from collections.abc import Sequence
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.paper import MAX_NOTE, NoRoom, Note, Notes
from device.skills.asking import Asking
from device.skills.base import Skill, Turn

TOLD = 3
"""Notes that are read out at once; the page has all."""


class NoteSkill(Skill):
    """What is said about notes."""

    intents: ClassVar[frozenset[str]] = frozenset({"note.take", "note.read", "note.delete"})

    def __init__(self, notes: Notes, asking: Asking) -> None:
        self._notes = notes
        self._asking = asking

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
            await turn.say(told(found) if found else nothing_there(step, notes))
        else:
            await turn.say(await self._delete(step, found, notes))

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the answer to what is written down."""
        del surroundings
        return _answer(step) if step.intent == "note.take" else ""

    async def _take(self, step: Step, turn: Turn) -> None:
        self._asking.take()
        text = str(step.slots.get("text", ""))
        if not text:
            await self._asking.ask(turn, "note", step, _answer(step))
            return
        if len(text) <= MAX_NOTE:
            try:
                await self._notes.take(text)
            except NoRoom as error:
                await turn.say(str(error))
                return
        await turn.say(_answer(step))

    async def _delete(self, step: Step, found: Sequence[Note], notes: Sequence[Note]) -> str:
        if not found:
            return nothing_there(step, notes)
        if len(found) > 1 and step.slots.get("which") != "all":
            return f"There are {len(found)} such notes. Say: delete the last note, or the note about something in it."
        await self._notes.delete(note.n for note in found)
        return "The note is deleted." if len(found) == 1 else f"{len(found)} notes are deleted."


def meant(step: Step, notes: Sequence[Note]) -> list[Note]:
    """The notes that the step is about, the newest first."""
    if about := str(step.slots.get("about", "")).lower():
        return [note for note in notes if about in note.text.lower()]
    return list(notes[:1] if step.slots.get("which") == "last" else notes)


def told(notes: Sequence[Note]) -> str:
    """What is in them, the newest first."""
    if len(notes) == 1:
        return _sentence(notes[0].text)
    many = f"{len(notes)} notes{'; the latest' if len(notes) > TOLD else ''}: "
    return many + " ".join(_sentence(note.text) for note in notes[:TOLD])


def nothing_there(step: Step, notes: Sequence[Note]) -> str:
    """The answer where no note is what was meant."""
    if not notes:
        return "You have no notes."
    return f"There is no note about {step.slots['about']}."


def _answer(step: Step) -> str:
    text = str(step.slots.get("text", ""))
    if not text:
        return "What shall I write down?"
    return "That's too long for a note." if len(text) > MAX_NOTE else "Okay, I wrote it down."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(" .") + "."
