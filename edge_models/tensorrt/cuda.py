"""The little of NVIDIA's driver that running an engine needs: memory, one stream, a recorded graph.

Through ctypes on the driver's own library, so that nothing has to be installed beside it. The entries are named as the
library exports them: where a call was changed since CUDA 3, the one of today ends in `_v2`. All of them are there since
CUDA 11.4; JetPack 6 has 12.6. Argument types and numbers were held against the `cuda.h` of CUDA 13; none of it has been
run on a GPU so far.

A GPU's memory and streams belong to a context, of which each thread has a current one: whatever is done below is done
within `current()`, from any thread.
"""

import ctypes
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_size_t, c_uint, c_ulonglong, c_void_p

from edge_models.tensorrt.engines import EngineError

log = logging.getLogger(__name__)

DRIVER = "libcuda.so.1"
_Device, _Address, _Handle, _Result = c_int, c_ulonglong, c_void_p, c_int
_SIGNATURES: dict[str, tuple[type, ...]] = {
    "cuInit": (c_uint,),
    "cuGetErrorName": (_Result, POINTER(c_char_p)),
    "cuDeviceGet": (POINTER(_Device), c_int),
    "cuDeviceGetAttribute": (POINTER(c_int), c_int, _Device),
    "cuDevicePrimaryCtxSetFlags_v2": (_Device, c_uint),
    "cuDevicePrimaryCtxRetain": (POINTER(_Handle), _Device),
    "cuDevicePrimaryCtxRelease_v2": (_Device,),
    "cuCtxPushCurrent_v2": (_Handle,),
    "cuCtxPopCurrent_v2": (POINTER(_Handle),),
    "cuMemGetInfo_v2": (POINTER(c_size_t), POINTER(c_size_t)),
    "cuMemAlloc_v2": (POINTER(_Address), c_size_t),
    "cuMemFree_v2": (_Address,),
    "cuMemHostAlloc": (POINTER(c_void_p), c_size_t, c_uint),
    "cuMemFreeHost": (c_void_p,),
    "cuMemcpyHtoDAsync_v2": (_Address, c_void_p, c_size_t, _Handle),
    "cuMemcpyDtoHAsync_v2": (c_void_p, _Address, c_size_t, _Handle),
    "cuStreamCreate": (POINTER(_Handle), c_uint),
    "cuStreamDestroy_v2": (_Handle,),
    "cuStreamSynchronize": (_Handle,),
    "cuStreamBeginCapture_v2": (_Handle, c_int),
    "cuStreamEndCapture": (_Handle, POINTER(_Handle)),
    "cuGraphInstantiateWithFlags": (POINTER(_Handle), _Handle, c_ulonglong),
    "cuGraphLaunch": (_Handle, _Handle),
    "cuGraphDestroy": (_Handle,),
    "cuGraphExecDestroy": (_Handle,),
}
"""The arguments of each entry; all return a CUresult, 0 for success."""
_INTEGRATED = 18
"""CU_DEVICE_ATTRIBUTE_INTEGRATED."""
_SLEEPS = 4
"""CU_CTX_SCHED_BLOCKING_SYNC: whoever waits for the GPU sleeps. By default it spins, on a core that hears with."""
_NON_BLOCKING = 1
"""CU_STREAM_NON_BLOCKING: doesn't wait for the default stream, which others in this process may use."""
_THREAD_LOCAL = 1
"""CU_STREAM_CAPTURE_MODE_THREAD_LOCAL: other threads may allocate meanwhile, as another network's does that loads."""


class CudaError(EngineError):
    """NVIDIA's driver refused a call; the text is one plain sentence with the name of its error."""


