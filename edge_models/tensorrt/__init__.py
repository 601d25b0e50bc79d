"""TensorRT on boards: from an ONNX file to an engine that is built on the board, kept, and checked before it is run."""

from edge_models.tensorrt.build import build
from edge_models.tensorrt.engines import BuiltEngine, EngineError, Engines
from edge_models.tensorrt.library import NO_GPU, Library, compute_capability, find_library
from edge_models.tensorrt.run import EngineNetwork, load_engine

__all__ = [
    "NO_GPU",
    "BuiltEngine",
    "EngineError",
    "EngineNetwork",
    "Engines",
    "Library",
    "build",
    "compute_capability",
    "find_library",
    "load_engine",
]
