"""`nightjar replay`: the whole device on real human speech and on files that are no such thing."""

import json
import os
import subprocess
import sys
import wave
from pathlib import Path

import av
import numpy as np
import pytest

from hw.audio.files import decode
from nightjar.cli import main

pytestmark = pytest.mark.models
RATE = 16_000


def clips(speech: Path, **labels: str) -> list[dict]:
    lines = (speech / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    return [entry for entry in entries if all(entry.get(key) == value for key, value in labels.items())]


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def samples_of(path: Path) -> np.ndarray:
    return np.concatenate(list(decode(path)))


@pytest.fixture
def replay(nightjar_home, capsys):
    """Run the command; its exit code, its events, what it said on stderr."""

    def run(*arguments: object) -> tuple[int, list[dict], str]:
        code = main(["replay", "--json", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, [json.loads(line) for line in captured.out.splitlines()], captured.err

    return run


def words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text.lower()).split()


def word_errors(reference: str, heard: str) -> int:
    row = list(range(len(words(heard)) + 1))
    for i, expected in enumerate(words(reference), 1):
        above, row[0] = row[0], i
        for j, got in enumerate(words(heard), 1):
            above, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, above + (expected != got))
    return row[-1]


def test_a_real_wake_word_joined_to_real_commands_wakes_and_is_transcribed(speech, tmp_path, replay):
    wakes = clips(speech, kind="wake", phrase="alexa")[:6]
    commands = [entry for entry in clips(speech, kind="command") if len(words(entry["text"] or "")) >= 3][:6]
    woken = errors = total = 0
    for number, (wake, command) in enumerate(zip(wakes, commands, strict=True)):
        first = samples_of(speech / wake["file"])[: int((wake["speech_end_s"] + 0.1) * RATE)]
        joined = write_wav(
            tmp_path / f"{number}.wav",
            np.concatenate([np.zeros(RATE, np.float32), first, samples_of(speech / command["file"])]),
        )
        code, events, _ = replay(joined, "--wake", "alexa")
        assert code == 0
        by_name = {event["event"]: event for event in events}
        woken += by_name.get("wake_word", {}).get("phrase") == "alexa"
        errors += word_errors(command["text"], by_name.get("transcript", {}).get("text", ""))
        total += len(words(command["text"]))
        if "transcript" in by_name:
            assert events[-1]["event"] == "turn_finished"
            assert "after_speech_ms" in by_name["transcript"]
    assert woken >= 5
    # tiny.en alone misses about a third of the words of these noisy recordings (28 to 34 %).
    assert errors / total < 0.6


def test_running_speech_does_not_wake_it(speech, replay):
    negative = [speech / entry["file"] for entry in clips(speech, kind="negative")[:3]]
    code, events, _ = replay(*negative)
    assert code == 0
    assert [event for event in events if event["event"] == "wake_word"] == []


def test_a_stereo_file_at_44_1_khz_is_heard_like_any_other(nightjar_home, models, tmp_path, replay):
    from edge_models.spoken import spoken_clip

    spoken_clip(
        "Hey Jarvis, what time is it?", tmp_path / "mono.wav", voice_directory=models.path("piper-en-us-joe"), lead_s=1
    )
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=44_100)
    with av.open(str(tmp_path / "mono.wav")) as source:
        frames = [out for frame in source.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    stereo = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float32) / 32768
    path = write_wav(tmp_path / "stereo.wav", stereo, rate=44_100, channels=2)
    code, events, _ = replay(path, "--out", tmp_path / "replies")
    understood = [event for event in events if event["event"] == "understood"]
    assert (code, [event["intent"] for event in understood]) == (0, ["clock.time"])
    assert samples_of(tmp_path / "replies" / "reply-01.wav").size > RATE / 2


def test_silence_is_handled_and_nothing_happens(tmp_path, replay):
    code, events, _ = replay(write_wav(tmp_path / "silence.wav", np.zeros(3 * RATE, np.float32)))
    assert (code, events) == (0, [])


def test_without_a_wake_word_silence_ends_as_nothing_said(tmp_path, replay):
    code, events, _ = replay("--no-wake", write_wav(tmp_path / "silence.wav", np.zeros(8 * RATE, np.float32)))
    assert code == 0
    assert [event["reason"] for event in events if event["event"] == "end_of_turn"] == ["nothing_said"]


def test_files_that_are_no_audio_get_one_sentence_each_and_the_others_are_still_heard(tmp_path, replay):
    empty = tmp_path / "empty.wav"
    empty.touch()
    text = tmp_path / "text.wav"
    text.write_text("This is not a sound.\n" * 50)
    good = write_wav(tmp_path / "good.wav", np.zeros(RATE, np.float32))
    code, events, err = replay(empty, text, tmp_path / "missing.wav", good)
    assert code == 1
    assert [event["code"] for event in events if event["event"] == "failed"] == ["audio"] * 3
    sentences = [line for line in err.splitlines() if line.startswith("nightjar: ")]
    assert len(sentences) == 3
    assert "Traceback" not in err


@pytest.mark.slow
def test_ten_minutes_of_quiet_are_heard_through_in_bounded_memory(tmp_path, nightjar_home):
    noise = np.random.default_rng(7).normal(0, 0.002, RATE * 600).astype(np.float32)
    path = write_wav(tmp_path / "long.wav", noise)
    script = (
        "import sys; from nightjar.cli import main; code = main(['replay', '--json', sys.argv[1]]);"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0]); sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
        env=os.environ | {"NIGHTJAR_HOME": str(nightjar_home)},
    )
    assert done.returncode == 0, done.stderr
    # Ten minutes of samples would be 38 MB; a growing list of blocks would show on top of the models.
    assert int(done.stdout.splitlines()[-1]) < 900_000
