"""Back to how a picture was, forward again, and back from the trash."""

from typing import ClassVar

from device.context.plan import Step
from device.events import PictureShown
from device.gallery import Edits, Gallery, Picture, Trash
from device.phrases import Phrases
from device.policy import Data
from device.skills.base import Skill, Turn
from device.skills.picture import bring_to_front, meant, show, titled, vary
from device.skills.picture_make import PictureMaker


class UndoSkill(Skill):
    """Walks along the changes of a picture; what was deleted a moment ago comes back, too."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.undo", "picture.redo", "picture.restore"})
    leaves: ClassVar[frozenset[Data]] = frozenset({Data.TEXT})

    def __init__(self, *, gallery: Gallery, edits: Edits, trash: Trash, maker: PictureMaker, phrases: Phrases) -> None:
        self._gallery = gallery
        self._edits = edits
        self._trash = trash
        self._maker = maker
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Do it, and say which picture it is now."""
        if step.intent == "picture.undo":
            await self._undo(step, turn)
        elif step.intent == "picture.redo":
            await self._redo(step, turn)
        elif not await self._restored(turn):
            picture = await meant(step, self._gallery, self._edits)
            if picture is None or not await self._redone(picture, turn):
                await turn.say(self._phrases("picture-nothing-to-restore"))

    async def _undo(self, step: Step, turn: Turn) -> None:
        # What was done last is undone: a picture that was deleted since isn't the one to be changed back.
        if await self._trash.is_last_thing_done() and await self._restored(turn):
            return
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(self._phrases("picture-none"))
            return
        before = await self._edits.undo(picture)
        if before is not None:
            show(before, turn)
            await turn.say(self._phrases("picture-back-to", title=titled(before)))
        elif picture.parent is not None:
            await turn.say(self._phrases("picture-before-deleted"))
        else:
            await turn.say(self._phrases("picture-nothing-to-undo"))

    async def _redo(self, step: Step, turn: Turn) -> None:
        picture = await meant(step, self._gallery, self._edits)
        if picture is not None and await self._redone(picture, turn):
            return
        if await self._trash.is_last_thing_done() and await self._restored(turn):
            return
        if picture is None:
            await turn.say(self._phrases("picture-none"))
        elif step.slots.get("else") == "again":
            await vary(picture, turn, self._maker, self._phrases)
        else:
            await turn.say(self._phrases("picture-nothing-to-redo"))

    async def _redone(self, picture: Picture, turn: Turn) -> bool:
        after = await self._edits.redo(picture)
        if after is None:
            return False
        show(after, turn)
        await turn.say(self._phrases("picture-again", title=titled(after)))
        return True

    async def _restored(self, turn: Turn) -> bool:
        picture = await self._trash.restore()
        if picture is None:
            return False
        if picture.best is None:
            turn.publish(PictureShown(picture.id))
        else:
            await bring_to_front(picture, turn, self._edits)
        await turn.say(self._phrases("picture-restored", title=titled(picture)))
        return True
