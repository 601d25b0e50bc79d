"""What the tests of the device share: a store of their own, and a room in which one clip is heard."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import picture_parts
import pytest
from ears_parts import Fakes, Room

from device.gallery import Gallery
from device.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty store."""
    opened = Store.open(tmp_path / "device.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
def room(tmp_path: Path) -> Room:
    """A room in which nothing was said yet."""
    return Room(Fakes(), tmp_path / "clip.wav")


@pytest.fixture
async def pictures(store: Store, tmp_path: Path) -> AsyncIterator[picture_parts.Room]:
    """A room in which nothing was drawn yet."""
    executor = ThreadPoolExecutor(1, "draft")
    yield picture_parts.Room(store, Gallery(store, tmp_path / "pictures"), executor)
    executor.shutdown()
