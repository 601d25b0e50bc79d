"""A broker and a provider for each test that asks for them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bridge_parts import Provider, serving

from cloud_bridge.broker import Broker


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with Broker(tmp_path / "broker", devices=("lamp", "clock")) as broker:
        yield broker


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with serving(Provider()) as provider:
        yield provider
