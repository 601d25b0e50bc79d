"""Half precision for a strongly typed network: every tensor has the type that the file gives it, and casts are nodes.

Inputs and outputs keep their types, so that a part in half precision takes the place of the one in single. What leads
to a sine or cosine stays single: a time step of 999 has no half-precision neighbour closer than 0.5 (diffusers
computes those in single precision as well). So does what leads to a whole number, such as a place in a table, and what
was measured to outgrow half precision.
"""

# pyright: reportMissingImports=false

from collections.abc import Collection, Iterable

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

from tools.export.part_file import Part, Writer
from tools.export.quantise_ranges import Feed, measure

_LARGEST = float(np.finfo(np.float16).max)
_ROOM = 2.0
"""Other words may make an activation this much larger than those that were measured."""
_MASKED = 1e30
"""What is larger is meant to be endless, to hide a token, and the end of half precision does as well."""
_WAVES = frozenset({"Sin", "Cos"})
_ALWAYS_SINGLE = frozenset({("Resize", 2)})
"""Inputs, by operator and place, that ONNX allows in single precision alone: scales."""


def single_nodes(part: Part, outgrown: Collection[str] = ()) -> set[int]:
    """The nodes that stay in single precision, by index. `outgrown`: the tensors that half precision can't hold."""
    single: set[int] = set()
    needed: set[str] = set()
    for index, node in reversed(list(enumerate(part.model.graph.node))):
        to_whole = node.op_type == "Cast" and part.is_single(node.input[0]) and not part.is_single(node.output[0])
        if node.op_type in _WAVES or to_whole or needed & set(node.output):
            single.add(index)
            needed |= set(node.input)
        elif not set(outgrown).isdisjoint((*node.input, *node.output)):
            single.add(index)
    return single


def outgrown(part: Part, feeds: Iterable[Feed]) -> set[str]:
    """The tensors whose values come near the end of half precision, measured. Raises ExportError."""
    made = [name for node in part.model.graph.node for name in node.output if part.is_single(name)]
    found = measure(part, made, feeds, may_be_endless=True)
    return {name for name, largest in found.items() if _LARGEST / _ROOM < largest.max() < _MASKED}


class Halver:
    """Writes a part's nodes one after the other, and casts where precisions meet."""

    def __init__(self, part: Part, writer: Writer, single: Collection[int]) -> None:
        """`single`: what `single_nodes` gives."""
        self._part = part
        self.writer = writer
        self._single = single
        self._made = {value.name: TensorProto.FLOAT for value in part.model.graph.input}
        self._there: set[str] = set()

    def node(self, index: int, *, but: frozenset[int] = frozenset()) -> onnx.NodeProto:
        """A copy of a node in its precision, its inputs, `but` those, cast if need be; the caller adds it."""
        node = onnx.NodeProto()
        node.CopyFrom(self._part.model.graph.node[index])
        del node.metadata_props[:]
        wanted = TensorProto.FLOAT if index in self._single else TensorProto.FLOAT16
        for at, name in enumerate(node.input):
            if at in but:
                continue
            always = (node.op_type, at) in _ALWAYS_SINGLE
            node.input[at] = self.tensor(name, TensorProto.FLOAT if always else wanted)
        if wanted == TensorProto.FLOAT16:
            _halve_attributes(node)
        self._made.update(dict.fromkeys(filter(self._part.is_single, node.output), wanted))
        return node

    def tensor(self, name: str, wanted: int = TensorProto.FLOAT16) -> str:
        """The name under which a tensor is there, in the precision `wanted` if it has floats; "" is none."""
        alias = f"{name} in {'half' if wanted == TensorProto.FLOAT16 else 'single'}"
        is_single = self._part.is_single(name)
        if name in self._part.tensors:
            alias = alias if is_single else name
            if alias not in self._there:
                content = self._part.read(name)
                self.writer.tensor(alias, halved(content) if is_single and wanted == TensorProto.FLOAT16 else content)
        elif not is_single or self._made[name] == wanted:
            return name
        elif alias not in self._there:
            self.writer.node("Cast", [name], alias, to=wanted)
        self._there.add(alias)
        return alias

    def outputs(self) -> None:
        """Give the part's outputs back their types."""
        for value in self._part.model.graph.output:
            if self._made.get(value.name) != TensorProto.FLOAT16:
                continue
            inner = f"{value.name} in half"
            for node in self.writer.nodes:
                for names in (node.input, node.output):
                    for at, name in enumerate(names):
                        if name == value.name:
                            names[at] = inner
            self.writer.node("Cast", [inner], value.name, to=TensorProto.FLOAT)


def halved(content: np.ndarray) -> np.ndarray:
    """The same in half precision; what is finite stays finite, as masks of the largest float must."""
    clipped = np.clip(content, -_LARGEST, _LARGEST)
    return np.where(np.isinf(content), content, clipped).astype(np.float16)


def _halve_attributes(node: onnx.NodeProto) -> None:
    for attribute in node.attribute:
        if node.op_type == "Cast" and attribute.name == "to" and attribute.i == TensorProto.FLOAT:
            attribute.i = TensorProto.FLOAT16
        if attribute.HasField("t") and attribute.t.data_type == TensorProto.FLOAT:
            attribute.t.CopyFrom(numpy_helper.from_array(halved(numpy_helper.to_array(attribute.t)), attribute.t.name))
