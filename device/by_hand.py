"""What people do with pictures by hand, on the page: delete, bring back, change a part, hand in a photo."""

import asyncio
from collections.abc import Callable

from device.bus import NO_TURN, Bus
from device.context.marked import Marked
from device.context.plan import Step
from device.events import PictureShown, Reply, TurnFinished
from device.gallery import Edits, Gallery, Picture, Region, Regions, Trash, UnknownPicture, artifact, read_photo
from device.offload import Offload
from device.phrases import Phrases
from device.skills.picture_delete import delete_picture

MARKED_S = 60.0
"""So long a part stays marked for whoever says what should be there."""
PHOTO_ENGINE = "Photo"


class ByHand:
    """One a device. Whatever changes is told on the bus, as if it had been said."""

    def __init__(
        self,
        *,
        bus: Bus,
        gallery: Gallery,
        edits: Edits,
        trash: Trash,
        regions: Regions,
        offload: Offload,
        begin: Callable[[str, Step], str],
        phrases: Phrases,
    ) -> None:
        """`begin` begins a turn with what was typed and what is to be done, and returns its id, or raises Refused."""
        self._bus = bus
        self._gallery = gallery
        self._edits = edits
        self._trash = trash
        self._regions = regions
        self._offload = offload
        self._begin = begin
        self._phrases = phrases
        self._marked: tuple[Marked, float] | None = None

    async def current(self) -> Picture | None:
        """The picture that belongs on the page's stage."""
        return await self._edits.current()

    async def delete(self, picture_id: str) -> bool:
        """Delete a picture; for some minutes it can be restored. False when it isn't there."""
        events = await delete_picture(picture_id, trash=self._trash, offload=self._offload, edits=self._edits)
        for event in events:
            self._bus.publish(NO_TURN, event)
        return bool(events)

    async def restore(self, picture_id: str) -> Picture | None:
        """Bring a deleted picture back; None when it is gone for good."""
        picture = await self._trash.restore(picture_id)
        if picture is not None:
            await self._edits.bring_to_front(picture.id)
            self._bus.publish(NO_TURN, PictureShown(picture.id))
        return picture

    async def change(self, picture_id: str, text: str, region: Region) -> str:
        """Begin a turn that changes a part of a picture, and return its id. Raises UnknownPicture and Refused."""
        if await self._gallery.get(picture_id) is None:
            raise UnknownPicture("There is no such picture.")
        region_id = await self._regions.add(picture_id, region)
        text = text.encode("utf-8", "replace").decode()  # half a character would be refused by the store
        step = Step("picture.edit", {"change": text, "region": region_id}, {"it": picture_id}, route="page/device")
        return self._begin(text, step)

    async def mark(self, picture_id: str, region: Region) -> str:
        """Take a part of a picture as what the next words are about, and return its id. Raises UnknownPicture."""
        if await self._gallery.get(picture_id) is None:
            raise UnknownPicture("There is no such picture.")
        region_id = await self._regions.add(picture_id, region)
        self._marked = (Marked(picture_id, region_id), self._bus.clock.now())
        return region_id

    def unmark(self) -> None:
        """Nothing is marked any more."""
        self._marked = None

    @property
    def marked(self) -> Marked | None:
        """The part that was marked not long ago."""
        if self._marked is None or self._bus.clock.now() - self._marked[1] > MARKED_S:
            return None
        return self._marked[0]

    async def take_photo(self, data: bytes, source: str) -> Picture:
        """Put a photo from the phone `source` into the gallery. Raises BadPicture and StoreError."""
        photo = await asyncio.to_thread(read_photo, data)
        turn = self._bus.begin_turn()
        title = self._phrases("photo-title")
        picture = await self._gallery.new(turn=turn, prompt=title, scene=None, seed=0, source=source)
        try:
            version = await self._gallery.add(picture.id, stage="final", engine=PHOTO_ENGINE, data=photo)
        except BaseException:
            await self._gallery.delete(picture.id)
            raise
        self._bus.publish(turn, artifact(picture.id, version))
        # Shown on the page alone: whoever hands in a photo looks at it.
        self._bus.publish(turn, Reply(self._phrases("photo-here")))
        self._bus.publish(turn, TurnFinished({}))
        return await self._gallery.get(picture.id) or picture
