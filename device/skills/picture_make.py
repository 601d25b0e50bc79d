"""Makes a picture: the draft at once, the finished one by the bridge, or by a model on the device.

::

    scene ──▶ draft in the executor ──▶ gallery ──▶ on the page
      ├─────▶ job in the outbox (where there is a bridge), or with the device's own finisher; what words alone can't
      │       say (a photo that is drawn into, a part that was marked) is a change of the picture itself
      └─────▶ "Drawing a red fox under a full moon."

The three run side by side: neither the draft nor the job waits for the sentence to be spoken.
"""

import asyncio
import logging
from collections.abc import Sequence
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from time import perf_counter

from PIL import Image

from device.events import Draft, Failed
from device.finishing import Finisher, TooManyWait
from device.gallery import BadPicture, Gallery, Picture, Regions, artifact
from device.offload import NoBridge, Offload, OutboxFull
from device.phrases import Phrases
from device.policy import Data, Decision
from device.skills.base import Turn
from device.skills.drawable import MOST_TOLD, Drawable, drawable
from device.store import StoreError
from edge_models.image.compositor import Compositor
from edge_models.image.drafter import Drafter
from edge_models.image.scene import Scene

log = logging.getLogger(__name__)

UNWANTED = Decision(None, "the next step changes it")
STAYS = Decision(None, "words can't say it")
HERE = Decision(None, "it is finished on the device")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A picture to be made."""

    prompt: str
    """For the gallery, and for the bridge where the scene's own words don't say it all."""
    scene: Scene
    seed: int
    parent: str | None = None
    others: tuple[str, ...] = ()
    """What else than the parent it is made from."""
    backdrop: str | None = None
    """The photo that it is drawn into."""
    region: str | None = None
    """The part of the parent that was marked."""
    change: str = ""
    """What is to become of the parent, for whoever changes pictures; "": only a drawing can be made of it."""
    said: str
    """The reply when it can be drawn here."""
    missing: tuple[str, ...] = ()
    """What it is news to say that it can't be drawn."""
    full: bool = False
    """Whether it is news to say that not all of it had room."""

    @property
    def stays_here(self) -> bool:
        """Whether words alone can't say it: who got them alone would draw another picture."""
        return self.scene.by_hand or self.backdrop is not None


