"""From trained weights to one ONNX file in single precision; needs torch and onnx.

python -m tools.train.export WEIGHTS_DIR OUT.onnx
"""

# pyright: reportMissingImports=false
# Torch and onnx are for training alone and needn't be there where this is checked.

import argparse
from io import BytesIO
from pathlib import Path

import torch

from edge_models.image.patches import TOKENS, TOLD
from tools.train.network import Network, Size

INPUTS = ("x", "told", "mood", "sun", "time", "step")


def read_weights(folder: Path) -> Network:
    """The network that `tools.train` left in a folder."""
    parts = sorted(folder.glob("weights.*"), key=lambda path: int(path.suffix[1:]))
    kept = torch.load(BytesIO(b"".join(part.read_bytes() for part in parts)), weights_only=True, map_location="cpu")
    counts = tuple(len(kept["weights"][f"moods.{nth}.weight"]) for nth in range(4))
    network = Network(Size(**{**kept["size"], "explicit": True, "moods": counts}))
    network.load_state_dict({name: value.float() for name, value in kept["weights"].items()})
    return network.eval()


def export(network: Network, path: Path) -> None:
    """Write the network as ONNX, opset 18, for one picture at a time."""
    example = (
        torch.zeros(1, TOKENS, network.size.dims),
        torch.zeros(1, TOKENS, TOLD),
        torch.zeros(1, 4, dtype=torch.int64),
        torch.zeros(1, 3),
        torch.zeros(1),
        torch.zeros(1),
    )
    program = torch.onnx.export(
        network, example, dynamo=True, opset_version=18, input_names=INPUTS, output_names=("clean",), verbose=False
    )
    assert program is not None
    program.save(str(path), external_data=False)


def main() -> None:
    """Export."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    args = parser.parse_args()
    export(read_weights(args.weights), args.out)


if __name__ == "__main__":
    main()
