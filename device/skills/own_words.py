"""Answers from what the household has told or asked before: notes, facts, and questions that were answered."""

from datetime import datetime

from device.answers import Answers
from device.memory import Memory
from device.paper import Note, Notes
from device.phrases import Phrases
from device.recollection import content

SURE = 2
"""So many words of a question must stand in a note for it to be the answer though the bridge could be asked."""


class OwnWords:
    """Where a device looks before it asks anybody, and where it looks when there is nobody to ask."""

    def __init__(self, *, notes: Notes, memory: Memory, answers: Answers, phrases: Phrases) -> None:
        self._notes, self._memory, self._answers, self._phrases = notes, memory, answers, phrases

    async def told(self, question: str, *, now: datetime, sure: bool) -> str:
        """The answer, with where it comes from; "" where there is none. `now` is local time. Raises StoreError.

        `sure`: from notes alone, and only where they have all that was asked for, and more than a word of it.
        """
        wanted = content(question)
        if len(wanted) >= (SURE if sure else 1) and (note := await self._note(wanted)):
            ago, at = _ago(note.written_at, now)
            return self._phrases("question-note", ago=ago, at=at, note=note.text)
        if sure:
            return ""
        if facts := await self._memory.mentioning(question):
            return self._phrases("question-fact", fact=facts[0].text)
        if kept := await self._answers.to(question):
            ago, at = _ago(kept.at, now)
            again = self._phrases("question-again", ago=ago, at=at, answer=kept.answer)
            sites = list(dict.fromkeys(source["site"] for source in kept.sources))[:2]
            return f"{again} {self._phrases('question-according', sites=sites)}" if sites else again
        return ""

    async def _note(self, wanted: frozenset[str]) -> Note | None:
        """The newest note with all these words."""
        return next((note for note in await self._notes.all() if wanted <= content(note.text)), None)


def _ago(at: float, now: datetime) -> tuple[str, datetime]:
    """How long ago a time in Unix seconds was, as `today`, `yesterday` or `earlier`, and the local time."""
    then = datetime.fromtimestamp(at, now.tzinfo)
    days = (now.date() - then.date()).days
    return "today" if days <= 0 else "yesterday" if days == 1 else "earlier", then
