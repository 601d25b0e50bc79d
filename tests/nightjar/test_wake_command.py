"""`nightjar wake`: learning phrases and voices from files, showing and forgetting them."""

import json
import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edge_models import background
from edge_models.models import ModelStore
from edge_models.spoken import speak
from edge_models.vad import SileroVad
from hw.audio.duplex import BLOCK_SAMPLES, AudioFault, Block
from nightjar.cli import main
from nightjar.recordings import from_microphone

Floats = NDArray[np.float32]
SENTENCES = (
    "The neighbours are having their roof repaired this week.",
    "Could you water the tomatoes while we are away?",
    "Hey there, come in, the door is open.",
    "He said the garage would ring back before noon.",
)


def run(*words: str) -> int:
    return main(["wake", *words])


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Four sentences to tell phrases from instead of all."""
    monkeypatch.setattr(background, "_sentences", lambda: SENTENCES)
    monkeypatch.setenv("NIGHTJAR_SPEECH", "/nowhere")


@pytest.fixture(scope="module")
def said(models: ModelStore) -> Floats:
    pause = np.zeros(12_000, np.float32)
    return np.concatenate((pause, speak("Hey Nightjar.", voice_directory=models.path("piper-en-us-joe")), pause))


def write(path: Path, samples: Floats) -> str:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
        file.writeframes(np.rint(np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return str(path)


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.usefixtures("quick")
def test_a_phrase_and_a_voice_are_learnt_shown_used_and_forgotten(
    nightjar_home: Path, tmp_path: Path, said: Floats, capsys: pytest.CaptureFixture[str]
) -> None:
    clips = [write(tmp_path / f"{gain}.wav", said * np.float32(gain)) for gain in (1.0, 0.8, 0.6)]
    assert run("enroll", "Hey  Nightjar", "--voice", "Lina", "--from", *clips) == 0
    told = capsys.readouterr().out
    assert '"hey nightjar" is learnt' in told
    assert "3 of 3" in told
    assert run("list", "--json") == 0
    entries = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(entry["kind"], entry["name"], entry["trouble"]) for entry in entries] == [
        ("phrase", "hey nightjar", None),
        ("voice", "Lina", None),
    ]
    assert main(["replay", clips[0], "--wake", "hey nightjar", "--json"]) == 0
    assert '"phrase": "hey nightjar"' in capsys.readouterr().out
    assert run("forget", "Hey Nightjar") == 0
    assert run("forget", "Lina") == 0
    assert list((nightjar_home / "voices").iterdir()) == []
    assert not list((nightjar_home / "wake").glob("hey*"))


@pytest.mark.models
@pytest.mark.usefixtures("nightjar_home")
@pytest.mark.parametrize(
    ("samples", "sentence"),
    [
        (np.zeros(32_000, np.float32), "I heard nothing"),
        (np.zeros(32_000 * 20, np.float32), "longer than 30 s"),
    ],
)
def test_a_recording_that_cannot_be_used_is_named(
    tmp_path: Path, samples: Floats, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = write(tmp_path / "bad.wav", samples)
    assert run("enroll", "hey nightjar", "--from", clip, clip, clip) == 1
    error = capsys.readouterr().err
    assert sentence in error
    assert "bad.wav" in error
    assert "Traceback" not in error


@pytest.mark.models
@pytest.mark.usefixtures("nightjar_home")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("enroll",), "Say what to learn"),
        (("enroll", "hey jarvis"), "is known already"),
        (("enroll", "hey nightjar", "--from", "one.wav"), "It takes 3 to 20 recordings"),
        (("enroll", "hey nightjar", "--from", "a.wav", "b.wav", "c.wav"), "a.wav doesn't exist"),
        (("forget", "hey nightjar"), "Neither a phrase nor a voice"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(*words) == 1
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "  ", "1 2 3", "x" * 61])
def test_a_name_without_letters_or_end_is_wrong_usage(name: str) -> None:
    with pytest.raises(SystemExit) as left:
        run("enroll", name)
    assert left.value.code == 2


@pytest.mark.parametrize("name", ["../x", "L", "12", 'Li"na', "x" * 41])
def test_a_voice_gets_no_name_that_the_settings_refuse(name: str) -> None:
    with pytest.raises(SystemExit) as left:
        run("enroll", "--voice", name)
    assert left.value.code == 2


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.usefixtures("quick")
def test_nothing_is_learnt_from_recordings_of_different_words(
    nightjar_home: Path, tmp_path: Path, models: ModelStore, capsys: pytest.CaptureFixture[str]
) -> None:
    voice = models.path("piper-en-us-joe")
    pause = np.zeros(12_000, np.float32)
    words = ("Good morning everybody.", "Thirteen potatoes.", "Open the window please.")
    clips = [
        write(tmp_path / f"{number}.wav", np.concatenate((pause, speak(text, voice_directory=voice), pause)))
        for number, text in enumerate(words)
    ]
    assert run("enroll", "hey nightjar", "--from", *clips) == 1
    assert "Nothing was learnt" in capsys.readouterr().err
    assert not list((nightjar_home / "wake").glob("hey*"))


class _NoCard:
    """A sound card that doesn't open."""

    async def blocks(self) -> AsyncIterator[Block]:
        raise AudioFault("No microphone was found.")
        yield


async def test_nobody_is_asked_to_speak_to_a_card_that_does_not_open() -> None:
    told: list[str] = []
    with pytest.raises(AudioFault):
        await from_microphone(_NoCard(), object(), "hey nightjar", tell=told.append)  # type: ignore[arg-type]
    assert told == []


def test_a_damaged_phrase_is_listed_as_such(nightjar_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (nightjar_home / "wake").mkdir()
    (nightjar_home / "wake" / "hey-nightjar.npz").write_bytes(b"nothing")
    assert run("list") == 0
    assert "hey-nightjar" in capsys.readouterr().out


class _Person:
    """A microphone that was opened once, and into which somebody speaks."""

    def __init__(self, *sounds: Floats) -> None:
        self._sound = np.concatenate(sounds)

    async def blocks(self) -> AsyncIterator[Block]:
        silence = np.zeros(BLOCK_SAMPLES, np.float32)
        for at in range(0, self._sound.size - BLOCK_SAMPLES, BLOCK_SAMPLES):
            yield Block(self._sound[at : at + BLOCK_SAMPLES], silence, at)


@pytest.mark.models
async def test_a_person_is_asked_again_until_it_is_good(models: ModelStore, said: Floats) -> None:
    told: list[str] = []
    person: Callable[..., object] = _Person
    nobody = np.zeros(16_000 * 9, np.float32)
    microphone = person(said, nobody, said, nobody)
    vad = SileroVad(models.path("silero-vad"))
    phrases = await from_microphone(microphone, vad, "hey nightjar", count=2, tell=told.append)  # type: ignore[arg-type]
    assert len(phrases) == 2
    assert [sentence[:8] for sentence in told] == ["(1 of 2)", "(2 of 2)", "I heard ", "(2 of 2)"]
