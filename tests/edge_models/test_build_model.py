"""Engines of whole models: what they are keyed by, and what is looked at before the first is built."""

# pyright: reportMissingImports=false

import dataclasses
import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
from tiny_exported import tiny_exported

from edge_models.models import ModelCorrupt
from edge_models.tensorrt import EngineError, Engines, Library, build
from edge_models.tensorrt.build import key_for
from edge_models.tensorrt.model import build_model

PLENTY = 2**40


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_exported(tmp_path_factory.mktemp("exported") / "sd-turbo")


def apart(path: Path, *, scale: float, weights: str | None = None) -> Path:
    """A network of one multiplication, whose weights lie in a file of their own."""
    helper = onnx.helper
    by = onnx.numpy_helper.from_array(np.full((16, 16), scale, np.float32), "by")
    ends = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, 16]) for name in ("x", "y")]
    graph = helper.make_graph([helper.make_node("MatMul", ["x", "by"], ["y"])], "one", ends[:1], ends[1:], [by])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    data = path.with_name(weights or f"{path.name}.data")
    data.unlink(missing_ok=True)  # onnx would add to it
    onnx.save(model, path, save_as_external_data=True, location=data.name, size_threshold=0)
    return path


def test_weights_in_a_file_of_their_own_are_built_and_are_part_of_the_key(tmp_path: Path, library: Library) -> None:
    engines, file = Engines(tmp_path / "engines"), apart(tmp_path / "one.onnx", scale=2)
    before, graph = key_for(file, library), file.read_bytes()
    assert build("one", file, engines, library=library)[1]
    assert not build("one", file, engines, library=library)[1]
    apart(file, scale=3)
    assert file.read_bytes() == graph
    assert key_for(file, library) != before
    assert build("one", file, engines, library=library)[1]


def test_weights_that_lie_elsewhere_are_refused_since_no_key_would_know_them(tmp_path: Path, library: Library) -> None:
    file = apart(tmp_path / "one.onnx", scale=2, weights="other.bin")
    with pytest.raises(EngineError, match="is no ONNX file that is whole"):
        build("one", file, Engines(tmp_path / "engines"), library=library)


def test_too_little_memory_is_said_before_anything_is_built(exported: Path, tmp_path: Path, library: Library) -> None:
    engines = Engines(tmp_path / "engines")
    with pytest.raises(
        EngineError, match=r"^Building the denoiser of sd-turbo needs about .* GB of memory, and 0\.0 are"
    ):
        next(build_model("sd-turbo", exported, engines, memory_bytes=1000, library=library))
    assert not engines.root.exists()


def test_too_little_disk_is_said_before_anything_is_built(
    exported: Path, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=10**7))
    with pytest.raises(EngineError, match=r"need about 0\.2 GB in .*engines, and 0\.0 are free"):
        next(build_model("sd-turbo", exported, Engines(tmp_path / "engines"), memory_bytes=PLENTY, library=library))


def test_a_gpu_without_eight_bit_floats_is_told_so(exported: Path, tmp_path: Path, library: Library) -> None:
    folder = Path(shutil.copytree(exported, tmp_path / "fp8"))
    card = folder / "picture.toml"
    card.write_text(card.read_text().replace('dtype = "fp32"', 'dtype = "fp8"'))
    orin = dataclasses.replace(library, gpu="8.7")
    with pytest.raises(EngineError, match=r"this GPU \(8\.7\) can't compute with: take it in int8"):
        next(build_model("sd-turbo", folder, Engines(tmp_path / "engines"), memory_bytes=PLENTY, library=orin))


def test_a_part_that_is_not_the_one_on_the_card_is_not_built(exported: Path, tmp_path: Path, library: Library) -> None:
    folder, engines = Path(shutil.copytree(exported, tmp_path / "damaged")), Engines(tmp_path / "engines")
    part = folder / "text_encoder.onnx"
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelCorrupt, match="The text_encoder of the picture model sd-turbo is damaged"):
        next(build_model("sd-turbo", folder, engines, memory_bytes=PLENTY, library=library))
    assert engines.built("sd-turbo/text_encoder") is None


def test_a_folder_without_a_card_is_one_sentence(tmp_path: Path, library: Library) -> None:
    with pytest.raises(ModelCorrupt, match="There is no picture model in"):
        next(build_model("sd-turbo", tmp_path, Engines(tmp_path / "engines"), memory_bytes=PLENTY, library=library))
