"""Stand-ins for NVIDIA's driver, compiled on the spot, and for TensorRT's runtime: a GPU is needed by no test."""

import ctypes
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from edge_models.tensorrt import Library

HEADERS = Path("/usr/local/cuda/include")
"""Where NVIDIA's toolkit puts `cuda.h`; where it is at hand, the compiler holds the stand-in against it."""
OUT_OF_MEMORY, LAUNCH_FAILED, CAPTURE_UNSUPPORTED = 2, 719, 900


class StandInDriver:
    """What the tests do with the library that stands in for `libcuda.so.1`."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.library = ctypes.CDLL(self.path)
        self.library.stand_in_calls.restype = ctypes.c_char_p
        self.library.stand_in_reset.argtypes = (ctypes.c_size_t, ctypes.c_int)
        self.library.stand_in_double.argtypes = (
            ctypes.c_ulonglong,
            ctypes.c_ulonglong,
            ctypes.c_size_t,
            ctypes.c_void_p,
        )

    def reset(self, *, free_bytes: int = 1_000_000, shares: bool = False) -> None:
        self.library.stand_in_reset(free_bytes, shares)

    def fail(self, entry: str, error: int = LAUNCH_FAILED, *, after: int = 0) -> None:
        """Let every call of an entry fail, after so many that don't."""
        self.library.stand_in_fail(entry.encode(), error, after)

    @property
    def calls(self) -> list[str]:
        return self.library.stand_in_calls().decode().split()

    @property
    def held(self) -> int:
        """Buffers, streams, graphs and contexts that nobody has freed."""
        return self.library.stand_in_live() + self.library.stand_in_depth()


def compiled(folder: Path) -> StandInDriver:
    if shutil.which("gcc") is None:
        pytest.skip("a stand-in for NVIDIA's driver needs gcc")
    source, library = Path(__file__).with_name("stand_in_cuda.c"), folder / "libcuda.so.1"
    command = ["gcc", "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-Wno-enum-compare", f"-I{HEADERS}"]
    subprocess.run([*command, "-o", str(library), str(source)], check=True)
    return StandInDriver(library)


@dataclass
class Engine:
    """What the engine of the stand-in for TensorRT is like: it doubles `x` into `y`."""

    driver: StandInDriver
    shape: tuple[int, ...] = (2, 3)
    types: dict[str, str] = field(default_factory=lambda: {"x": "FLOAT", "y": "FLOAT"})
    location: str = "DEVICE"
    device_memory_size_v2: int = 1_000
    num_io_tensors: int = 2
    loads: bool = True
    prepares: bool = True
    runs: bool = True
    logger: Any = None
    waits: bool = False
    """Whether it waits for the GPU in the middle, as loops do, which can't be recorded."""

    def get_tensor_name(self, nth: int) -> str:
        return "xy"[nth]

    def get_tensor_dtype(self, name: str) -> Any:
        return SimpleNamespace(name=self.types[name])

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return self.shape

    def get_tensor_location(self, name: str) -> str:
        return self.location

    def get_tensor_mode(self, name: str) -> str:
        return "INPUT" if name == "x" else "OUTPUT"

    def create_execution_context(self, runtime_config: Any = None) -> Any:
        return Execution(self, runtime_config) if self.prepares else None


class Execution:
    def __init__(self, engine: Engine, config: Any) -> None:
        self.engine, self.config = engine, config
        self.addresses: dict[str, int] = {}

    def set_tensor_address(self, name: str, address: int) -> bool:
        self.addresses[name] = address
        return name in self.engine.types

    def execute_async_v3(self, stream: int) -> bool:
        cuda = self.engine.driver.library
        if self.engine.waits and cuda.cuStreamSynchronize(ctypes.c_void_p(stream)):
            return False
        doubles = set(self.engine.types.values()) == {"FLOAT"}
        size = int(np.prod(self.engine.shape)) * 4 if doubles else 0
        if not self.engine.runs:
            self.engine.logger.log("error", "Myelin ([] failed.)")
        return self.engine.runs and not cuda.stand_in_double(self.addresses["y"], self.addresses["x"], size, stream)

    def __del__(self) -> None:
        self.engine.driver.library.stand_in_note(b"~execution")


class Logger:
    Severity = SimpleNamespace(ERROR="error", INTERNAL_ERROR="worse")


def stand_in_tensorrt(engine: Engine) -> Any:
    """A module of TensorRT 10 or 11, of which only what runs an engine is there."""

    class Runtime:
        def __init__(self, logger: Any) -> None:
            engine.logger = logger
            engine.driver.library.stand_in_note(b"runtime")

        def deserialize_cuda_engine(self, content: Any) -> Engine | None:
            assert bytes(content) == b"an engine"
            if engine.loads:
                return engine
            engine.logger.log("error", "Serialization assertion failed.")
            return None

        def __del__(self) -> None:
            engine.driver.library.stand_in_note(b"~runtime")

    return SimpleNamespace(
        ILogger=Logger,
        Runtime=Runtime,
        TensorLocation=SimpleNamespace(DEVICE="DEVICE", HOST="HOST"),
        TensorIOMode=SimpleNamespace(INPUT="INPUT", OUTPUT="OUTPUT"),
    )


def library_of(engine: Engine) -> Library:
    return Library("tensorrt", "10.3.0", "8.7", stand_in_tensorrt(engine))
