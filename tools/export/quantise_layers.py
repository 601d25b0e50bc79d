"""Which products of a network are given eight bits, and which stay in half precision.

As in NVIDIA's Model Optimizer (examples/diffusers/quantization/utils.py, `filter_func_default`), the first and the last
layer, what belongs to time and size, and the shortcuts around the blocks stay as they are: they cost little and carry
what every later layer works on. Found here by where they lie in the graph where that tells them, since names differ
between architectures. Products of two activations, in attention, stay as well, as in its INT8 recipe.
"""

# pyright: reportMissingImports=false

from dataclasses import dataclass

import onnx

from tools.export.part_file import Part

_PICTURE_RANK, _TOKENS_RANK = 4, 3
_NAMED = ("conv_shortcut", "context_embedder")
"""Those that only their names in diffusers tell, which PyTorch's exporter keeps: the convolution around a block whose
width changes, and what FLUX's words pass before all blocks."""


@dataclass(frozen=True)
class Product:
    """A convolution or a product of tokens with weights."""

    index: int
    """Of its node."""
    data: str
    weights: str
    channels: int
    """The axis of the weights that has the outputs."""

    @property
    def is_convolution(self) -> bool:
        """Whether its weights are a filter, (outputs, inputs, height, width), and not a matrix, (inputs, outputs)."""
        return self.channels == 0


def products(part: Part) -> list[Product]:
    """Those with eight bits, in the order of the graph."""
    ends = _first(part) | _last(part)
    return [
        product
        for product in _all(part)
        if part.rank(product.data) == (_PICTURE_RANK if product.is_convolution else _TOKENS_RANK)
        and product.index not in ends
        and not _is_named(part, product)
    ]


def weighted(part: Part) -> int:
    """How many convolutions and products with weights there are, all told."""
    kinds = ("Conv", "Gemm", "MatMul")
    return sum(node.op_type in kinds and node.input[1] in part.tensors for node in part.model.graph.node)


def _all(part: Part) -> list[Product]:
    found: list[Product] = []
    for index, node in enumerate(part.model.graph.node):
        if node.op_type == "Conv" and node.input[1] in part.tensors:
            found.append(Product(index, node.input[0], node.input[1], channels=0))
        elif node.op_type == "MatMul" and node.input[1] in part.tensors and part.rank(node.input[1]) == 2:
            found.append(Product(index, node.input[0], node.input[1], channels=1))
    return found


def _first(part: Part) -> set[int]:
    """The products that a picture passes before any other; what is given as tokens, such as text, is none."""
    picture = {value.name for value in part.model.graph.input if part.rank(value.name) == _PICTURE_RANK}
    indices = {product.index for product in _all(part)}
    passed: set[str] = set()
    first: set[int] = set()
    for index, node in enumerate(part.model.graph.node):
        if not picture & set(node.input):
            continue
        picture |= set(node.output)
        if index in indices and not passed & set(node.input):
            first.add(index)
        if index in indices or passed & set(node.input):
            passed |= set(node.output)
    return first


def _last(part: Part) -> set[int]:
    """The products that no other follows."""
    indices = {product.index for product in _all(part)}
    followed: set[str] = set()
    last: set[int] = set()
    for index, node in reversed(list(enumerate(part.model.graph.node))):
        follows = bool(followed & set(node.output))
        if index in indices and not follows:
            last.add(index)
        if index in indices or follows:
            followed |= set(node.input)
    return last


def _is_named(part: Part, product: Product) -> bool:
    node: onnx.NodeProto = part.model.graph.node[product.index]
    scopes = [entry.value for entry in node.metadata_props if entry.key.endswith("name_scopes")]
    return any(name in text for name in _NAMED for text in (product.weights, *scopes))
