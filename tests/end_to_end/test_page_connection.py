"""The page and its device in a real browser: paired, switched off and on again, away, without a bridge."""

import socket
from pathlib import Path

import pytest
from companion_device import Device, running
from playwright.async_api import Browser, Page, expect

from device import events
from device.bus import NO_TURN

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one browser for all of them


async def test_a_bridge_that_is_offline_is_said(device: Device, opened) -> None:
    device.now.online = False
    page: Page = await opened(device.url)
    await expect(page.locator("#connection")).to_have_text("The bridge is offline; drafts only.")
    device.happens(NO_TURN, events.LinkChanged(online=True))
    await expect(page.locator("#connection")).to_be_hidden()


async def test_a_device_that_was_restarted_is_followed_without_loss(tmp_path: Path, opened) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path / "kitchen"
    async with running(home, port=port) as device:
        page: Page = await opened(device.url)
        turn = device.ask("draw a fox")
        fox = await device.picture("a fox", turn)
        await device.shows(fox, "draft")
        await expect(page.locator("#badge")).to_have_text("Draft · Nightjar compositor")
        device.happens(NO_TURN, events.StateChanged("speaking"))
        await expect(page.locator("#state-text")).to_have_text("Speaking")
    await expect(page.locator("#connection")).to_have_text("Reconnecting…")
    async with running(home, port=port) as device:
        device.ask("what time is it")  # before the page is back
        await device.shows(fox, "final", "Nightjar studio")
        await expect(page.locator("#badge")).to_have_text("Final · Nightjar studio")
        await expect(page.locator("#connection")).to_be_hidden()
        await expect(page.locator("#state-text")).to_have_text("Ready")
        await expect(page.locator("#talk .heard .words").last).to_have_text("what time is it")
        await expect(page.locator("#talk li")).to_have_count(2)
        device.ask("and now")
        await expect(page.locator("#talk .heard .words").last).to_have_text("and now")


async def test_a_phone_that_was_away_catches_up_when_it_is_looked_at_again(device: Device, opened) -> None:
    page: Page = await opened(device.url)
    device.ask("first")
    await expect(page.locator("#talk .heard .words")).to_have_text("first")
    look = """hidden => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await page.evaluate(look, arg=True)
    device.ask("second")
    fox = await device.picture("a fox")
    await device.shows(fox, "final")
    await expect(page.locator("#talk li")).to_have_count(1)
    await page.evaluate(look, arg=False)
    await expect(page.locator("#talk .heard .words").last).to_have_text("second")
    await expect(page.locator("#prompt")).to_have_text("A fox")
    device.ask("third")
    await expect(page.locator("#talk .heard .words").last).to_have_text("third")
    await expect(page.locator("#talk li")).to_have_count(3)


async def test_a_phone_is_paired_by_opening_the_link_once(tmp_path: Path, opened, browser: Browser) -> None:
    async with running(tmp_path / "kitchen", pairing=True) as device:
        await device.shows(await device.picture("a fox"), "final")
        link = device.pairing.new_link().url
        page: Page = await opened(link)
        await expect(page.locator("#prompt")).to_have_text("A fox")
        assert page.url == f"{device.url}/"
        await page.get_by_role("button", name="Device: phones, memory and the last turns").click()
        await page.get_by_role("button", name="Pair another phone").click()
        await expect(page.locator("#phone-qr")).to_be_visible()
        assert await page.locator("#phone-qr").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
        context = await browser.new_context()
        stranger = await context.new_page()
        await stranger.goto(link)  # used already
        await expect(stranger.locator("#message")).to_contain_text("not valid any more")
        await context.close()
        await page.get_by_role("button", name="Unpair").click()
        await expect(page.get_by_role("heading", name="Pair this phone")).to_be_visible()
