"""Builds an engine from an ONNX file, on the machine that will run it.

One code for TensorRT 10 and 11 and for TensorRT for RTX: the network is strongly typed, so that its eight bits are
those of the file's QuantizeLinear and DequantizeLinear, and nothing is left to flags that 11 has dropped.
"""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from edge_models.tensorrt.complaints import Complaints, logger_of
from edge_models.tensorrt.engines import BuiltEngine, EngineError, Engines, Key, key_of
from edge_models.tensorrt.library import Library, find_library

Progress = Callable[[str, int, int], bool]
"""What is done, how many steps of it, of how many; False calls the build off."""
WEIGHTS = ".data"
"""What is added to the name of an ONNX file for that of its weights: networks of more than 2 GB need two files."""


def key_for(onnx: Path, library: Library) -> Key:
    """Return the key of the engine that `build` makes of a file. Raises EngineError."""
    return key_of(library.name, library.version, library.gpu, *files_of(onnx))


def files_of(onnx: Path) -> tuple[Path, ...]:
    """The file, and the one beside it that its weights lie in, where it has one: `denoiser.onnx.data`."""
    weights = onnx.with_name(onnx.name + WEIGHTS)
    return (onnx, weights) if weights.exists() else (onnx,)


def build(
    name: str,
    onnx: Path,
    engines: Engines,
    *,
    library: Library | None = None,
    progress: Progress = lambda _what, _done, _of: True,
) -> tuple[BuiltEngine, bool]:
    """Return the engine of a model, and whether it was built now; one for this machine that is there already is kept.

    `onnx` has eight bits for CPUs (`signed.py`) or for TensorRT (`tools.export`), or none. Minutes on a board.
    Raises EngineError.
    """
    library = library or find_library()
    key = key_for(onnx, library)
    try:
        engines.path(name, key)
    except EngineError:
        pass
    else:
        built = engines.built(name)
        assert built is not None
        return built, False
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nightjar-engine-") as scratch:
        engine = _engine(library, _for_tensorrt(onnx, Path(scratch)), engines, progress)
    return engines.keep(name, key, engine, took_s=time.monotonic() - began), True


def _for_tensorrt(onnx: Path, scratch: Path) -> Path:
    if len(files_of(onnx)) > 1:  # as `tools.export` writes them: for TensorRT, and too large to be copied
        return onnx
    try:
        from edge_models.tensorrt.signed import NotOnnx, signed_file
    except ImportError:
        raise EngineError("Building an engine needs the package onnx: `pip install nightjar[tensorrt]`.") from None
    try:
        signed_file(onnx, scratch / "signed.onnx")
    except NotOnnx:
        raise EngineError(f"The model {onnx} is no ONNX file that is whole.") from None
    return scratch / "signed.onnx"


def _engine(library: Library, onnx: Path, engines: Engines, progress: Progress) -> memoryview:
    trt: Any = library.module
    complaints = Complaints()
    builder = trt.Builder(logger_of(trt, complaints))
    if builder is None:
        raise EngineError(f"TensorRT can't build here{complaints}.")
    flags = getattr(trt.NetworkDefinitionCreationFlag, "STRONGLY_TYPED", None)
    network = builder.create_network(0 if flags is None else 1 << int(flags))
    parser = trt.OnnxParser(network, logger_of(trt, complaints))
    if not parser.parse_from_file(str(onnx)):
        raise EngineError(f"TensorRT can't read the model: {_why(parser)}.")
    config = builder.create_builder_config()
    measures = library.name == "tensorrt"  # the one for RTX measures nothing while it builds
    # What another version, or another GPU, has measured is refused: then it is begun anew.
    if measures and not config.set_timing_cache(config.create_timing_cache(engines.timings()), False):
        config.set_timing_cache(config.create_timing_cache(b""), False)
    monitor = _monitor(trt, progress)
    config.progress_monitor = monitor
    engine = builder.build_serialized_network(network, config)
    if monitor.called_off:
        raise EngineError("The build was called off.")
    if engine is None:
        raise EngineError(f"TensorRT could not build the engine{complaints}.")
    if measures:
        engines.keep_timings(bytes(config.get_timing_cache().serialize()))
    return memoryview(engine)  # not copied: it is as large as the weights


def _why(parser: Any) -> str:
    """The parser's first error, with the operator at which it stopped."""
    if not parser.num_errors:
        return "it doesn't say why"
    error = parser.get_error(0)
    return " ".join(f"{error.node_operator()}: {error.desc()}".split())[:300].rstrip(".")


def _monitor(trt: Any, progress: Progress) -> Any:
    class Monitor(trt.IProgressMonitor):
        """Passes on how far each phase has come; phases lie within each other."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self.called_off = False
            self._steps: dict[str, int] = {}

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            del parent_phase
            self._steps[phase_name] = num_steps

        def step_complete(self, phase_name: str, step: int) -> bool:
            goes_on = progress(phase_name, step + 1, self._steps.get(phase_name, 0))
            self.called_off = self.called_off or not goes_on
            return goes_on

        def phase_finish(self, phase_name: str) -> None:
            self._steps.pop(phase_name, None)

    return Monitor()
