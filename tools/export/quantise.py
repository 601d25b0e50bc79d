"""From a part in single precision to one for boards: eight bits for Orin, eight-bit floats for Thor, half precision.

The recipes are those of NVIDIA's Model Optimizer for diffusion models (examples/diffusers/quantization/config.py).
INT8: signed and symmetric, weights by output channel, activations by tensor, ranges from the largest value seen, and
SmoothQuant (Xiao et al., 2023) for products with tokens, at the strength that they use. FP8, E4M3: both by tensor,
from the largest value. (Their percentile picks among twenty or thirty time steps; these models have one to four.)
No bias is quantised, and all else is in half precision: strongly typed, for TensorRT 10 and 11 as well as for RTX.
No engine of these files has run on a GPU. Needs onnx; no torch.
"""

# pyright: reportMissingImports=false

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import ml_dtypes
import numpy as np
from numpy.typing import NDArray

from tools.export.half import Halver, outgrown, single_nodes
from tools.export.part_file import Part, Writer
from tools.export.quantise_layers import Product, products, weighted
from tools.export.quantise_ranges import Feed, Ranges, measure

Precision = Literal["fp16", "int8", "fp8"]
STRENGTH = 0.8
"""How much of an activation's unevenness is moved to the weights: `--alpha` of their examples for SD and SDXL."""
_SMOOTHED = (1e-3, 1e3)
"""Scales beyond these leave half precision no room."""
_SMALLEST_STEP = 2.0**-20
"""Still a number in half precision."""


@dataclass(frozen=True)
class Format:
    """A type of eight bits."""

    largest: float
    by_channel: bool
    """Whether weights have a step a channel."""
    dtype: np.dtype


INT8 = Format(127, by_channel=True, dtype=np.dtype(np.int8))
FP8 = Format(448, by_channel=False, dtype=np.dtype(ml_dtypes.float8_e4m3fn))
_FORMATS = {"int8": INT8, "fp8": FP8}


@dataclass(frozen=True)
class Quantised:
    """What was done to a part."""

    precision: Precision
    products: int
    """That are computed with eight bits."""
    of: int
    """Convolutions and products with weights that there are."""
    single: int
    """Nodes that stay in single precision."""


def to_half(source: Path, target: Path, feeds: Iterable[Feed] = ()) -> Quantised:
    """Write a part in half precision; with feeds, what outgrows it stays single. Raises ExportError."""
    return _write(Part(source), target, "fp16", list(feeds), [])


def quantise(source: Path, target: Path, precision: Literal["int8", "fp8"], feeds: Iterable[Feed]) -> Quantised:
    """Write a part with eight bits, its ranges measured on `feeds`. Raises ExportError."""
    part = Part(source)
    return _write(part, target, precision, list(feeds), products(part))


def _write(
    part: Part, target: Path, precision: Precision, feeds: Sequence[Feed], chosen: Sequence[Product]
) -> Quantised:
    single = single_nodes(part, outgrown(part, feeds) if feeds else ())
    chosen = [product for product in chosen if product.index not in single]
    tokens = {product.data for product in chosen if not product.is_convolution}
    ranges = measure(part, sorted({product.data for product in chosen}), feeds, by_channel=sorted(tokens))
    with Writer(target) as writer:
        halver = Halver(part, writer, single)
        eight = _Eight(part, halver, _FORMATS[precision], chosen, ranges) if chosen else None
        by_index = {product.index: product for product in chosen}
        for index in range(len(part.model.graph.node)):
            if index in by_index and eight is not None:
                eight.product(by_index[index])
            else:
                writer.nodes.append(halver.node(index))
        halver.outputs()
        writer.close(part)
    return Quantised(precision, len(chosen), weighted(part), len(single))


@dataclass
class _Eight:
    """Writes products with eight bits."""

    part: Part
    halver: Halver
    format: Format
    chosen: Sequence[Product]
    ranges: Ranges
    _given: dict[str, str] = field(default_factory=dict)
    """Activations that have been quantised already, by tensor."""
    _smoothing: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def product(self, product: Product) -> None:
        """Write the node with its two inputs quantised and restored."""
        node = self.halver.node(product.index, but=frozenset({0, 1}))
        if product.data not in self._given:
            self._given[product.data] = self._activation(product)
        node.input[0] = self._given[product.data]
        node.input[1] = self._weights(product)
        self.halver.writer.nodes.append(node)

    def _activation(self, product: Product) -> str:
        name, writer = self.halver.tensor(product.data), self.halver.writer
        largest = self.ranges[product.data]
        if not product.is_convolution and self.format is INT8:
            smoothing = self._smoothing[product.data] = self._smoothed(product.data)
            largest = largest / smoothing
            by = writer.tensor(f"{product.data} smoothed by", (1 / smoothing).astype(np.float16))
            name = writer.node("Mul", [name, by], f"{product.data} smoothed")
        step = writer.tensor(f"{product.data} step", self._step(largest.max()))
        zero = writer.tensor(f"{product.data} zero", np.zeros((), self.format.dtype))
        eight = writer.node("QuantizeLinear", [name, step, zero], f"{product.data} in eight")
        return writer.node("DequantizeLinear", [eight, step, zero], f"{product.data} of eight")

    def _smoothed(self, data: str) -> NDArray[np.float32]:
        """What to divide an activation's channels by, and to multiply the weights of all that take it with."""
        weights = [self.part.read(product.weights) for product in self.chosen if product.data == data]
        heaviest = np.max([np.abs(matrix).max(1) for matrix in weights], axis=0)
        largest = self.ranges[data]
        usable = (largest > 0) & (heaviest > 0)
        scale = np.ones_like(largest)
        scale[usable] = largest[usable] ** STRENGTH / heaviest[usable] ** (1 - STRENGTH)
        return scale.clip(*_SMOOTHED)

    def _weights(self, product: Product) -> str:
        writer, name = self.halver.writer, f"{product.weights} for {product.data}"
        if name in self._given:
            return self._given[name]
        weights = np.asarray(self.part.read(product.weights), np.float32)
        if product.data in self._smoothing:
            weights = weights * self._smoothing[product.data][:, None]
        others = tuple(axis for axis in range(weights.ndim) if axis != product.channels)
        largest = np.abs(weights).max(axis=others if self.format.by_channel else None)
        step = self._step(largest)
        along = np.expand_dims(step, others) if step.ndim else step
        codes = (weights / along.astype(np.float32)).clip(-self.format.largest, self.format.largest)
        if self.format is INT8:
            codes = np.rint(codes)
        inputs = [
            writer.tensor(f"{name} in eight", codes.astype(self.format.dtype)),
            writer.tensor(f"{name} step", step),
            writer.tensor(f"{name} zero", np.zeros(step.shape, self.format.dtype)),
        ]
        axis = {"axis": product.channels} if step.ndim else {}
        self._given[name] = writer.node("DequantizeLinear", inputs, f"{name} of eight", **axis)
        return self._given[name]

    def _step(self, largest: np.ndarray | np.floating) -> NDArray[np.float16]:
        """In half precision, rounded before the weights are divided by it, so that its rounding costs nothing."""
        return np.maximum(np.asarray(largest) / self.format.largest, _SMALLEST_STEP).astype(np.float16)
