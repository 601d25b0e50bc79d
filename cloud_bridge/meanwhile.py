"""What a device hears while its picture is being made: the latest only, and never in the provider's way.

::

    provider's stream ──▶ progress(), partial()   return at once; what was not told yet is replaced
                                  ╎
    device            ◀──  one message at a time, until the block ends
"""

import logging
from collections.abc import Awaitable, Callable
from uuid import UUID

from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Entry
from cloud_bridge.media import Media
from cloud_bridge.picture import Picture
from cloud_bridge.protocol import Partial, Progress
from cloud_bridge.telling import Telling

log = logging.getLogger(__name__)

PROGRESS_STEP = 0.02


class Meanwhile(Telling):
    """One a call: `async with Meanwhile(…) as meanwhile`. At the block's end whatever was not told is dropped."""

    def __init__(
        self,
        entry: Entry,
        *,
        engine: str,
        media: Media,
        delivery: Delivery,
        fit: Callable[[Picture], Awaitable[bool]],
    ) -> None:
        """`fit`: whether a picture may be shown."""
        super().__init__()
        self._entry, self._engine, self._media, self._delivery = entry, engine, media, delivery
        self._job = UUID(entry.job)
        self._fraction: float | None = None
        self._partial: tuple[int, Picture] | None = None
        self._told = -1.0
        self._fit = fit

    def progress(self, fraction: float) -> None:
        """It is so far, from 0 to 1."""
        if fraction >= self._told + PROGRESS_STEP:
            self._fraction = fraction
            self.news()

    def partial(self, index: int, picture: Picture) -> None:
        """It looks like this."""
        self._partial = (index, picture)
        self.news()

    async def tell(self) -> None:
        """Send the latest fraction and the latest partial picture that were not sent yet."""
        fraction, self._fraction = self._fraction, None
        partial, self._partial = self._partial, None
        if fraction is not None:
            self._told = fraction
            await self._delivery.tell(self._entry.device, Progress(job=self._job, fraction=fraction))
        if partial is not None:
            index, picture = partial
            if not await self._fit(picture):
                return  # the final one is looked at, too
            try:
                artifact = await self._media.store(picture)
            except OSError as error:
                log.error("a partial picture could not be stored: %s", error.strerror)
                return
            message = Partial(job=self._job, index=index, engine=self._engine, artifact=artifact)
            await self._delivery.tell(self._entry.device, message)
