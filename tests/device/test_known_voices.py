"""Whether a known person speaks."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from device.ears.speaker import KnownVoices, Voice, keep_voice, known_voices, learn_voice, read_voice, voice_path
from edge_models.kept import KeptError
from edge_models.models import ModelStore
from edge_models.speaker import DIMENSIONS, NoSpeech, VoiceEncoder
from hw.audio.files import decode

Floats = NDArray[np.float32]


def voice(name: str, direction: int) -> Voice:
    return Voice(name, np.eye(DIMENSIONS, dtype=np.float32)[direction])


class _Encoder(VoiceEncoder):
    """Answers what the test says."""

    def __init__(self, *answer: float) -> None:
        self.answer = np.pad(np.array(answer, np.float32), (0, DIMENSIONS - len(answer)))

    def embed(self, samples: Floats) -> Floats:
        if not samples.size:
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
    known = KnownVoices(_Encoder(0.75, 0.66), [voice("Lina", 0)])
    little, much = known.who(HALF_A_SECOND), known.who(np.ones(40_000, np.float32))
    assert little
    assert much
    assert (little.name, much.name) == ("Lina", None)


def test_too_little_speech_is_no_answer() -> None:
    assert KnownVoices(_Encoder(1.0), [voice("Lina", 0)]).who(np.zeros(0, np.float32)) is None


def test_a_kept_voice_comes_back_and_a_missing_one_is_named(tmp_path: Path) -> None:
    keep_voice(tmp_path, voice("Lina", 3))
    assert read_voice(voice_path(tmp_path, "lina")).name == "Lina"
    assert known_voices(tmp_path, ["Lina"], _Encoder(1.0)).who(HALF_A_SECOND)
    with pytest.raises(KeptError, match="The voice 'Omar' is not known"):
        known_voices(tmp_path, ["Lina", "Omar"], _Encoder(1.0))


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
    owner, *others = sorted(people)
    known = KnownVoices(encoder, [learn_voice(encoder, owner, [sound[:16_000] for sound in people[owner][:4]])])
    own = [known.who(sound) for sound in people[owner][4:]]
    strangers = [known.who(sound) for name in others for sound in people[name][:3]]
    assert sum(match is not None and match.name == owner for match in own) >= 2
    assert sum(match is not None and match.name is None for match in strangers) >= 0.8 * len(strangers)
