"""How large a network's activations become, measured in single precision on what it is really given; needs onnx."""

# pyright: reportMissingImports=false

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper

from edge_models.onnx_session import open_session
from tools.export import ExportError
from tools.export.part_file import Part

Feed = Mapping[str, NDArray[Any]]
Ranges = dict[str, NDArray[np.float32]]
"""By tensor: the largest absolute value, of each place of the last axis or of all."""


def measure(
    part: Part,
    tensors: Sequence[str],
    feeds: Iterable[Feed],
    *,
    by_channel: Sequence[str] = (),
    may_be_endless: bool = False,
) -> Ranges:
    """Run the part on all feeds. `by_channel`: those of `tensors` to be measured along their last axis.

    `may_be_endless`: whether a value may be, as the logarithm of nought on the way to something else is.

    The network finds the largest values itself, so that no activation is kept. Raises ExportError where there is no
    feed, or one doesn't fit, or what comes out is no number.
    """
    if not tensors:
        return {}
    probed, outputs = _probed(part, tensors, frozenset(by_channel))
    largest: Ranges = {}
    # Beside the part, since that is where its weights are looked for.
    with tempfile.NamedTemporaryFile(dir=part.path.parent, prefix=".probe-", suffix=".onnx") as file:
        file.write(probed.SerializeToString())
        file.flush()
        session = open_session(Path(file.name), threads=2)
        for feed in feeds:
            try:
                found = session.run(list(outputs.values()), dict(feed))
            except Exception as error:  # noqa: BLE001 - ONNX Runtime has no class of errors of its own
                reason = " ".join(str(error).split())[:200]
                raise ExportError(f"{part.path} can't be run on what it is to be measured with: {reason}.") from None
            for name, value in zip(outputs, found, strict=True):
                now = np.asarray(value, np.float32)
                largest[name] = np.maximum(largest[name], now) if name in largest else now
    if not largest:
        raise ExportError(f"There is nothing to measure {part.path} with.")
    for name, value in largest.items():
        if np.isnan(value).any() or not (may_be_endless or np.isfinite(value).all()):
            raise ExportError(f"{part.path} makes {name} no number, in single precision already.")
    return largest


def _probed(part: Part, tensors: Sequence[str], by_channel: frozenset[str]) -> tuple[onnx.ModelProto, dict[str, str]]:
    """The part with outputs that are the largest absolute values of tensors, and their names."""
    model = onnx.ModelProto()
    model.CopyFrom(part.model)
    graph = model.graph
    outputs = {name: f"largest {name}" for name in tensors}
    for name, output in outputs.items():
        graph.node.append(helper.make_node("Abs", [name], [f"size of {name}"]))
        inputs = [f"size of {name}"]
        if name in by_channel:
            rank = part.rank(name)
            assert rank
            graph.initializer.append(
                helper.make_tensor(f"axes of {name}", onnx.TensorProto.INT64, [rank - 1], range(rank - 1))
            )
            inputs.append(f"axes of {name}")
        graph.node.append(helper.make_node("ReduceMax", inputs, [output], keepdims=0))
        graph.output.append(helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None))
    return model, outputs
