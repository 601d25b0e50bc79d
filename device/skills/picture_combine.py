"""Two pictures become one."""

from collections.abc import Sequence
from typing import ClassVar

from device.context.plan import Step
from device.gallery import Edits, Gallery, Picture
from device.phrases import Phrases
from device.policy import Data
from device.skills.base import Skill, Turn
from device.skills.drawable import MOST_TOLD, Drawable, drawable
from device.skills.picture import MAX_PROMPT
from device.skills.picture_make import PictureMaker, Wish
from edge_models.image.combine import combine_scenes
from edge_models.image.sayings import sayings
from edge_models.image.scene import Scene, Subject

TOGETHER = "Put what is in the second picture into the first"
"""What whoever changes pictures is asked for."""


class CombineSkill(Skill):
    """Puts what is in both into a new picture, in the place of the second."""

    intents: ClassVar[frozenset[str]] = frozenset({"picture.combine"})
    leaves: ClassVar[frozenset[Data]] = frozenset({Data.TEXT, Data.PHOTO})

    def __init__(self, *, maker: PictureMaker, gallery: Gallery, edits: Edits, phrases: Phrases) -> None:
        self._maker = maker
        self._gallery = gallery
        self._edits = edits
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Combine the two that are meant, else the last two."""
        pictures = await self._meant(step)
        if len(pictures) < 2:
            named_twice = len(step.references) > 1
            await turn.say(self._phrases("picture-together-already" if named_twice else "picture-two-needed"))
            return
        first, second = pictures
        photos = [photo for picture in (second, first) if (photo := _photo_of(picture)) is not None]
        if len(photos) > 1 and photos[0] != photos[1]:
            await turn.say(self._phrases("picture-two-photos"))
            return
        combined = combine_scenes(first.scene or Scene(), second.scene or Scene())
        # A photo has a place and a light of its own.
        own = {"place": None, "weather": None, "time": None} if photos else {}
        scene = combined.scene.model_copy(update=own)
        can = drawable(scene, self._phrases.language)
        prompt = can.words if can.named else f"{first.prompt}, {second.prompt}"[-MAX_PROMPT:]
        wish = Wish(
            prompt=prompt,
            scene=scene,
            seed=second.seed,
            parent=second.id,
            others=(first.id,),
            backdrop=photos[0] if photos else None,
            change=f"{TOGETHER}: {prompt}",
            said=self._said(can, combined.left_out),
        )
        await self._maker.make(wish, turn)

    def _said(self, can: Drawable, left_out: Sequence[Subject]) -> str:
        what = can.words or self._phrases("picture-both")
        if not left_out:
            return self._phrases("picture-together", what=what)
        things = [sayings(self._phrases.language).subject(subject) for subject in left_out[:MOST_TOLD]]
        return self._phrases("picture-together-without", what=what, things=things)

    async def _meant(self, step: Step) -> list[Picture]:
        """Two different pictures in the order of speech; fewer where there are none."""
        ids = list(dict.fromkeys(step.references.values()))
        found = [await self._gallery.get(picture_id) for picture_id in ids[:2]]
        pictures = [picture for picture in found if picture is not None]
        if step.references or len(pictures) == 2:
            return pictures
        return [*reversed(await self._edits.recent(2))]


def _photo_of(picture: Picture) -> str | None:
    """The photo that a picture is, or was drawn into."""
    return picture.id if picture.scene is None else picture.backdrop
