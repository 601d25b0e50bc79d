"""Writes one network as an ONNX file with fixed shapes, and says what it is for the card."""

# pyright: reportMissingImports=false

import logging
import warnings
from pathlib import Path

import onnx
import torch

from edge_models.diffusion.card import PartCard, file_entry
from edge_models.diffusion.wiring import PartName
from tools.export.families import Network
from tools.export.working import working_bytes

OPSET = 18
"""ONNX Runtime, TensorRT 10 and 11 take it."""
_MAX_INLINE_BYTES = 100_000_000
"""The weights of larger networks lie in a second file: protobuf ends at 2 GiB, and writing it took 4.1 times the memory
of the weights, a second file 1.1 times (twelve layers of 4096 by 4096)."""


def write_part(folder: Path, name: PartName, network: Network) -> PartCard:
    """Write `NAME.onnx` in single precision, and `NAME.onnx.data` where it is large; shapes are those of the inputs."""
    path = folder / f"{name}.onnx"
    large = sum(weights.numel() for weights in network.module.parameters()) * 4 > _MAX_INLINE_BYTES
    logging.getLogger("torch.onnx").setLevel(logging.ERROR)  # it misses torchvision, which no part uses
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network.module.eval(),
            tuple(network.inputs.values()),
            dynamo=True,
            opset_version=OPSET,
            input_names=tuple(network.inputs),
            output_names=network.outputs,
            verbose=False,
        )
    assert program is not None
    program.save(str(path), external_data=large)
    model = onnx.load(path, load_external_data=False)
    return PartCard(
        files=tuple(file_entry(file) for file in sorted(folder.glob(f"{path.name}*"))),
        working_bytes=working_bytes(model),
        inputs={value.name: _shape(value) for value in model.graph.input},
        outputs={value.name: _shape(value) for value in model.graph.output},
    )


def _shape(value: onnx.ValueInfoProto) -> tuple[int, ...]:
    return tuple(dim.dim_value for dim in value.type.tensor_type.shape.dim)
