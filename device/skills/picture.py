"""Pictures: draw one, change it, try again, show it again."""

from textwrap import shorten
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.events import PictureShown
from device.gallery import Edits, Gallery, Picture, Regions, artifact
from device.phrases import Phrases
from device.policy import Data
from device.skills.base import Skill, Turn
from device.skills.drawable import Drawable, drawable
from device.skills.picture_make import PictureMaker, Wish
from edge_models.image.compositor import in_units
from edge_models.image.edit import Edited, edit_scene
from edge_models.image.edit_region import NOT_A_PART, edit_region
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Box, Scene
from edge_models.image.style import FLAT_STYLES

MAX_PROMPT = 3000
"""Characters; the bridge takes 4000."""


class PictureSkill(Skill):
    """Answers with a draft of its own at once and has the bridge finish it."""

    intents: ClassVar[frozenset[str]] = frozenset(
        {"picture.create", "picture.edit", "picture.variation", "picture.show_last"}
    )
    leaves: ClassVar[frozenset[Data]] = frozenset({Data.TEXT, Data.PHOTO})

    def __init__(
        self, *, maker: PictureMaker, gallery: Gallery, edits: Edits, regions: Regions, phrases: Phrases
    ) -> None:
        self._maker = maker
        self._gallery = gallery
        self._edits = edits
        self._regions = regions
        self._phrases = phrases

    async def run(self, step: Step, turn: Turn) -> None:
        """Make or show a picture."""
        if step.intent == "picture.create":
            await self._create(step, turn)
            return
        picture = await meant(step, self._gallery, self._edits)
        if picture is None:
            await turn.say(self._phrases("picture-none"))
        elif step.intent == "picture.show_last":
            await bring_to_front(picture, turn, self._edits)
            await self._say_shown(picture, turn)
        elif step.intent == "picture.edit":
            await self._edit(picture, step, turn)
        else:
            await vary(picture, turn, self._maker, self._phrases)

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the first sentence of the answer to a new picture or another one like it."""
        del surroundings
        if step.intent == "picture.variation":
            return self._phrases("picture-another")
        if step.intent != "picture.create":
            return ""
        prompt = str(step.slots.get("prompt", ""))
        can = self._drawable(parse_prompt(prompt))
        return self._drawing(prompt, can) if can.anything else ""

    async def _create(self, step: Step, turn: Turn) -> None:
        prompt = str(step.slots.get("prompt", ""))
        scene = parse_prompt(prompt)
        can = self._drawable(scene)
        if not can.anything and not can.named:
            await turn.say(self._phrases("picture-what"))
            return
        said = self._drawing(prompt, can)
        seed, full = self._maker.seed(), bool(can.left_over)
        wish = Wish(prompt=prompt, scene=scene, seed=seed, said=said, missing=can.unknown, full=full)
        await self._maker.make(wish, turn)

    async def _edit(self, picture: Picture, step: Step, turn: Turn) -> None:
        change, region = str(step.slots["change"]), str(step.slots.get("region", "")) or None
        # A photo has no scene; what is drawn into it becomes one.
        scene = picture.scene or Scene()
        backdrop = picture.id if picture.scene is None else picture.backdrop
        edited = await self._edited(picture, scene, change, region)
        refusal = self._refusal(edited, scene, in_photo=backdrop is not None)
        if refusal:
            await turn.say(refusal)
            return
        can = self._drawable(edited.scene)
        wish = Wish(
            # The latest changes, when there have been very many.
            prompt=f"{picture.prompt}, {change}"[-MAX_PROMPT:] if can.unknown or not can.named else can.words,
            scene=edited.scene,
            seed=picture.seed,
            parent=picture.id,
            backdrop=backdrop,
            region=region,
            change=change[:MAX_PROMPT],
            said=self._phrases("picture-changed", changes=edited.said),
            missing=tuple(word for word in can.unknown if word not in self._drawable(scene).unknown),
        )
        await self._maker.make(wish, turn)

    async def _edited(self, picture: Picture, scene: Scene, change: str, region_id: str | None) -> Edited:
        """The scene with the change, in the part that was marked or anywhere."""
        if region_id is None:
            return edit_scene(scene, change, language=self._phrases.language)
        region = await self._regions.get(region_id)
        if region is None or picture.best is None:
            return Edited(scene=scene, changed=False, said=NOT_A_PART)
        box: Box = in_units(region.box, picture.best.width, picture.best.height)
        return edit_region(scene, change, box, seed=picture.seed, language=self._phrases.language)

    def _drawable(self, scene: Scene) -> Drawable:
        return drawable(scene, self._phrases.language)

    def _drawing(self, prompt: str, can: Drawable) -> str:
        """The person's own words sound better than the scene's; but words that nothing is done with aren't echoed."""
        own = not (can.unknown or can.left_over) or not can.named
        words = shorten(prompt, 80, placeholder=" …") if own else can.words
        return self._phrases("picture-drawing", words=words)

    def _refusal(self, edited: Edited, before: Scene, *, in_photo: bool) -> str:
        """Why an edit is not carried out, in a sentence; "" when it is."""
        phrases = self._phrases
        if edited.already:
            return phrases("picture-already")
        if edited.said == NOT_A_PART:
            return phrases("picture-not-of-a-part")
        if in_photo:
            fits = edited.changed and _fits_photo(before, edited.scene)
            return "" if fits else phrases("picture-only-into-photos")
        if not edited.changed:
            return phrases("picture-cannot-change", change=edited.said[:60])
        can = drawable(edited.scene)
        return "" if can.anything or can.named else phrases("picture-nothing-left")

    async def _say_shown(self, picture: Picture, turn: Turn) -> None:
        if picture.best is None:
            await turn.say(self._phrases("picture-not-ready"))
        else:
            await turn.say(self._phrases("picture-shown", title=titled(picture)))


async def meant(step: Step, gallery: Gallery, edits: Edits) -> Picture | None:
    """The picture that the step refers to, else the current one."""
    for picture_id in step.references.values():
        return await gallery.get(picture_id)
    # "The one before", where there is none, isn't the one after it.
    return None if step.slots.get("which") == "before" else await edits.current()


async def bring_to_front(picture: Picture, turn: Turn, edits: Edits) -> None:
    """Have a picture on the page's stage, and be what "it" means."""
    await edits.bring_to_front(picture.id)
    show(picture, turn)


def show(picture: Picture, turn: Turn) -> None:
    """Tell the observers that the picture is to be looked at, at its best."""
    turn.publish(PictureShown(picture.id))
    if picture.best is not None:
        turn.publish(artifact(picture.id, picture.best))


async def vary(picture: Picture, turn: Turn, maker: PictureMaker, phrases: Phrases) -> None:
    """The same scene from another seed."""
    if picture.scene is None:
        await turn.say(phrases("picture-no-other-photo"))
        return
    await maker.make(
        Wish(
            prompt=picture.prompt,
            scene=picture.scene,
            seed=maker.seed(),
            parent=picture.id,
            backdrop=picture.backdrop,
            said=phrases("picture-another"),
        ),
        turn,
    )


def titled(picture: Picture) -> str:
    """The words that a picture was made from, as short as one listens."""
    return shorten(picture.prompt, 120, placeholder=" …")


def _fits_photo(before: Scene, after: Scene) -> bool:
    """Whether a photo needn't change for it: it has a place and a light of its own, and isn't cut out of paper."""
    same = all(getattr(before, mood) == getattr(after, mood) for mood in ("place", "weather", "time"))
    return same and after.style not in FLAT_STYLES
