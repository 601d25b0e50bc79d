"""Parts in half precision and in eight bits: what is kept, what is changed, and what it costs."""

# pyright: reportMissingImports=false

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from tools.export import ExportError
from tools.export import quantise as quantising
from tools.export.half import halved
from tools.export.loss import loss
from tools.export.part_file import Part
from tools.export.quantise import quantise, to_half
from tools.export.quantise_layers import products

FLOAT, HALF, INT8, FP8 = (getattr(onnx.TensorProto, name) for name in ("FLOAT", "FLOAT16", "INT8", "FLOAT8E4M3FN"))
Arrays = Mapping[str, NDArray[Any]]


def part(
    path: Path, nodes: list, shape: list[int], weights: Arrays = MappingProxyType({}), *, external: bool = False
) -> Path:
    """A part from `x` to `y` of these nodes; `external`: its weights lie in a file of their own."""
    helper = onnx.helper
    ends = [helper.make_tensor_value_info(name, FLOAT, dims) for name, dims in (("x", shape), ("y", None))]
    tensors = [onnx.numpy_helper.from_array(content, name) for name, content in weights.items()]
    graph = helper.make_graph(nodes, "part", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, path, save_as_external_data=external, location=f"{path.name}.data", size_threshold=0)
    return path


def node(kind: str, inputs: str, output: str, **attributes: Any) -> Any:
    return onnx.helper.make_node(kind, inputs.split(), [output], **attributes)


def three_products(path: Path, *, external: bool = False) -> Path:
    """Tokens that go through three matrices; between two of them one channel is large, and counts for little."""
    random = np.random.default_rng(1)
    weights = {name: random.standard_normal((32, 32), np.float32) / 6 for name in ("first", "middle", "last")}
    weights["first"][:, 3] *= 80
    weights["middle"][3] /= 80
    nodes = [node("MatMul", "x first", "a"), node("MatMul", "a middle", "b"), node("Tanh", "b", "c")]
    return part(path, [*nodes, node("MatMul", "c last", "y")], [1, 9, 32], weights, external=external)


def feeds(count: int, *shape: int, seed: int = 0, scale: float = 1.0) -> list[Arrays]:
    random = np.random.default_rng(seed)
    return [{"x": random.standard_normal(shape, np.float32) * np.float32(scale)} for _ in range(count)]


def floats(*values: float) -> NDArray[np.float32]:
    return np.array(values, np.float32)


def kinds(path: Path) -> dict[str, int]:
    """The types of a part's tensors, by name."""
    return {tensor.name: tensor.data_type for tensor in onnx.load(path).graph.initializer}


