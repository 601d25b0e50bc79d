"""Four times larger, by Real-ESRGAN's small network for drawings (realesr-animevideov3, BSD-3-Clause), run by ncnn."""

from pathlib import Path

import ncnn
import numpy as np
from numpy.typing import NDArray

MODEL = "realesr-animevideov3-x4"
"""In the catalogue."""
TIMES = 4


class Enlarger:
    """Holds the network, 1.2 MB."""

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        """`folder`: the catalogue's model `MODEL`, as `ModelStore.path` hands it out."""
        self._net = ncnn.Net()  # pyright: ignore[reportAttributeAccessIssue] - a compiled module without stubs
        self._net.opt.num_threads = threads
        self._net.opt.use_vulkan_compute = False
        self._net.load_param(str(folder / "realesr-animevideov3-x4.param"))
        self._net.load_model(str(folder / "realesr-animevideov3-x4.bin"))

    def enlarge(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(h, w, 3) uint8 RGB to (4h, 4w, 3)."""
        planes = np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255
        with self._net.create_extractor() as extractor:
            extractor.input("data", ncnn.Mat(planes))  # pyright: ignore[reportAttributeAccessIssue]
            _, large = extractor.extract("output")
            pixels = np.array(large)
        return (np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0)
