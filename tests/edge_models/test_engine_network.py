"""An engine as a network: warmed up, recorded, run again and freed, against stand-ins for TensorRT and the driver."""

import ast
import inspect
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from engine_parts import LAUNCH_FAILED, OUT_OF_MEMORY, Engine, StandInDriver, library_of

from edge_models.memory import BoardMemory
from edge_models.tensorrt import EngineError, EngineNetwork, Engines, find_library, load_engine
from edge_models.tensorrt import run as module
from edge_models.tensorrt.cuda import Cuda
from edge_models.tensorrt.engines import keep_kernels, key_of, read_kernels

X = np.arange(6, dtype=np.float32).reshape(2, 3)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.engine"
    path.write_bytes(b"an engine")
    return path


def loaded(file: Path, engine: Engine, memory: BoardMemory | None = None) -> EngineNetwork:
    return EngineNetwork(file, library_of(engine), cuda=Cuda(engine.driver.path), memory=memory)


def refused(file: Path, engine: Engine, memory: BoardMemory | None = None) -> str:
    """Why it can't be loaded; nothing is held then, and TensorRT's own was gone while it could be freed."""
    with pytest.raises(EngineError) as error:
        loaded(file, engine, memory)
    assert engine.driver.held == 0
    calls = engine.driver.calls
    assert "runtime" not in calls or calls[-3] == "~runtime", " ".join(calls)
    text = str(error.value)
    assert text.endswith(".")
    assert "\n" not in text
    return text


def test_the_first_run_is_plain_and_all_later_ones_are_one_launch(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver))
    for nth in range(4):
        began = len(driver.calls)
        assert np.array_equal(network.run({"x": X + nth})["y"], 2 * (X + nth))
        calls = [call for call in driver.calls[began:] if not call.startswith("cuCtx")]
        if nth == 0:
            work = ["cuMemcpyHtoDAsync_v2", "stand_in_double", "cuMemcpyDtoHAsync_v2"]
            recorded = ["cuStreamBeginCapture_v2", *work, "cuStreamEndCapture", "cuGraphInstantiateWithFlags"]
            assert calls == [*work, "cuStreamSynchronize", *recorded, "cuGraphDestroy"]
        else:
            assert calls == ["cuGraphLaunch", "cuStreamSynchronize"]
    network.close()


def test_what_was_returned_stays_as_it_is(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver))
    first = network.run({"x": X})["y"]
    network.run({"x": X + 1})
    network.close()
    assert np.array_equal(first, 2 * X)


def test_what_cant_be_recorded_is_run_plainly(
    file: Path, driver: StandInDriver, caplog: pytest.LogCaptureFixture
) -> None:
    network = loaded(file, Engine(driver, waits=True))
    with caplog.at_level("INFO"):
        for nth in range(3):
            assert np.array_equal(network.run({"x": X + nth})["y"], 2 * (X + nth))
    assert [record.message for record in caplog.records if "without a CUDA graph" in record.message] == [
        f"the engine {file} runs without a CUDA graph: TensorRT can't run the engine."
    ]
    assert "cuGraphLaunch" not in driver.calls
    network.close()


def test_all_is_freed_in_the_order_in_which_it_may_be(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver))
    network.run({"x": X})
    began = len(driver.calls)
    network.close()
    assert driver.held == 0
    assert driver.calls[began:] == [
        "cuCtxPushCurrent_v2",
        "cuGraphExecDestroy",
        "cuStreamSynchronize",
        "~execution",
        *["cuMemFreeHost", "cuMemFree_v2"] * 2,
        "cuStreamDestroy_v2",
        "~runtime",
        "cuCtxPopCurrent_v2",
        "cuDevicePrimaryCtxRelease_v2",
    ]
    network.close()
    with pytest.raises(EngineError, match="is closed"):
        network.run({"x": X})


def test_inputs_are_cast_to_the_engines_types(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver, types={"x": "FLOAT", "y": "HALF"}, shape=(4,)))
    result = network.run({"x": np.array([1, 2, 3, 4], np.float64)})
    assert result["y"].dtype == np.float16
    network.close()
    network = loaded(file, Engine(driver, types={"x": "HALF", "y": "HALF"}, shape=(1,)))
    network.run({"x": np.array([0.1], np.float32)})
    assert network._inputs["x"].array.tolist() == [float(np.float16(0.1))]
    network.close()


