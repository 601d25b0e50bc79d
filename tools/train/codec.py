"""Fit the draft model's codec to the compositor's pictures.

python -m tools.train.codec OUT.npz [--dims 96] [--pictures 1200]
"""

import argparse
from itertools import islice
from pathlib import Path

import numpy as np

from edge_models.image.patches import Codec, fit
from tools.train.pictures import Batch, empty, painted, remember_drawings, write


def pictures(count: int, *, seed: int) -> Batch:
    """So many pictures, painted here and now."""
    remember_drawings()
    batch = empty(count)
    for row, (scene, layout_seed, noise) in enumerate(islice(painted(seed), count)):
        write(batch, row, scene, seed=layout_seed, noise=noise)
    return batch


def loss_db(codec: Codec, batch: Batch) -> float:
    """PSNR of what is left of pictures that went through the codec."""
    error = codec.decode(codec.encode(batch.picture)).astype(np.float32) - batch.picture
    return float(20 * np.log10(255 / np.sqrt((error**2).mean())))


def main() -> None:
    """Fit, say what is lost, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--dims", type=int, default=96)
    parser.add_argument("--pictures", type=int, default=1200)
    args = parser.parse_args()
    batch, unseen = pictures(args.pictures, seed=11), pictures(200, seed=12)
    for dims in sorted({32, 48, 64, 96, 128, args.dims}):
        print(f"{dims} numbers a patch: {loss_db(fit(batch.picture, dims=dims), unseen):.1f} dB")
    fit(batch.picture, dims=args.dims).save(args.out)


if __name__ == "__main__":
    main()
