"""A network that is loaded, whatever runs it: ONNX Runtime on the processor here, an engine on a GPU elsewhere."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from edge_models.onnx_session import open_session

Arrays = Mapping[str, NDArray[Any]]


class Network(Protocol):
    """Holds the memory of a network from its making to `close`."""

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """Return all outputs by name, for inputs by name; the arrays are the caller's to keep."""
        ...

    def close(self) -> None:
        """Free the memory; nothing can be run after that."""
        ...


class OnnxNetwork:
    """An ONNX file on the processor."""

    def __init__(self, path: Path, *, threads: int = 1) -> None:
        """Load it; `threads` of them sleep while there is nothing to run."""
        self._session = open_session(path, threads=threads)
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """Return all outputs by name."""
        results = self._session.run(None, dict(feed))
        return {name: np.asarray(result) for name, result in zip(self._outputs, results, strict=True)}

    def close(self) -> None:
        """Let ONNX Runtime free it."""
        del self._session
