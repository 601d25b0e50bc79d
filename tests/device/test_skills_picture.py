"""Pictures, with a real store, gallery and compositor; only the bridge is played."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from PIL import Image

from device.config import Privacy
from device.context import ContextEngine, PictureSeen, Surroundings
from device.events import Artifact, Draft, Event, Failed, JobQueued
from device.gallery import Gallery, Picture
from device.offload import NoBridge, OutboxFull
from device.policy import Data, Decision, Permission, Policy, Wish
from device.skills import Turn
from device.skills.picture import NO_PICTURE, PictureSkill
from device.store import Store, StoreError
from edge_models.image.compositor import ENGINE, Compositor

NOW = datetime(2026, 11, 22, 20, 40, tzinfo=UTC)
CONTEXT = ContextEngine()


class PlayedBridge:
    """The offload's door: takes every job, or refuses each in the same way."""

    def __init__(self) -> None:
        self.jobs: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.partial_images: list[int] = []
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

    async def cancel(self, job_id: str) -> bool:
        self.cancelled.append(job_id)
        return True


class Room:
    """A person, a device and what passes between them."""

    def __init__(self, gallery: Gallery, executor: ThreadPoolExecutor) -> None:
        self.gallery = gallery
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
        self.skill = PictureSkill(
            compositor=Compositor(),
            gallery=gallery,
            offload=self.bridge,  # pyright: ignore[reportArgumentType]
            executor=executor,
            random=Random(7),
        )

    def foretell(self, text: str) -> str:
        surroundings = Surroundings(now=NOW)
        return self.skill.foretell(CONTEXT.understand(text, surroundings=surroundings).steps[0], surroundings)

    async def hear(self, text: str) -> None:
        policy = Policy(self.privacy)

        async def may_leave(data: frozenset[Data], words: str) -> Decision:
            return await policy.ask(Wish(turn.id, "picture.create", data, self.skill.leaves, words))

        surroundings = Surroundings(
            now=NOW,
            online=self.online,
            hot=self.hot,
            pictures=tuple(PictureSeen(p.id, p.prompt, p.scene) for p in await self.gallery.latest(2)),
        )
        turn = Turn(
            id=f"turn of {text}",
            say=self._say,
            ask=self._say,
            publish=self._publish,
            language="en",
            surroundings=surroundings,
            may_leave=may_leave,
        )
        for step in CONTEXT.understand(text, surroundings=surroundings).steps:
            assert step.intent in self.skill.intents, step
            await self.skill.run(step, turn)

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


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    store = Store.open(tmp_path / "device.sqlite")
    executor = ThreadPoolExecutor(1, "draft")
    yield Room(Gallery(store, tmp_path / "pictures"), executor)
    executor.shutdown()
    await store.close()


@pytest.mark.parametrize(
    "text", ["draw a red fox under a full moon", "draw a fox and a zeppelin", "another one", "draw a fox riding a quux"]
)
async def test_the_reply_begins_as_foretold(room: Room, text: str) -> None:
    await room.hear("draw a cat")
    room.said.clear()
    foretold = room.foretell(text)
    await room.hear(text)
    assert foretold
    assert room.said[0].startswith(foretold)


def test_what_cannot_be_drawn_is_not_foretold(room: Room) -> None:
    assert room.foretell("draw a zeppelin") == ""


async def test_a_wish_becomes_a_draft_a_job_and_a_reply(room: Room) -> None:
    await room.hear("draw a red fox under a full moon")
    assert room.said == ["Drawing a red fox under a full moon."]
    (draft,) = room.seen(Draft)
    assert (draft.engine, draft.ms > 0) == (ENGINE, True)
    (shown,) = room.seen(Artifact)
    picture = await room.latest()
    assert (shown.picture, shown.stage, shown.width, shown.height) == (picture.id, "draft", 512, 512)
    with Image.open(shown.path) as image:
        assert len(image.convert("RGB").getcolors(512 * 512) or []) > 1000
    assert picture.prompt == "a red fox under a full moon"
    assert room.bridge.jobs == [
        {
            "turn": picture.turn,
            "picture": picture.id,
            "prompt": "a red fox under a full moon",
            "seed": picture.seed,
        }
    ]


async def test_draft_and_job_do_not_wait_for_the_sentence(room: Room) -> None:
    room.spoken.clear()
    hearing = asyncio.create_task(room.hear("draw a red fox"))
    await room.shown_and_queued.wait()
    assert room.said == ["Drawing a red fox."]
    assert not hearing.done()
    room.spoken.set()
    await hearing


async def test_offline_it_draws_and_promises_the_rest(room: Room) -> None:
    room.online = False
    await room.hear("draw a red fox")
    assert room.said == ["Drawing a red fox. I'll finish it when I'm back online."]
    assert len(room.seen(Artifact)) == len(room.bridge.jobs) == 1


