"""Pictures, with a real store, gallery and compositor; only the bridge is played."""

import asyncio
import re

import pytest
from picture_parts import Room
from PIL import Image

from device.config import Privacy
from device.events import Artifact, Draft, Failed
from device.offload import NoBridge, OutboxFull
from device.store import StoreError
from edge_models.image.compositor import ENGINE


@pytest.mark.parametrize(
    "text", ["draw a red fox under a full moon", "draw a fox and a zeppelin", "another one", "draw a fox riding a quux"]
)
async def test_the_reply_begins_as_foretold(pictures: Room, text: str) -> None:
    await pictures.hear("draw a cat")
    pictures.said.clear()
    foretold = pictures.foretell(text)
    await pictures.hear(text)
    assert foretold
    assert pictures.said[0].startswith(foretold)


def test_what_cannot_be_drawn_is_not_foretold(pictures: Room) -> None:
    assert pictures.foretell("draw a zeppelin") == ""


async def test_a_wish_becomes_a_draft_a_job_and_a_reply(pictures: Room) -> None:
    await pictures.hear("draw a red fox under a full moon")
    assert pictures.said == ["Drawing a red fox under a full moon."]
    (draft,) = pictures.seen(Draft)
    assert (draft.engine, draft.ms > 0) == (ENGINE, True)
    (shown,) = pictures.seen(Artifact)
    picture = await pictures.latest()
    assert (shown.picture, shown.stage, shown.width, shown.height) == (picture.id, "draft", 512, 512)
    with Image.open(shown.path) as image:
        assert len(image.convert("RGB").getcolors(512 * 512) or []) > 1000
    assert picture.prompt == "a red fox under a full moon"
    assert pictures.bridge.jobs == [
        {
            "turn": picture.turn,
            "picture": picture.id,
            "prompt": "a red fox under a full moon",
            "seed": picture.seed,
        }
    ]


async def test_draft_and_job_do_not_wait_for_the_sentence(pictures: Room) -> None:
    pictures.spoken.clear()
    hearing = asyncio.create_task(pictures.hear("draw a red fox"))
    await pictures.shown_and_queued.wait()
    assert pictures.said == ["Drawing a red fox."]
    assert not hearing.done()
    pictures.spoken.set()
    await hearing


async def test_offline_it_draws_and_promises_the_rest(pictures: Room) -> None:
    pictures.online = False
    await pictures.hear("draw a red fox")
    assert pictures.said == ["Drawing a red fox. I'll finish it when I'm back online."]
    assert len(pictures.seen(Artifact)) == len(pictures.bridge.jobs) == 1


async def test_without_a_bridge_it_draws_and_promises_nothing(pictures: Room) -> None:
    pictures.online, pictures.bridge.refusal = False, NoBridge("none")
    await pictures.hear("draw a red fox")
    assert pictures.said == ["Drawing a red fox."]
    assert [version.stage for version in (await pictures.latest()).versions] == ["draft"]
    assert pictures.seen(Failed) == []


async def test_a_picture_that_may_not_leave_stays_a_draft_and_it_says_so(pictures: Room) -> None:
    pictures.privacy = Privacy(offline=True)
    await pictures.hear("draw a red fox")
    assert pictures.said == ["Drawing a red fox. I'll keep this one here: nothing may leave the device."]
    assert [version.stage for version in (await pictures.latest()).versions] == ["draft"]
    assert pictures.bridge.jobs == []


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
    pictures: Room, text: str, said: str
) -> None:
    pictures.privacy = Privacy(allow=frozenset())
    await pictures.hear(text)
    assert pictures.said == [said]
    assert pictures.bridge.jobs == []


