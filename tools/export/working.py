"""How much memory a network works in: what is alive at once, in the order in which its file runs."""

# pyright: reportMissingImports=false

import math
from collections.abc import Iterator

import onnx


def working_bytes(model: onnx.ModelProto) -> int:
    """The most bytes of inputs, outputs and intermediate tensors that are needed at one time.

    Reshapes and the like are counted as copies, and nothing as fused: an engine needs less. Shapes must be fixed.
    """
    graph = model.graph
    sizes = {value.name: _bytes(value) for value in (*graph.input, *graph.value_info, *graph.output)}
    last = {name: position for position, node in enumerate(graph.node) for name in node.input}
    kept = {value.name for value in graph.output}
    alive = sum(sizes[value.name] for value in graph.input)
    peak = alive
    for position, node in enumerate(graph.node):
        alive += sum(sizes.get(name, 0) for name in node.output)
        peak = max(peak, alive)
        alive -= sum(sizes.get(name, 0) for name in _done(node, position, last, kept))
    return peak


def _done(node: onnx.NodeProto, position: int, last: dict[str, int], kept: set[str]) -> Iterator[str]:
    """What nothing after this node reads."""
    for name in {*node.input, *node.output} - kept:
        if last.get(name, position) == position:
            yield name


def _bytes(value: onnx.ValueInfoProto) -> int:
    tensor = value.type.tensor_type
    width = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type).itemsize
    return width * math.prod(dim.dim_value for dim in tensor.shape.dim)
