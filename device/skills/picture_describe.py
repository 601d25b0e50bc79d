"""What is in a picture, and who made it."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import ClassVar

from device.context.plan import Step
from device.gallery import Edits, Gallery, Picture
from device.phrases import Phrases
from device.skills.base import Skill, Turn
from device.skills.drawable import MOST_TOLD, drawable
from device.skills.picture import bring_to_front, meant, titled


class DescribeSkill(Skill):
    """Says what the device knows: it has drawn the scene and not looked at the picture."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.describe"})

    def __init__(self, *, gallery: Gallery, edits: Edits, working_on: Callable[[str], bool], phrases: Phrases) -> None:
        """`working_on`: whether a picture is still to be finished, by its id."""
        self._gallery = gallery
        self._edits = edits
        self._working_on = working_on
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Describe it in at most two sentences."""
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(self._phrases("picture-none"))
            return
        current = await self._edits.current()
        if current is None or current.id != picture.id:  # what is spoken of is "it" from here on
            await bring_to_front(picture, turn, self._edits)
        if picture.source is not None:
            await turn.say(self._photo(picture, turn.surroundings.now))
        else:
            made = self._made_by(picture, working=self._working_on(picture.id))
            await turn.say(f"{self._what(picture)} {made}")

    def _what(self, picture: Picture) -> str:
        """The first sentence: `It shows a red fox under a full moon.`."""
        if picture.scene is None:
            return self._phrases("picture-made-from", title=titled(picture))
        can = drawable(picture.scene, self._phrases.language)
        shown, photo = can.words if can.anything else titled(picture), picture.backdrop is not None
        final = picture.best is not None and picture.best.stage == "final"
        if can.unknown and can.anything and not final:
            return self._phrases("picture-shows-without", what=shown, photo=photo, things=can.unknown[:MOST_TOLD])
        return self._phrases("picture-shows", what=shown, photo=photo)

    def _made_by(self, picture: Picture, *, working: bool) -> str:
        best = picture.best
        if best is None:
            return self._phrases("picture-not-made-yet")
        if best.stage == "final":
            return self._phrases("picture-finished-by", engine=best.engine)
        return self._phrases("picture-draft-for-now" if working else "picture-draft")

    def _photo(self, picture: Picture, now: datetime) -> str:
        came = datetime.fromtimestamp(picture.created_at, UTC).astimezone(now.tzinfo)
        today = came.date() == now.date()
        return self._phrases(
            "picture-photo-today" if today else "picture-photo-on", source=picture.source or "", at=came
        )
