"""What a device hears of an answer while it is being made: whatever is certain of it and was not told yet.

::

    provider's stream ──▶ grown(all so far)   returns at once
                              ╎
    device            ◀──  one piece at a time, with everything new in it, until the block ends
"""

from collections.abc import Callable
from uuid import UUID

from cloud_bridge.cited import so_far
from cloud_bridge.delivery import Delivery
from cloud_bridge.entry import Entry
from cloud_bridge.protocol import AnswerPiece
from cloud_bridge.telling import Telling

_AROUND = 200
"""Characters before the new ones that are looked at with them: what may not be said may have begun there."""


class Piecemeal(Telling):
    """One a call: `async with Piecemeal(…) as piecemeal`. The end of the answer is told by the Answer."""

    def __init__(
        self,
        entry: Entry,
        *,
        sources: int,
        delivery: Delivery,
        sayable: Callable[[str], bool] = lambda _text: True,
    ) -> None:
        """`sources`: how many may be cited. `sayable`: whether a text may be told; after one that may not, none is."""
        super().__init__()
        self._entry, self._sources, self._delivery = entry, sources, delivery
        self._job = UUID(entry.job)
        self._text = self._told = ""
        self._index = 0
        self._sayable, self._stopped = sayable, False

    def grown(self, text: str) -> None:
        """The answer has come so far."""
        self._text = text
        self.news()

    async def tell(self) -> None:
        """Send what is new of the answer."""
        text = so_far(self._text, self._sources)
        if not text.startswith(self._told) or text == self._told:
            return  # what was told is told; the Answer has it right
        if self._stopped or not self._sayable(_whole_words(text, max(0, len(self._told) - _AROUND))):
            self._stopped = True
            return
        piece = AnswerPiece(job=self._job, index=self._index, text=text[len(self._told) :])
        self._told, self._index = text, self._index + 1
        await self._delivery.tell(self._entry.device, piece)


def _whole_words(text: str, begin: int) -> str:
    """From about there on: what begins or ends in the middle of a word may look like another."""
    if begin:
        begin = text.find(" ", begin) + 1
    return text[begin : text.rfind(" ") + 1]
