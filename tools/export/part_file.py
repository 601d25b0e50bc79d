"""One part of a model as ONNX: read and written a tensor at a time, so that it may be larger than memory.

Large tensors lie in a file of their own beside the ONNX file, `denoiser.onnx.data` beside `denoiser.onnx`: a protobuf
ends at 2 GiB. Needs onnx.
"""

# pyright: reportMissingImports=false
# onnx comes with nightjar[tensorrt] and needn't be there where this is checked.

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import ExternalDataInfo, uses_external_data

from edge_models.tensorrt.build import WEIGHTS
from tools.export import ExportError

_INLINE_BYTES = 1024
"""What is smaller stays in the ONNX file: shapes and axes must be read without the weights."""
_ALIGNED_TO = 256
_OLDEST_OPSET, OPSET = 18, 19
"""QuantizeLinear to eight-bit floats and with scales in half precision came with 19; between the two no operator that
was there changed what it does."""


class Part:
    """A part as it was exported."""

    def __init__(self, path: Path) -> None:
        """Read all but the large tensors. Raises ExportError."""
        self.path = path
        try:
            model = onnx.load(path, load_external_data=False)
        except (OSError, DecodeError):
            raise ExportError(f"{path} is no ONNX file that can be read.") from None
        opset = next((entry.version for entry in model.opset_import if not entry.domain), 0)
        if opset < _OLDEST_OPSET:
            raise ExportError(
                f"{path} has ONNX's operators of version {opset}: export it with {_OLDEST_OPSET} or later."
            )
        if model.functions or any(entry.HasField("g") for node in model.graph.node for entry in node.attribute):
            raise ExportError(f"{path} has functions, branches or loops, which are not followed here.")
        self.model = onnx.shape_inference.infer_shapes(model)
        self.tensors = {tensor.name: tensor for tensor in self.model.graph.initializer}
        graph = self.model.graph
        self._described = {
            info.name: info.type.tensor_type for info in (*graph.input, *graph.value_info, *graph.output)
        }

    def is_single(self, name: str) -> bool:
        """Whether a tensor, given or computed, holds floats in single precision."""
        if name in self.tensors:
            return self.tensors[name].data_type == TensorProto.FLOAT
        return name in self._described and self._described[name].elem_type == TensorProto.FLOAT

    def rank(self, name: str) -> int | None:
        """How many axes a tensor has; None where the file doesn't say."""
        if name in self.tensors:
            return len(self.tensors[name].dims)
        described = self._described.get(name)
        return len(described.shape.dim) if described is not None and described.HasField("shape") else None

    def read(self, name: str) -> NDArray[Any]:
        """One of the file's tensors; a large one is mapped, not copied. Raises ExportError."""
        tensor = self.tensors[name]
        if not uses_external_data(tensor):
            return numpy_helper.to_array(tensor)
        info = ExternalDataInfo(tensor)
        if Path(info.location).name != info.location:
            raise ExportError(f"{self.path} keeps its weights in another folder.")
        dtype = helper.tensor_dtype_to_np_dtype(tensor.data_type)
        try:
            file = self.path.with_name(info.location)
            return np.memmap(file, dtype, "r", offset=info.offset or 0, shape=tuple(tensor.dims))
        except (OSError, ValueError):
            raise ExportError(f"The weights of {self.path} are missing or cut short: export it again.") from None


class Writer:
    """Collects the tensors and nodes of a new part; nothing is at `path` before `close`."""

    def __init__(self, path: Path) -> None:
        """Begin; use as a context."""
        self.path = path
        self.tensors: list[TensorProto] = []
        self.nodes: list[onnx.NodeProto] = []

    def __enter__(self) -> "Writer":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._scratch = tempfile.TemporaryDirectory(prefix=".part-", dir=self.path.parent)
        self._data = (Path(self._scratch.name) / "data").open("wb")
        return self

    def __exit__(self, *_: object) -> None:
        self._data.close()
        self._scratch.cleanup()

    def tensor(self, name: str, content: NDArray[Any]) -> str:
        """Add a tensor; return its name."""
        dtype = helper.np_dtype_to_tensor_dtype(content.dtype)
        tensor = TensorProto(name=name, data_type=dtype, dims=content.shape)
        raw = np.ascontiguousarray(content).tobytes()
        if len(raw) < _INLINE_BYTES:
            tensor.raw_data = raw
        else:
            self._data.write(bytes(-self._data.tell() % _ALIGNED_TO))
            place = {"location": self.path.name + WEIGHTS, "offset": str(self._data.tell()), "length": str(len(raw))}
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in place.items():
                tensor.external_data.add(key=key, value=value)
            self._data.write(raw)
        self.tensors.append(tensor)
        return name

    def node(self, kind: str, inputs: Iterable[str], output: str, **attributes: Any) -> str:
        """Add a node of one output; return the output's name."""
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"make {output}", **attributes))
        return output

    def close(self, part: Part) -> None:
        """Put the new part in place, with the inputs and outputs of the one that it was made of."""
        model = onnx.ModelProto(ir_version=max(part.model.ir_version, 9), producer_name="nightjar")
        for entry in part.model.opset_import:
            model.opset_import.add(
                domain=entry.domain, version=entry.version if entry.domain else max(entry.version, OPSET)
            )
        graph = model.graph
        graph.name = part.model.graph.name
        graph.input.extend(part.model.graph.input)
        graph.output.extend(part.model.graph.output)
        graph.node.extend(self.nodes)
        graph.initializer.extend(self.tensors)
        written = Path(self._scratch.name) / "onnx"
        written.write_bytes(model.SerializeToString())
        empty = not self._data.tell()
        self._data.flush()
        os.fsync(self._data.fileno())
        data = self.path.with_name(self.path.name + WEIGHTS)
        if empty:
            data.unlink(missing_ok=True)
        else:
            Path(self._data.name).replace(data)
        written.replace(self.path)
