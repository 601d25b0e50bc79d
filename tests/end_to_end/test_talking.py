"""Talking with the device as with a person: answered, interrupted, coughed at. Real models, synthesised speech."""

import json
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edge_models.models import ModelStore
from edge_models.spoken import speak
from nightjar.cli import main

pytestmark = [pytest.mark.models, pytest.mark.slow]
RATE = 16_000


def quiet(seconds: float) -> np.ndarray:
    return np.random.default_rng(1).normal(0, 2e-4, round(RATE * seconds)).astype(np.float32)


def cough() -> np.ndarray:
    """A burst of noise that dies away within 0.2 s."""
    size = RATE // 5
    return (np.random.default_rng(2).normal(0, 0.2, size) * np.exp(-np.arange(size) / 600)).astype(np.float32)


@pytest.fixture
def hear(models: ModelStore, nightjar_home: Path, tmp_path: Path, capsys) -> Callable[..., list[dict]]:
    """Let the device hear words, sounds and seconds of quiet, one after the other; return what happened."""

    def run(*parts: str | float | np.ndarray) -> list[dict]:
        voice = models.path("piper-en-us-joe")
        sounds = [
            speak(part, voice_directory=voice)
            if isinstance(part, str)
            else part
            if isinstance(part, np.ndarray)
            else quiet(part)
            for part in parts
        ]
        clip = tmp_path / "talk.wav"
        with wave.open(str(clip), "wb") as file:
            file.setparams((1, 2, RATE, 0, "NONE", ""))
            file.writeframes((np.clip(np.concatenate(sounds), -1, 1) * 32767).astype("<i2").tobytes())
        assert main(["replay", "--json", str(clip)]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return run


def all_of(events: list[dict], name: str, key: str) -> list[str]:
    return [event[key] for event in events if event["event"] == name]


def test_a_question_of_the_device_is_answered_without_a_wake_word(hear) -> None:
    events = hear(0.5, "Hey Jarvis, set a timer.", 3.5, "Ten minutes.", 0.5)
    assert all_of(events, "reply", "text")[0] == "For how long?"
    assert len(all_of(events, "wake_word", "phrase")) == 1
    assert all_of(events, "understood", "intent") == ["timer.set", "timer.set"]
    assert "minutes" in all_of(events, "reply", "text")[1]


def test_nobody_has_to_answer(hear) -> None:
    events = hear(0.5, "Hey Jarvis, set a timer.", 9.0)
    assert all_of(events, "end_of_turn", "reason")[-1] == "nothing_said"
    assert len(all_of(events, "understood", "intent")) == 1


def test_stop_needs_no_wake_word_while_the_device_speaks(hear) -> None:
    events = hear(0.5, "Hey Jarvis, what can you do?", 4.0, "Stop!", 2.0)
    assert all_of(events, "understood", "intent") == ["device.help", "control.stop"]
    ended, _ = (event["at_ms"] for event in events if event["event"] == "turn_finished")
    began = next(event["at_ms"] for event in events if event["event"] == "reply_audio_started")
    stopped = next(event["at_ms"] for event in events if event.get("intent") == "control.stop")
    # The whole answer takes about eight seconds.
    assert began + 2000 < ended < stopped + 1000 < began + 7000


def test_a_cough_over_the_reply_begins_no_turn(hear) -> None:
    events = hear(0.5, "Hey Jarvis, what can you do?", 4.0, cough(), 8.0)
    assert all_of(events, "understood", "intent") == ["device.help"]
    assert not all_of(events, "failed", "code")


def test_words_that_are_not_for_the_device_begin_no_turn_while_it_speaks(hear) -> None:
    events = hear(0.5, "Hey Jarvis, what can you do?", 4.0, "I went to the market with my sister.", 8.0)
    assert all_of(events, "understood", "intent") == ["device.help"]