def test_weights_are_signed_bytes_by_channel_and_activations_by_tensor(tmp_path: Path) -> None:
    source, out = three_products(tmp_path / "three.onnx"), tmp_path / "int8.onnx"
    done = quantise(source, out, "int8", feeds(4, 1, 9, 32))
    # The last product is followed by no other and stays; the first isn't a picture's, but the text's.
    assert (done.products, done.of) == (2, 3)
    tensors = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in onnx.load(out).graph.initializer}
    nodes = [one for one in onnx.load(out).graph.node if one.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert len(nodes) == 2 * 3
    for one in nodes:
        step, zero = (tensors[name] for name in one.input[1:])
        assert zero.dtype == np.int8
        assert not zero.any()
        assert step.dtype == np.float16
        assert step.shape == ((32,) if one.input[0] in tensors else ())
    codes = [tensors[one.input[0]] for one in nodes if one.input[0] in tensors]
    assert all(np.abs(each.astype(int)).max(0).tolist() == [127] * 32 for each in codes)


def test_what_is_uneven_is_moved_to_the_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, unseen = three_products(tmp_path / "three.onnx"), feeds(4, 1, 9, 32, seed=9)
    quantise(source, tmp_path / "smooth.onnx", "int8", feeds(4, 1, 9, 32))
    monkeypatch.setattr(quantising, "_SMOOTHED", (1.0, 1.0))
    quantise(source, tmp_path / "plain.onnx", "int8", feeds(4, 1, 9, 32))
    smooth, plain = (loss(source, tmp_path / f"{name}.onnx", unseen) for name in ("smooth", "plain"))
    assert smooth.psnr_db > plain.psnr_db + 6
    assert smooth.cosine > 0.998


def test_eight_bit_floats_have_one_step_a_tensor(tmp_path: Path) -> None:
    source, out = three_products(tmp_path / "three.onnx"), tmp_path / "fp8.onnx"
    quantise(source, out, "fp8", feeds(4, 1, 9, 32))
    model = onnx.load(out)
    assert next(entry.version for entry in model.opset_import) >= 19
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes = [one for one in model.graph.node if one.op_type in ("QuantizeLinear", "DequantizeLinear")]
    assert {tensors[one.input[2]].data_type for one in nodes} == {FP8}
    assert not any(tensors[one.input[1]].dims for one in nodes)
    assert loss(source, out, feeds(4, 1, 9, 32, seed=9)).cosine > 0.997


def test_the_ends_of_a_picture_and_the_shortcuts_stay_as_they_are(tmp_path: Path) -> None:
    filters = {name: np.ones((4, 4, 1, 1), np.float32) for name in ("in", "one", "two", "block.conv_shortcut", "out")}
    nodes = [
        node("Conv", "x in", "a"),
        node("Conv", "a one", "b"),
        node("Conv", "b two", "c"),
        node("Conv", "a block.conv_shortcut", "d"),
        node("Add", "c d", "e"),
        node("Conv", "e out", "y"),
    ]
    assert [one.weights for one in products(Part(part(tmp_path / "unet.onnx", nodes, [1, 4, 8, 8], filters)))] == [
        "one",
        "two",
    ]


def test_a_time_step_keeps_its_wave(tmp_path: Path) -> None:
    nodes = [node("Mul", "x rate", "a"), node("Sin", "a", "b"), node("Mul", "b by", "y")]
    source = part(tmp_path / "time.onnx", nodes, [1], {"rate": floats(0.7), "by": floats(2.0)})
    done = to_half(source, tmp_path / "half.onnx")
    assert done.single == 2
    assert kinds(tmp_path / "half.onnx") == {"rate in single": FLOAT, "by in half": HALF}
    assert loss(source, tmp_path / "half.onnx", [{"x": floats(999)}, {"x": floats(249)}]).psnr_db > 60


def test_a_place_in_a_table_is_counted_exactly_also_where_a_logarithm_is_endless(tmp_path: Path) -> None:
    cast = {"to": onnx.TensorProto.INT64}
    nodes = [
        node("Log", "x", "a"),
        node("Mul", "a by", "b"),
        node("Max", "b nought", "c"),
        node("Cast", "c", "d", **cast),
    ]
    table = np.arange(100, dtype=np.float32)
    weights = {"by": floats(1 / np.log(2)), "nought": floats(0), "table": table}
    source = part(tmp_path / "log.onnx", [*nodes, node("Gather", "table d", "y")], [4], weights)
    given = [{"x": floats(0, 8, 2**15 - 4, 2**20)}]
    assert to_half(source, tmp_path / "half.onnx", given).single == 4
    assert loss(source, tmp_path / "half.onnx", given).psnr_db > 60


def test_what_outgrows_half_precision_stays_single(tmp_path: Path) -> None:
    nodes = [node("Mul", "x large", "a"), node("Mul", "a small", "y")]
    weights = {"large": floats(1e5), "small": floats(1e-5)}
    source, given = part(tmp_path / "large.onnx", nodes, [4], weights), feeds(2, 4, scale=3.0)
    assert to_half(source, tmp_path / "half.onnx", given).single == 2
    assert loss(source, tmp_path / "half.onnx", given).psnr_db > 60


def test_a_mask_of_the_largest_float_stays_a_number() -> None:
    assert halved(floats(float(np.finfo(np.float32).min), 1.0, -np.inf)).tolist() == [-65504, 1, -np.inf]


def test_inputs_and_outputs_keep_their_types(tmp_path: Path) -> None:
    nodes = [node("Add", "x one", "a"), node("Identity", "a", "y")]
    to_half(part(tmp_path / "one.onnx", nodes, [4], {"one": floats(1)}), tmp_path / "half.onnx")
    graph = onnx.load(tmp_path / "half.onnx").graph
    assert [value.type.tensor_type.elem_type for value in (*graph.input, *graph.output)] == [FLOAT, FLOAT]
    assert [one.op_type for one in graph.node] == ["Cast", "Add", "Identity", "Cast"]


def test_weights_in_a_file_of_their_own_are_read_and_written(tmp_path: Path) -> None:
    inline, apart = three_products(tmp_path / "inline.onnx"), three_products(tmp_path / "apart.onnx", external=True)
    for source, out in ((inline, "a.onnx"), (apart, "b.onnx")):
        quantise(source, tmp_path / out, "int8", feeds(2, 1, 9, 32))
    assert (tmp_path / "a.onnx.data").read_bytes() == (tmp_path / "b.onnx.data").read_bytes()
    assert loss(inline, tmp_path / "b.onnx", feeds(2, 1, 9, 32)).cosine > 0.999
    left = {path.name for path in tmp_path.iterdir() if path.name.startswith(".")}
    assert not left


def test_what_can_not_be_quantised_is_one_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    source, out = three_products(tmp_path / "three.onnx", external=True), tmp_path / "out.onnx"
    (tmp_path / "no.onnx").write_text("no network")
    with pytest.raises(ExportError, match="is no ONNX file that can be read"):
        to_half(tmp_path / "no.onnx", out)
    with pytest.raises(ExportError, match=r"There is nothing to measure .* with"):
        quantise(source, out, "int8", [])
    with pytest.raises(ExportError, match="can't be run on what it is to be measured with"):
        quantise(source, out, "int8", feeds(1, 1, 9, 31))
    with pytest.raises(ExportError, match="no number, in single precision already"):
        quantise(source, out, "int8", [{"x": np.full((1, 9, 32), np.inf, np.float32)}])
    data = tmp_path / "three.onnx.data"
    data.write_bytes(data.read_bytes()[:5000])
    with pytest.raises(ExportError, match="missing or cut short"):
        to_half(source, out)
    old = onnx.load(source, load_external_data=False)
    old.opset_import[0].version = 17
    source.write_bytes(old.SerializeToString())
    with pytest.raises(ExportError, match="operators of version 17: export it with 18 or later"):
        to_half(source, out)
    assert {path.name for path in tmp_path.iterdir()} == {"three.onnx", "three.onnx.data", "no.onnx"}
