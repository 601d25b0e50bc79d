"""The calls to NVIDIA's driver: their types, their order, what is freed, and errors by their names."""

import ctypes
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from engine_parts import HEADERS, LAUNCH_FAILED, OUT_OF_MEMORY, StandInDriver

from edge_models.tensorrt.cuda import _SIGNATURES, Cuda, CudaError


@pytest.fixture
def cuda(driver: StandInDriver) -> Iterator[Cuda]:
    cuda = Cuda(driver.path)
    yield cuda
    cuda.close()


def array_at(address: int, count: int) -> np.ndarray:
    return np.ctypeslib.as_array((ctypes.c_float * count).from_address(address))


def test_what_is_copied_to_the_gpu_comes_back(cuda: Cuda) -> None:
    with cuda.current():
        stream, there = cuda.stream(), cuda.allocate(12)
        here, back = cuda.allocate_pinned(12), cuda.allocate_pinned(12)
        array_at(here, 3)[:] = 1, 2, 3
        array_at(back, 3)[:] = 0
        assert cuda.free_bytes() == 1_000_000 - 36
        cuda.copy_in(there, here, 12, stream)
        cuda.copy_out(back, there, 12, stream)
        cuda.wait(stream)
        assert array_at(back, 3).tolist() == [1, 2, 3]
        cuda.free(there)
        cuda.free_pinned(here)
        cuda.free_pinned(back)
        cuda.end_stream(stream)
        assert cuda.free_bytes() == 1_000_000


def test_what_is_recorded_is_done_at_each_launch_and_not_before(cuda: Cuda) -> None:
    with cuda.current():
        stream, there, here = cuda.stream(), cuda.allocate(4), cuda.allocate_pinned(4)

        def to_and_fro() -> None:
            cuda.copy_in(there, here, 4, stream)
            cuda.copy_out(here, there, 4, stream)

        graph = cuda.record(stream, to_and_fro)
        array_at(here, 1)[:] = 5
        cuda.launch(graph, stream)
        cuda.wait(stream)
        assert array_at(here, 1).tolist() == [5]
        cuda.end_graph(graph)
        cuda.free(there)
        cuda.free_pinned(here)
        cuda.end_stream(stream)


def test_after_work_that_cant_be_recorded_the_stream_takes_work_again(cuda: Cuda) -> None:
    with cuda.current():
        stream = cuda.stream()
        with pytest.raises(CudaError, match="CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED in cuStreamSynchronize"):
            cuda.record(stream, lambda: cuda.wait(stream))

        def ignoring() -> None:
            cuda.settle(stream)

        with pytest.raises(CudaError, match="CUDA_ERROR_STREAM_CAPTURE_INVALIDATED in cuStreamEndCapture"):
            cuda.record(stream, ignoring)
        with pytest.raises(ZeroDivisionError):
            cuda.record(stream, lambda: 1 / 0)  # pyright: ignore[reportArgumentType]
        cuda.wait(stream)
        cuda.end_stream(stream)


def test_a_graph_that_cant_be_made_is_freed(cuda: Cuda, driver: StandInDriver) -> None:
    with cuda.current():
        stream = cuda.stream()
        driver.fail("cuGraphInstantiateWithFlags", OUT_OF_MEMORY)
        with pytest.raises(CudaError, match="CUDA_ERROR_OUT_OF_MEMORY in cuGraphInstantiateWithFlags"):
            cuda.record(stream, lambda: None)
        assert driver.calls[-1] == "cuGraphDestroy"
        cuda.end_stream(stream)


def test_too_much_memory_is_refused_by_name(cuda: Cuda) -> None:
    with (
        cuda.current(),
        pytest.raises(CudaError, match=r"^The GPU failed: CUDA_ERROR_OUT_OF_MEMORY in cuMemAlloc_v2\.$"),
    ):
        cuda.allocate(2_000_000)


def test_an_error_without_a_name_has_its_number(cuda: Cuda, driver: StandInDriver) -> None:
    driver.fail("cuStreamCreate", 4711)
    with cuda.current(), pytest.raises(CudaError, match="error 4711 in cuStreamCreate"):
        cuda.stream()


def test_nothing_is_asked_for_outside_the_context(cuda: Cuda) -> None:
    with pytest.raises(CudaError, match="CUDA_ERROR_INVALID_CONTEXT"):
        cuda.allocate(1)


def test_another_thread_has_the_context_too(cuda: Cuda) -> None:
    found: list[int] = []

    def work() -> None:
        with cuda.current():
            found.append(cuda.free_bytes())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [1_000_000]


def test_freeing_goes_on_where_it_fails(cuda: Cuda, driver: StandInDriver) -> None:
    with cuda.current():
        address = cuda.allocate(4)
        driver.fail("cuMemFree_v2", LAUNCH_FAILED)
        cuda.free(address)
        driver.fail("")
        cuda.free(address)


def test_a_board_shares_its_memory(cuda: Cuda, driver: StandInDriver) -> None:
    assert not cuda.shares_memory()
    cuda.close()
    driver.reset(shares=True)
    board = Cuda(driver.path)
    assert board.shares_memory()
    board.close()
    board.close()


def test_no_driver_one_that_is_too_old_and_one_that_doesnt_start_are_one_sentence_each(
    tmp_path: Path, driver: StandInDriver
) -> None:
    with pytest.raises(CudaError, match=r"no NVIDIA driver here: .*can't be loaded"):
        Cuda(str(tmp_path / "libcuda.so.1"))
    with pytest.raises(CudaError, match=r"too old: .*cuInit"):
        Cuda("libc.so.6")
    driver.fail("cuDevicePrimaryCtxRetain", OUT_OF_MEMORY)
    with pytest.raises(CudaError, match="CUDA_ERROR_OUT_OF_MEMORY in cuDevicePrimaryCtxRetain"):
        Cuda(driver.path)


@pytest.mark.parametrize("entry", sorted(_SIGNATURES))
def test_the_types_are_those_of_nvidias_header(entry: str) -> None:
    header = HEADERS / "cuda.h"
    if not header.is_file():
        pytest.skip("NVIDIA's header is not here")
    types = {
        "unsigned int": ctypes.c_uint,
        "int": ctypes.c_int,
        "size_t": ctypes.c_size_t,
        "unsigned long long": ctypes.c_ulonglong,
        "CUdeviceptr": ctypes.c_ulonglong,
        "CUdevice": ctypes.c_int,
        "CUdevice_attribute": ctypes.c_int,
        "CUstreamCaptureMode": ctypes.c_int,
        "CUresult": ctypes.c_int,
        "void *": ctypes.c_void_p,
        "char *": ctypes.c_char_p,
        **dict.fromkeys(("CUcontext", "CUstream", "CUgraph", "CUgraphExec"), ctypes.c_void_p),
    }
    text = header.read_text("utf-8")
    # `#define cuMemAlloc cuMemAlloc_v2`: the newest prototype is written under the name without a number.
    defined = re.search(rf"^#define (\w+) +(?:__CUDA_API_PTSZ\()?{entry}\)?$", text, re.MULTILINE)
    prototype = re.search(rf"CUDAAPI {defined[1] if defined else entry}\(([^)]*)\)", text)
    assert prototype

    def as_ctype(parameter: str) -> type:
        spelt = re.sub(r"\w+$", "", parameter.replace("const ", "").strip()).strip()
        return types[spelt] if spelt in types else ctypes.POINTER(types[spelt.removesuffix("*").strip()])

    assert _SIGNATURES[entry] == tuple(as_ctype(parameter) for parameter in prototype[1].split(","))
