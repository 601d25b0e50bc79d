"""Recognition that knows what it may hear, with the real model: commands are heard better, and nothing else is."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import soxr
from numpy.typing import NDArray

from device.context import ContextEngine
from edge_models.expected import EDGE, Expected
from edge_models.models import ModelStore
from edge_models.stt import Whisper
from edge_models.tts import PiperVoice
from tools.bench.speech import clips, kitchen, mixed, samples
from tools.bench.words import word_errors

pytestmark = pytest.mark.models

RATE_HZ = 16_000
Audio = NDArray[np.float32]
COMMANDS = ("Pause the timer.", "Resume timer.", "Mute yourself.", "How much time is left?", "Clear the timer.")
DICTATED = ("A steam train crosses a bridge at dawn.", "The tires of the car were flat.", "He received a letter.")


@pytest.fixture(scope="module")
def whisper(models: ModelStore) -> Whisper:
    return Whisper(models.path("whisper-tiny-en"), "en")


@pytest.fixture(scope="module")
def expected() -> Expected:
    return ContextEngine().expected(("Ecobee",))


@pytest.fixture(scope="module")
def say(models: ModelStore) -> Callable[[str], Audio]:
    onnxruntime.set_seed(7)  # Piper breathes and lingers by chance; here it shall do so the same each time.
    voice = PiperVoice(models.path("piper-en-us-joe"))
    quiet = np.zeros(RATE_HZ // 2, np.float32)

    def say(text: str) -> Audio:
        spoken = soxr.resample(np.concatenate(list(voice.speak(text))), 1.12 * voice.rate_hz, RATE_HZ)
        return np.concatenate((quiet, spoken.astype(np.float32), quiet))

    return say


def hiss(audio: Audio, snr_db: float) -> Audio:
    noise = np.random.default_rng(2).normal(0, 0.1, audio.size).astype(np.float32)
    return mixed(audio, noise, snr_db)


def test_commands_in_noise_are_heard_better_when_they_are_expected(
    whisper: Whisper, expected: Expected, say: Callable[[str], Audio]
) -> None:
    heard = [(text, hiss(say(text), snr_db)) for text in COMMANDS for snr_db in (0, 4)]
    alone = sum(word_errors(text, whisper.transcribe(audio).text)[0] for text, audio in heard)
    helped = sum(word_errors(text, whisper.transcribe(audio, expected).text)[0] for text, audio in heard)
    assert helped < alone


def test_what_the_model_wrote_itself_is_kept_beside_it(whisper: Whisper, say: Callable[[str], Audio]) -> None:
    audio = say("Cancel all tires.")
    written = whisper.transcribe(audio).text
    asked: list[str] = []

    class Pushy(Expected):
        def commands(self, text: str, limit: int) -> list[str]:
            asked.append(text)
            return [f"{written[:-1]}, sire."]

    heard = whisper.transcribe(audio, Pushy({}, is_command=lambda _: False))
    assert asked[0] == written == heard.literal
    assert heard.text == written  # so much less likely isn't believed


def test_sentences_that_are_no_commands_stay_as_they_are(
    whisper: Whisper, expected: Expected, say: Callable[[str], Audio]
) -> None:
    for audio in map(say, DICTATED):
        heard = whisper.transcribe(audio, expected)
        assert heard.text == heard.literal == whisper.transcribe(audio).text


def test_real_sentences_and_orders_never_become_commands(whisper: Whisper, expected: Expected, speech: Path) -> None:
    found = [clip for kind in ("stt", "negative", "intent") for clip in clips(speech, kind)[::25]]
    for clip in found:
        heard = whisper.transcribe(samples(clip)[: 14 * RATE_HZ], expected)
        assert heard.text == heard.literal


def test_a_name_of_the_household_is_written_as_the_household_does(
    whisper: Whisper, expected: Expected, say: Callable[[str], Audio]
) -> None:
    assert "Ecobee" in whisper.transcribe(say("Draw a cat for the eco bee."), expected).text


@pytest.mark.parametrize("seconds", [2, 8])
def test_no_noise_has_words_at_any_level(whisper: Whisper, speech: Path, seconds: int) -> None:
    noise = kitchen(speech)
    if noise is None:
        pytest.skip("no recording of noise")
    for begin in range(0, noise.size - seconds * RATE_HZ, noise.size // 4):
        piece = noise[begin : begin + seconds * RATE_HZ]
        for level in (1.0, 0.1, 0.95 / float(np.abs(piece).max())):
            assert whisper.transcribe(level * piece).text == ""


def test_music_has_no_words(whisper: Whisper) -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    steps = np.array((0, 4, 7, 12, 7, 4, 5, 9))[(time_s * 4).astype(int) % 8]
    tune = np.sin(2 * np.pi * 220 * 2 ** (steps / 12) * time_s)
    chord = np.sin(2 * np.pi * np.array((110, 138.6, 164.8))[:, None] * time_s).sum(axis=0)
    for level in (0.02, 0.2):
        assert whisper.transcribe((level * (tune + 0.5 * chord)).astype(np.float32)).text == ""


def test_arabic_words_of_people_are_heard_better_when_they_are_expected(models: ModelStore, speech: Path) -> None:
    said = clips(speech, "arabic")[::20]
    words = sorted({str(clip.text) for clip in clips(speech, "arabic")})
    whisper = Whisper(models.path("whisper-base"), "ar")
    graph = {EDGE: frozenset(words)} | {word: frozenset({EDGE}) for word in words}
    expected = Expected(graph, is_command=words.__contains__)
    right = dict.fromkeys((None, expected), 0)
    for clip, known in product(said, right):
        right[known] += whisper.transcribe(samples(clip), known).text.strip(" .؟!") == clip.text
    assert right[expected] >= 2 * right[None] > 0
