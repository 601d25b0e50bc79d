"""What people do with pictures by hand, in a real browser: delete, change a part, hand in a photo."""

import io
from pathlib import Path

import numpy as np
import pytest
from companion_device import Device, running
from page_parts import DESK, PHONE
from PIL import Image
from playwright.async_api import Page, expect

from device import events
from device.bus import NO_TURN

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them


async def shown(device: Device, opened, *prompts: str, size: tuple[int, int] = PHONE) -> Page:
    """The page, with these pictures, the last of them opened."""
    for prompt in prompts:
        await device.shows(await device.picture(prompt), "draft")
    page: Page = await opened(device.url, size)
    await page.locator("#frame").click()
    await expect(page.locator("#viewer-prompt")).to_be_visible()
    return page


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_picture_is_deleted_and_brought_back(device: Device, opened, size) -> None:
    page = await shown(device, opened, "an owl", "a fox", size=size)
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator("#prompt")).to_have_text("An owl")
    await expect(page.locator("#grid li")).to_have_count(0)
    assert [picture.prompt for picture in await device.kept.gallery.latest(5)] == ["an owl"]
    await expect(page.locator("#toast")).to_contain_text("The picture is deleted.")
    await page.get_by_role("button", name="Bring it back").click()
    await expect(page.locator("#prompt")).to_have_text("A fox")
    await expect(page.locator("#grid li")).to_have_count(1)
    await expect(page.locator("#toast")).to_be_hidden()


async def test_the_last_picture_that_is_deleted_leaves_the_welcome(device: Device, opened) -> None:
    page = await shown(device, opened, "a fox")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator("#welcome")).to_be_visible()
    await expect(page.locator("#figure")).to_be_hidden()


async def test_a_picture_that_is_deleted_by_word_goes_from_the_page(device: Device, opened) -> None:
    page = await shown(device, opened, "an owl", "a fox")
    owl, fox = reversed(await device.kept.gallery.latest(2))
    await device.kept.gallery.delete(fox.id)
    device.happens(NO_TURN, events.PictureDeleted(fox.id), events.PictureShown(owl.id))
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await expect(page.locator("#prompt")).to_have_text("An owl")


async def test_a_picture_that_is_gone_back_to_takes_the_stage_and_keeps_it(device: Device, opened) -> None:
    fox = await device.picture("a fox")
    await device.shows(fox, "draft")
    blue = await device.picture("a blue fox", parent=fox.id)
    await device.shows(blue, "draft")
    page: Page = await opened(device.url)
    await expect(page.locator("#prompt")).to_have_text("A blue fox")
    device.happens(NO_TURN, events.PictureShown(fox.id))
    await expect(page.locator("#prompt")).to_have_text("A fox")
    await device.shows(blue, "final")
    await expect(page.locator("#grid img")).to_have_attribute("alt", "A blue fox")
    await expect(page.locator("#prompt")).to_have_text("A fox")


async def send(page: Page) -> None:
    async with page.expect_response("**/change"):
        await page.get_by_role("button", name="Change it").click()


async def answered(device: Device, prompt: str, reply: str) -> None:
    """What the device does with the change that was asked for: a picture, and a word about it."""
    turn, step = device.steps[-1]
    device.happens(turn, events.Reply(reply))
    if prompt:
        picture = await device.kept.gallery.new(
            turn=turn, prompt=prompt, scene=None, seed=1, parent=step.references["it"], region=str(step.slots["region"])
        )
        await device.shows(picture, "draft")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_part_is_drawn_over_and_changed(device: Device, opened, size) -> None:
    page = await shown(device, opened, "a fox", size=size)
    await page.get_by_role("button", name="Change a part").click()
    box = await page.locator("#part-canvas").bounding_box()
    image = await page.locator("#viewer-image").bounding_box()
    assert box is not None
    assert box == image
    await page.mouse.move(box["x"] + 0.2 * box["width"], box["y"] + 0.2 * box["height"])
    await page.mouse.down()
    await page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.3 * box["height"], steps=4)
    await page.mouse.up()
    await page.get_by_label("What should be there?").fill("a hat here")
    await send(page)
    _, step = device.steps[-1]
    fox = (await device.kept.gallery.latest())[0]
    assert (step.intent, step.slots["change"], step.references) == ("picture.edit", "a hat here", {"it": fox.id})
    region = await device.kept.regions.get(str(step.slots["region"]))
    assert region is not None
    assert region.box == pytest.approx((0.17, 0.17, 0.43, 0.33), abs=0.04)
    with Image.open(io.BytesIO(region.mask)) as mask:
        assert (mask.mode, mask.size) == ("1", (64, 64))
        assert 40 < np.asarray(mask).sum() < 300
    await answered(device, "a fox wearing a hat", "Okay, with a hat.")
    await expect(page.locator("#viewer-prompt")).to_have_text("A fox wearing a hat")
    await expect(page.locator("#part")).to_be_hidden()
    await expect(page.locator("#viewer-history li")).to_have_count(1)


