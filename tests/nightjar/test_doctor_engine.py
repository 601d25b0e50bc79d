"""What `nightjar doctor` says of the draft model's engine."""

from pathlib import Path
from typing import Any

import pytest

from edge_models import tensorrt
from edge_models.image.draft_model import FOLDER, NETWORK
from edge_models.tensorrt import EngineError, Engines
from edge_models.tensorrt.engines import key_of
from nightjar.commands.doctor import Finding, engine
from nightjar.home import home


def built(gpu: str) -> None:
    key = key_of("tensorrt", "10.3.0", gpu, FOLDER / NETWORK)
    Engines(home() / "engines").keep("draft", key, b"an engine", took_s=1)


def on(monkeypatch: pytest.MonkeyPatch, gpu: str, load: Any = None) -> list[Finding]:
    monkeypatch.setattr(tensorrt, "compute_capability", lambda: gpu)
    if load:
        monkeypatch.setattr(tensorrt, "load_engine", load)
    return list(engine())


def test_without_a_gpu_and_an_engine_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert on(monkeypatch, "none") == []


def test_a_gpu_without_an_engine_is_told_how_to_get_one(monkeypatch: pytest.MonkeyPatch) -> None:
    (finding,) = on(monkeypatch, "8.7")
    assert finding.ok is None
    assert "8.7" in finding.what
    assert finding.advice == "nightjar models build"


def test_an_engine_that_loads_is_right_and_let_go_again(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[tuple[str, Path]] = []

    class Loaded:
        def __init__(self, name: str, onnx: Path, _: Engines) -> None:
            self.what = name, onnx

        def close(self) -> None:
            closed.append(self.what)

    built("8.7")
    (finding,) = on(monkeypatch, "8.7", Loaded)
    assert finding == Finding(
        True, "engine of the draft model (tensorrt 10.3.0, GPU 8.7): fits this machine, hash right"
    )
    assert closed == [("draft", FOLDER / NETWORK)]


def test_one_that_doesnt_load_is_said_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise EngineError("There is no engine of draft for this machine: run `nightjar models build`.")

    built("8.7")
    (finding,) = on(monkeypatch, "8.9", refuse)
    assert finding.ok is None
    assert finding.what == (
        "an engine of the draft model (tensorrt 10.3.0, GPU 8.7) that isn't used: "
        "There is no engine of draft for this machine: run `nightjar models build`."
    )


def test_one_that_was_built_where_there_is_no_gpu_isnt_used(monkeypatch: pytest.MonkeyPatch) -> None:
    built("none")
    (finding,) = on(monkeypatch, "none")
    assert "no GPU" in finding.what
    assert "There is no " in finding.what
