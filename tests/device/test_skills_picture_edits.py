"""What words alone can't say: the bridge changes the picture itself where it can and may; otherwise the draft stays."""

import io

import pytest
from picture_parts import Room
from PIL import Image

from device.config import Privacy
from device.context.plan import Step
from device.events import Artifact
from device.gallery import BadPicture, read_photo, read_region
from device.policy import Data
from device.skills.picture_combine import TOGETHER


async def take_photo(pictures: Room) -> str:
    """As the page hands one in; the picture's id."""
    file = io.BytesIO()
    Image.new("RGB", (600, 400), (30, 120, 60)).save(file, "JPEG")
    photo = await pictures.gallery.new(turn="t", prompt="a photo", scene=None, seed=0, source="Mum's phone")
    await pictures.gallery.add(photo.id, stage="final", engine="Photo", data=read_photo(file.getvalue()))
    return photo.id


async def change(pictures: Room, text: str, *box: float) -> str:
    """As the page asks for it: words and a part of the current picture, whose id this returns."""
    picture = await pictures.edits.current()
    assert picture is not None
    region = await pictures.regions.add(picture.id, read_region({"region": box}))
    await pictures.do(Step("picture.edit", {"change": text, "region": region}, {"it": picture.id}))
    return picture.id


def let_photos_leave(pictures: Room) -> None:
    pictures.privacy = Privacy(allow=frozenset({Data.TEXT, Data.PHOTO}))


async def test_a_part_of_a_drawing_is_changed_by_the_bridge_in_that_part_alone(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    await pictures.hear("draw a red fox")
    fox = await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    ((inputs, part),) = pictures.bridge.changed
    assert inputs == (fox,)
    assert part is not None
    assert part.box == (0.02, 0.02, 0.3, 0.3)
    job = pictures.bridge.jobs[-1]
    assert (job["prompt"], job["picture"]) == ("a dragon here", (await pictures.latest()).id)
    assert pictures.said[-1] == "Okay, with a dragon."
    assert pictures.seen(Artifact)[-1].stage == "draft"  # it is there, too, before the bridge has done anything


async def test_what_is_made_of_a_changed_part_is_a_change_again(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    await pictures.hear("draw a red fox")
    await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    with_dragon = await pictures.latest()
    await pictures.hear("make it night")
    assert pictures.bridge.changed[-1] == ((with_dragon.id,), None)


async def test_a_photo_is_changed_by_the_bridge_where_photos_may_leave(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    let_photos_leave(pictures)
    photo = await take_photo(pictures)
    await pictures.hear("put a dragon in my photo")
    assert pictures.bridge.changed == [((photo,), None)]
    assert pictures.bridge.jobs[-1]["prompt"] == "add a dragon"
    assert pictures.said == ["Okay, with a dragon."]


async def test_the_fox_is_put_into_the_photo_and_not_the_photo_into_the_fox(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    let_photos_leave(pictures)
    photo = await take_photo(pictures)
    await pictures.hear("draw a red fox")
    fox = await pictures.latest()
    await pictures.hear("combine them")
    assert pictures.bridge.changed == [((photo, fox.id), None)]
    assert pictures.bridge.jobs[-1]["prompt"] == f"{TOGETHER}: a red fox"


@pytest.mark.parametrize("kinds", [{Data.TEXT}, {Data.PHOTO}, set()])
async def test_a_photo_stays_where_photos_or_words_may_not_leave_and_the_person_is_told(
    pictures: Room, kinds: set[Data]
) -> None:
    pictures.bridge.edit = "up"
    pictures.privacy = Privacy(allow=frozenset(kinds))
    await take_photo(pictures)
    await pictures.hear("put a dragon in my photo")
    assert pictures.bridge.changed == []
    assert pictures.said[-1].startswith("Okay, with a dragon. I'll keep this one here:")
    assert (await pictures.latest()).best is not None


@pytest.mark.parametrize("edit", ["absent", "down"])
async def test_where_the_bridge_changes_no_pictures_the_draft_is_all_there_is_and_nobody_is_asked(
    pictures: Room, edit: str
) -> None:
    pictures.bridge.edit = edit
    await take_photo(pictures)
    await pictures.hear("put a dragon in my photo")
    await change(pictures, "a cat here", 0.6, 0.5, 0.95, 0.95)
    assert pictures.bridge.jobs == []
    assert pictures.said == ["Okay, with a dragon.", "Okay, with a cat."]


async def test_a_picture_that_can_not_be_sent_stays_a_draft(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    await pictures.hear("draw a red fox")
    pictures.bridge.refusal = BadPicture("The picture is too small.")
    await change(pictures, "a dragon here", 0.02, 0.02, 0.3, 0.3)
    assert (await pictures.latest()).best is not None
    assert pictures.said[-1] == "Okay, with a dragon."


async def test_what_words_can_say_is_still_said_in_words(pictures: Room) -> None:
    pictures.bridge.edit = "up"
    for text in ("draw a red fox", "make it night", "draw a castle", "combine them"):
        await pictures.hear(text)
    assert pictures.bridge.changed == []
    assert len(pictures.bridge.jobs) == 4