async def test_a_part_is_chosen_by_keyboard(device: Device, opened) -> None:
    page = await shown(device, opened, "a fox")
    await page.get_by_role("button", name="Change a part").press("Enter")
    await expect(page.get_by_label("What should be there?")).to_be_focused()
    await page.get_by_role("checkbox", name="Top left").press("Space")
    await page.get_by_role("checkbox", name="Top", exact=True).press("Space")
    await page.get_by_label("What should be there?").fill("a dragon")
    async with page.expect_response("**/change"):
        await page.keyboard.press("Enter")
    region = await device.kept.regions.get(str(device.steps[-1][1].slots["region"]))
    assert region is not None
    assert region.box == pytest.approx((0, 0, 2 / 3, 1 / 3), abs=0.02)


async def test_what_cannot_be_changed_is_said_where_it_was_asked(device: Device, opened) -> None:
    page = await shown(device, opened, "a fox")
    await page.get_by_role("button", name="Change a part").click()
    await page.get_by_role("button", name="Change it").click()
    await expect(page.locator("#part-note")).to_have_text("Draw over the part that is to change, or choose where.")
    await page.get_by_role("checkbox", name="Middle").check()
    await page.get_by_role("button", name="Change it").click()
    await expect(page.locator("#part-note")).to_have_text("Say what should be there.")
    assert device.steps == []
    await page.get_by_label("What should be there?").fill("make it night")
    await send(page)
    await answered(device, "", "I can't do that in a part.")
    await expect(page.locator("#part-note")).to_have_text("I can't do that in a part.")
    await page.get_by_role("button", name="Clear").click()
    assert not await page.get_by_role("checkbox", name="Middle").is_checked()


async def test_a_photo_is_handed_in_and_is_the_current_picture(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    file = io.BytesIO()
    Image.new("RGB", (300, 200), (30, 120, 60)).save(file, "JPEG")
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Add a photo").click()
    photo = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}
    await (await chooser.value).set_files(photo)  # pyright: ignore[reportArgumentType]
    await expect(page.locator("#badge")).to_have_text("Final · Photo")
    await expect(page.locator("#talk .reply .words")).to_have_text("Your photo is here; say what to do with it.")
    (picture,) = await device.kept.gallery.latest()
    assert (picture.source, picture.scene) == ("this computer", None)


async def test_what_is_no_photo_is_refused_in_a_sentence(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    async with page.expect_file_chooser() as chooser:
        await page.get_by_role("button", name="Add a photo").click()
    note = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"hello"}
    await (await chooser.value).set_files(note)  # pyright: ignore[reportArgumentType]
    await expect(page.locator("#composer-error")).to_have_text("Choose a JPEG, PNG or WebP photo.")
    assert await device.kept.gallery.latest() == ()


async def test_a_picture_is_opened_on_the_phone_that_it_is_sent_to(tmp_path: Path, opened) -> None:
    async with running(tmp_path / "kitchen", pairing=True) as device:
        for prompt in ("a fox", "an owl"):
            await device.shows(await device.picture(prompt), "draft")
        page: Page = await opened(device.pairing.new_link().url)
        await expect(page.locator("#prompt")).to_have_text("An owl")
        await page.get_by_role("button", name="Device: phones").click()
        await page.get_by_role("textbox", name="Name of").fill("Mum's phone")
        async with page.expect_response("**/name"):
            await page.get_by_role("textbox", name="Name of").press("Tab")
        (phone,) = device.companion.phones()
        assert (phone.name, phone.watching) == ("Mum's phone", True)
        await page.get_by_role("dialog").get_by_role("button", name="Close").click()
        fox = (await device.kept.gallery.latest(2))[1]
        device.happens(NO_TURN, events.PictureSent(picture=fox.id, phone="another"))
        device.happens(NO_TURN, events.PictureSent(picture=fox.id, phone=phone.id))
        await expect(page.locator("#viewer-prompt")).to_have_text("A fox")


async def test_what_should_be_in_a_part_can_be_spoken(device: Device, opened) -> None:
    page = await shown(device, opened, "a fox")
    fox = (await device.kept.gallery.latest())[0]
    await page.get_by_role("button", name="Change a part").click()
    async with page.expect_response("**/mark"):
        await page.get_by_role("checkbox", name="Middle").check()
    marked = device.by_hand.marked
    assert marked is not None
    assert marked.picture == fox.id
    turn = device.ask("a hat here")
    slots = {"change": "a hat here", "region": marked.region}
    device.happens(turn, events.Understood("picture.edit", slots, {"it": fox.id}, "page/device"))
    hat = await device.picture("a fox wearing a hat", turn, parent=fox.id)
    async with page.expect_response("**/mark"):
        await device.shows(hat, "draft")
    await expect(page.locator("#viewer-prompt")).to_have_text("A fox wearing a hat")
    assert device.by_hand.marked is None
