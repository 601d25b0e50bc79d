"""One step of a network of the draft model's size in eager PyTorch, on one thread; needs torch.

    echo float32 | python -m tools.bench.draft_eager

Each line on stdin names a precision, `float32` or `bfloat16`; the answer is a line with the milliseconds of processor
time of one step. The weights are random ones: the time doesn't depend on them.
"""

# pyright: reportMissingImports=false
# Torch is for training and for comparison alone and needn't be there where this is checked.

import sys
import time

import torch

from edge_models.image.draft_model import CODEC, FOLDER
from edge_models.image.patches import TOKENS, TOLD, load_codec
from tools.train.__main__ import PRESETS
from tools.train.network import Network, Size


def main() -> None:
    """Answer until stdin ends."""
    torch.set_num_threads(1)
    trained = PRESETS["gpu"]
    size = Size(load_codec(FOLDER / CODEC).dims, trained.width, trained.depth, trained.heads)
    networks = {precision: Network(size).eval().to(precision) for precision in (torch.float32, torch.bfloat16)}
    told = torch.rand(1, TOKENS, TOLD)
    mood, sun, moment = torch.zeros(1, 4, dtype=torch.int64), torch.zeros(1, 3), torch.zeros(1)
    for line in sys.stdin:
        precision = getattr(torch, line.strip())
        x = torch.randn(1, TOKENS, size.dims)
        # Autocast: the sines of the time are in single precision whatever the weights are.
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=precision == torch.bfloat16):
            began = time.process_time()
            networks[precision](x, told, mood, sun, moment, moment + 0.5)
            print((time.process_time() - began) * 1000, flush=True)


if __name__ == "__main__":
    main()
