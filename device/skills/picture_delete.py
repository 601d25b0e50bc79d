"""Deletes pictures: one at once, as it can be brought back for a while; all of them only when the person is sure."""

from typing import ClassVar

from device.context.plan import Step
from device.events import Event, PictureDeleted, PictureShown
from device.gallery import Edits, Gallery, Trash
from device.offload import Offload
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.picture import meant

_AT_ONCE = 100
"""Pictures that are listed at a time while all go."""


class DeleteSkill(Skill):
    """Files, versions and waiting jobs go with the picture."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.delete"})

    def __init__(self, *, gallery: Gallery, edits: Edits, trash: Trash, offload: Offload, phrases: Phrases) -> None:
        self._gallery = gallery
        self._edits = edits
        self._trash = trash
        self._offload = offload
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Delete what is meant. All pictures take a yes."""
        if step.slots.get("which") == "all":
            await self._all(turn, sure=bool(step.slots.get("sure")))
            return
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(self._phrases("picture-none"))
            return
        for event in await delete_picture(picture.id, trash=self._trash, offload=self._offload, edits=self._edits):
            turn.publish(event)
        await turn.say(self._phrases("picture-deleted"))

    async def _all(self, turn: Turn, *, sure: bool) -> None:
        count = await self._gallery.count()
        if not count:
            await turn.say(self._phrases("picture-none"))
        elif not sure:
            await turn.ask(self._phrases("picture-delete-all", count=count))
        else:
            while pictures := await self._gallery.list(limit=_AT_ONCE):
                for picture in pictures:
                    await self._offload.cancel_picture(picture.id)
                    await self._gallery.delete(picture.id)
                    turn.publish(PictureDeleted(picture.id))
            await self._trash.empty()
            await turn.say(self._phrases("picture-all-deleted", count=count))


async def delete_picture(picture_id: str, *, trash: Trash, offload: Offload, edits: Edits) -> tuple[Event, ...]:
    """Put a picture into the trash and stop what is being made of it; what there is to tell, nothing if it's gone."""
    if not await trash.put(picture_id):
        return ()
    await offload.cancel_picture(picture_id)
    current = await edits.current()
    return (PictureDeleted(picture_id), *([PictureShown(current.id)] if current else []))
