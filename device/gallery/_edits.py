"""Which picture is the current one, and the way back and forth along what was changed.

::

    fox ──"make it night"──▶ fox at night ──"add a tree"──▶ fox at night with a tree
                                   ▲────────── undo ──────────┘
                                   └────────── redo ──────────▶      (or "make it blue": a branch of its own)

Nothing is lost by an undo: the picture that was undone stays in the gallery and only isn't the current one any more.
"""

import sqlite3

from device.gallery._gallery import CURRENT, Gallery
from device.gallery._picture import Picture
from device.store import Store


class Edits:
    """One a device."""

    def __init__(self, store: Store, gallery: Gallery) -> None:
        self._store = store
        self._gallery = gallery

    async def current(self) -> Picture | None:
        """The picture that "it" means: the one brought to the front, else the newest; None when there is none."""
        marked = await self._store.setting(CURRENT)
        picture = None if marked is None else await self._gallery.get(marked)
        if picture is not None:
            return picture
        newest = await self._gallery.latest()
        return newest[0] if newest else None

    async def recent(self, n: int) -> tuple[Picture, ...]:
        """The current picture, then the newest others; at most `n`."""
        current = await self.current()
        others = await self._gallery.latest(n)
        if current is None:
            return others
        return (current, *(picture for picture in others if picture.id != current.id))[:n]

    async def bring_to_front(self, picture_id: str) -> None:
        """Make a picture the current one, until another is or a new one can be looked at."""
        await self._store.set_setting(CURRENT, picture_id)

    async def undo(self, picture: Picture) -> Picture | None:
        """Go back to what the picture was changed from; None, and nothing done, when that isn't there."""
        parent = await self._gallery.get(picture.parent) if picture.parent else None
        if parent is None:
            return None
        parent_id = parent.id

        def go_back(db: sqlite3.Connection) -> None:
            nth = "(SELECT max(undone) + 1 FROM pictures)"
            db.execute(f"UPDATE pictures SET undone = {nth} WHERE id = ?", (picture.id,))  # noqa: S608
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (CURRENT, parent_id))

        await self._store.write(go_back)
        return parent

    async def redo(self, picture: Picture) -> Picture | None:
        """Go forward again to the change of this picture that was undone last; None when there is none."""

        def go_forward(db: sqlite3.Connection) -> str | None:
            undone = "SELECT id FROM pictures WHERE parent = ? AND undone > 0 AND deleted = 0 ORDER BY undone DESC"
            row = db.execute(undone, (picture.id,)).fetchone()
            if row is None:
                return None
            db.execute("UPDATE pictures SET undone = 0 WHERE id = ?", row)
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (CURRENT, row[0]))
            return row[0]

        child = await self._store.write(go_forward)
        return None if child is None else await self._gallery.get(child)