class PictureMaker:
    """What all skills that make pictures share: drafter, gallery and the way to the bridge."""

    def __init__(
        self,
        *,
        drafter: Drafter,
        gallery: Gallery,
        regions: Regions,
        offload: Offload,
        executor: Executor,
        random: Random,
        phrases: Phrases,
        finisher: Finisher | None = None,
    ) -> None:
        """`executor` has one thread and is the drafter's alone; `random` gives the seeds.

        With a `finisher` pictures are finished here, and nothing is asked of the bridge.
        """
        self._drafter = drafter
        self._gallery = gallery
        self._regions = regions
        self._offload = offload
        self._executor = executor
        self._random = random
        self._phrases = phrases
        self._finisher = finisher
        self._job: str | None = None

    def seed(self) -> int:
        """A new one."""
        return self._random.randrange(2**31)

    async def cancel_latest(self) -> bool:
        """Don't finish the picture that was asked for last; False when it is finished, or none was."""
        if self._job is None:
            return False
        return self._finisher.cancel(self._job) if self._finisher else await self._offload.cancel(self._job)

    def working_on(self, picture_id: str) -> bool:
        """Whether a picture is still to be finished."""
        finisher = self._finisher
        return self._offload.working_on(picture_id) or (finisher is not None and finisher.working_on(picture_id))

    async def make(self, wish: Wish, turn: Turn) -> None:
        """Draw it, have it finished, and say so."""
        can = drawable(wish.scene)
        loop = asyncio.get_running_loop()
        # In the executor before anything else is done about it: its milliseconds are what the person waits for.
        photo = await self._photo(wish.backdrop)
        draft = loop.run_in_executor(self._executor, self._draw, wish.scene, wish.seed, photo) if can.anything else None
        picture = await self._gallery.new(
            turn=turn.id,
            prompt=wish.prompt,
            scene=wish.scene,
            seed=wish.seed,
            parent=wish.parent,
            others=wish.others,
            backdrop=wish.backdrop,
            region=wish.region,
        )
        turn.made(picture.id)
        kept = queued = None
        try:
            # The scene's own words mean the same to whoever finishes it; for the rest the person's are best.
            prompt = can.words if can.named and not (can.unknown or can.left_over) else wish.prompt
            decision = await self._decided(wish, prompt, turn)
            async with asyncio.TaskGroup() as tasks:
                kept = tasks.create_task(self._keep(draft, picture, turn)) if draft else None
                queued = tasks.create_task(
                    self._finish(wish, prompt, picture, turn, kept)
                    if decision is HERE
                    else self._queue(wish, prompt, decision, picture, turn)
                )
                # What isn't certain to be true waits for the outbox, some milliseconds; the common reply doesn't.
                finished = decision is HERE or (turn.surroundings.online and decision.permission is not None)
                if finished and not (wish.missing or wish.full):
                    await turn.say(wish.said)
                else:
                    await turn.say(self._reply(wish, can, decision, queued=await queued, turn=turn))
        finally:
            made = _worked(kept) or _worked(queued)
            if not made:
                with suppress(StoreError):  # The disk may be what failed; a cancellation must not be lost by that.
                    await self._gallery.delete(picture.id)
        if kept is not None and not made:
            await turn.say(self._phrases("picture-failed"))

    async def _decided(self, wish: Wish, prompt: str, turn: Turn) -> Decision:
        """Whether the words may leave for it; nobody is asked where nothing is to leave."""
        if turn.passing:
            return UNWANTED
        if wish.stays_here:
            return await self._may_be_changed(wish, turn)
        return HERE if self._finisher else await turn.may_leave(frozenset({Data.TEXT}), prompt)

    async def _may_be_changed(self, wish: Wish, turn: Turn) -> Decision:
        """Whether the pictures may leave for it; nobody is asked where nobody can change them."""
        pictures = await self._originals(wish)
        if self._finisher or not wish.change or not pictures or self._offload.can("edit") != "up":
            return STAYS
        photo = {Data.PHOTO} if any(picture.of_a_photo for picture in pictures) else set()
        return await turn.may_leave(frozenset({Data.TEXT} | photo), wish.change)

    async def _originals(self, wish: Wish) -> list[Picture]:
        """What it is made from, as far as it is still there; first what is changed, which is rather a photo."""
        ids = [each for each in (wish.parent, *wish.others) if each]
        found = [await self._gallery.get(each) for each in ids]
        return sorted((picture for picture in found if picture), key=lambda picture: not picture.of_a_photo)

    def _reply(self, wish: Wish, can: Drawable, decision: Decision, *, queued: bool, turn: Turn) -> str:
        """At most two sentences that promise nothing that won't be kept."""
        offline = queued and decision is not HERE and not turn.surroundings.online
        if not wish.missing and wish.full:
            return f"{wish.said} {self._phrases('picture-full')}"
        if not wish.missing:
            more = self._phrases("picture-later") if offline else decision.said
            return f"{wish.said} {more}".strip()
        missing = self._missing(wish.missing[:MOST_TOLD], can, decision, queued=queued, offline=offline)
        return f"{wish.said} {missing}" if can.anything else missing

    def _missing(self, things: Sequence[str], can: Drawable, decision: Decision, *, queued: bool, offline: bool) -> str:
        """What can't be drawn, and whether somebody will be asked for help; or, if nobody, what comes nearest."""
        if decision.because:
            return self._phrases("picture-unknown-because", things=things, because=decision.because)
        if queued and decision is HERE:
            return self._phrases("picture-unknown-here", things=things)
        if not queued:
            return self._phrases(
                "picture-unknown-but-drawn" if can.anything else "picture-unknown-sorry",
                things=things,
                nearest=can.nearest or "none",
            )
        return self._phrases("picture-unknown-later" if offline else "picture-unknown-asked", things=things)

    async def _photo(self, picture_id: str | None) -> Path | None:
        """The file of the photo to draw into; None where it isn't there (any more)."""
        photo = await self._gallery.get(picture_id) if picture_id else None
        return photo.best.path if photo is not None and photo.best is not None else None

    def _draw(self, scene: Scene, seed: int, photo: Path | None) -> tuple[bytes, str, float]:
        """The draft as WebP, who drew it and the milliseconds it took. In the executor."""
        began = perf_counter()
        if photo is None:
            image = self._drafter.draft(scene, seed=seed)
            engine = self._drafter.engine
        else:
            # Whoever draws drafts: only the compositor can draw into a photo.
            compositor = Compositor()
            with Image.open(photo) as backdrop:
                engine, image = compositor.engine, compositor.draft(scene, seed=seed, backdrop=backdrop)
        took_ms = (perf_counter() - began) * 1000
        data = BytesIO()
        # Method 2 of 6: 10 ms for 512 pixels where the best takes 60 and saves a tenth of the bytes.
        image.save(data, "WEBP", quality=90, method=2)
        return data.getvalue(), engine, took_ms

    async def _keep(self, draft: asyncio.Future[tuple[bytes, str, float]], picture: Picture, turn: Turn) -> bool:
        """Put the draft into the gallery and on the page; False, and a word on the page, when there is none."""
        try:
            data, engine, took_ms = await draft
            turn.publish(Draft(engine=engine, ms=round(took_ms, 1)))
            version = await self._gallery.add(picture.id, stage="draft", engine=engine, data=data)
        except Exception:
            log.exception("no draft of %s", picture.id)
            turn.publish(Failed(code="draft_failed", text=self._phrases("picture-draft-failed")))
            return False
        turn.publish(artifact(picture.id, version))
        return True

    async def _finish(
        self, wish: Wish, prompt: str, picture: Picture, turn: Turn, kept: asyncio.Task[bool] | None
    ) -> bool:
        """Have it finished here, after its draft; False when too many wait for that."""
        self._job = None
        assert self._finisher is not None
        try:
            self._job = self._finisher.submit(
                turn=turn.id, picture_id=picture.id, prompt=prompt, seed=wish.seed, after=kept
            )
        except TooManyWait:
            turn.publish(Failed(code="finisher_full", text=self._phrases("fault-finisher-full")))
        return self._job is not None

    async def _queue(self, wish: Wish, prompt: str, decision: Decision, picture: Picture, turn: Turn) -> bool:
        """Have the bridge finish it; False when it may not, nobody wants it, there is no bridge or it is too busy."""
        self._job = None
        if decision.permission is None:
            return False
        try:
            partials = 0 if turn.surroundings.strain else 2
            if wish.stays_here:
                self._job = await self._offload.submit_edit(
                    permission=decision.permission,
                    turn=turn.id,
                    picture=picture,
                    prompt=wish.change,
                    inputs=await self._originals(wish),
                    part=await self._regions.get(wish.region) if wish.region else None,
                    seed=wish.seed,
                    partial_images=partials,
                )
            else:
                self._job = await self._offload.submit(
                    permission=decision.permission,
                    turn=turn.id,
                    picture=picture,
                    prompt=prompt,
                    seed=wish.seed,
                    partial_images=partials,
                )
        except (NoBridge, BadPicture):
            return False
        except OutboxFull as full:
            turn.publish(Failed(code="outbox_full", text=str(full)))
            return False
        return True


def _worked(task: asyncio.Task[bool] | None) -> bool:
    """Whether the task has ended, and well."""
    return task is not None and task.done() and not task.cancelled() and not task.exception() and task.result()
