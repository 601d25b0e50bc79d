"""From the file of eight bits for CPUs to the one for TensorRT; needs onnx.

TensorRT takes signed, symmetric bytes alone: each activation's range is widened to lie evenly around zero. The weights
are the same bytes, and no bias is quantised.
"""

# pyright: reportMissingImports=false
# onnx comes with nightjar[tensorrt] and needn't be there where this is checked.

from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError as NotOnnx
from onnx import numpy_helper

__all__ = ["NotOnnx", "signed", "signed_file"]


def signed_file(source: Path, out: Path) -> None:
    """Write to `out` what `signed` makes of `source`. Raises NotOnnx, also where weights lie in another file."""
    model = onnx.load(source, load_external_data=False)
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in model.graph.initializer):
        raise NotOnnx
    onnx.save(signed(model), out)


def signed(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same model with signed, symmetric activations; one without unsigned ones comes back as it is."""
    changed = onnx.ModelProto()
    changed.CopyFrom(model)
    tensors = {tensor.name: tensor for tensor in changed.graph.initializer}
    done: set[str] = set()
    for node in changed.graph.node:
        if node.op_type not in ("QuantizeLinear", "DequantizeLinear"):
            continue
        scale, zero = tensors[node.input[1]], tensors[node.input[2]]
        if zero.data_type != onnx.TensorProto.UINT8 or zero.name in done:
            continue
        done.add(zero.name)
        step, nought = numpy_helper.to_array(scale), int(numpy_helper.to_array(zero))
        reach = max(nought, 255 - nought) * step
        scale.CopyFrom(numpy_helper.from_array((reach / 127).astype(np.float32), scale.name))
        zero.CopyFrom(numpy_helper.from_array(np.zeros(zero.dims, np.int8), zero.name))
    return changed