async def test_without_a_bridge_it_draws_and_promises_nothing(room: Room) -> None:
    room.online, room.bridge.refusal = False, NoBridge("none")
    await room.hear("draw a red fox")
    assert room.said == ["Drawing a red fox."]
    assert [version.stage for version in (await room.latest()).versions] == ["draft"]
    assert room.seen(Failed) == []


async def test_a_picture_that_may_not_leave_stays_a_draft_and_it_says_so(room: Room) -> None:
    room.privacy = Privacy(offline=True)
    await room.hear("draw a red fox")
    assert room.said == ["Drawing a red fox. I'll keep this one here: nothing may leave the device."]
    assert [version.stage for version in (await room.latest()).versions] == ["draft"]
    assert room.bridge.jobs == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "draw a fox and a zeppelin",
            "Drawing a fox. I don't know how to draw a zeppelin yet, and your words may not leave the device.",
        ),
        ("draw a zeppelin", "I don't know how to draw a zeppelin yet, and your words may not leave the device."),
    ],
)
async def test_for_what_it_cannot_draw_no_help_is_asked_where_words_may_not_leave(
    room: Room, text: str, said: str
) -> None:
    room.privacy = Privacy(allow=frozenset())
    await room.hear(text)
    assert room.said == [said]
    assert room.bridge.jobs == []


async def test_a_hot_board_asks_for_no_partial_pictures(room: Room) -> None:
    await room.hear("draw a red fox")
    room.hot = True
    await room.hear("draw a cat")
    assert room.bridge.partial_images == [2, 0]


async def test_a_full_outbox_is_told_on_the_page_and_the_draft_stays(room: Room) -> None:
    room.bridge.refusal = OutboxFull("200 pictures are waiting already.")
    await room.hear("draw a red fox")
    assert [failed.text for failed in room.seen(Failed)] == ["200 pictures are waiting already."]
    assert (await room.latest()).best is not None


async def test_what_it_cannot_draw_it_says_and_hands_on_in_the_persons_words(room: Room) -> None:
    await room.hear("draw a fox and a zeppelin")
    assert room.said == ["Drawing a fox. I don't know how to draw a zeppelin yet, but I've asked for help."]
    assert [job["prompt"] for job in room.bridge.jobs] == ["a fox and a zeppelin"]
    assert len(room.seen(Artifact)) == 1


async def test_what_it_cannot_draw_at_all_gets_no_empty_draft(room: Room) -> None:
    await room.hear("draw a zeppelin")
    assert room.said == ["I don't know how to draw a zeppelin yet, but I've asked for help."]
    assert room.seen(Draft) == []
    (job,) = room.bridge.jobs
    assert await room.gallery.get(job["picture"]) is not None
    # Until the bridge has made it there is nothing to change or to show again.
    assert await room.gallery.latest() == ()


async def test_what_nobody_can_draw_leaves_no_picture(room: Room) -> None:
    room.bridge.refusal = NoBridge("none")
    await room.hear("draw a zeppelin")
    assert room.said == ["Sorry, I don't know how to draw a zeppelin yet."]
    assert await room.gallery.latest() == ()


async def test_a_wish_without_words_is_asked_about(room: Room) -> None:
    await room.hear("draw something")
    assert room.said == ["What shall I draw? Try: draw a red fox under a full moon."]
    assert await room.gallery.latest() == ()


async def test_an_edit_is_a_new_picture_with_the_same_seed_and_its_parent(room: Room) -> None:
    await room.hear("draw a red fox")
    fox = await room.latest()
    await room.hear("make it night")
    night = await room.latest()
    assert (night.parent, night.seed) == (fox.id, fox.seed)
    assert night.scene is not None
    assert night.scene.light == "night"
    assert room.bridge.jobs[-1]["prompt"] == night.prompt == "a red fox, at night"
    assert len(room.seen(Artifact)) == 2


async def test_a_picture_is_not_emptied(room: Room) -> None:
    await room.hear("draw a red fox")
    await room.hear("remove the fox")
    assert room.said[-1] == "Then nothing would be left in the picture."
    assert len(await room.gallery.latest(5)) == len(room.bridge.jobs) == 1


async def test_a_long_history_of_edits_stays_within_what_the_bridge_takes(room: Room) -> None:
    await room.hear("draw a fox and a zeppelin " + "with a very red hat " * 95)
    for time in ("night", "day", "sunset", "dawn"):
        await room.hear(f"make it {time} " + "and make it very red " * 60)
    assert len(room.bridge.jobs) == 5
    assert all(0 < len(job["prompt"]) <= 3000 for job in room.bridge.jobs)
    await room.hear("show me the last one")
    assert len(room.said[-1]) < 150


async def test_an_edit_that_is_not_understood_changes_nothing(room: Room) -> None:
    await room.hear("draw a red fox")
    await room.hear("make it more existential")
    assert len(await room.gallery.latest(5)) == len(room.bridge.jobs) == 1
    assert room.said[-1] == "Sorry, I couldn't do that with the picture: “existential”."


