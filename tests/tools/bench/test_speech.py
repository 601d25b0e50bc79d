"""Recordings for the benchmarks: what the manifest says, noise at a stated level, and rooms."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench.speech import Samples, clips, kitchen, mixed, samples, speech_root, through_room

RATE_HZ = 16_000


def tone(seconds: float, amplitude: float = 0.2) -> Samples:
    return (amplitude * np.sin(np.arange(int(seconds * RATE_HZ)) * 0.3)).astype(np.float32)


def power(signal: Samples) -> float:
    return float(np.mean(signal.astype(np.float64) ** 2))


def test_a_line_of_the_manifest_is_a_clip_with_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        {"file": "a.flac", "kind": "wake", "phrase": "alexa", "seconds": 2, "speech_end_s": 1.5, "spk": "anna"},
        {"file": "b.flac", "kind": "birdsong"},
    ]
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n\n")
    monkeypatch.setenv("NIGHTJAR_SPEECH", str(tmp_path))
    root = speech_root()
    assert root is not None
    wake, bird = clips(root)
    assert (wake.path, wake.phrase, wake.seconds, wake.speech_end_s) == (tmp_path / "a.flac", "alexa", 2, 1.5)
    assert (wake.speaker, wake.speech_start_s, wake.text, wake.slots) == ("anna", None, None, None)
    assert (bird.kind, bird.seconds) == ("birdsong", 0)
    assert clips(root, "wake", "noise") == [wake]
    assert kitchen(root) is None


def test_a_directory_without_a_manifest_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NIGHTJAR_SPEECH", str(tmp_path))
    assert speech_root() is None


@given(snr_db=st.floats(-10, 30), level=st.floats(0.05, 1), seed=st.integers(0, 99))
def test_noise_is_as_far_below_the_speech_as_asked(snr_db: float, level: float, seed: int) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.1, 20_000).astype(np.float32)
    speech = np.concatenate((np.zeros(RATE_HZ, np.float32), tone(0.5, level)))
    heard = mixed(speech, hiss, snr_db, within_s=(1.0, 1.5), seed=seed)
    assert np.abs(heard).max() <= 0.981
    # Where nobody speaks there is noise alone; what is turned down is turned down everywhere.
    clean = power(heard[RATE_HZ:]) - power(heard[:RATE_HZ])
    if -3 <= snr_db <= 10:
        assert 10 * np.log10(max(clean, 1e-12) / power(heard[:RATE_HZ])) == pytest.approx(snr_db, abs=1.5)


def test_a_room_keeps_the_level_and_the_time() -> None:
    click = np.zeros(RATE_HZ, np.float32)
    click[5000] = 0.5
    impulse = np.zeros(800, np.float32)
    impulse[[100, 300, 700]] = 0.3, 0.1, 0.05
    wet = through_room(click, impulse)
    assert int(np.abs(wet).argmax()) == 5000
    assert power(wet[: click.size]) == pytest.approx(power(click), rel=1e-3)
    assert wet.size == click.size + 699


def test_the_recordings_here_can_be_read(speech: Path) -> None:
    found = [clip for clip in clips(speech) if clip.speech_end_s is not None][:3]
    assert found
    for clip in found:
        sound = samples(clip)
        assert sound.dtype == np.float32
        assert sound.size / RATE_HZ == pytest.approx(clip.seconds, abs=0.05)
        assert clip.speech_start_s is not None
        assert clip.speech_end_s is not None
        assert clip.speech_start_s < clip.speech_end_s <= clip.seconds + 0.1
