"""Engines: built by TensorRT for RTX, which needs no GPU for that; kept, checked, and built anew when they must be."""

# pyright: reportMissingImports=false

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from edge_models.image.draft_model import FOLDER, NETWORK
from edge_models.tensorrt import EngineError, Engines, Library, build
from edge_models.tensorrt.build import key_for

onnx = pytest.importorskip("onnx", reason="onnx comes with `make setup-dev`")


def network(path: Path, *, scale: float = 2.0) -> Path:
    """A network of one multiplication."""
    helper, tensor = onnx.helper, onnx.TensorProto.FLOAT
    by = onnx.numpy_helper.from_array(np.full((4, 4), scale, np.float32), "by")
    ends = [helper.make_tensor_value_info(name, tensor, [1, 4]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "by"], ["y"])], "one", ends[:1], ends[1:], [by])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), path)
    return path


def test_an_engine_is_built_once_and_checked_before_it_is_handed_out(tmp_path: Path, library: Library) -> None:
    engines, file = Engines(tmp_path / "engines"), network(tmp_path / "one.onnx")
    phases: set[str] = set()

    def progress(what: str, done: int, of: int) -> bool:
        assert 0 < done <= of
        phases.add(what)
        return True

    built, now = build("one", file, engines, library=library, progress=progress)
    assert now
    assert phases
    path = engines.path("one", key_for(file, library))
    assert path.stat().st_size == built.size_bytes > 0
    assert build("one", file, engines, library=library) == (built, False)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(EngineError, match="was changed since it was built"):
        engines.path("one", key_for(file, library))
    assert build("one", file, engines, library=library)[1]


def test_another_model_tensorrt_or_gpu_needs_another_engine(tmp_path: Path, library: Library) -> None:
    engines, file = Engines(tmp_path / "engines"), network(tmp_path / "one.onnx")
    build("one", file, engines, library=library)
    other = network(tmp_path / "other.onnx", scale=3.0)
    newer, orin = dataclasses.replace(library, version="99.0"), dataclasses.replace(library, gpu="8.7")
    for key in (key_for(other, library), key_for(file, newer), key_for(file, orin)):
        with pytest.raises(EngineError, match="run `nightjar models build`"):
            engines.path("one", key)
    assert build("one", other, engines, library=library)[1]
    with pytest.raises(EngineError, match="no engine of one for this machine"):
        engines.path("one", key_for(file, library))


def test_a_build_can_be_called_off_and_leaves_nothing(tmp_path: Path, library: Library) -> None:
    engines = Engines(tmp_path / "engines")
    with pytest.raises(EngineError, match="called off"):
        build("one", network(tmp_path / "one.onnx"), engines, library=library, progress=lambda *_: False)
    assert engines.built("one") is None


def test_what_is_no_network_is_one_sentence(tmp_path: Path, library: Library) -> None:
    engines, file = Engines(tmp_path / "engines"), tmp_path / "one.onnx"
    with pytest.raises(EngineError, match=r"can't be read\."):
        build("one", file, engines, library=library)
    file.write_text("no network")
    with pytest.raises(EngineError, match="is no ONNX file"):
        build("one", file, engines, library=library)
    model = onnx.load(network(file))
    model.graph.node[0].op_type = "Dream"
    onnx.save(model, file)
    with pytest.raises(EngineError, match=r"TensorRT can't read the model: .*Dream"):
        build("one", file, engines, library=library)


def test_a_record_that_is_damaged_is_none(tmp_path: Path, library: Library) -> None:
    engines, file = Engines(tmp_path / "engines"), network(tmp_path / "one.onnx")
    build("one", file, engines, library=library)
    (tmp_path / "engines" / "one" / "built.json").write_text('{"key": 1}')
    assert engines.built("one") is None
    assert build("one", file, engines, library=library)[1]


@pytest.mark.slow
def test_the_draft_model_that_we_ship_becomes_an_engine(tmp_path: Path, library: Library) -> None:
    built, _ = build("draft", FOLDER / NETWORK, Engines(tmp_path / "engines"), library=library)
    assert built.size_bytes > 20_000_000