async def test_a_hot_board_asks_for_no_partial_pictures(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    pictures.hot = True
    await pictures.hear("draw a cat")
    assert pictures.bridge.partial_images == [2, 0]


async def test_a_full_outbox_is_told_on_the_page_and_the_draft_stays(pictures: Room) -> None:
    pictures.bridge.refusal = OutboxFull("200 pictures are waiting already.")
    await pictures.hear("draw a red fox")
    assert [failed.text for failed in pictures.seen(Failed)] == ["200 pictures are waiting already."]
    assert (await pictures.latest()).best is not None


async def test_what_it_cannot_draw_it_says_and_hands_on_in_the_persons_words(pictures: Room) -> None:
    await pictures.hear("draw a fox and a zeppelin")
    assert pictures.said == ["Drawing a fox. I don't know how to draw a zeppelin yet, but I've asked for help."]
    assert [job["prompt"] for job in pictures.bridge.jobs] == ["a fox and a zeppelin"]
    assert len(pictures.seen(Artifact)) == 1


async def test_what_it_cannot_draw_at_all_gets_no_empty_draft(pictures: Room) -> None:
    await pictures.hear("draw a zeppelin")
    assert pictures.said == ["I don't know how to draw a zeppelin yet, but I've asked for help."]
    assert pictures.seen(Draft) == []
    (job,) = pictures.bridge.jobs
    assert await pictures.gallery.get(job["picture"]) is not None
    # Until the bridge has made it there is nothing to change or to show again.
    assert await pictures.gallery.latest() == ()


MANY = "a fox, a cat, a dog, a bear, a lion, a mouse, a cow, a pig, a blue duck and a horse"


async def test_what_has_no_room_is_said_to_have_none_and_not_to_be_unknown(pictures: Room) -> None:
    await pictures.hear(f"draw {MANY}")
    drawn = "Drawing a fox, a cat, a dog, a bear, a lion, a mouse, a cow and a pig."
    assert pictures.said == [f"{drawn} The rest doesn't fit into one picture of mine."]
    assert pictures.foretell(f"draw {MANY}") == drawn
    assert [job["prompt"] for job in pictures.bridge.jobs] == [MANY]


async def test_what_has_no_room_and_is_unknown_is_unknown(pictures: Room) -> None:
    await pictures.hear(f"draw {MANY.replace('blue duck', 'zeppelin')}")
    assert pictures.said[0].endswith(" and a pig. I don't know how to draw “zeppelin” yet, but I've asked for help.")


async def test_very_long_wishes_are_not_repeated_to_the_end(pictures: Room) -> None:
    await pictures.hear(f"draw a {'very ' * 60}big fox")
    assert re.fullmatch(r"Drawing a( very){10,20} …\.", pictures.said[0])


async def test_what_nobody_can_draw_leaves_no_picture(pictures: Room) -> None:
    pictures.bridge.refusal = NoBridge("none")
    await pictures.hear("draw a zeppelin")
    assert pictures.said == ["Sorry, I don't know how to draw a zeppelin yet; the nearest I know is a hot air balloon."]
    assert await pictures.gallery.latest() == ()


async def test_where_nobody_can_help_the_nearest_is_offered_if_there_is_one(pictures: Room) -> None:
    pictures.bridge.refusal = NoBridge("none")
    await pictures.hear("draw a red wolverine beside a castle")
    await pictures.hear("draw a castle and a flibbertigibbet")
    assert pictures.said == [
        "Drawing a castle. But I don't know how to draw a red wolverine yet; the nearest I know is a badger.",
        "Drawing a castle. But I don't know how to draw a flibbertigibbet yet.",
    ]


async def test_a_wish_without_words_is_asked_about(pictures: Room) -> None:
    await pictures.hear("draw something")
    assert pictures.said == ["What shall I draw? Try: draw a red fox under a full moon."]
    assert await pictures.gallery.latest() == ()


async def test_an_edit_is_a_new_picture_with_the_same_seed_and_its_parent(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    await pictures.hear("make it night")
    night = await pictures.latest()
    assert (night.parent, night.seed) == (fox.id, fox.seed)
    assert night.scene is not None
    assert night.scene.light == "night"
    assert pictures.bridge.jobs[-1]["prompt"] == night.prompt == "a red fox, at night"
    assert len(pictures.seen(Artifact)) == 2


async def test_a_picture_is_not_emptied(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("remove the fox")
    assert pictures.said[-1] == "Then nothing would be left in the picture."
    assert len(await pictures.gallery.latest(5)) == len(pictures.bridge.jobs) == 1


async def test_a_long_history_of_edits_stays_within_what_the_bridge_takes(pictures: Room) -> None:
    await pictures.hear("draw a fox and a zeppelin " + "with a very red hat " * 95)
    for time in ("night", "day", "sunset", "dawn"):
        await pictures.hear(f"make it {time} " + "and make it very red " * 60)
    assert len(pictures.bridge.jobs) == 5
    assert all(0 < len(job["prompt"]) <= 3000 for job in pictures.bridge.jobs)
    await pictures.hear("show me the last one")
    assert len(pictures.said[-1]) < 150


async def test_an_edit_that_is_not_understood_changes_nothing(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("make it more existential")
    assert len(await pictures.gallery.latest(5)) == len(pictures.bridge.jobs) == 1
    assert pictures.said[-1] == "Sorry, I couldn't do that with the picture: “existential”."


async def test_an_edit_that_is_so_already_is_said_to_be(pictures: Room) -> None:
    await pictures.hear("draw a red fox at night")
    await pictures.hear("make it night")
    assert pictures.said[-1] == "It's like that already."
    assert len(pictures.bridge.jobs) == 1


async def test_what_was_said_to_be_missing_is_not_said_again(pictures: Room) -> None:
    await pictures.hear("draw a fox and a zeppelin")
    await pictures.hear("make it night")
    await pictures.hear("another one")
    assert pictures.said[1:] == ["Okay, at night.", "Here comes another one."]
    assert pictures.bridge.jobs[1]["prompt"] == "a fox and a zeppelin, make it night"


async def test_what_an_edit_adds_and_nobody_here_can_draw_is_said(pictures: Room) -> None:
    await pictures.hear("draw a fox")
    await pictures.hear("add a zeppelin")
    assert pictures.said[-1].endswith("I don't know how to draw a zeppelin yet, but I've asked for help.")


@pytest.mark.parametrize("prompt", ["a sunset", "the sea", "a rainy night"])
async def test_a_mood_alone_is_a_picture_and_is_called_what_the_person_called_it(pictures: Room, prompt: str) -> None:
    await pictures.hear(f"draw {prompt}")
    assert pictures.said == [f"Drawing {prompt}."]
    assert pictures.bridge.jobs[0]["prompt"] == prompt
    assert len(pictures.seen(Draft)) == 1


async def test_another_one_is_the_same_scene_from_another_seed(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    first = await pictures.latest()
    await pictures.hear("another one")
    second = await pictures.latest()
    assert second.scene == first.scene
    assert second.seed != first.seed
    assert second.parent == first.id
    assert [job["seed"] for job in pictures.bridge.jobs] == [first.seed, second.seed]


@pytest.mark.parametrize("text", ["make it night", "add a tree", "another one", "show me the last one"])
async def test_without_a_picture_it_says_what_would_help(pictures: Room, text: str) -> None:
    await pictures.hear(text)
    assert pictures.said == ["There is no picture yet. Try: draw a red fox under a full moon."]
    assert pictures.events == []


async def test_the_last_one_is_shown_again_at_its_best(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    picture = await pictures.latest()
    assert picture.best is not None
    final = await pictures.gallery.add(
        picture.id, stage="final", engine="Nightjar studio", data=picture.best.path.read_bytes()
    )
    pictures.events.clear()
    await pictures.hear("show me the last one")
    assert [shown.artifact for shown in pictures.seen(Artifact)] == [final.id]
    assert pictures.said[-1] == "Here it is: a red fox."


async def test_the_one_before_is_the_one_before(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("draw a cat")
    await pictures.hear("show me the one before")
    assert pictures.said[-1] == "Here it is: a red fox."


async def test_a_draft_that_fails_does_not_stop_the_job(pictures: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scene: object, *, seed: int) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(pictures.compositor, "draft", broken)
    await pictures.hear("draw a red fox")
    assert [failed.code for failed in pictures.seen(Failed)] == ["draft_failed"]
    assert len(pictures.bridge.jobs) == 1
    assert pictures.said == ["Drawing a red fox."]


async def test_a_picture_that_nobody_makes_is_apologised_for(pictures: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(scene: object, *, seed: int) -> Image.Image:
        raise MemoryError

    monkeypatch.setattr(pictures.compositor, "draft", broken)
    pictures.bridge.refusal = NoBridge("none")
    await pictures.hear("draw a red fox")
    assert pictures.said == ["Drawing a red fox.", "Sorry, the picture didn't work out."]
    assert await pictures.gallery.latest() == ()


async def test_the_picture_that_is_being_finished_can_be_called_off(pictures: Room) -> None:
    assert not await pictures.maker.cancel_latest()
    await pictures.hear("draw a red fox")
    assert await pictures.maker.cancel_latest()
    assert pictures.bridge.cancelled == ["job-1"]


async def test_a_picture_that_was_not_queued_is_not_the_one_to_call_off(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    pictures.bridge.refusal = OutboxFull("200 pictures are waiting already.")
    await pictures.hear("draw a cat")
    assert not await pictures.maker.cancel_latest()
    assert pictures.bridge.cancelled == []


async def test_a_picture_that_breaks_down_leaves_no_empty_one(pictures: Room) -> None:
    pictures.bridge.refusal = StoreError("The disk is full.")
    with pytest.RaisesGroup(StoreError):
        await pictures.hear("draw a zeppelin")
    assert await pictures.gallery.latest() == ()


async def test_a_picture_whose_sentence_takes_too_long_stays(pictures: Room) -> None:
    pictures.spoken.clear()
    hearing = asyncio.create_task(pictures.hear("draw a red fox"))
    await pictures.shown_and_queued.wait()
    await asyncio.sleep(0)
    hearing.cancel()
    await asyncio.gather(hearing, return_exceptions=True)
    assert (await pictures.latest()).best is not None