class Cuda:
    """The first GPU. For one thread at a time."""

    def __init__(self, driver: str = DRIVER) -> None:
        """Take the context that all of this process shares, TensorRT too. Raises CudaError; `close` lets it go."""
        try:
            library = ctypes.CDLL(driver)
            self._entries = {name: getattr(library, name) for name in _SIGNATURES}
        except OSError:
            raise CudaError(f"There is no NVIDIA driver here: {driver} can't be loaded.") from None
        except AttributeError as error:
            raise CudaError(f"NVIDIA's driver here is too old: {error}.") from None
        for name, arguments in _SIGNATURES.items():
            self._entries[name].argtypes = arguments
            self._entries[name].restype = _Result
        self._device, self._context = _Device(), _Handle()
        self._call("cuInit", 0)
        self._call("cuDeviceGet", byref(self._device), 0)
        self._end("cuDevicePrimaryCtxSetFlags_v2", self._device, _SLEEPS)
        self._call("cuDevicePrimaryCtxRetain", byref(self._context), self._device)

    def close(self) -> None:
        """Let the context go; the driver frees it when nobody in this process holds it any more."""
        if self._context:
            self._end("cuDevicePrimaryCtxRelease_v2", self._device)
            self._context = _Handle()

    @contextmanager
    def current(self) -> Iterator[None]:
        """Make the GPU's context this thread's for as long as the block lasts. Raises CudaError."""
        self._call("cuCtxPushCurrent_v2", self._context)
        try:
            yield
        finally:
            self._end("cuCtxPopCurrent_v2", byref(_Handle()))

    def shares_memory(self) -> bool:
        """Whether the GPU has no memory of its own, as on a Jetson. Raises CudaError."""
        shares = c_int()
        self._call("cuDeviceGetAttribute", byref(shares), _INTEGRATED, self._device)
        return bool(shares.value)

    def free_bytes(self) -> int:
        """The GPU's memory that is free. Raises CudaError."""
        free, total = c_size_t(), c_size_t()
        self._call("cuMemGetInfo_v2", byref(free), byref(total))
        return free.value

    def allocate(self, size: int) -> int:
        """The address of `size` bytes on the GPU. Raises CudaError."""
        address = _Address()
        self._call("cuMemAlloc_v2", byref(address), size)
        return address.value

    def free(self, address: int) -> None:
        """Give memory on the GPU back."""
        self._end("cuMemFree_v2", address)

    def allocate_pinned(self, size: int) -> int:
        """The address of `size` bytes of this process's memory that stay in place: the GPU reads them by itself.

        Raises CudaError.
        """
        address = c_void_p()
        self._call("cuMemHostAlloc", byref(address), size, 0)
        if not address.value:
            raise CudaError("NVIDIA's driver gave no memory.")
        return address.value

    def free_pinned(self, address: int) -> None:
        """Give memory of this process back."""
        self._end("cuMemFreeHost", address)

    def copy_in(self, to: int, pinned: int, size: int, stream: int) -> None:
        """Queue a copy to the GPU. Raises CudaError."""
        self._call("cuMemcpyHtoDAsync_v2", to, pinned, size, stream)

    def copy_out(self, pinned: int, source: int, size: int, stream: int) -> None:
        """Queue a copy from the GPU. Raises CudaError."""
        self._call("cuMemcpyDtoHAsync_v2", pinned, source, size, stream)

    def stream(self) -> int:
        """A new queue of work. Raises CudaError."""
        return self._made("cuStreamCreate", _NON_BLOCKING)

    def end_stream(self, stream: int) -> None:
        """End a queue of work."""
        self._end("cuStreamDestroy_v2", stream)

    def wait(self, stream: int) -> None:
        """Return when all that was queued is done; this is where its failures come to light. Raises CudaError."""
        self._call("cuStreamSynchronize", stream)

    def settle(self, stream: int) -> None:
        """Wait for all that was queued, whatever became of it."""
        self._end("cuStreamSynchronize", stream)

    def record(self, stream: int, queue: Callable[[], None]) -> int:
        """Return a graph of what `queue` puts into `stream`, which isn't done now but at each `launch`.

        Raises CudaError where the work can't be recorded, and what `queue` raises; the stream is as before then.
        """
        self._call("cuStreamBeginCapture_v2", stream, _THREAD_LOCAL)
        graph = _Handle()
        try:
            try:
                queue()
            finally:
                # By the thread that began it, and even if it failed: until then the stream takes no other work.
                ended = self._entries["cuStreamEndCapture"](stream, byref(graph))
            self._check("cuStreamEndCapture", ended)
            return self._made("cuGraphInstantiateWithFlags", graph, 0)
        finally:
            if graph:  # what was instantiated is a graph of its own
                self._end("cuGraphDestroy", graph)

    def launch(self, graph: int, stream: int) -> None:
        """Queue the recorded work. Raises CudaError."""
        self._call("cuGraphLaunch", graph, stream)

    def end_graph(self, graph: int) -> None:
        """Free a graph that `record` returned."""
        self._end("cuGraphExecDestroy", graph)

    def _made(self, name: str, *arguments: object) -> int:
        """The handle that an entry writes to its first argument. Raises CudaError."""
        handle = _Handle()
        self._call(name, byref(handle), *arguments)
        if not handle.value:
            raise CudaError(f"NVIDIA's driver gave nothing in {name}.")
        return handle.value

    def _call(self, name: str, *arguments: object) -> None:
        self._check(name, self._entries[name](*arguments))

    def _end(self, name: str, *arguments: object) -> None:
        """A call without which it goes on: what frees something is told of earlier failures of the GPU once more."""
        try:
            self._call(name, *arguments)
        except CudaError as error:
            log.debug("%s", error)

    def _check(self, name: str, result: int) -> None:
        if result == 0:
            return
        text = c_char_p()
        known = self._entries["cuGetErrorName"](result, byref(text)) == 0 and text.value
        error = text.value.decode("ascii", "replace") if known and text.value else f"error {result}"
        raise CudaError(f"The GPU failed: {error} in {name}.")
