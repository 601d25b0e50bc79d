"""The drawer in a real browser: what is to come, written down and remembered, and where the time went."""

import re
import time

import pytest
from companion_device import Device
from playwright.async_api import Page, expect

from device import events
from device.context.when import when

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them


async def test_developers_see_where_the_time_went(device: Device, opened) -> None:
    turn = device.ask("draw a fox")
    device.happens(turn, events.Understood("picture.create", {}, {}, "grammar/device"))
    page: Page = await opened(device.url)
    await page.get_by_role("button", name="Device: phones, memory and the last turns").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("heading", name="draw a fox")).to_be_visible()
    await expect(drawer.locator(".span")).to_contain_text("Meaning")
    await drawer.get_by_text("2 events").click()
    await expect(drawer.locator(".marks li")).to_have_count(2)
    await drawer.get_by_role("button", name="Close").click()
    await expect(drawer).to_be_hidden()


async def test_lists_and_notes_are_read_and_deleted_line_by_line(device: Device, opened) -> None:
    await device.kept.lists.add("shopping", ["milk", "<img src=x onerror=alert(1)>"])
    await device.kept.notes.take("the code of the gate is 4711")
    page: Page = await opened(device.url)
    await page.get_by_role("button", name="lists and notes").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.get_by_role("heading", name="Shopping list")).to_be_visible()
    await expect(drawer.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()  # as text, and nothing else
    await drawer.get_by_role("button", name="Delete milk").press("Enter")
    await expect(drawer.get_by_text("milk", exact=True)).to_be_hidden()
    assert await page.evaluate("document.activeElement.id") == "papers-title"
    await drawer.get_by_role("button", name="Delete the note the code of the gate is 4711").click()
    await expect(drawer.get_by_text("4711")).to_be_hidden()
    await drawer.get_by_role("button", name="Delete the whole shopping list").click()
    await expect(drawer.get_by_text("Nothing is written down.")).to_be_visible()
    assert (await device.kept.lists.all(), await device.kept.notes.all()) == ([], [])


async def test_what_is_remembered_is_read_and_deleted_on_the_page(device: Device, opened) -> None:
    await device.kept.memory.remember("my gate code is 4711")
    await device.kept.memory.remember("Lina likes foxes")
    turn = device.ask("what does Lina like")
    device.happens(turn, events.Reply("Lina likes foxes."))
    row = (time.time(), turn, "job", "image.create", "bridge:8883", "a red fox")
    await device.kept.store.write(
        lambda db: db.execute(
            "INSERT INTO audit (at, turn, job, what, destination, content) VALUES (?, ?, ?, ?, ?, ?)", row
        )
    )
    page: Page = await opened(device.url)
    await page.get_by_role("button", name="Device: phones, memory and the last turns").click()
    facts = page.locator("#fact-list li")
    await expect(facts).to_have_count(2)
    await expect(facts.first).to_contain_text("Lina likes foxes")
    await page.get_by_role("button", name="Forget: my gate code is 4711").click()
    await expect(facts).to_have_count(1)

    async with page.expect_download() as saved:
        await page.get_by_role("link", name="Export").click()
    assert "Lina likes foxes" in (await (await saved.value).path()).read_text(encoding="utf-8")

    await page.get_by_text("What left the house").click()
    await expect(page.locator("#sent-list")).to_contain_text("image.create to bridge:8883")
    await expect(page.locator("#sent-list")).to_contain_text("a red fox")

    await page.get_by_text("Conversations").click()
    await expect(page.locator("#history-list")).to_contain_text("what does Lina like")
    await page.get_by_role("button", name="Delete history").click()
    await page.get_by_role("group", name="Delete all conversations?").get_by_role("button", name="Delete").click()
    await expect(page.locator("#history-list")).to_have_text("Nothing.")
    await expect(page.locator("#talk")).not_to_contain_text("what does Lina like")

    await page.get_by_role("button", name="Delete all").click()
    await page.get_by_role("button", name="Keep").click()
    await expect(facts.first).to_contain_text("Lina likes foxes")
    await page.get_by_role("button", name="Delete all").click()
    await page.get_by_role("group", name="Forget everything?").get_by_role("button", name="Delete").click()
    await expect(facts.first).to_contain_text("Nothing yet.")
    assert device.kept.memory.facts() == []


async def test_what_is_to_come_is_read_and_cancelled(device: Device, opened) -> None:
    await device.kept.timers.set("pasta", 600)
    now = device.kept.agenda.now()
    tomorrow, weekdays = when("tomorrow at 6:30", now, waking=True), when("every weekday at seven", now, waking=True)
    assert tomorrow is not None
    assert weekdays is not None
    await device.kept.agenda.add("alarm", "", tomorrow)
    await device.kept.agenda.add("reminder", "water the plants", weekdays)
    page: Page = await opened(device.url)
    await page.get_by_role("button", name="alarms, lists and notes").click()
    drawer = page.get_by_role("dialog")
    await expect(drawer.locator("#coming li")).to_have_count(3)
    await expect(drawer.locator("#coming li").first).to_contain_text(re.compile(r"Pasta timer (10:00|9:\d\d) left"))
    await expect(drawer.locator("#coming li").filter(has_text=f"Alarm {tomorrow.at:%a}")).to_contain_text("06:30")
    await expect(drawer.get_by_text("Water the plants every weekday at 07:00")).to_be_visible()
    await drawer.get_by_role("button", name="Cancel the reminder water the plants").press("Enter")
    await expect(drawer.locator("#coming li")).to_have_count(2)
    assert await page.evaluate("document.activeElement.id") == "coming-title"
    assert [entry.kind for entry in device.kept.agenda.all()] == ["alarm"]
    await drawer.get_by_role("button", name="Cancel the pasta timer").click()
    await drawer.get_by_role("button", name=re.compile("Cancel the alarm")).click()
    await expect(drawer.get_by_text("Nothing is to come.")).to_be_visible()
    assert (device.kept.timers.all(), device.kept.agenda.all()) == ([], [])
