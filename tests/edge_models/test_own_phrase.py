"""Phrases that the owner teaches: learnt from a few recordings, heard in a stream, told from other speech."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import piper
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.config import Wake
from device.ears.wake_engine import wake_engine
from edge_models.background import Background
from edge_models.enrolment import Learnt, learn, sample
from edge_models.kept import KeptError
from edge_models.models import ModelStore
from edge_models.own_phrase import OwnPhrase, OwnPhrases, WakeEngines, keep_phrase, own_phrases, phrase_path
from edge_models.speech_embedding import WINDOW, SpeechEmbedding
from edge_models.variations import at_speed, noise, variations, without_quiet
from edge_models.wake_hit import WakeHit

Floats = NDArray[np.float32]
PHRASE = "hey nightjar"
OTHER = (
    "The neighbours are having their roof repaired this week.",
    "Could you water the tomatoes while we are away?",
    "He said the garage would ring back before noon.",
    "Hey there, come in, the door is open.",
    "My charger only works if you bend the cable a little.",
    "They argued about politics until the wine was finished.",
)


def phrase(name: str = PHRASE, *, threshold: float = 8.0, usual: float = 12.0) -> OwnPhrase:
    weights = np.random.default_rng(0).standard_normal(WINDOW).astype(np.float32)
    return OwnPhrase(name, weights, bias=-1.0, threshold=threshold, usual=usual)


@pytest.fixture(scope="module")
def embedding(models: ModelStore) -> SpeechEmbedding:
    return SpeechEmbedding(models.path("speech-embedding"))


@pytest.fixture(scope="module")
def spoken(models: ModelStore) -> Callable[[str], Floats]:
    """Says a text, always in the same way: as a voice, Piper throws dice."""
    voice = piper.PiperVoice.load(next(models.path("piper-en-us-joe").glob("*.onnx")))
    style = piper.SynthesisConfig(noise_scale=0.0, noise_w_scale=0.0)

    def say(text: str) -> Floats:
        said = np.concatenate([chunk.audio_float_array for chunk in voice.synthesize(text, style)])
        return without_quiet(soxr.resample(said.astype(np.float32), voice.config.sample_rate, 16_000))

    return say


@pytest.fixture(scope="module")
def learnt(embedding: SpeechEmbedding, spoken: Callable[[str], Floats]) -> Learnt:
    speech = np.concatenate([spoken(text) for text in OTHER])
    sounds = [at_speed(speech, speed) for speed in (0.85, 1.0, 1.2)]
    others = Background(np.concatenate([embedding.embed(sound) for sound in sounds]), speech)
    recordings = [at_speed(spoken("Hey Nightjar."), speed) for speed in (1.0, 0.95, 1.06, 0.9, 1.1)]
    samples = [sample(recording, others, embedding, seed=number) for number, recording in enumerate(recordings)]
    return learn(PHRASE, samples, None, others)


def heard(engine: OwnPhrases, samples: Floats, *, block: int = 320) -> int:
    engine.reset()
    return sum(len(engine.process(samples[at : at + block])) for at in range(0, samples.size, block))


@pytest.mark.models
def test_a_learnt_phrase_is_heard_once_each_time(
    learnt: Learnt, embedding: SpeechEmbedding, spoken: Callable[[str], Floats]
) -> None:
    pause = np.zeros(24_000, np.float32)
    said = at_speed(spoken("Hey Nightjar."), 1.02)
    stream = np.concatenate((pause, said, pause, said, pause))
    engine = OwnPhrases(embedding, [learnt.own])
    assert heard(engine, stream) == 2
    assert heard(engine, stream, block=999) == 2


@pytest.mark.models
def test_a_learnt_phrase_is_heard_between_other_words(
    learnt: Learnt, embedding: SpeechEmbedding, spoken: Callable[[str], Floats]
) -> None:
    breath = np.zeros(3200, np.float32)
    stream = np.concatenate([spoken(OTHER[1]), breath, spoken("Hey Nightjar."), breath, spoken(OTHER[2])])
    assert heard(OwnPhrases(embedding, [learnt.own]), stream) == 1


@pytest.mark.models
def test_other_words_and_noise_are_not_the_phrase(
    learnt: Learnt, embedding: SpeechEmbedding, spoken: Callable[[str], Floats]
) -> None:
    loud = noise(48_000, np.random.default_rng(1)) * np.float32(0.1)
    new = [spoken(text) for text in ("What a beautiful evening, let us sit outside.", "Her flight was delayed again.")]
    assert heard(OwnPhrases(embedding, [learnt.own]), np.concatenate((*new, loud))) == 0


@pytest.mark.models
def test_what_was_learnt_is_reported_from_recordings_it_was_not_learnt_from(learnt: Learnt) -> None:
    assert learnt.found >= 4
    assert learnt.of == 5
    assert learnt.varied_found > 0.7 * learnt.varied_of
    assert learnt.strangers == ()


@pytest.mark.models
def test_a_recording_of_something_else_is_named(
    learnt: Learnt, embedding: SpeechEmbedding, spoken: Callable[[str], Floats]
) -> None:
    speech = np.concatenate([spoken(text) for text in OTHER])
    others = Background(embedding.embed(speech), speech)
    recordings = [spoken("Hey Nightjar."), at_speed(spoken("Hey Nightjar."), 1.05), spoken("Good evening, Susan.")]
    samples = [sample(recording, others, embedding, seed=number) for number, recording in enumerate(recordings)]
    assert learn(PHRASE, samples, None, others).strangers == (2,)


@pytest.mark.models
def test_taught_phrases_stand_beside_the_models_own(models: ModelStore, nightjar_home: Path) -> None:
    keep_phrase(nightjar_home / "wake", phrase())
    store = ModelStore(nightjar_home / "models", catalogue=models.catalogue)
    engine = wake_engine(Wake(phrases=("hey jarvis", PHRASE)), store)
    assert isinstance(engine, WakeEngines)
    assert engine.process(np.zeros(3200, np.float32)) == []
    with pytest.raises(ValueError, match="hey toaster"):
        wake_engine(Wake(phrases=(PHRASE, "hey toaster")), store)


def test_a_kept_phrase_comes_back(tmp_path: Path) -> None:
    own = phrase()
    keep_phrase(tmp_path, own)
    (back,) = own_phrases(tmp_path, ["alexa", PHRASE])
    assert (back.phrase, back.bias, back.threshold, back.usual) == (own.phrase, own.bias, own.threshold, own.usual)
    assert np.array_equal(back.weights, own.weights)


def test_a_damaged_phrase_is_named(tmp_path: Path) -> None:
    keep_phrase(tmp_path, phrase())
    phrase_path(tmp_path, PHRASE).write_bytes(b"not a phrase")
    with pytest.raises(KeptError, match=r"hey-nightjar\.npz was changed"):
        own_phrases(tmp_path, [PHRASE])


@given(threshold=st.floats(-50, 50), over=st.floats(0, 50), score=st.floats(-200, 200))
def test_confidence_is_half_at_the_threshold_and_grows(threshold: float, over: float, score: float) -> None:
    own = phrase(threshold=threshold, usual=threshold + over)
    assert own.confidence(threshold) == pytest.approx(0.5)
    assert 0 <= own.confidence(score) <= 1
    assert own.confidence(score) <= own.confidence(score + 1)


class _Says:
    def __init__(self, name: str) -> None:
        self.hits = [WakeHit(name, 0.9)]

    def process(self, samples: Floats) -> list[WakeHit]:
        return self.hits

    def reset(self) -> None:
        self.hits = []


def test_what_any_engine_hears_was_heard() -> None:
    engines = WakeEngines(_Says("one"), _Says("two"))
    assert [hit.phrase for hit in engines.process(np.zeros(320, np.float32))] == ["one", "two"]
    engines.reset()
    assert engines.process(np.zeros(320, np.float32)) == []


@settings(max_examples=15)
@given(seed=st.integers(0, 1000), size=st.integers(4000, 12_000))
def test_variations_are_sound_with_the_phrase_inside(seed: int, size: int) -> None:
    chance = np.random.default_rng(seed)
    words, speech = (np.clip(noise(count, chance) * np.float32(0.1), -1, 1) for count in (size, 40_000))
    made = list(variations(words, speech, 7, seed))
    assert len(made) == 7
    for one in made:
        assert one.samples.dtype == np.float32
        assert np.abs(one.samples).max() <= 1
        assert 1.5 < one.end_s < one.samples.size / 16_000
