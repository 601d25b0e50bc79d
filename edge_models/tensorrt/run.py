"""Runs an engine on the GPU that it was built for.

::

    first run     ──▶ copies in ─ network ─ copies out ──▶ then the same once more, recorded into a CUDA graph
    later runs    ──▶ the graph, in one call

All memory is taken at the beginning: the buffers on the GPU, and beside each one of this process's that the GPU reads
and writes by itself. TensorRT for RTX records its graphs itself, and compiles for the card at hand at its first run:
what it compiled is kept beside the engine. One code for TensorRT 10 and 11 and the one for RTX. It has never been run
on a GPU, only against stand-ins for TensorRT and for the driver.

On a Jetson, GPU and processor share one memory. The file is mapped there, not read, so that the weights needn't fit in
twice: its pages can be let go again. And whoever asks for too much isn't refused, but the system ends a process,
perhaps the one that listens: so it is asked before whether what an engine needs is free.
"""

import ctypes
import logging
import math
import mmap
import threading
import traceback
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge_models.memory import BoardMemory
from edge_models.network import Arrays
from edge_models.tensorrt.build import key_for
from edge_models.tensorrt.complaints import Complaints, logger_of
from edge_models.tensorrt.cuda import Cuda, CudaError
from edge_models.tensorrt.engines import EngineError, Engines, keep_kernels, read_kernels
from edge_models.tensorrt.library import NO_GPU, Library, find_library

log = logging.getLogger(__name__)

_TYPES = {
    "FLOAT": np.float32,
    "HALF": np.float16,
    "INT64": np.int64,
    "INT32": np.int32,
    "INT8": np.int8,
    "UINT8": np.uint8,
    "BOOL": np.bool_,
}
"""TensorRT's types that numpy has too."""


def load_engine(name: str, onnx: Path, engines: Engines, *, library: Library | None = None) -> "EngineNetwork":
    """Load the engine that was built here of a model's file; its SHA-256 is checked. Raises EngineError."""
    library = library or find_library()
    if library.gpu == NO_GPU:
        raise EngineError("There is no NVIDIA GPU here to run an engine on.")
    return EngineNetwork(engines.path(name, key_for(onnx, library)), library)


