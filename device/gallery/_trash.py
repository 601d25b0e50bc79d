"""Deleted pictures, kept for some minutes in case that wasn't meant; then their files go.

A restart ends the minutes: what was deleted before it is gone at the start.
"""

import asyncio
import logging
import sqlite3

from device.clock import Clock
from device.gallery._gallery import CURRENT, Gallery
from device.gallery._picture import Picture
from device.store import Store, StoreError

log = logging.getLogger(__name__)

KEPT_S = 600.0
_AGAIN_S = 60.0


class Trash:
    """One a device. `load` first; `run` removes what nobody has asked back."""

    def __init__(self, store: Store, gallery: Gallery, clock: Clock) -> None:
        self._store = store
        self._gallery = gallery
        self._clock = clock
        self._due_s: dict[str, float] = {}
        """When the files of each deleted picture go, by the clock; in the order in which they were deleted."""
        self._changed = asyncio.Event()
        self._after: tuple[str | None, ...] = ()
        """What the newest and the current picture were when one was deleted last."""

    async def load(self) -> None:
        """Remove what was deleted before the device was switched off. Before anything else is deleted."""
        which = "SELECT id FROM pictures WHERE deleted > 0"
        for (picture_id,) in await self._store.read(lambda db: db.execute(which).fetchall()):
            await self._gallery.delete(picture_id)

    async def put(self, picture_id: str) -> bool:
        """Take a picture out of the gallery; False when it isn't there."""

        def mark(db: sqlite3.Connection) -> bool:
            nth = "(SELECT max(deleted) + 1 FROM pictures)"
            changed = f"UPDATE pictures SET deleted = {nth} WHERE id = ? AND deleted = 0"  # noqa: S608
            return db.execute(changed, (picture_id,)).rowcount > 0

        if not await self._store.write(mark):
            return False
        self._after = await self._latest()
        self._due_s[picture_id] = self._clock.now() + KEPT_S
        self._changed.set()
        return True

    async def is_last_thing_done(self) -> bool:
        """Whether nothing was made, undone or brought to the front since a picture was deleted."""
        return bool(self._due_s) and self._after == await self._latest()

    async def _latest(self) -> tuple[str | None, ...]:
        newest = await self._gallery.latest()
        return (newest[0].id if newest else None, await self._store.setting(CURRENT))

    async def restore(self, picture_id: str | None = None) -> Picture | None:
        """Put a picture, or the one that was deleted last, back into the gallery; None when it isn't in here."""
        await self.empty_due()
        picture_id = picture_id or next(reversed(self._due_s), None)
        if picture_id is None or self._due_s.pop(picture_id, None) is None:
            return None
        await self._store.write(lambda db: db.execute("UPDATE pictures SET deleted = 0 WHERE id = ?", (picture_id,)))
        return await self._gallery.get(picture_id)

    async def empty(self) -> None:
        """Remove everything in it for good."""
        for picture_id in list(self._due_s):
            await self._gallery.delete(picture_id)
            self._due_s.pop(picture_id, None)

    async def empty_due(self) -> None:
        """Remove for good what has been in it for long enough."""
        for picture_id, due_s in list(self._due_s.items()):
            if due_s <= self._clock.now():
                await self._gallery.delete(picture_id)
                self._due_s.pop(picture_id, None)

    async def run(self) -> None:
        """Empty it bit by bit, until cancelled."""
        while True:
            self._changed.clear()
            try:
                await self.empty_due()
                wait_s = min(self._due_s.values()) - self._clock.now() if self._due_s else None
            except StoreError as error:
                log.warning("deleted pictures can't be removed now: %s", error)
                wait_s = _AGAIN_S
            try:
                async with asyncio.timeout(wait_s):
                    await self._changed.wait()
            except TimeoutError:
                continue
