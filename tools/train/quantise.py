"""From the ONNX file in single precision to one of eight bits for ONNX Runtime on a CPU; needs onnx.

    python -m tools.train.quantise FP32.onnx CODEC.npz OUT.onnx

Activations are unsigned, asymmetric bytes, weights signed bytes with a scale a channel. The first and the last layer
and what belongs to time and mood stay as they are. `edge_models.tensorrt` makes the other file of this one.
"""

# pyright: reportMissingImports=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import argparse
import tempfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from edge_models.image.few_steps import Feed, draw
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.patches import Codec, load_codec
from edge_models.image.told import tell
from edge_models.onnx_session import open_session
from tools.train.pictures import painted
from tools.train.prompts import SHEET


def calibration_feeds(model: Path, *, dims: int, pictures: int, steps: int, threads: int = 2) -> list[Feed]:
    """What the network is given while it draws scenes that it wasn't trained on (seed 77)."""
    session = open_session(model, threads=threads)
    feeds: list[Feed] = []

    def network(feed: Feed) -> np.ndarray:
        feeds.append(feed)
        return np.asarray(session.run(None, dict(feed))[0])

    for nth, (scene, seed, _) in enumerate(islice(painted(77), pictures)):
        draw(network, tell(lay_out(scene, seed=seed)), dims=dims, steps=steps, seed=nth)
    return feeds


class _Reader(CalibrationDataReader):
    def __init__(self, feeds: list[Feed]) -> None:
        self._feeds: Iterator[Feed] = iter(feeds)

    def get_next(self) -> dict[str, np.ndarray] | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        feed = next(self._feeds, None)
        return None if feed is None else dict(feed)


def inner_products(model: onnx.ModelProto) -> list[str]:
    """The names of the products to be quantised: those of tokens with weights in the blocks, which have no biases."""
    shapes = {tensor.name: len(tensor.dims) for tensor in model.graph.initializer}
    biased = {name for node in model.graph.node if node.op_type == "Add" for name in node.input}
    biased -= {
        name
        for node in model.graph.node
        if node.op_type == "Add" and not any(shapes.get(other) == 1 for other in node.input)
        for name in node.input
    }
    return [
        node.name
        for node in model.graph.node
        if node.op_type == "MatMul" and shapes.get(node.input[1]) == 2 and node.output[0] not in biased
    ]


def quantise(source: Path, target: Path, feeds: list[Feed]) -> None:
    """Write the file of eight bits."""
    with tempfile.TemporaryDirectory() as folder:
        ready = Path(folder) / "ready.onnx"
        quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
        quantize_static(
            str(ready),
            str(target),
            _Reader(feeds),
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["MatMul"],
            nodes_to_quantize=inner_products(onnx.load(ready)),
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            extra_options={"WeightSymmetric": True, "MatMulConstBOnly": True},
        )


def loss_db(exact: Path, other: Path, codec: Codec, *, steps: int, threads: int = 1) -> float:
    """PSNR of the drafts that a quantised file draws of unseen prompts, against those in single precision."""
    drawn: list[np.ndarray] = []
    for path in (exact, other):
        session = open_session(path, threads=threads)
        tokens = [
            draw(
                lambda feed, session=session: np.asarray(session.run(None, dict(feed))[0]),
                tell(lay_out(parse_prompt(prompt), seed=nth)),
                dims=codec.dims,
                steps=steps,
                seed=nth,
            )
            for nth, prompt in enumerate(SHEET)
        ]
        drawn.append(codec.decode(np.concatenate(tokens)).astype(np.float32))
    return float(20 * np.log10(255 / np.sqrt(((drawn[0] - drawn[1]) ** 2).mean())))


def main() -> None:
    """Quantise."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path)
    parser.add_argument("codec", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=32)
    parser.add_argument("--steps", type=int, default=4)
    args = parser.parse_args()
    codec = load_codec(args.codec)
    feeds = calibration_feeds(args.source, dims=codec.dims, pictures=args.pictures, steps=args.steps)
    quantise(args.source, args.out, feeds)
    loss = loss_db(args.source, args.out, codec, steps=args.steps)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.1f} MB, {loss:.1f} dB against single precision")


if __name__ == "__main__":
    main()