async def test_an_edit_that_is_so_already_is_said_to_be(room: Room) -> None:
    await room.hear("draw a red fox at night")
    await room.hear("make it night")
    assert room.said[-1] == "It's like that already."
    assert len(room.bridge.jobs) == 1


async def test_what_was_said_to_be_missing_is_not_said_again(room: Room) -> None:
    await room.hear("draw a fox and a zeppelin")
    await room.hear("make it night")
    await room.hear("another one")
    assert room.said[1:] == ["Okay, at night.", "Here comes another one."]
    assert room.bridge.jobs[1]["prompt"] == "a fox and a zeppelin, make it night"


async def test_what_an_edit_adds_and_nobody_here_can_draw_is_said(room: Room) -> None:
    await room.hear("draw a fox")
    await room.hear("add a zeppelin")
    assert room.said[-1].endswith("I don't know how to draw a zeppelin yet, but I've asked for help.")


@pytest.mark.parametrize("prompt", ["a sunset", "the sea", "a rainy night"])
async def test_a_mood_alone_is_a_picture_and_is_called_what_the_person_called_it(room: Room, prompt: str) -> None:
    await room.hear(f"draw {prompt}")
    assert room.said == [f"Drawing {prompt}."]
    assert room.bridge.jobs[0]["prompt"] == prompt
    assert len(room.seen(Draft)) == 1


async def test_another_one_is_the_same_scene_from_another_seed(room: Room) -> None:
    await room.hear("draw a red fox")
    first = await room.latest()
    await room.hear("another one")
    second = await room.latest()
    assert second.scene == first.scene
    assert second.seed != first.seed
    assert second.parent == first.id
    assert [job["seed"] for job in room.bridge.jobs] == [first.seed, second.seed]


@pytest.mark.parametrize("text", ["make it night", "add a tree", "another one", "show me the last one"])
async def test_without_a_picture_it_says_what_would_help(room: Room, text: str) -> None:
    await room.hear(text)
    assert room.said == [NO_PICTURE]
    assert room.events == []


async def test_the_last_one_is_shown_again_at_its_best(room: Room) -> None:
    await room.hear("draw a red fox")
    picture = await room.latest()
    assert picture.best is not None
    final = await room.gallery.add(
        picture.id, stage="final", engine="Nightjar studio", data=picture.best.path.read_bytes()
    )
    room.events.clear()
    await room.hear("show me the last one")
    assert [shown.artifact for shown in room.seen(Artifact)] == [final.id]
    assert room.said[-1] == "Here it is: a red fox."


async def test_the_one_before_is_the_one_before(room: Room) -> None:
    await room.hear("draw a red fox")
    await room.hear("draw a cat")
    await room.hear("show me the one before")
    assert room.said[-1] == "Here it is: a red fox."


async def test_a_draft_that_fails_does_not_stop_the_job(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scene: object, *, seed: int) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(room.skill._compositor, "draft", broken)
    await room.hear("draw a red fox")
    assert [failed.code for failed in room.seen(Failed)] == ["draft_failed"]
    assert len(room.bridge.jobs) == 1
    assert room.said == ["Drawing a red fox."]


async def test_a_picture_that_nobody_makes_is_apologised_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scene: object, *, seed: int) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(room.skill._compositor, "draft", broken)
    room.bridge.refusal = NoBridge("none")
    await room.hear("draw a red fox")
    assert room.said == ["Drawing a red fox.", "Sorry, the picture didn't work out."]
    assert await room.gallery.latest() == ()


async def test_the_picture_that_is_being_finished_can_be_called_off(room: Room) -> None:
    assert not await room.skill.cancel_latest()
    await room.hear("draw a red fox")
    assert await room.skill.cancel_latest()
    assert room.bridge.cancelled == ["job-1"]


async def test_a_picture_that_was_not_queued_is_not_the_one_to_call_off(room: Room) -> None:
    await room.hear("draw a red fox")
    room.bridge.refusal = OutboxFull("200 pictures are waiting already.")
    await room.hear("draw a cat")
    assert not await room.skill.cancel_latest()
    assert room.bridge.cancelled == []


async def test_a_picture_that_breaks_down_leaves_no_empty_one(room: Room) -> None:
    room.bridge.refusal = StoreError("The disk is full.")
    with pytest.RaisesGroup(StoreError):
        await room.hear("draw a zeppelin")
    assert await room.gallery.latest() == ()


async def test_a_picture_whose_sentence_takes_too_long_stays(room: Room) -> None:
    room.spoken.clear()
    hearing = asyncio.create_task(room.hear("draw a red fox"))
    await room.shown_and_queued.wait()
    await asyncio.sleep(0)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    assert (await room.latest()).best is not None
