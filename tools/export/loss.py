"""What a part has lost against the one in single precision, on ONNX Runtime.

ONNX Runtime computes in single precision between the casts and quantisations of a file: what is measured is the loss
of the numbers kept, not that of an engine's arithmetic.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime

from tools.export.quantise_ranges import Feed


@dataclass(frozen=True)
class Loss:
    """Over all outputs of all feeds together."""

    cosine: float
    """1: they point the same way."""
    psnr_db: float
    """Against the whole range of the exact outputs; infinite where nothing differs."""


def loss(exact: Path, other: Path, feeds: Iterable[Feed]) -> Loss:
    """Run both on feeds that nothing was measured with."""
    given = list(feeds)
    true, found = (_outputs(path, given) for path in (exact, other))
    error = float(np.sqrt(((true - found) ** 2).mean()))
    cosine = float(true @ found / (np.linalg.norm(true) * np.linalg.norm(found)))
    return Loss(cosine, 20 * float(np.log10(np.ptp(true) / error)) if error else float("inf"))


def _outputs(path: Path, feeds: list[Feed]) -> np.ndarray:
    options = onnxruntime.SessionOptions()
    # As it is written: an optimised eight-bit float is moved to operators that ONNX Runtime doesn't have for it.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    runs = [session.run(None, dict(feed)) for feed in feeds]
    return np.concatenate([np.asarray(output, np.float64).ravel() for outputs in runs for output in outputs])
