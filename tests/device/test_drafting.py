"""Who draws drafts: what the settings say, and what is installed."""

from pathlib import Path
from typing import Any

import pytest
from numpy.typing import NDArray

from device.config import Pictures
from device.drafting import ENLARGER, load_drafter
from edge_models import tensorrt
from edge_models.image import compositor
from edge_models.image.draft_model import ENGINE, FOLDER, NETWORK, ON_GPU, read_card
from edge_models.image.enlarge import MODEL
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelMissing, ModelStore
from edge_models.network import Arrays, OnnxNetwork
from edge_models.tensorrt import EngineError, Engines
from edge_models.tensorrt.engines import key_of


def test_where_the_models_network_for_enlarging_is_missing_the_compositor_draws(tmp_path: Path) -> None:
    assert load_drafter(Pictures(), ModelStore(tmp_path)).engine == compositor.ENGINE
    assert load_drafter(Pictures(draft="compositor"), ModelStore(tmp_path)).engine == compositor.ENGINE


def test_the_model_that_was_asked_for_and_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=f"nightjar models pull {ENLARGER}"):
        load_drafter(Pictures(draft="model"), ModelStore(tmp_path))


@pytest.mark.models
def test_who_draws_unasked_is_decided_at_the_gate(models: ModelStore) -> None:
    assert ENLARGER == MODEL
    expected = ENGINE if read_card().gate.passed else compositor.ENGINE
    assert load_drafter(Pictures(), models).engine == expected
    assert load_drafter(Pictures(draft="compositor"), models).engine == compositor.ENGINE
    assert load_drafter(Pictures(draft="model"), models).engine == ENGINE


class Gpu:
    """An engine in the draft model's place that draws what ONNX Runtime draws, and can fail."""

    def __init__(self, failing: list[str]) -> None:
        self.failing = failing
        self.runs = 0
        self.closed = False
        self._same = OnnxNetwork(FOLDER / NETWORK)

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        self.runs += 1
        if self.failing:
            raise EngineError(self.failing[0])
        return self._same.run(feed)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def built(nightjar_home: Path) -> Engines:
    """A home in which an engine of the draft model was built, by somebody."""
    engines = Engines(nightjar_home / "engines")
    engines.keep("draft", key_of("tensorrt", "10.3.0", "8.7", FOLDER / NETWORK), b"an engine", took_s=1)
    return engines


@pytest.mark.models
def test_the_model_draws_on_the_gpu_where_its_engine_was_built_and_on_the_processor_when_that_fails(
    nightjar_home: Path, built: Engines, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failing: list[str] = []
    gpu = Gpu(failing)
    monkeypatch.setattr(tensorrt, "load_engine", lambda *_: gpu)
    store, scene = ModelStore(nightjar_home / "models"), parse_prompt("a red fox")
    drafter = load_drafter(Pictures(draft="model"), store)
    assert drafter.engine == ON_GPU == "Nightjar draft model on the GPU"
    assert gpu.runs  # warmed up
    drawn = drafter.draft(scene, seed=1)
    failing.append("The GPU failed: CUDA_ERROR_LAUNCH_FAILED in cuStreamSynchronize.")
    assert drafter.draft(scene, seed=1).tobytes() == drawn.tobytes()
    assert drafter.engine == ENGINE
    assert gpu.closed
    assert [record.message for record in caplog.records] == [
        f"drafts are drawn on the processor from now on: {failing[0]}"
    ]
    assert drafter.draft(scene, seed=1).tobytes() == drawn.tobytes()


@pytest.mark.models
def test_closing_the_drafter_frees_the_gpu(
    nightjar_home: Path, built: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpu = Gpu([])
    monkeypatch.setattr(tensorrt, "load_engine", lambda *_: gpu)
    load_drafter(Pictures(draft="model"), ModelStore(nightjar_home / "models")).close()
    assert gpu.closed


@pytest.mark.models
def test_an_engine_that_cant_be_loaded_is_one_line_and_the_processor_draws(
    nightjar_home: Path, built: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    assert load_drafter(Pictures(draft="model"), ModelStore(nightjar_home / "models")).engine == ENGINE
    (line,) = [record.message for record in caplog.records]
    assert line.startswith("drafts are drawn on the processor: ")
