"""Word error rates of a set of clips, and words out of noise."""

import json
import wave
from pathlib import Path

import numpy as np
import pytest

from tools.bench.speech import Clip, clips
from tools.bench.wer import error_rate, noises, text_from_noise, wer

RATE_HZ = 16_000


@pytest.fixture
def recorded(tmp_path: Path) -> list[Clip]:
    lines = [
        {"file": "a.wav", "kind": "stt", "text": "the quick brown fox"},
        {"file": "b.wav", "kind": "stt", "text": "set it to 50%"},
        {"file": "c.wav", "kind": "stt"},
        {"file": "d.wav", "kind": "noise"},
    ]
    for line in lines:
        with wave.open(str(tmp_path / line["file"]), "wb") as file:
            file.setparams((1, 2, RATE_HZ, 0, "NONE", ""))
            file.writeframes(np.full(10 * RATE_HZ, 3000, "<i2").tobytes())
    (tmp_path / "manifest.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return clips(tmp_path)


def test_errors_are_counted_over_all_words_of_a_kind(recorded: list[Clip]) -> None:
    a, b, *_ = (clip.path for clip in recorded)
    heard = wer(recorded, {a: "The quick brown box.", b: "Set it to fifty percent"}, lambda _: "")
    assert heard == {"stt": 1 / 9, "stt_offline": 1.0, "command": None, "command_offline": None}


def test_a_clip_in_which_the_device_heard_nothing_is_all_wrong(recorded: list[Clip]) -> None:
    assert wer(recorded, {}, lambda _: "")["stt"] == 1.0
    assert error_rate([]) is None


def test_noise_is_heard_at_several_lengths_and_levels(recorded: list[Clip]) -> None:
    pieces = list(noises(np.full(10 * RATE_HZ, 0.1, np.float32)))
    assert {piece.size / RATE_HZ for piece in pieces} == {2, 4, 8}
    assert {round(float(piece.max()), 3) for piece in pieces} == {0.01, 0.1, 0.95}
    assert text_from_noise(recorded, lambda piece: "So." if piece.max() > 0.5 else "") == pytest.approx(1 / 3)
    assert text_from_noise(recorded[:3], lambda _: "So.") is None


def test_silence_can_be_turned_up() -> None:
    assert all(np.isfinite(piece).all() for piece in noises(np.zeros(RATE_HZ, np.float32)))
