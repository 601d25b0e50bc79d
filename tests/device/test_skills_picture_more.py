"""Describing and combining pictures, and changing a part of one."""

import io

import numpy as np
import pytest
from picture_parts import Room
from PIL import Image

from device.context.plan import Step
from device.gallery import read_photo, read_region
from device.store import Store
from edge_models.image.edit_region import NOT_A_PART


@pytest.mark.parametrize("text", ["what's in the picture", "describe it", "what do you see"])
async def test_a_picture_is_described(pictures: Room, text: str) -> None:
    await pictures.hear("draw a red fox under a full moon")
    await pictures.hear(text)
    assert pictures.said[-1] == "It shows a red fox under a full moon. It's my draft; the finished one is on its way."


async def test_a_finished_picture_is_somebody_elses(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    assert fox.best is not None
    await pictures.gallery.add(fox.id, stage="final", engine="Nightjar studio", data=fox.best.path.read_bytes())
    await pictures.hear("who made it")
    assert pictures.said[-1] == "It shows a red fox. It's the finished picture, by Nightjar studio."


async def test_what_is_missing_in_a_draft_is_told(pictures: Room) -> None:
    await pictures.hear("draw a fox and a zeppelin")
    await pictures.hear("describe the picture")
    assert pictures.said[-1].startswith("It shows a fox, but not a zeppelin, which I can't draw.")


async def test_the_fox_and_the_castle_are_put_together(pictures: Room) -> None:
    for text in ("draw a red fox in the snow", "draw a castle at night", "put the fox and the castle together"):
        await pictures.hear(text)
    both, castle, fox = await pictures.gallery.latest(3)
    assert pictures.said[-1] == "Okay, together: a red fox and a castle, in the snow, at night."
    assert (both.parent, both.others) == (castle.id, (fox.id,))
    assert both.best is not None
    assert pictures.bridge.jobs[-1]["prompt"] == both.prompt == "a red fox and a castle, in the snow, at night"


async def test_the_last_two_are_combined(pictures: Room) -> None:
    for text in ("draw a red fox", "draw a castle", "combine the last two pictures"):
        await pictures.hear(text)
    assert (await pictures.latest()).prompt == "a red fox and a castle"


async def test_it_is_put_into_the_forest_picture(pictures: Room) -> None:
    for text in ("draw an owl in a forest", "draw a cat on the beach", "put this cat into the forest picture"):
        await pictures.hear(text)
    assert (await pictures.latest()).prompt == "a cat and an owl, in a forest"


async def test_one_picture_is_not_enough(pictures: Room) -> None:
    await pictures.hear("draw a fox")
    await pictures.hear("combine the last two pictures")
    assert pictures.said[-1] == "I need two pictures for that."


async def test_what_has_no_room_in_one_picture_is_named(pictures: Room) -> None:
    await pictures.hear("draw a fox, a cat, a dog, an owl and a horse")
    await pictures.hear("draw a castle, a tree, a house, a boat and a bridge")
    await pictures.hear("combine the last two pictures")
    assert pictures.said[-1].endswith(", a tree and a house, without a boat or a bridge.")


async def test_a_combination_can_be_undone(pictures: Room) -> None:
    for text in ("draw a red fox", "draw a castle", "combine them", "undo"):
        await pictures.hear(text)
    assert pictures.said[-1] == "Okay, back to a castle."


async def change(pictures: Room, text: str, *box: float) -> None:
    """As the page asks for it: words and a part of the current picture."""
    picture = await pictures.edits.current()
    assert picture is not None
    region = await pictures.regions.add(picture.id, read_region({"region": box}))
    await pictures.do(Step("picture.edit", {"change": text, "region": region}, {"it": picture.id}))


async def test_a_part_is_changed_and_the_rest_stays(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    before = await pictures.latest()
    await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    after = await pictures.latest()
    assert pictures.said[-1] == "Okay, with a dragon."
    assert after.parent == before.id
    assert before.best is not None
    assert after.best is not None
    with Image.open(before.best.path) as old, Image.open(after.best.path) as new:
        differs = np.abs(np.asarray(old, int) - np.asarray(new, int)).sum(axis=2) > 90
    assert differs[:170, :170].sum() > 500
    assert differs[200:, 200:].sum() == 0
    assert after.region is not None
    region = await pictures.regions.get(after.region)
    assert region is not None
    assert region.box == (0.02, 0.02, 0.3, 0.3)
    assert len(region.mask) < 300


async def test_what_words_cannot_say_is_not_sent_to_the_bridge(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    await pictures.hear("make it night")
    assert len(pictures.bridge.jobs) == 1
    assert (await pictures.latest()).prompt == "a red fox and a dragon, at night"


async def test_the_light_of_a_part_stays(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    await change(pictures, "make it night", 0, 0, 1, 1)
    assert pictures.said[-1] == NOT_A_PART


async def test_a_part_of_a_picture_that_is_gone_goes_with_it(pictures: Room) -> None:
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    region = await pictures.regions.add(fox.id, read_region({"region": [0, 0, 1, 1]}))
    await pictures.gallery.delete(fox.id)
    assert await pictures.regions.get(region) is None
    with pytest.raises(LookupError):
        await pictures.regions.add(fox.id, read_region({"region": [0, 0, 1, 1]}))


async def take_photo(pictures: Room) -> str:
    """As the page hands one in; the picture's id."""
    file = io.BytesIO()
    Image.new("RGB", (600, 400), (30, 120, 60)).save(file, "JPEG")
    photo = await pictures.gallery.new(turn="t", prompt="a photo", scene=None, seed=0, source="Mum's phone")
    await pictures.gallery.add(photo.id, stage="final", engine="Photo", data=read_photo(file.getvalue()))
    return photo.id


async def colours(pictures: Room) -> np.ndarray:
    best = (await pictures.latest()).best
    assert best is not None
    with Image.open(best.path) as image:
        return np.asarray(image.convert("RGB"), int)


@pytest.mark.parametrize("text", ["put a dragon in my photo", "add a dragon", "add a dragon to the photo"])
async def test_a_dragon_is_drawn_into_a_photo(pictures: Room, text: str) -> None:
    photo = await take_photo(pictures)
    await pictures.hear(text)
    drawn = await pictures.latest()
    assert pictures.said == ["Okay, with a dragon."]
    assert (drawn.parent, drawn.backdrop, drawn.prompt) == (photo, photo, "a dragon")
    seen = await colours(pictures)
    assert seen.shape == (400, 600, 3)
    green = np.abs(seen - (30, 120, 60)).sum(axis=2) < 40
    assert 0.4 < green.mean() < 0.97
    assert pictures.bridge.jobs == []
    await pictures.hear("make the dragon blue")
    assert (await pictures.latest()).backdrop == photo
    await pictures.hear("describe it")
    assert pictures.said[-1] == "It shows a blue dragon in your photo. It's a draft of my own."


async def test_a_part_of_a_photo_gets_what_is_asked_for(pictures: Room) -> None:
    await take_photo(pictures)
    await change(pictures, "a cat here", 0.6, 0.5, 0.95, 0.95)
    away = np.abs(await colours(pictures) - (30, 120, 60)).sum(axis=2) > 60
    rows, columns = np.nonzero(away)
    assert len(rows) > 1000
    assert columns.min() > 0.55 * 600
    assert rows.min() > 0.45 * 400


@pytest.mark.parametrize("text", ["make it night", "remove the tree", "make it paper cut"])
async def test_the_photo_itself_is_not_changed(pictures: Room, text: str) -> None:
    await take_photo(pictures)
    await pictures.hear(text)
    assert pictures.said == ["I can draw things into a photo, but I can't change the photo itself yet."]
    assert len(await pictures.gallery.latest(5)) == 1


async def test_the_fox_is_put_into_a_photo(pictures: Room) -> None:
    await pictures.hear("draw a fox in a forest at night")
    photo = await take_photo(pictures)
    await pictures.hear("put the fox into my photo")
    both = await pictures.latest()
    assert both.backdrop == photo
    assert pictures.said[-1] == "Okay, together: a fox."


async def test_two_photos_are_more_than_it_can_do(pictures: Room) -> None:
    await take_photo(pictures)
    await take_photo(pictures)
    await pictures.hear("combine the last two pictures")
    assert pictures.said == ["I can draw things into a photo, but I can't put two photos together yet."]


async def test_a_photo_is_told_by_where_it_came_from(pictures: Room) -> None:
    await take_photo(pictures)
    await pictures.hear("what's in the picture")
    assert pictures.said[0].startswith("It's a photo that came from Mum's phone")
    await pictures.hear("another one")
    assert pictures.said[1] == "I can't make another one of a photo."


async def test_a_drawing_outlives_the_photo_behind_it(pictures: Room) -> None:
    photo = await take_photo(pictures)
    await pictures.hear("add a dragon")
    await pictures.gallery.delete(photo)
    await pictures.hear("make the dragon blue")
    assert pictures.said[-1] == "Okay, with a blue dragon."


async def test_what_was_marked_and_never_changed_is_not_kept_for_ever(pictures: Room, store: Store) -> None:
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    for _ in range(30):
        await pictures.regions.add(fox.id, read_region({"region": [0, 0, 1, 1]}))
    kept = await store.read(lambda db: db.execute("SELECT count(*) FROM regions").fetchone()[0])
    assert kept == 21
    dragon = await pictures.latest()
    assert dragon.region is not None
    assert await pictures.regions.get(dragon.region) is not None
