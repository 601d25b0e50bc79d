"""What a device hears of an answer while it is being made: whatever is certain of it and was not told yet.

::

    provider's stream ──▶ grown(all so far)   returns at once
                              ╎
    device            ◀──  one piece at a time, with everything new in it, until the block ends
"""

import asyncio
import logging
from typing import Self
from uuid import UUID

from cloud_bridge.cited import so_far
from cloud_bridge.delivery import Delivery
from cloud_bridge.ledger import Entry
from cloud_bridge.protocol import AnswerPiece
from cloud_bridge.quiet import where

log = logging.getLogger(__name__)


class Piecemeal:
    """One a call: `async with Piecemeal(…) as piecemeal`. The end of the answer is told by the Answer."""

    def __init__(self, entry: Entry, *, sources: int, delivery: Delivery) -> None:
        """`sources`: how many may be cited."""
        self._entry, self._sources, self._delivery = entry, sources, delivery
        self._job = UUID(entry.job)
        self._text = self._told = ""
        self._index = 0
        self._news = asyncio.Event()

    def grown(self, text: str) -> None:
        """The answer has come so far."""
        self._text = text
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
                await self._tell_what_is_new()
            except Exception as error:  # noqa: BLE001 - the answer is told whole all the same
                log.error("while telling an answer piece by piece: %s", where(error))

    async def _tell_what_is_new(self) -> None:
        text = so_far(self._text, self._sources)
        if not text.startswith(self._told) or text == self._told:
            return  # what was told is told; the Answer has it right
        piece = AnswerPiece(job=self._job, index=self._index, text=text[len(self._told) :])
        self._told, self._index = text, self._index + 1
        await self._delivery.tell(self._entry.device, piece)