@pytest.mark.parametrize(
    ("feed", "why"),
    [
        ({}, "The network takes x, not nothing."),
        ({"x": X, "z": X}, "The network takes x, not x, z."),
        ({"x": X[:1]}, r"The input x is float32 \(2, 3\), not float32 \(1, 3\)."),
        ({"x": X.astype(np.complex64)}, r"The input x is float32 \(2, 3\), not complex64 \(2, 3\)."),
        ({"x": np.full((2, 3), "a")}, r"The input x is float32 \(2, 3\), not <U1 \(2, 3\)."),
    ],
)
def test_inputs_that_arent_the_networks_are_one_sentence(
    file: Path, driver: StandInDriver, feed: dict[str, Any], why: str
) -> None:
    network = loaded(file, Engine(driver))
    with pytest.raises(ValueError, match=f"^{why}$"):
        network.run(feed)
    assert np.array_equal(network.run({"x": X})["y"], 2 * X)
    network.close()


def test_an_engine_that_cant_be_used_is_one_sentence_and_holds_nothing(file: Path, driver: StandInDriver) -> None:
    for engine, why in (
        (Engine(driver, loads=False), "TensorRT can't load the engine: Serialization assertion failed."),
        (Engine(driver, prepares=False), "TensorRT can't prepare the engine."),
        (Engine(driver, shape=(-1, 3)), "has no fixed shape, but (-1, 3)"),
        (Engine(driver, types={"x": "BF16", "y": "FLOAT"}), "The engine's x is bf16"),
        (Engine(driver, location="HOST"), "can't be handed over"),
    ):
        driver.reset()
        assert why in refused(file, engine)
    driver.reset()
    assert refused(file.with_name("none"), Engine(driver)).endswith("can't be read: No such file or directory.")
    driver.reset()
    old = Engine(driver)
    old.num_io_tensors = None  # pyright: ignore[reportAttributeAccessIssue]
    assert refused(file, old).startswith("TensorRT can't load the engine: 'NoneType'")
    driver.reset()
    file.write_bytes(b"")
    assert "can't be read" in refused(file, Engine(driver))


@pytest.mark.parametrize(
    ("entry", "after"),
    [("cuStreamCreate", 0), ("cuMemAlloc_v2", 0), ("cuMemAlloc_v2", 1), ("cuMemHostAlloc", 0), ("cuMemHostAlloc", 1)],
)
def test_a_driver_that_fails_half_way_leaves_nothing(file: Path, driver: StandInDriver, entry: str, after: int) -> None:
    driver.fail(entry, OUT_OF_MEMORY, after=after)
    assert refused(file, Engine(driver)) == f"The GPU failed: CUDA_ERROR_OUT_OF_MEMORY in {entry}."


def test_a_driver_that_answers_no_more_ends_nothing_else(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver))
    driver.fail("cuCtxPushCurrent_v2", LAUNCH_FAILED)
    network.close()
    assert driver.held  # the end of the process frees that
    driver.reset()


def test_too_little_memory_is_said_before_it_is_taken(file: Path, driver: StandInDriver) -> None:
    driver.reset(free_bytes=5)
    assert refused(file, Engine(driver)) == "The engine needs 1 MB of the GPU's memory, and 0 MB are free."
    driver.reset(free_bytes=3_000_000)
    text = refused(file, Engine(driver, device_memory_size_v2=3_000_000))
    assert text == "The engine needs 4 MB of the GPU's memory, and 3 MB are free."
    assert "cuMemAlloc_v2" not in driver.calls


def test_on_a_board_memory_that_the_system_would_give_up_counts_as_free(
    file: Path, driver: StandInDriver, tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    board = BoardMemory(tmp_path)
    for available_kb, fits in ((900, False), (1_100, True)):
        driver.reset(free_bytes=900_000, shares=True)
        (tmp_path / "proc" / "meminfo").write_text(f"MemTotal: 8000 kB\nMemAvailable:  {available_kb} kB\n")
        engine = Engine(driver, device_memory_size_v2=1_000_000)
        if fits:
            loaded(file, engine, board).close()
        else:
            assert "0 MB are free" in refused(file, engine, board)


def test_a_gpu_that_fails_is_one_sentence_each_time(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver))
    network.run({"x": X})
    driver.fail("cuStreamSynchronize", LAUNCH_FAILED)
    for _ in range(2):
        with pytest.raises(EngineError, match=r"^The GPU failed: CUDA_ERROR_LAUNCH_FAILED in cuStreamSynchronize\.$"):
            network.run({"x": X})
    network.close()


def test_an_engine_that_fails_is_one_sentence(file: Path, driver: StandInDriver) -> None:
    network = loaded(file, Engine(driver, runs=False))
    with pytest.raises(EngineError, match=r"^TensorRT can't run the engine: Myelin \(\[\] failed\.\)\.$"):
        network.run({"x": X})
    network.close()


