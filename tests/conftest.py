"""What all tests share: the models, real speech, a home of their own; and the order, quick ones first."""

import gc
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

# As `nightjar` does: numpy's own threads wait busily, which on a loaded machine makes small products 50 times slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from edge_models.models import ModelStore
from edge_models.tensorrt import EngineError, Library, find_library
from nightjar.home import home

# No test is about how long it takes: a machine that is busy for a moment must not fail one.
hypothesis.settings.register_profile("untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("untimed")

ROOT = Path(__file__).parent.parent
MODELS = home() / "models"
"""Where `nightjar models pull` puts them; read before any test gets a home of its own."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Quick tests first, then those with models, then the slow ones."""

    def weight(item: pytest.Item) -> int:
        return 2 if item.get_closest_marker("slow") else 1 if item.get_closest_marker("models") else 0

    items.sort(key=weight)


def pytest_collection_finish() -> None:
    """Look for garbage among what the tests make alone, not among the two million objects that they are."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the home of whoever runs it."""
    monkeypatch.setenv("NIGHTJAR_HOME", str(tmp_path / "home"))


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that a test runs sets what is logged; the next test hears all that is said by default."""
    root = logging.getLogger()
    level, handlers = root.level, root.handlers[:]
    yield
    root.setLevel(level)
    root.handlers[:] = handlers


@pytest.fixture
def nightjar_home(tmp_path: Path) -> Path:
    """A home with the default models in it and nothing else."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700, exist_ok=True)
    (path / "models").symlink_to(MODELS, target_is_directory=True)
    return path


@pytest.fixture(scope="session")
def models() -> ModelStore:
    """The store that `nightjar models pull` fills; `make test` runs that first."""
    return ModelStore(MODELS)


@pytest.fixture(scope="session")
def library() -> Library:
    """The TensorRT of this machine."""
    try:
        return find_library()
    except EngineError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def speech() -> Path:
    """The directory of real human speech: `$NIGHTJAR_SPEECH`, else `../shared/speech`."""
    path = Path(os.environ.get("NIGHTJAR_SPEECH") or ROOT.parent / "shared" / "speech")
    if not (path / "manifest.jsonl").is_file():
        pytest.skip(
            f"no recordings of human speech at {path}; set NIGHTJAR_SPEECH to a directory with a manifest.jsonl"
        )
    return path
