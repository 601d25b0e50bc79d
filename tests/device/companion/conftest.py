"""What the tests of the companion share: a device that serves its page, one that is paired with, and a phone."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from companion_device import Device, running


@pytest.fixture
async def device(tmp_path: Path) -> AsyncIterator[Device]:
    """A device whose page is for this machine alone."""
    async with running(tmp_path / "kitchen") as device:
        yield device


@pytest.fixture
async def paired_device(tmp_path: Path) -> AsyncIterator[Device]:
    """A device whose page is for paired phones."""
    async with running(tmp_path / "kitchen", pairing=True, host="nightjar.local") as device:
        yield device


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """A phone, which keeps its cookies."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session
