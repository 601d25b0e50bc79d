"""The guard around a work: what a job asks for is looked at before it is done, what came of it before it is told.

::

    job ──▶ its words ──▶ the work ──▶ words of what it made ──▶ the message that ends the job
              │                           └── unfit ──▶ Refused, with what it cost
              └── unfit ──▶ Refused: nobody is asked, nothing is billed

Whether children are there is what the job says, or its device's entry in the registry, or the bridge's settings: one of
them is enough, and from here on the job says so.
"""

import logging
from collections.abc import Callable, Iterable

from cloud_bridge.entry import Entry
from cloud_bridge.protocol import Answer, Final, ImageCreate, ImageEdit, Job
from cloud_bridge.registry import Moderation
from cloud_bridge.safety.reading import Reading
from cloud_bridge.safety.refused import Refused, not_answered, not_drawn, not_said, not_shown
from cloud_bridge.waiting import Kind
from cloud_bridge.worker import Work

log = logging.getLogger(__name__)


class Guarded:
    """A work, guarded; else the work that it is."""

    def __init__(self, work: Work, *, reading: Reading | None, level: Callable[[str], Moderation]) -> None:
        """`reading`: None looks at no words. `level`: of a device, by its name."""
        self._work, self._reading, self._level = work, reading, level
        self.kind: Kind = work.kind
        self.first_guess_s, self.patient = work.first_guess_s, work.patient
        self.idempotent, self.lost = work.idempotent, work.lost

    @property
    def first(self) -> str | None:
        """The provider that would be called now."""
        return self._work.first

    async def make(self, entry: Entry, request: Job) -> Final | Answer:
        """The message that ends the job well. Raises Refused, and what the work raises."""
        if not request.child and self._level(entry.device) == "child":
            request = request.model_copy(update={"child": True})
        try:
            if self._reading is not None:
                _before(self._reading, request)
            made = await self._work.make(entry, request)
            if self._reading is not None:
                _after(self._reading, made, child=request.child)
        except Refused as refused:
            when = "before anybody was asked" if refused.usage is None else "after it was made"
            log.warning("job %s was refused %s: %s", entry.job, when, refused.category)
            raise
        return made


def _before(reading: Reading, request: Job) -> None:
    """Raises Refused for what is not asked for."""
    if isinstance(request, ImageCreate | ImageEdit):
        if kind := reading.drawn(request.prompt, child=request.child):
            raise not_drawn(kind)
        return
    asked = (request.question, *(exchange.question for exchange in request.context))
    if kind := _said(reading, asked, child=request.child):
        raise not_answered(kind)


def _after(reading: Reading, made: Final | Answer, *, child: bool) -> None:
    """What a provider says of its picture says what is on it; children are shown where an answer comes from."""
    if isinstance(made, Final):
        if made.revised_prompt and (kind := reading.drawn(made.revised_prompt, child=child)):
            raise not_shown(kind, made.usage)
    else:
        quoted = [f"{source.title}. {source.snippet}" for source in made.sources] if child else []
        if kind := _said(reading, (made.text, *quoted), child=child):
            raise not_said(kind, made.usage)


def _said(reading: Reading, texts: Iterable[str], *, child: bool) -> str | None:
    return next(filter(None, (reading.said(text, child=child) for text in texts)), None)
