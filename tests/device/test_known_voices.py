"""Whether a known person speaks."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from device.ears.speaker import (
    KnownVoices,
    Voice,
    keep_voice,
    known_voices,
    learn_voice,
    read_voice,
    sounds_like,
    voice_path,
)
from edge_models.kept import KeptError
from edge_models.models import ModelStore
from edge_models.speaker import DIMENSIONS, NoSpeech, VoiceEncoder
from hw.audio.files import decode

Floats = NDArray[np.float32]


def voice(name: str, direction: int) -> Voice:
    return Voice(name, np.eye(DIMENSIONS, dtype=np.float32)[direction])


def alike(name: str, likeness: float) -> Voice:
    """A voice that is so like the one of direction 0."""
    direction = np.zeros(DIMENSIONS, np.float32)
    direction[:2] = likeness, np.sqrt(1 - likeness**2)
    return Voice(name, direction)


class _Encoder(VoiceEncoder):
    """Answers what the test says."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.pad(np.array(answer, np.float32), (0, DIMENSIONS - len(answer)))

    def frames(self, samples: Floats) -> Floats:
        return np.ones((samples.size // 160, 40), np.float32)

    def of_frames(self, frames: Floats) -> Floats:
        if not len(frames):
            raise NoSpeech("There is too little speech to tell a voice by.")
        return (self.answer / np.linalg.norm(self.answer)).astype(np.float32)


HALF_A_SECOND = np.ones(8_000, np.float32)


def test_the_most_alike_voice_is_named() -> None:
    known = KnownVoices(_Encoder(0.5, 0.9), [voice("Lina", 0), voice("Omar", 1)])
    match = known.who(HALF_A_SECOND)
    assert match
    assert match.name == "Omar"


def test_a_stranger_has_no_name() -> None:
    match = KnownVoices(_Encoder(0.5, 0.5, 0.7), [voice("Lina", 0), voice("Omar", 1)]).who(HALF_A_SECOND)
    assert match
    assert match.name is None
    assert 0.4 < match.score < 0.6


def test_much_speech_must_be_more_alike_than_little() -> None:
    known = KnownVoices(_Encoder(0.8, 0.6), [voice("Lina", 0)])
    little, much = known.who(HALF_A_SECOND), known.who(np.ones(40_000, np.float32))
    assert little
    assert much
    assert (little.name, much.name) == ("Lina", None)


def test_too_little_speech_is_no_answer() -> None:
    assert KnownVoices(_Encoder(1.0), [voice("Lina", 0)]).who(np.zeros(0, np.float32)) is None


def test_a_kept_voice_comes_back_and_a_missing_one_is_named(tmp_path: Path) -> None:
    keep_voice(tmp_path, voice("Lina", 3))
    assert read_voice(voice_path(tmp_path, "lina")).name == "Lina"
    assert known_voices(tmp_path, lambda: _Encoder(1.0), only=["Lina"])
    with pytest.raises(KeptError, match="The voice 'Omar' is not known"):
        known_voices(tmp_path, lambda: _Encoder(1.0), only=["Lina"], needed=["Omar"])


def test_who_sounds_like_two_people_is_called_by_neither_name() -> None:
    match = KnownVoices(_Encoder(1.0, 0.1), [voice("Lina", 0), alike("Mona", 0.98)]).who(HALF_A_SECOND)
    assert match
    assert (match.name, match.certain) == (None, False)


def test_what_opens_something_takes_more() -> None:
    lina = [voice("Lina", 0)]
    named = KnownVoices(_Encoder(0.8, 0.6), lina).who(HALF_A_SECOND)
    certain = KnownVoices(_Encoder(0.9, 0.43), lina).who(HALF_A_SECOND)
    assert named
    assert certain
    assert (named.name, named.certain) == ("Lina", False)
    assert (certain.name, certain.certain) == ("Lina", True)


def test_where_only_some_are_obeyed_others_are_not_though_they_are_known() -> None:
    people = [voice("Lina", 0), voice("Omar", 1)]
    for answer, obeyed in (((1.0, 0.1), True), ((0.1, 1.0), False), ((0.1, 0.1, 1.0), False)):
        match = KnownVoices(_Encoder(*answer), people, only=["Lina"]).who(HALF_A_SECOND)
        assert match
        assert match.obeyed is obeyed


def test_without_a_learnt_voice_no_model_is_loaded(tmp_path: Path) -> None:
    def load() -> VoiceEncoder:
        raise AssertionError("nobody's voice is to be told")

    assert known_voices(tmp_path / "voices", load) is None


def test_a_damaged_voice_is_left_out_unless_the_settings_name_it(tmp_path: Path) -> None:
    keep_voice(tmp_path, voice("Lina", 3))
    keep_voice(tmp_path, voice("Omar", 4))
    voice_path(tmp_path, "Omar").write_bytes(b"damaged")
    known = known_voices(tmp_path, lambda: _Encoder(1.0))
    assert known
    assert known.who(HALF_A_SECOND)
    with pytest.raises(KeptError, match="changed since"):
        known_voices(tmp_path, lambda: _Encoder(1.0), needed=["Omar"])


def test_two_voices_that_sound_alike_are_found_when_one_is_learnt() -> None:
    lina = voice("Lina", 0)
    assert sounds_like(alike("Mona", 0.9), [lina, voice("Omar", 1)]) == lina
    assert sounds_like(alike("Mona", 0.6), [lina]) is None
    assert sounds_like(lina, [lina]) is None


@pytest.mark.models
def test_real_people_are_told_apart_by_a_few_words(models: ModelStore, speech: Path) -> None:
    found: dict[str, list[Floats]] = {}
    for line in (speech / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        clip = json.loads(line)
        if clip["kind"] == "stt" and clip.get("spk") and clip["seconds"] >= 4 and len(found.get(clip["spk"], [])) < 7:
            sound = np.concatenate(list(decode(speech / clip["file"])))
            found.setdefault(clip["spk"], []).append(sound[8_000:56_000])
    people = {name: sounds for name, sounds in found.items() if len(sounds) == 7}
    if len(people) < 2:
        pytest.skip("the recordings don't say often enough who speaks")
    encoder = VoiceEncoder(models.path("resemblyzer"))
    *household, stranger = sorted(people)
    learnt = [learn_voice(encoder, name, [sound[:16_000] for sound in people[name][:4]]) for name in household]
    known = KnownVoices(encoder, learnt, only=household[:1])
    own = {name: [known.who(sound) for sound in people[name][4:]] for name in household}
    named = [(name, match.name) for name, matches in own.items() for match in matches if match]
    assert sum(name == called for name, called in named) >= 0.8 * len(named)
    assert not [called for name, called in named if called not in (None, name)]
    assert sum(match is not None and match.obeyed for match in own[household[0]]) >= 2
    for sound in people[stranger]:
        match = known.who(sound)
        assert match is not None
        assert (match.name, match.certain, match.obeyed) == (None, False, False)
