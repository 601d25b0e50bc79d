"""Pictures: draw one, change it, try again, show it again.

::

    words ──▶ scene ──▶ draft in the executor ──▶ gallery ──▶ on the page
                 ├────▶ job in the outbox (where there is a bridge)
                 └────▶ "Drawing a red fox under a full moon."

The three run side by side: neither the draft nor the job waits for the sentence to be spoken.
"""

import asyncio
import logging
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from random import Random
from textwrap import shorten
from time import perf_counter
from typing import ClassVar

from device.context.plan import Step
from device.context.surroundings import Surroundings
from device.events import Draft, Failed
from device.gallery import Gallery, Picture, artifact
from device.offload import NoBridge, Offload, OutboxFull
from device.policy import Data, Decision
from device.skills.about import HINT
from device.skills.base import Skill, Turn
from device.skills.drawable import Drawable, drawable, listed
from device.store import StoreError
from edge_models.image.compositor import ENGINE, Compositor
from edge_models.image.edit import edit_scene
from edge_models.image.parse import parse_prompt
from edge_models.image.scene import Scene

log = logging.getLogger(__name__)

MAX_PROMPT = 3000
"""Characters; the bridge takes 4000."""
NO_PICTURE = f"There is no picture yet. {HINT}"
ANOTHER = "Here comes another one."
UNWANTED = Decision(None, "the next step changes it")
LATER = "I'll finish it when I'm back online."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """A picture to be made."""

    prompt: str
    """For the gallery, and for the bridge where the scene's own words don't say it all."""
    scene: Scene
    seed: int
    parent: str | None = None
    said: str
    """The reply when it can be drawn here."""
    missing: tuple[str, ...] = ()
    """What it is news to say that it can't be drawn."""


