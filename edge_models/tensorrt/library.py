"""Which TensorRT there is on this machine, and which GPU it would build for."""

import ctypes
import importlib
from dataclasses import dataclass
from types import ModuleType
from typing import Literal

from edge_models.tensorrt.engines import EngineError

Name = Literal["tensorrt", "tensorrt_rtx"]
NO_GPU = "none"
_MODULES = {"tensorrt": "tensorrt", "tensorrt_rtx": "tensorrt_rtx_bindings"}
"""What each is imported as; `tensorrt_rtx` itself is a source package that only names the other two."""
_CUDA = "libcuda.so.1"
_MAJOR, _MINOR = 75, 76
"""CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR and _MINOR of the driver's interface."""


@dataclass(frozen=True, slots=True)
class Library:
    """One TensorRT, as Python sees it."""

    name: Name
    """`tensorrt` on Jetson boards and servers; `tensorrt_rtx`, which builds without a GPU, for RTX cards."""
    version: str
    gpu: str
    """What it builds for: the compute capability (`8.7` is Orin, `11.0` Thor), or `none` where there is no GPU."""
    module: ModuleType


def find_library() -> Library:
    """Return `tensorrt` where it works, else `tensorrt_rtx`. Raises EngineError."""
    gpu = compute_capability()
    names: tuple[Name, ...] = ("tensorrt", "tensorrt_rtx") if gpu != NO_GPU else ("tensorrt_rtx", "tensorrt")
    for name in names:
        try:
            module = importlib.import_module(_MODULES[name])
            return Library(name, str(module.__version__), gpu, module)
        except (ImportError, OSError, AttributeError):  # a wheel whose libraries lie elsewhere, and aren't there
            continue
    raise EngineError(
        "There is no TensorRT here: on a Jetson it comes with JetPack; else `pip install nightjar[tensorrt]`."
    )


def compute_capability() -> str:
    """Of the first GPU, asked of NVIDIA's driver; NO_GPU where there is none."""
    try:
        cuda = ctypes.CDLL(_CUDA)
    except OSError:
        return NO_GPU
    if cuda.cuInit(0) != 0:
        return NO_GPU
    device, major, minor = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
    asked = (
        cuda.cuDeviceGet(ctypes.byref(device), 0),
        cuda.cuDeviceGetAttribute(ctypes.byref(major), _MAJOR, device),
        cuda.cuDeviceGetAttribute(ctypes.byref(minor), _MINOR, device),
    )
    return NO_GPU if any(asked) else f"{major.value}.{minor.value}"
