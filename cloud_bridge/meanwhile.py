"""What a device hears while its picture is being made: the latest only, and never in the provider's way.

::

    provider's stream ──▶ progress(), partial()   return at once; what was not told yet is replaced
                                  ╎
    device            ◀──  one message at a time, until the block ends
"""

import asyncio
import logging
from typing import Self
from uuid import UUID

from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Entry
from cloud_bridge.media import Media
from cloud_bridge.picture import Picture
from cloud_bridge.protocol import Partial, Progress
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)

PROGRESS_STEP = 0.02


class Meanwhile:
    """One a call: `async with Meanwhile(…) as meanwhile`. At the block's end whatever was not told is dropped."""

    def __init__(self, entry: Entry, *, engine: str, media: Media, delivery: Delivery) -> None:
        self._entry, self._engine, self._media, self._delivery = entry, engine, media, delivery
        self._job = UUID(entry.job)
        self._fraction: float | None = None
        self._partial: tuple[int, Picture] | None = None
        self._told = -1.0
        self._news = asyncio.Event()

    def progress(self, fraction: float) -> None:
        """It is so far, from 0 to 1."""
        if fraction >= self._told + PROGRESS_STEP:
            self._fraction = fraction
            self._news.set()

    def partial(self, index: int, picture: Picture) -> None:
        """It looks like this."""
        self._partial = (index, picture)
        self._news.set()

    async def __aenter__(self) -> Self:
        self._telling = asyncio.create_task(self._tell())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._telling.cancel()

    async def _tell(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._tell_latest()
            except OSError as error:
                log.error("a partial picture could not be stored: %s", error.strerror)
            except Exception as error:  # noqa: BLE001 - the picture is made all the same
                log.error("while telling how far a picture is: %s", where(error))

    async def _tell_latest(self) -> None:
        fraction, self._fraction = self._fraction, None
        partial, self._partial = self._partial, None
        if fraction is not None:
            self._told = fraction
            await self._delivery.tell(self._entry.device, Progress(job=self._job, fraction=fraction))
        if partial is not None:
            index, picture = partial
            artifact = await self._media.store(picture)
            message = Partial(job=self._job, index=index, engine=self._engine, artifact=artifact)
            await self._delivery.tell(self._entry.device, message)