class PictureSkill(Skill):
    """Answers with a draft of its own at once and has the bridge finish it."""

    intents: ClassVar[frozenset[str]] = frozenset(
        {"picture.create", "picture.edit", "picture.variation", "picture.show_last"}
    )
    leaves: ClassVar[frozenset[Data]] = frozenset({Data.TEXT})

    def __init__(
        self, *, compositor: Compositor, gallery: Gallery, offload: Offload, executor: Executor, random: Random
    ) -> None:
        """`executor` has one thread and is the compositor's alone; `random` gives the seeds."""
        self._compositor = compositor
        self._gallery = gallery
        self._offload = offload
        self._executor = executor
        self._random = random
        self._job: str | None = None

    async def run(self, step: Step, turn: Turn) -> None:
        """Make or show a picture."""
        if step.intent == "picture.create":
            await self._create(step, turn)
            return
        picture = await self._meant(step)
        if picture is None or picture.scene is None:
            await turn.say(NO_PICTURE)
        elif step.intent == "picture.show_last":
            await _show(picture, turn)
        elif step.intent == "picture.edit":
            await self._edit(picture, picture.scene, str(step.slots["change"]), turn)
        else:
            wish = _Wish(
                prompt=picture.prompt,
                scene=picture.scene,
                seed=self._seed(),
                parent=picture.id,
                said=ANOTHER,
            )
            await self._make(wish, turn)

    def foretell(self, step: Step, surroundings: Surroundings) -> str:
        """Return the first sentence of the answer to a new picture or another one like it."""
        del surroundings
        if step.intent == "picture.variation":
            return ANOTHER
        if step.intent != "picture.create":
            return ""
        prompt = str(step.slots.get("prompt", ""))
        can = drawable(parse_prompt(prompt))
        return _drawing(prompt, can) if can.anything else ""

    async def cancel_latest(self) -> bool:
        """Don't finish the picture that was asked for last; False when it is finished, or none was."""
        return self._job is not None and await self._offload.cancel(self._job)

    async def _create(self, step: Step, turn: Turn) -> None:
        prompt = str(step.slots.get("prompt", ""))
        scene = parse_prompt(prompt)
        can = drawable(scene)
        if not can.anything and not can.named:
            await turn.say(f"What shall I draw? {HINT}")
            return
        said = _drawing(prompt, can)
        wish = _Wish(prompt=prompt, scene=scene, seed=self._seed(), said=said, missing=can.unknown)
        await self._make(wish, turn)

    async def _edit(self, picture: Picture, scene: Scene, change: str, turn: Turn) -> None:
        edited = edit_scene(scene, change)
        if edited.already:
            await turn.say("It's like that already.")
            return
        if not edited.changed:
            await turn.say(f"Sorry, I couldn't do that with the picture: “{edited.said[:60]}”.")
            return
        can = drawable(edited.scene)
        if not can.anything and not can.named:
            await turn.say("Then nothing would be left in the picture.")
            return
        wish = _Wish(
            # The latest changes, when there have been very many.
            prompt=f"{picture.prompt}, {change}"[-MAX_PROMPT:] if can.unknown else can.words,
            scene=edited.scene,
            seed=picture.seed,
            parent=picture.id,
            said=f"Okay, {edited.said}.",
            missing=tuple(word for word in can.unknown if word not in drawable(scene).unknown),
        )
        await self._make(wish, turn)

    async def _make(self, wish: _Wish, turn: Turn) -> None:
        can = drawable(wish.scene)
        loop = asyncio.get_running_loop()
        # In the executor before anything else is done about it: its milliseconds are what the person waits for.
        draft = loop.run_in_executor(self._executor, self._draw, wish.scene, wish.seed) if can.anything else None
        picture = await self._gallery.new(
            turn=turn.id, prompt=wish.prompt, scene=wish.scene, seed=wish.seed, parent=wish.parent
        )
        turn.made(picture.id)
        kept = queued = None
        try:
            # The scene's own words mean the same to whoever finishes it; for the rest the person's are best.
            prompt = can.words if can.named and not can.unknown else wish.prompt
            decision = UNWANTED if turn.passing else await turn.may_leave(frozenset({Data.TEXT}), prompt)
            async with asyncio.TaskGroup() as tasks:
                kept = tasks.create_task(self._keep(draft, picture, turn)) if draft else None
                queued = tasks.create_task(self._queue(wish, prompt, decision, picture, turn))
                # What isn't certain to be true waits for the outbox, some milliseconds; the common reply doesn't.
                certain = turn.surroundings.online and not wish.missing and decision.permission is not None
                if certain:
                    await turn.say(wish.said)
                else:
                    await turn.say(self._reply(wish, can, decision, queued=await queued, turn=turn))
        finally:
            made = _worked(kept) or _worked(queued)
            if not made:
                with suppress(StoreError):  # The disk may be what failed; a cancellation must not be lost by that.
                    await self._gallery.delete(picture.id)
        if kept is not None and not made:
            await turn.say("Sorry, the picture didn't work out.")

    @staticmethod
    def _reply(wish: _Wish, can: Drawable, decision: Decision, *, queued: bool, turn: Turn) -> str:
        """At most two sentences that promise nothing that won't be kept."""
        offline = queued and not turn.surroundings.online
        if not wish.missing:
            return f"{wish.said} {LATER if offline else decision.said}".strip()
        missing = f"I don't know how to draw {listed(wish.missing)} yet"
        if decision.because:
            return (
                f"{wish.said} {missing}, and {decision.because}."
                if can.anything
                else f"{missing}, and {decision.because}."
            )
        if not queued:
            return f"{wish.said} But {missing}." if can.anything else f"Sorry, {missing}."
        helped = "I'll ask for help when I'm back online" if offline else "I've asked for help"
        return f"{wish.said} {missing}, but {helped}." if can.anything else f"{missing}, but {helped}."

    def _draw(self, scene: Scene, seed: int) -> tuple[bytes, float]:
        """The draft as WebP and the milliseconds it took. In the executor."""
        began = perf_counter()
        image = self._compositor.draft(scene, seed=seed)
        took_ms = (perf_counter() - began) * 1000
        data = BytesIO()
        # Method 2 of 6: 10 ms for 512 pixels where the best takes 60 and saves a tenth of the bytes.
        image.save(data, "WEBP", quality=90, method=2)
        return data.getvalue(), took_ms

    async def _keep(self, draft: asyncio.Future[tuple[bytes, float]], picture: Picture, turn: Turn) -> bool:
        """Put the draft into the gallery and on the page; False, and a word on the page, when there is none."""
        try:
            data, took_ms = await draft
            turn.publish(Draft(engine=ENGINE, ms=round(took_ms, 1)))
            version = await self._gallery.add(picture.id, stage="draft", engine=ENGINE, data=data)
        except Exception:
            log.exception("no draft of %s", picture.id)
            turn.publish(Failed(code="draft_failed", text="The quick draft didn't work out."))
            return False
        turn.publish(artifact(picture.id, version))
        return True

    async def _queue(self, wish: _Wish, prompt: str, decision: Decision, picture: Picture, turn: Turn) -> bool:
        """Have the bridge finish it; False when it may not, nobody wants it, there is no bridge or it is too busy."""
        self._job = None
        if decision.permission is None:
            return False
        try:
            self._job = await self._offload.submit(
                permission=decision.permission,
                turn=turn.id,
                picture=picture,
                prompt=prompt,
                seed=wish.seed,
                partial_images=0 if turn.surroundings.strain else 2,
            )
        except NoBridge:
            return False
        except OutboxFull as error:
            turn.publish(Failed(code="outbox_full", text=str(error)))
            return False
        return True

    async def _meant(self, step: Step) -> Picture | None:
        """The picture that the step refers to."""
        for picture_id in step.references.values():
            return await self._gallery.get(picture_id)
        return None

    def _seed(self) -> int:
        return self._random.randrange(2**31)


def _drawing(prompt: str, can: Drawable) -> str:
    """The person's own words sound better than the scene's; but words that nothing is done with aren't echoed."""
    return f"Drawing {can.words if can.unknown and can.named else prompt[:80]}."


def _worked(task: asyncio.Task[bool] | None) -> bool:
    """Whether the task has ended, and well."""
    return task is not None and task.done() and not task.cancelled() and not task.exception() and task.result()


async def _show(picture: Picture, turn: Turn) -> None:
    best = picture.best
    if best is None:
        await turn.say("That picture isn't ready yet.")
        return
    turn.publish(artifact(picture.id, best))
    await turn.say(f"Here it is: {shorten(picture.prompt, 120, placeholder=' …')}.")
