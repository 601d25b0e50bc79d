"""eSpeak NG, the voice of languages that have none in the catalogue."""

import shutil

import numpy as np
import pytest

from edge_models import espeak
from edge_models.espeak import EspeakVoice

pytestmark = pytest.mark.skipif(shutil.which(espeak.PROGRAM) is None, reason="eSpeak NG isn't installed")


@pytest.fixture(scope="module")
def arabic() -> EspeakVoice:
    return EspeakVoice("ar")


def seconds(voice: EspeakVoice, sentence: str) -> float:
    return sum(piece.size for piece in voice.speak(sentence)) / voice.rate_hz


def test_arabic_is_spoken_with_the_vowels_that_are_not_written(arabic: EspeakVoice) -> None:
    (spoken,) = arabic.speak("كتب")
    (as_read,) = arabic.speak("كُتُب")
    assert spoken.dtype == np.float32
    assert 0.1 < np.abs(spoken).max() <= 1
    assert np.array_equal(spoken, as_read)


@pytest.mark.parametrize("nothing", ["", " ", "…", "؟!", "\u200f"])
def test_where_there_is_nothing_to_say_nothing_is_said(arabic: EspeakVoice, nothing: str) -> None:
    assert list(arabic.speak(nothing)) == []


@pytest.mark.parametrize("odd", ["<b>fox</b>", "-v en", "; rm x", "ثعلب fox 3", "مرحبا " * 5000, "\0"])
def test_whatever_is_said_is_words_and_nothing_else(arabic: EspeakVoice, odd: str) -> None:
    assert seconds(arabic, odd) < 1000


def test_a_language_that_it_does_not_speak_is_one_sentence() -> None:
    with pytest.raises(ValueError, match="eSpeak NG doesn't speak 'xx'"):
        EspeakVoice("xx")


def test_without_the_program_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="apt-get install espeak-ng"):
        EspeakVoice("ar")
