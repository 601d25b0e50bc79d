"""What the tests of engines share: a stand-in for NVIDIA's driver, compiled once."""

from collections.abc import Iterator

import pytest
from engine_parts import StandInDriver, compiled


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> StandInDriver:
    return compiled(tmp_path_factory.mktemp("driver"))


@pytest.fixture
def driver(built: StandInDriver) -> Iterator[StandInDriver]:
    built.reset()
    yield built
    assert built.held == 0