@dataclass(frozen=True, slots=True)
class _Tensor:
    """An input or output of the engine, and where it lies."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    on_gpu: int = 0
    """The addresses of its two buffers."""
    pinned: int = 0
    array: NDArray[Any] = field(default_factory=lambda: np.empty(0))
    """What lies at `pinned`, in its shape."""

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


class EngineNetwork:
    """A `Network` on the GPU; may be run from any thread, by one at a time."""

    def __init__(
        self, path: Path, library: Library, *, cuda: Cuda | None = None, memory: BoardMemory | None = None
    ) -> None:
        """Load the engine in the file at `path`, whose SHA-256 was checked (`Engines.path`).

        `cuda`: by default the first GPU; closed with the network. `memory`: by default this machine's. Raises
        EngineError, and holds nothing then.
        """
        self._lock = threading.Lock()
        self._cuda = cuda or Cuda()
        self._memory = memory or BoardMemory()
        self._closed = False
        self._path = path
        self._complaints = Complaints()
        self._undo = ExitStack()
        """Frees all that was taken, the last first."""
        self._made: list[Any] = []
        """TensorRT's objects, which free what they hold when nobody names them any more."""
        self._execution: Any = None
        self._compiled: Any = None
        """What TensorRT for RTX compiles while it runs; None where it isn't that one."""
        self._inputs: dict[str, _Tensor] = {}
        self._outputs: dict[str, _Tensor] = {}
        self._warm = False
        self._graph: int | None = None
        try:
            with self._cuda.current():
                self._load(library.module)
        except BaseException as error:
            # They name TensorRT's objects, which must be gone before the GPU's context is.
            traceback.clear_frames(error.__traceback__)
            self.close()
            # So TensorRT's Python says what it says at all, and one that is older than 10.3 what it hasn't.
            if isinstance(error, RuntimeError | TypeError | AttributeError):
                raise EngineError(f"TensorRT can't load the engine: {error}.") from None
            raise

    def run(self, feed: Arrays) -> dict[str, NDArray[Any]]:
        """Return all outputs by name, in the engine's types, for inputs by name.

        Inputs are cast to the engine's types where those are of the same kind, as float32 to float16. Raises ValueError
        for inputs that aren't the network's, and EngineError where the GPU fails.
        """
        with self._lock:
            if self._closed:
                raise EngineError("The network is closed.")
            self._fill(feed)
            with self._cuda.current():
                self._work()
            return {name: output.array.copy() for name, output in self._outputs.items()}

    def close(self) -> None:
        """Free the memory; nothing can be run after that."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._execution = self._compiled = self._graph = None
            self._inputs, self._outputs = {}, {}
            try:
                with self._cuda.current():
                    self._undo.close()
            except CudaError as error:  # a driver that no longer answers: the end of the process frees it all
                log.debug("while freeing an engine: %s", error)
            finally:
                self._made.clear()
                self._cuda.close()

    def _load(self, trt: Any) -> None:
        self._demand(self._file_bytes())
        engine = self._engine(trt)
        tensors = [_described(trt, engine, engine.get_tensor_name(nth)) for nth in range(engine.num_io_tensors)]
        buffers = sum(tensor.size_bytes for tensor in tensors) * (2 if self._cuda.shares_memory() else 1)
        self._demand(engine.device_memory_size_v2 + buffers)
        self._stream = self._cuda.stream()
        self._undo.callback(self._cuda.end_stream, self._stream)
        placed = [self._placed(tensor) for tensor in tensors]
        self._execution = self._kept(self._prepared(trt, engine), "prepare the engine")
        for tensor in placed:
            if not self._execution.set_tensor_address(tensor.name, tensor.on_gpu):
                raise EngineError(f"TensorRT refuses the memory of {tensor.name}{self._complaints}.")
            reads = engine.get_tensor_mode(tensor.name) == trt.TensorIOMode.INPUT
            (self._inputs if reads else self._outputs)[tensor.name] = tensor
        self._undo.callback(self._cuda.settle, self._stream)  # nothing is at work any more when the rest is freed

    def _file_bytes(self) -> int:
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise EngineError(f"The engine {self._path} can't be read: {error.strerror or error}.") from None

    def _engine(self, trt: Any) -> Any:
        runtime = self._kept(trt.Runtime(logger_of(trt, self._complaints)), "start")
        try:
            with self._path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                engine = runtime.deserialize_cuda_engine(content)
        except (OSError, ValueError) as error:  # ValueError: an empty file can't be mapped
            raise EngineError(f"The engine {self._path} can't be read: {error}.") from None
        return self._kept(engine, "load the engine")

    def _prepared(self, trt: Any, engine: Any) -> Any:
        """What holds the state of a run; None where TensorRT refuses."""
        if not hasattr(trt, "CudaGraphStrategy"):
            return engine.create_execution_context()
        config = self._kept(engine.create_runtime_config(), "set up the engine")
        config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        self._compiled = self._kept(config.create_runtime_cache(), "set up the engine")
        kernels = read_kernels(self._path)
        if kernels:
            self._compiled.deserialize(kernels)  # of another driver: refused, and they are compiled anew
        config.set_runtime_cache(self._compiled)
        return engine.create_execution_context(runtime_config=config)

    def _kept(self, made: Any, what: str) -> Any:
        """What TensorRT made, to be let go in `close`. Raises EngineError where it made nothing."""
        if made is None:
            raise EngineError(f"TensorRT can't {what}{self._complaints}.")
        self._made.append(made)
        self._undo.callback(self._made.pop)
        return made

    def _demand(self, size: int) -> None:
        """Raise EngineError where so much memory isn't free, before it is asked for."""
        free = self._cuda.free_bytes()
        if self._cuda.shares_memory():
            # The driver doesn't count what the system would give up for it, such as files read lately.
            free = max(free, self._memory.look().available_bytes)
        if size > free:
            raise EngineError(
                f"The engine needs {math.ceil(size / 1e6)} MB of the GPU's memory, and {free // 10**6} MB are free."
            )

    def _placed(self, tensor: _Tensor) -> _Tensor:
        """The tensor with its two buffers."""
        size = max(1, tensor.size_bytes)
        on_gpu = self._cuda.allocate(size)
        self._undo.callback(self._cuda.free, on_gpu)
        pinned = self._cuda.allocate_pinned(size)
        self._undo.callback(self._cuda.free_pinned, pinned)
        held = np.ctypeslib.as_array((ctypes.c_uint8 * size).from_address(pinned))
        array = held[: tensor.size_bytes].view(tensor.dtype).reshape(tensor.shape)
        return replace(tensor, on_gpu=on_gpu, pinned=pinned, array=array)

    def _fill(self, feed: Arrays) -> None:
        """Lay the inputs where the GPU takes them from. Raises ValueError."""
        if feed.keys() != self._inputs.keys():
            raise ValueError(f"The network takes {_list(self._inputs)}, not {_list(feed)}.")
        given = {name: np.asarray(feed[name]) for name in self._inputs}
        for name, tensor in self._inputs.items():
            kind, shape = given[name].dtype, given[name].shape
            if shape != tensor.shape or not np.can_cast(kind, tensor.dtype, "same_kind"):
                raise ValueError(f"The input {name} is {tensor.dtype} {tensor.shape}, not {kind} {shape}.")
        for name, tensor in self._inputs.items():
            np.copyto(tensor.array, given[name], casting="same_kind")

    def _work(self) -> None:
        """Have the GPU do it all, and wait for it. Raises EngineError."""
        self._complaints.last = ""  # of another run, or of what couldn't be recorded
        try:
            if self._graph is None:
                self._queue()
            else:
                self._cuda.launch(self._graph, self._stream)
        finally:
            self._cuda.wait(self._stream)
        if not self._warm:
            self._warm = True
            self._remember()

    def _queue(self) -> None:
        for tensor in self._inputs.values():
            self._cuda.copy_in(tensor.on_gpu, tensor.pinned, tensor.size_bytes, self._stream)
        if not self._execution.execute_async_v3(self._stream):
            raise EngineError(f"TensorRT can't run the engine{self._complaints}.")
        for tensor in self._outputs.values():
            self._cuda.copy_out(tensor.pinned, tensor.on_gpu, tensor.size_bytes, self._stream)

    def _remember(self) -> None:
        """After the first run: keep what makes the later ones quicker."""
        if self._compiled is not None:
            kernels = self._compiled.serialize()
            if kernels is not None:
                keep_kernels(self._path, bytes(kernels))
            return
        try:
            self._graph = self._cuda.record(self._stream, self._queue)
        except EngineError as error:  # loops, or shapes that depend on the data: not everything can be recorded
            log.info("the engine %s runs without a CUDA graph: %s", self._path, error)
        else:
            self._undo.callback(self._cuda.end_graph, self._graph)


def _described(trt: Any, engine: Any, name: str) -> _Tensor:
    """One input or output, as the engine has it. Raises EngineError where a buffer of one size won't do."""
    kind, shape = engine.get_tensor_dtype(name).name, tuple(engine.get_tensor_shape(name))
    if any(length < 0 for length in shape):
        raise EngineError(f"The engine's {name} has no fixed shape, but {shape}: it can't be run here.")
    if kind not in _TYPES or engine.get_tensor_location(name) != trt.TensorLocation.DEVICE:
        raise EngineError(f"The engine's {name} is {kind.lower()} that can't be handed over: it can't be run here.")
    return _Tensor(name, np.dtype(_TYPES[kind]), shape)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or "nothing"
