"""What is in a picture, and who made it."""

from datetime import UTC, datetime
from typing import ClassVar

from device.context.plan import Step
from device.gallery import Edits, Gallery, Picture
from device.offload import Offload
from device.phrases.english_clock import spoken_date, spoken_time
from device.skills.base import Skill, Turn
from device.skills.drawable import drawable, listed
from device.skills.picture import NO_PICTURE, bring_to_front, meant, titled


class DescribeSkill(Skill):
    """Says what the device knows: it has drawn the scene and not looked at the picture."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.describe"})

    def __init__(self, *, gallery: Gallery, edits: Edits, offload: Offload) -> None:
        self._gallery = gallery
        self._edits = edits
        self._offload = offload

    async def run(self, step: Step, turn: Turn) -> None:
        """Describe it in at most two sentences."""
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(NO_PICTURE)
            return
        current = await self._edits.current()
        if current is None or current.id != picture.id:  # what is spoken of is "it" from here on
            await bring_to_front(picture, turn, self._edits)
        if picture.source is not None:
            await turn.say(_photo(picture, turn.surroundings.now))
        else:
            made = _made_by(picture, working=self._offload.working_on(picture.id))
            await turn.say(f"{_what(picture)} {made}".strip())


def _what(picture: Picture) -> str:
    """The first sentence: `It shows a red fox under a full moon.`."""
    if picture.scene is None:
        return f"It was made from the words “{titled(picture)}”."
    can = drawable(picture.scene)
    photo = " in your photo" if picture.backdrop else ""
    shown = can.words if can.anything else titled(picture)
    final = picture.best is not None and picture.best.stage == "final"
    missing = (
        f", but not {listed(can.unknown)}, which I can't draw" if can.unknown and can.anything and not final else ""
    )
    return f"It shows {shown}{photo}{missing}."


def _made_by(picture: Picture, *, working: bool) -> str:
    best = picture.best
    if best is None:
        return "It isn't ready yet."
    if best.stage == "final":
        return f"It's the finished picture, by {best.engine}."
    return "It's my draft; the finished one is on its way." if working else "It's a draft of my own."


def _photo(picture: Picture, now: datetime) -> str:
    taken = datetime.fromtimestamp(picture.created_at, UTC).astimezone(now.tzinfo)
    day = "today" if taken.date() == now.date() else f"on {spoken_date(taken.date())}"
    return f"It's a photo that came from {picture.source} {day} at {spoken_time(taken.time())}."
