"""Tells a device what is new while work goes on for it, and never in the work's way.

::

    work      ──▶ news()                      returns at once
                    ╎
    device    ◀──  one message at a time, until the block ends; whatever was not told by then is dropped
"""

import asyncio
import logging
from abc import ABC, abstractmethod
from typing import Self

from cloud_bridge.quiet import where

log = logging.getLogger(__name__)


class Telling(ABC):
    """One a call: `async with …:`."""

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None

    def news(self) -> None:
        """Note that there is something to tell."""
        self._news.set()
        if self._telling is None:
            self._telling = asyncio.create_task(self._tell_on())

    @abstractmethod
    async def tell(self) -> None:
        """Tell what is new, if anything is."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._telling is not None:
            self._telling.cancel()

    async def _tell_on(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self.tell()
            except Exception as error:  # noqa: BLE001 - the work is done all the same
                log.error("while telling how far work is: %s", where(error))
