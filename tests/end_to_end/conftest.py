"""A browser, a device for it to look at, and a way to open pages."""

import re
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from companion_device import Device, running
from page_parts import CHROMIUM, PHONE
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright


@pytest_asyncio.fixture(loop_scope="module")
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    async with running(tmp_path / "kitchen") as device:
        yield device


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: `make setup-dev` installs Debian's; on Ubuntu install Chrome or Chromium by hand")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=CHROMIUM)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser) -> AsyncIterator[Callable]:
    """Opens a page; whatever it complains of fails the test, but that a device is switched off or refuses."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # what the content policy refused is an error
            complaints.append(message.text)

    async with AsyncExitStack() as contexts:

        async def open_page(url: str, size: tuple[int, int] = PHONE) -> Page:
            context = await browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB")
            contexts.push_async_callback(context.close)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", complain)
            await page.goto(url)
            return page

        yield open_page
    switched_off = re.compile(
        "ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|status of (400|401|415|503)"
    )
    assert [text for text in complaints if not switched_off.search(text)] == []
