"""What the tests of the picture skills share: a person and a device; only the bridge is played."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from random import Random
from typing import Any

from phrase_parts import ENGLISH

from device.config import Privacy
from device.context import ContextEngine, PictureSeen, Surroundings
from device.context.plan import Step
from device.context.surroundings import Question
from device.events import Artifact, Event, JobQueued
from device.gallery import Edits, Gallery, Picture, Region, Regions, Trash
from device.phrases import Phrases
from device.policy import Data, Decision, Permission, Policy, Wish
from device.skills import Turn
from device.skills.base import Skill
from device.skills.picture import PictureSkill
from device.skills.picture_combine import CombineSkill
from device.skills.picture_delete import DeleteSkill
from device.skills.picture_describe import DescribeSkill
from device.skills.picture_make import PictureMaker
from device.skills.picture_send import Phone, SendSkill
from device.skills.picture_undo import UndoSkill
from device.store import Store
from edge_models.image.compositor import Compositor

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
CONTEXT = ContextEngine()


class PlayedBridge:
    """The offload's door: takes every job, or refuses each in the same way."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.edit = "absent"
        """Whether it changes pictures."""
        self.changed: list[tuple[tuple[str, ...], Region | None]] = []
        """What it was asked to change: pictures, and the part."""
        self.cancelled: list[str] = []
        self.partial_images: list[int] = []
        self.stopped: list[str] = []
        self.refusal: Exception | None = None
        self.publish: Callable[[Event], object] = print

    async def submit(
        self, *, permission: Permission, turn: str, picture: Picture, prompt: str, seed: int, partial_images: int
    ) -> str:
        assert permission.covers(turn=turn, data=Data.TEXT, words=prompt)
        if self.refusal is not None:
            raise self.refusal
        self.partial_images.append(partial_images)
        job = f"job-{len(self.jobs) + 1}"
        self.jobs.append({"turn": turn, "picture": picture.id, "prompt": prompt, "seed": seed})
        self.publish(JobQueued(job=job, kind="image"))
        return job

    def can(self, what: str) -> str:
        assert what == "edit"
        return self.edit

    async def submit_edit(
        self,
        *,
        permission: Permission,
        turn: str,
        picture: Picture,
        prompt: str,
        inputs: Sequence[Picture],
        part: Region | None,
        seed: int,
        partial_images: int,
    ) -> str:
        if any(each.of_a_photo for each in inputs):
            assert permission.covers(turn=turn, data=Data.PHOTO, words=prompt)
        self.changed.append((tuple(each.id for each in inputs), part))
        return await self.submit(
            permission=permission, turn=turn, picture=picture, prompt=prompt, seed=seed, partial_images=partial_images
        )

    async def cancel(self, job_id: str) -> bool:
        self.cancelled.append(job_id)
        return True

    async def cancel_picture(self, picture_id: str) -> None:
        self.stopped.append(picture_id)

    def pending(self) -> int:
        return 200

    def working_on(self, picture_id: str) -> bool:
        return any(job["picture"] == picture_id for job in self.jobs)


class PlayedClock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.at_s = 100.0

    def now(self) -> float:
        return self.at_s


class Room:
    """A person, a device and what passes between them."""

    def __init__(
        self, store: Store, gallery: Gallery, executor: ThreadPoolExecutor, phrases: Phrases = ENGLISH
    ) -> None:
        self.phrases = phrases
        self.store = store
        self.gallery = gallery
        self.clock = PlayedClock()
        self.edits = Edits(store, gallery)
        self.trash = Trash(store, gallery, self.clock)
        self.regions = Regions(store)
        self.phones: list[Phone] = []
        self.question: Question | None = None
        self.bridge = PlayedBridge()
        self.online = True
        self.hot = False
        self.privacy = Privacy()
        self.said: list[str] = []
        self.events: list[Event] = []
        self.spoken = asyncio.Event()
        """Cleared: the reply goes on and on."""
        self.shown_and_queued = asyncio.Event()
        """A draft is on the page and a job in the outbox."""
        self.spoken.set()
        self.bridge.publish = self._publish
        offload: Any = self.bridge
        self.compositor = Compositor()
        self.maker = PictureMaker(
            drafter=self.compositor,
            gallery=gallery,
            regions=self.regions,
            offload=offload,
            executor=executor,
            random=Random(7),
            phrases=phrases,
        )
        self.skill = PictureSkill(
            maker=self.maker, gallery=gallery, edits=self.edits, regions=self.regions, phrases=phrases
        )
        self.skills: list[Skill] = [
            self.skill,
            CombineSkill(maker=self.maker, gallery=gallery, edits=self.edits, phrases=phrases),
            DescribeSkill(gallery=gallery, edits=self.edits, working_on=self.maker.working_on, phrases=phrases),
            UndoSkill(gallery=gallery, edits=self.edits, trash=self.trash, maker=self.maker, phrases=phrases),
            SendSkill(gallery=gallery, edits=self.edits, phones=lambda: self.phones, phrases=phrases),
            DeleteSkill(gallery=gallery, edits=self.edits, trash=self.trash, offload=offload, phrases=phrases),
        ]

    def foretell(self, text: str) -> str:
        surroundings = Surroundings(now=NOW)
        return self.skill.foretell(CONTEXT.understand(text, surroundings=surroundings).steps[0], surroundings)

    async def hear(self, text: str) -> None:
        surroundings = await self._surroundings()
        for step in CONTEXT.understand(text, surroundings=surroundings).steps:
            await self.do(step, turn=f"turn of {text}")

    async def do(self, step: Step, *, turn: str = "a turn") -> None:
        """Carry out one step."""
        there = {picture.id: picture for picture in (await self._surroundings()).pictures}
        choices = tuple(there[picture] for picture in step.references.values() if picture in there)
        self.question = Question(step.asks, choices) if step.asks else None
        (skill,) = [each for each in self.skills if step.intent in each.intents] or [None]
        assert skill is not None, step
        policy, declared = Policy(self.privacy), skill.leaves

        async def may_leave(data: frozenset[Data], words: str) -> Decision:
            return await policy.ask(Wish(turn, step.intent, data, declared, words))

        await skill.run(
            step,
            Turn(
                id=turn,
                say=self._say,
                ask=self._say,
                publish=self._publish,
                language=self.phrases.language,
                surroundings=await self._surroundings(),
                may_leave=may_leave,
            ),
        )

    async def _surroundings(self) -> Surroundings:
        return Surroundings(
            now=NOW,
            online=self.online,
            hot=self.hot,
            pictures=tuple(
                PictureSeen(p.id, p.prompt, p.scene, p.created_at, p.turn, p.parent, photo=p.source is not None)
                for p in await self.edits.recent(30)
            ),
            question=self.question,
        )

    async def _say(self, text: str) -> bool:
        self.said.append(text)
        await self.spoken.wait()
        return True

    def _publish(self, event: Event) -> None:
        self.events.append(event)
        if self.seen(Artifact) and self.seen(JobQueued):
            self.shown_and_queued.set()

    async def latest(self) -> Picture:
        (picture,) = await self.gallery.latest()
        return picture

    def seen(self, kind: type[Event]) -> Sequence[Any]:
        return [event for event in self.events if isinstance(event, kind)]