def test_many_threads_run_one_network_one_after_the_other_and_others_beside_it(
    file: Path, driver: StandInDriver
) -> None:
    networks = [loaded(file, Engine(driver)) for _ in range(2)]
    networks[0].run({"x": X})
    networks[1].run({"x": X})
    wrong: list[int] = []

    def work(nth: int) -> None:
        for turn in range(50):
            x = X + 100 * nth + turn
            if not np.array_equal(networks[nth % 2].run({"x": x})["y"], 2 * x):
                wrong.append(nth)

    threads = [threading.Thread(target=work, args=(nth,)) for nth in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    for network in networks:
        network.close()


class Compiled:
    """What stands in for the cache of TensorRT for RTX."""

    def __init__(self) -> None:
        self.content = b""

    def deserialize(self, content: bytes) -> bool:
        self.content = content
        return True

    def serialize(self) -> bytes:
        return self.content or b"compiled"


def test_tensorrt_for_rtx_records_by_itself_and_what_it_compiled_is_kept(
    file: Path, driver: StandInDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    caches: list[Compiled] = []

    def create_runtime_cache() -> Compiled:
        caches.append(Compiled())
        return caches[-1]

    config = SimpleNamespace(
        create_runtime_cache=create_runtime_cache, set_runtime_cache=lambda cache: cache is caches[-1]
    )
    monkeypatch.setattr(Engine, "create_runtime_config", lambda _: config, raising=False)
    for given in (b"", b"compiled", b""):
        library = library_of(Engine(driver))
        library.module.CudaGraphStrategy = SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole")  # pyright: ignore[reportAttributeAccessIssue]
        network = EngineNetwork(file, library, cuda=Cuda(driver.path))
        assert network._execution.config is config
        assert config.cuda_graph_strategy == "whole"
        assert caches[-1].content == given
        for nth in range(2):
            assert np.array_equal(network.run({"x": X + nth})["y"], 2 * (X + nth))
        network.close()
        if given:  # what was changed since isn't read
            kernels = file.with_name("kernels.bin")
            kernels.write_bytes(kernels.read_bytes()[:-1] + b"!")
    assert "cuStreamBeginCapture_v2" not in driver.calls


def test_what_was_compiled_for_an_engine_goes_with_it(tmp_path: Path) -> None:
    onnx = tmp_path / "one.onnx"
    onnx.write_bytes(b"one")
    engines = Engines(tmp_path)
    for _ in range(2):
        key = key_of("tensorrt_rtx", "1.7", "8.9", onnx)
        engines.keep("one", key, b"an engine", took_s=1)
        path = engines.path("one", key)
        assert read_kernels(path) == b""
        keep_kernels(path, b"compiled")
        assert read_kernels(path) == b"compiled"


def test_every_attribute_of_tensorrt_that_is_used_is_there() -> None:
    try:
        trt: Any = find_library().module
    except EngineError as error:
        pytest.skip(str(error))
    used: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.Attribute):
            used.setdefault(ast.unparse(node.value), set()).add(node.attr)
    for names, where in (
        (used["trt"], trt),
        (used["engine"], trt.ICudaEngine),
        (used["runtime"], trt.Runtime),
        (used["self._execution"], trt.IExecutionContext),
        (used["trt.TensorIOMode"], trt.TensorIOMode),
        (used["trt.TensorLocation"], trt.TensorLocation),
    ):
        assert names
        for name in names:
            assert hasattr(where, name), (where, name)
    if hasattr(trt, "CudaGraphStrategy"):
        for name in used["config"]:
            assert hasattr(trt.IRuntimeConfig, name), name
        for name in used["self._compiled"]:
            assert hasattr(trt.IRuntimeCache, name), name
        assert used["trt.CudaGraphStrategy"] <= trt.CudaGraphStrategy.__members__.keys()
        assert "runtime_config" in trt.ICudaEngine.create_execution_context.__doc__
    assert module._TYPES.keys() <= trt.DataType.__members__.keys()
    for kind, dtype in module._TYPES.items():
        assert trt.nptype(getattr(trt.DataType, kind)) is dtype


def test_without_a_gpu_nothing_is_run_on_it(tmp_path: Path) -> None:
    library = library_of(Engine(None))  # pyright: ignore[reportArgumentType]
    onnx = tmp_path / "one.onnx"
    onnx.write_bytes(b"one")
    with pytest.raises(EngineError, match="no engine of one for this machine"):
        load_engine("one", onnx, Engines(tmp_path), library=library)
    nowhere = type(library)(library.name, library.version, "none", library.module)
    with pytest.raises(EngineError, match="no NVIDIA GPU here"):
        load_engine("one", onnx, Engines(tmp_path), library=nowhere)
