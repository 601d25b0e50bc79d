"""Whose voice it is: the network agrees with the original, and people are told apart."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_models.models import ModelStore
from edge_models.speaker import NoSpeech, VoiceEncoder
from edge_models.torch_file import NotTensors, read_tensors
from hw.audio.files import decode


@pytest.fixture(scope="session")
def encoder(models: ModelStore) -> VoiceEncoder:
    return VoiceEncoder(models.path("resemblyzer"))


@pytest.fixture(scope="session")
def voices(speech: Path) -> dict[str, list[NDArray[np.float32]]]:
    """Up to eight recordings each of up to four people, 3 s of each."""
    found: dict[str, list[Path]] = {}
    for line in (speech / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        clip = json.loads(line)
        if clip["kind"] == "stt" and clip.get("spk") and clip["seconds"] >= 4:
            found.setdefault(clip["spk"], []).append(speech / clip["file"])
    people = {name: paths[:8] for name, paths in sorted(found.items()) if len(paths) >= 6}
    if len(people) < 2:
        pytest.skip("the recordings don't say often enough who speaks")
    return {
        name: [np.concatenate(list(decode(path)))[8000:56000] for path in paths]
        for name, paths in list(people.items())[:4]
    }


@pytest.mark.models
def test_the_network_answers_as_pytorch_does(encoder: VoiceEncoder) -> None:
    time, band = np.mgrid[:160, :40]
    frames = (0.01 * (1 + np.sin(0.1 * time + 0.3 * band))).astype(np.float32)
    (embedding,) = encoder.forward(frames[np.newaxis])
    # torch 2.13, nn.LSTM with the same weights, 2026-11.
    expected = {15: 0.25812, 253: 0.2265, 189: 0.20717, 136: 0.20027, 159: 0.18048, 109: 0.16497}
    assert {at: round(float(embedding[at]), 5) for at in expected} == pytest.approx(expected, abs=2e-5)
    assert np.linalg.norm(embedding) == pytest.approx(1)


@pytest.mark.models
def test_people_are_told_apart(encoder: VoiceEncoder, voices: dict[str, list[NDArray[np.float32]]]) -> None:
    embedded = {name: [encoder.embed(recording) for recording in found] for name, found in voices.items()}
    same, other = [], []
    for name, own in embedded.items():
        for someone, theirs in embedded.items():
            alike = [float(one @ two) for i, one in enumerate(own) for two in theirs[i + 1 :]]
            (same if someone == name else other).extend(alike)
    assert np.median(same) > np.percentile(other, 99)


@pytest.mark.models
def test_loudness_and_pauses_change_little(encoder: VoiceEncoder, voices: dict[str, list[NDArray[np.float32]]]) -> None:
    recording = next(iter(voices.values()))[0]
    pause = np.zeros(16_000, np.float32)
    quiet = np.concatenate((pause, recording * np.float32(0.1), pause))
    assert float(encoder.embed(recording) @ encoder.embed(quiet)) > 0.9


@pytest.mark.models
@pytest.mark.parametrize("seconds", [0, 0.01, 0.3])
def test_too_little_sound_is_nobody(encoder: VoiceEncoder, seconds: float) -> None:
    with pytest.raises(NoSpeech):
        encoder.embed(np.full(int(seconds * 16_000), 0.1, np.float32))


class _Calls:
    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return Path, ("/etc/passwd",)


def _checkpoint(path: Path, objects: object) -> Path:
    header = (0x1950A86A20F9469CFC6C, 1001, {})
    path.write_bytes(b"".join(pickle.dumps(part, protocol=2) for part in (*header, objects, [])))
    return path


def test_a_checkpoint_that_names_anything_but_tensors_is_refused(tmp_path: Path) -> None:
    path = _checkpoint(tmp_path / "model.pt", {"model_state": {"weight": _Calls()}})
    with pytest.raises(NotTensors, match="which is no tensor"):
        read_tensors(path, within="model_state")


def test_a_checkpoint_without_the_wanted_part_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotTensors, match="has no model_state"):
        read_tensors(_checkpoint(tmp_path / "model.pt", {"other": {}}), within="model_state")


@given(st.binary(max_size=200))
def test_whatever_the_bytes_are_only_one_error_comes_of_them(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "model.pt"
    for begun in (b"", pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + pickle.dumps(1001, protocol=2)):
        path.write_bytes(begun + content)
        with pytest.raises(NotTensors):
            read_tensors(path, within="model_state")
