"""Undo, redo, delete and restore, with a real store and gallery."""

import asyncio

import pytest
from picture_parts import Room

from device.events import Artifact, PictureDeleted, PictureShown
from device.gallery import Edits, Gallery, Trash
from device.store import Store


async def current(pictures: Room) -> str:
    found = await pictures.edits.current()
    assert found is not None
    return found.prompt


async def files(pictures: Room) -> int:
    return len([path for path in pictures.gallery._directory.iterdir() if path.is_file()])


async def test_undo_shows_the_picture_as_it_was_and_loses_nothing(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    await pictures.hear("make it night")
    pictures.events.clear()
    await pictures.hear("undo that")
    assert pictures.said[-1] == "Okay, back to a red fox."
    (shown,) = pictures.seen(Artifact)
    assert (shown.picture, shown.artifact) == (fox.id, fox.best and fox.best.id)
    assert pictures.seen(PictureShown) == [PictureShown(fox.id)]
    assert await current(pictures) == "a red fox"
    assert len(await pictures.gallery.latest(5)) == 2


async def test_redo_goes_forward_along_what_was_undone(pictures: Room) -> None:
    for text in ("draw a red fox", "make it night", "add a tree", "undo", "undo that", "redo"):
        await pictures.hear(text)
    assert pictures.said[-1] == "Okay, a red fox, at night again."
    await pictures.hear("redo")
    assert await current(pictures) == "a red fox and a tree, at night"
    made = len(pictures.bridge.jobs)
    await pictures.hear("put it back")
    assert pictures.said[-1] == "There's nothing to put back."
    assert len(pictures.bridge.jobs) == made


async def test_redo_with_nothing_undone_tries_again(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("redo")
    assert pictures.said[-1] == "Here comes another one."


async def test_an_edit_after_an_undo_begins_at_what_is_shown(pictures: Room) -> None:
    for text in ("draw a red fox", "make it night", "undo", "add a tree"):
        await pictures.hear(text)
    tree = await pictures.latest()
    assert tree.prompt == "a red fox and a tree"
    assert await current(pictures) == "a red fox and a tree"
    await pictures.hear("undo")
    assert await current(pictures) == "a red fox"
    await pictures.hear("redo")
    assert await current(pictures) == "a red fox and a tree"


async def test_an_undo_and_a_change_in_one_breath_are_of_the_same_picture(pictures: Room) -> None:
    for text in ("draw a red fox", "make it night", "undo that and make it blue"):
        await pictures.hear(text)
    blue, _, fox = await pictures.gallery.latest(3)
    assert (blue.prompt, blue.parent) == ("a blue fox", fox.id)


async def test_the_first_picture_cannot_be_undone(pictures: Room) -> None:
    await pictures.hear("undo that")
    assert pictures.said == ["There is no picture yet. Try: draw a red fox under a full moon."]
    await pictures.hear("draw a red fox")
    await pictures.hear("undo that")
    assert pictures.said[-1] == "There's nothing to undo: the picture began like this."


async def test_the_picture_that_was_gone_back_to_outlives_a_restart(pictures: Room, store: Store) -> None:
    for text in ("draw a red fox", "make it night", "undo"):
        await pictures.hear(text)
    gallery = Gallery(store, pictures.gallery._directory)
    again = await Edits(store, gallery).current()
    assert again is not None
    assert again.prompt == "a red fox"
    assert [picture.prompt for picture in await Edits(store, gallery).recent(2)] == [
        "a red fox",
        "a red fox, at night",
    ]


async def test_a_picture_that_is_shown_again_is_the_one_that_is_changed(pictures: Room) -> None:
    for text in ("draw a red fox", "draw a castle", "show me the fox picture", "make it blue"):
        await pictures.hear(text)
    assert await current(pictures) == "a blue fox"


async def test_the_finished_picture_of_what_was_undone_does_not_come_to_the_front(pictures: Room) -> None:
    for text in ("draw a red fox", "make it night", "undo"):
        await pictures.hear(text)
    night = await pictures.latest()
    assert night.best is not None
    await pictures.gallery.add(night.id, stage="final", engine="Studio", data=night.best.path.read_bytes())
    assert await current(pictures) == "a red fox"


async def test_a_deleted_picture_is_gone_and_its_job_stopped(pictures: Room) -> None:
    await pictures.hear("draw a castle")
    castle = await pictures.latest()
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    await pictures.hear("delete the picture")
    assert pictures.said[-1] == "It's deleted. Say “bring it back” if you still want it."
    assert await pictures.gallery.get(fox.id) is None
    assert fox.best is not None
    assert await pictures.gallery.version(fox.best.id) is None
    assert pictures.bridge.stopped == [fox.id]
    assert pictures.seen(PictureDeleted) == [PictureDeleted(fox.id)]
    assert pictures.seen(PictureShown) == [PictureShown(castle.id)]
    assert await current(pictures) == "a castle"


@pytest.mark.parametrize("text", ["bring it back", "undo that", "I didn't mean to delete it", "put it back"])
async def test_a_deleted_picture_comes_back(pictures: Room, text: str) -> None:
    await pictures.hear("draw a castle")
    await pictures.hear("draw a red fox")
    await pictures.hear("make it night")
    await pictures.hear("delete it")
    await pictures.hear(text)
    assert pictures.said[-1] == "It's back: a red fox, at night."
    assert await current(pictures) == "a red fox, at night"


async def test_an_undo_is_of_what_was_done_last(pictures: Room) -> None:
    for text in ("draw a castle", "draw a red fox", "delete the castle picture", "make it night", "undo"):
        await pictures.hear(text)
    assert await current(pictures) == "a red fox"
    await pictures.hear("bring it back")
    assert pictures.said[-1] == "It's back: a castle."


async def test_after_some_minutes_files_and_versions_are_gone(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("delete it")
    assert await files(pictures) == 1
    pictures.clock.at_s += 601
    await pictures.trash.empty_due()
    assert await files(pictures) == 0
    await pictures.hear("bring it back")
    assert pictures.said[-1] == "There's nothing to bring back."


async def test_the_trash_is_emptied_by_itself(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("draw a castle")
    await pictures.hear("delete it")
    pictures.clock.at_s += 601
    emptying = asyncio.create_task(pictures.trash.run())
    async with asyncio.timeout(10):
        while await files(pictures) == 2:
            await pictures.gallery.count()
    emptying.cancel()
    assert await files(pictures) == 1


async def test_what_was_deleted_before_a_restart_is_gone_after_it(pictures: Room, store: Store) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("delete it")
    await Trash(store, pictures.gallery, pictures.clock).load()
    assert await files(pictures) == 0


async def test_all_pictures_go_only_after_a_yes(pictures: Room) -> None:
    for text in ("draw a red fox", "draw a castle", "delete all pictures"):
        await pictures.hear(text)
    assert pictures.said[-1] == "Shall I delete all 2 pictures for good?"
    assert len(await pictures.gallery.latest(5)) == 2
    await pictures.hear("yes")
    assert pictures.said[-1] == "All your pictures are deleted."
    assert await pictures.gallery.latest(5) == ()
    assert await files(pictures) == 0
    assert len(pictures.seen(PictureDeleted)) == len(pictures.bridge.stopped) == 2


@pytest.mark.parametrize("text", ["draw a cat", "make it night"])
async def test_another_command_is_no_yes(pictures: Room, text: str) -> None:
    await pictures.hear("draw a red fox")
    await pictures.hear("delete all my pictures")
    assert pictures.said[-1] == "Shall I delete your only picture for good?"
    await pictures.hear(text)
    assert len(await pictures.gallery.latest(5)) == 2


async def test_the_one_that_is_named_is_deleted(pictures: Room) -> None:
    for text in ("draw a red fox", "draw a castle", "delete the fox picture"):
        await pictures.hear(text)
    assert [picture.prompt for picture in await pictures.gallery.latest(5)] == ["a castle"]


async def test_a_deleted_step_cannot_be_gone_back_to(pictures: Room) -> None:
    for text in ("draw a red fox", "make it night"):
        await pictures.hear(text)
    _, fox = await pictures.gallery.latest(2)
    await pictures.trash.put(fox.id)
    pictures.clock.at_s += 601
    await pictures.hear("undo")
    assert pictures.said[-1] == "I can't go back: the picture before it is deleted."
