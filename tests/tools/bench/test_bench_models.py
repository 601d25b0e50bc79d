"""Timing the installed models: which ones, each in a process of its own, and what can't be timed."""

import argparse
import json
from pathlib import Path

import numpy as np
import pytest

from edge_models.image.draft_model import FOLDER, NETWORK
from edge_models.models import ModelMissing, ModelStore, UnknownModel
from edge_models.tensorrt import Engines
from edge_models.tensorrt.engines import key_of
from nightjar.commands import models as command
from nightjar.errors import UserError
from tools.bench import NothingToMeasure, forget_peak, peak_mb
from tools.bench.models import DRAFT, ENLARGER, ON_GPU, Subject, measured, subjects


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    path = tmp_path / "sound.npy"
    np.save(path, np.random.default_rng(1).normal(0, 0.1, 48_000).astype(np.float32))
    return path


@pytest.mark.models
def test_a_model_is_timed_in_a_process_of_its_own(models: ModelStore, noise: Path) -> None:
    figures = measured(models, Subject("silero-vad", "vad"), noise)
    assert (figures["model"], figures["unit"], figures["precision"]) == ("silero-vad", "a frame of 32 ms", "float32")
    assert figures["engine"].startswith("onnxruntime ")
    assert figures["n"] >= 10
    assert 0 < figures["ms"]["median"] <= figures["ms"]["p95"]
    assert figures["real_time_factor"] == pytest.approx(figures["ms"]["median"] / 32, abs=1e-3)
    assert 1 < figures["peak_mb"] < 500


@pytest.mark.models
def test_the_command_prints_an_object_a_line(
    models: ModelStore,
    nightjar_home: Path,
    noise: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("tools.bench.models.spoken_sound", lambda *_: noise)
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    for words in (["--json"], []):
        args = parser.parse_args(["models", "bench", "silero-vad", *words])
        assert args.run(args) == 0
        captured = capsys.readouterr()
        assert captured.err == "Timing silero-vad …\n"
        (line,) = captured.out.splitlines()
        if words:
            assert json.loads(line)["unit"] == "a frame of 32 ms"
        else:
            assert line.startswith("silero-vad ")
            assert "of real time" in line


@pytest.mark.models
def test_all_that_is_installed_and_has_work_of_one_size_is_timed(models: ModelStore, nightjar_home: Path) -> None:
    store = ModelStore(nightjar_home / "models")
    named = {subject.name for subject in subjects(store, [])}
    assert {*store.catalogue.default_names, DRAFT} <= named
    assert not {model.name for model in store.catalogue.models.values() if model.kind == "chat"} & named


@pytest.mark.models
def test_the_draft_model_is_timed_on_the_gpu_too_where_there_is_one_and_an_engine(
    models: ModelStore, nightjar_home: Path, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(nightjar_home / "models")
    monkeypatch.setattr("tools.bench.models.compute_capability", lambda: "8.7")
    assert [subject.work for subject in subjects(store, [DRAFT])] == [DRAFT]
    key = key_of("tensorrt", "10.3.0", "8.7", FOLDER / NETWORK)
    Engines(nightjar_home / "engines").keep("draft", key, b"an engine", took_s=1)
    assert [subject.work for subject in subjects(store, [DRAFT])] == [DRAFT, ON_GPU]
    with pytest.raises(NothingToMeasure, match=r"^draft on the GPU can't be timed: There is no "):
        measured(store, Subject(DRAFT, ON_GPU), noise)
    monkeypatch.setattr("tools.bench.models.compute_capability", lambda: "none")
    assert [subject.work for subject in subjects(store, [DRAFT])] == [DRAFT]


def test_what_isnt_there_or_has_no_work_of_one_size_is_one_sentence(
    tmp_path: Path, noise: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = ModelStore(tmp_path / "models")
    assert subjects(store, []) == []
    with pytest.raises(UnknownModel, match="There is no model 'nose'"):
        subjects(store, ["nose"])
    with pytest.raises(ModelMissing, match="nightjar models pull silero-vad"):
        subjects(store, ["silero-vad"])
    with pytest.raises(ModelMissing, match=f"nightjar models pull {ENLARGER}"):
        subjects(store, [DRAFT])
    parser = argparse.ArgumentParser()
    command.add_parser(parser.add_subparsers())
    args = parser.parse_args(["models", "bench"])
    with pytest.raises(UserError, match="nightjar models pull"):
        args.run(args)


@pytest.mark.models
def test_a_language_model_has_no_work_of_one_size(nightjar_home: Path, tmp_path: Path) -> None:
    store = ModelStore(nightjar_home / "models")
    if not store.installed("smollm2-135m-instruct"):
        pytest.skip("the small language model is not installed")
    with pytest.raises(NothingToMeasure, match="smollm2-135m-instruct has no work of one size"):
        subjects(store, ["smollm2-135m-instruct"])


def test_memory_that_was_given_back_no_longer_counts() -> None:
    if not Path("/proc/self/clear_refs").exists():
        pytest.skip("not Linux")
    block = np.ones(60_000_000, np.uint8)
    with_it = peak_mb()
    del block
    forget_peak()
    assert peak_mb() < with_it - 40
