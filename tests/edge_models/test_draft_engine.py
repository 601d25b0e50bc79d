"""Where the draft model runs: on the GPU while its engine works, else on the processor."""

import logging
from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from edge_models.image import draft_engine
from edge_models.image.draft_engine import load_draft_model
from edge_models.image.draft_model import ENGINE, FOLDER, NETWORK, ON_GPU
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelCorrupt, ModelStore
from edge_models.network import Arrays, OnnxNetwork
from edge_models.tensorrt import EngineError, Engines
from edge_models.tensorrt.engines import key_of

pytestmark = pytest.mark.models


class Gpu:
    """An engine in the draft model's place that draws what ONNX Runtime draws, and can fail."""

    def __init__(self) -> None:
        self.failing = ""
        self.runs = 0
        self.closed = False
        self._same = OnnxNetwork(FOLDER / NETWORK)

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        self.runs += 1
        if self.failing:
            raise EngineError(self.failing)
        return self._same.run(feed)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def store(nightjar_home: Path) -> ModelStore:
    """Of a home in which an engine of the draft model was built, by somebody."""
    key = key_of("tensorrt", "10.3.0", "8.7", FOLDER / NETWORK)
    Engines(nightjar_home / "engines").keep("draft", key, b"an engine", took_s=1)
    return ModelStore(nightjar_home / "models")


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> Gpu:
    gpu = Gpu()
    monkeypatch.setattr(draft_engine, "load_engine", lambda *_: gpu)
    return gpu


def test_it_draws_on_the_gpu_and_on_the_processor_when_that_fails(
    store: ModelStore, gpu: Gpu, caplog: pytest.LogCaptureFixture
) -> None:
    scene = parse_prompt("a red fox")
    model = load_draft_model(store)
    assert model.engine == ON_GPU == "Nightjar draft model on the GPU"
    assert gpu.runs  # warmed up
    drawn = model.draft(scene, seed=1)
    gpu.failing = "The GPU failed: CUDA_ERROR_LAUNCH_FAILED in cuStreamSynchronize."
    with caplog.at_level(logging.WARNING):
        assert model.draft(scene, seed=1).tobytes() == drawn.tobytes()
    assert model.engine == ENGINE
    assert gpu.closed
    assert [record.message for record in caplog.records] == [
        f"drafts are drawn on the processor from now on: {gpu.failing}"
    ]
    assert model.draft(scene, seed=1).tobytes() == drawn.tobytes()


def test_a_gpu_that_fails_at_once_is_known_from_the_start(store: ModelStore, gpu: Gpu) -> None:
    gpu.failing = "The GPU failed: CUDA_ERROR_ILLEGAL_ADDRESS in cuStreamSynchronize."
    assert load_draft_model(store).engine == ENGINE


def test_closing_it_frees_the_gpu(store: ModelStore, gpu: Gpu) -> None:
    load_draft_model(store).close()
    assert gpu.closed


def test_a_model_that_is_damaged_holds_no_gpu(store: ModelStore, gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(*_: object, **__: object) -> None:
        raise ModelCorrupt("The draft model's card is missing or damaged: install Nightjar again.")

    monkeypatch.setattr(draft_engine, "DraftModel", damaged)
    with pytest.raises(ModelCorrupt):
        load_draft_model(store)
    assert gpu.closed


def test_an_engine_that_cant_be_loaded_is_one_line_and_the_processor_draws(
    store: ModelStore, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert load_draft_model(store).engine == ENGINE
    (line,) = [record.message for record in caplog.records]
    assert line.startswith("drafts are drawn on the processor: There is no ")
