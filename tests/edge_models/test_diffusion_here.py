"""A picture model of this machine: which of its parts run as engines, and which on the processor."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from edge_models.diffusion import here
from edge_models.diffusion.here import PictureModelHere
from edge_models.models import ModelCorrupt
from edge_models.network import OnnxNetwork
from edge_models.tensorrt import NO_GPU, EngineError, Engines, Library
from edge_models.tensorrt.model import engine_name, key_of_part

MAY_USE = 10**9


class PlayedEngine(OnnxNetwork):
    """An engine that computes what its part does, on the processor."""

    loaded: list[str]
    broken = frozenset[str]()

    def __init__(self, path: Path, _library: Library) -> None:
        part = path.parent.name
        if part in self.broken:
            raise EngineError("The GPU failed: CUDA_ERROR_OUT_OF_MEMORY in cuMemAlloc_v2.")
        self.loaded.append(part)
        super().__init__(Path(path.read_text()))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    pytest.importorskip("onnx", reason="onnx comes with `make setup-dev`")
    from tiny_exported import tiny_exported

    tiny_exported(tmp_path / "exported" / "fox")
    return tmp_path


def on_a_board(
    home: Path, monkeypatch: pytest.MonkeyPatch, *, broken: frozenset[str] = frozenset()
) -> PictureModelHere:
    """The model on a machine with a GPU, for which all of its parts but the decoder were built."""
    library = Library("tensorrt", "10.3.0", "8.7", ModuleType("played"))
    model, engines = PictureModelHere("fox", home), Engines(home / "engines")
    for name in ("text_encoder", "denoiser"):
        content = str(model.folder / f"{name}.onnx").encode()
        engines.keep(engine_name("fox", name), key_of_part(model.card.parts[name], library), content, took_s=1)
    monkeypatch.setattr(here, "find_library", lambda: library)
    monkeypatch.setattr(PlayedEngine, "loaded", [], raising=False)
    monkeypatch.setattr(PlayedEngine, "broken", broken)
    monkeypatch.setattr(here, "EngineNetwork", PlayedEngine)
    return model


def test_parts_whose_engines_were_built_run_as_engines(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here, "find_library", lambda: Library("tensorrt", "10.3.0", NO_GPU, ModuleType("played")))
    plain = PictureModelHere("fox", home).load(MAY_USE).draw("a fox", seed=7)
    drawn = on_a_board(home, monkeypatch).load(MAY_USE).draw("a fox", seed=7)
    assert PlayedEngine.loaded == ["text_encoder", "denoiser"]
    assert plain is not None
    assert drawn is not None
    assert np.array_equal(np.asarray(plain), np.asarray(drawn))


def test_an_engine_that_can_not_be_run_leaves_its_part_to_the_processor(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    picture = on_a_board(home, monkeypatch, broken=frozenset({"denoiser"})).load(MAY_USE)
    assert picture.draw("a fox", seed=7) is not None
    assert PlayedEngine.loaded == ["text_encoder"]
    assert "the denoiser of fox runs on the processor: The GPU failed" in caplog.text


def test_an_engine_of_another_file_is_not_used(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = on_a_board(home, monkeypatch)
    engine = next((home / "engines" / "fox" / "denoiser").glob("*.engine"))
    engine.write_bytes(engine.read_bytes() + b" ")
    assert model.load(MAY_USE).draw("a fox", seed=7) is not None
    assert PlayedEngine.loaded == ["text_encoder"]


def test_a_model_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelCorrupt, match=r"no picture model in .*exported.fox"):
        PictureModelHere("fox", tmp_path)
