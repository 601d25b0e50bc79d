"""The wake word's two stages: when a check is opened, passed, given up, and what happens on real recordings."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from edge_models.micro_pass import int16
from edge_models.models import ModelStore
from edge_models.pull import pull
from edge_models.vad import SileroVad
from edge_models.wake import MicroWakeWord
from edge_models.wake_check import TwoStages
from edge_models.wake_hit import Rearm
from hw.audio.files import decode

RATE_HZ = 16_000
STEPS_A_SECOND = 33
PIECE = np.zeros(480, np.int16)
QUIET = np.zeros(8000, np.float32)
PHRASES = ("alexa", "hey jarvis", "hey mycroft", "okay nabu")


class Again:
    """A hearing that gives the score it is told to, for every piece."""

    def __init__(self, score: float) -> None:
        self.score = score

    def reset(self) -> None:
        pass

    def scores(self, samples: NDArray[np.int16]) -> Iterator[dict[str, float]]:
        yield {"hello": self.score}


def stages(*again: float, threshold: float = 0.8, opinion: float | None = None) -> TwoStages:
    second = None if opinion is None else Again(opinion)
    return TwoStages("hello", [Again(score) for score in again], threshold=threshold, second_opinion=second)


def hits(two: TwoStages, scores: list[float]) -> list[int]:
    """The steps at which there was a hit."""
    found = []
    for number, score in enumerate(scores):
        two.hear(PIECE)
        if two.step(score, lambda: PIECE):
            found.append(number)
    return found


def test_what_is_likely_at_every_speed_is_a_hit_at_once() -> None:
    assert hits(stages(0.9, 0.8), [0.1, 0.2, 0.95, 0.95, 0.1]) == [2]


def test_what_breaks_down_at_other_speeds_is_none() -> None:
    assert hits(stages(0.9, 0.1), [0.1, 0.95, 0.98, 0.9, 0.1]) == []


def test_the_score_is_half_the_first_hearing_and_half_the_others() -> None:
    two = stages(1.0, 0.8)
    hit = two.step(0.9, lambda: PIECE)
    assert hit is not None
    assert hit.score == pytest.approx(0.9)


def test_another_engine_can_object() -> None:
    assert hits(stages(0.9, opinion=0.01), [0.9] * 5) == []
    assert hits(stages(0.9, opinion=0.3), [0.9] * 5) == [0]


def test_what_comes_late_is_heard_in_the_check_that_is_open() -> None:
    late = Again(0.2)
    two = TwoStages("hello", [late], threshold=0.8)
    assert two.step(0.9, lambda: PIECE) is None
    late.score = 0.9
    two.hear(PIECE)
    assert two.step(0.3, lambda: PIECE) is not None


def test_a_check_is_given_up_in_the_end() -> None:
    late = Again(0.2)
    two = TwoStages("hello", [late], threshold=0.8)
    assert hits(two, [0.9, *[0.0] * STEPS_A_SECOND]) == []
    late.score = 0.9
    assert hits(two, [0.5] * STEPS_A_SECOND) == []


@given(st.lists(st.floats(0, 1), max_size=200), st.floats(0.2, 0.95))
def test_hits_are_half_a_second_of_low_scores_apart(scores: list[float], threshold: float) -> None:
    found = hits(stages(1.0, threshold=threshold), scores)
    for one, next_one in itertools.pairwise(found):
        low = [score < max(2 * threshold - 1, 0.2) / 2 for score in scores[one + 1 : next_one]]
        assert sum(low) >= 16


@given(st.lists(st.floats(0, 1), max_size=100), st.floats(0.3, 0.9))
def test_a_higher_threshold_never_finds_what_a_lower_one_does_not(scores: list[float], threshold: float) -> None:
    if hits(stages(0.9, threshold=threshold + 0.05), scores):
        assert hits(stages(0.9, threshold=threshold), scores)


@given(st.lists(st.booleans(), max_size=100))
def test_a_phrase_is_armed_again_after_as_much_low_as_it_takes(highs: list[bool]) -> None:
    rearm = Rearm(0.5, score_ms=100)
    rearm.hit()
    armed = [rearm.armed(0.9 if high else 0.1) for high in highs]
    for number, now in enumerate(armed):
        assert now == (any(not any(highs[at : at + 5]) for at in range(number - 4) if at + 5 <= number))


@given(st.lists(st.floats(width=32), max_size=50))
def test_any_float_becomes_a_sample(values: list[float]) -> None:
    assert np.abs(int16(np.array(values, np.float32)).astype(int)).max(initial=0) <= 32768


Audio = NDArray[np.float32]


def heard(engine: MicroWakeWord, audio: Audio) -> list[str]:
    engine.reset()
    return [hit.phrase for hit in engine.process(np.concatenate((QUIET, audio, QUIET)))]


@pytest.fixture(scope="module")
def engine(models: ModelStore) -> MicroWakeWord:
    return MicroWakeWord(models.path("microwakeword"), PHRASES, vad=SileroVad(models.path("silero-vad")))


@pytest.fixture(scope="module")
def some(speech: Path) -> Callable[..., list[tuple[Audio, float]]]:
    """Evenly spread clips with these labels, each with the second at which its speech ends."""
    labels = [json.loads(line) for line in (speech / "manifest.jsonl").read_text().splitlines()]

    def some(count: int, **wanted: str) -> list[tuple[Audio, float]]:
        found = [clip for clip in labels if all(clip.get(key) == value for key, value in wanted.items())]
        if not found:
            pytest.skip(f"no recordings with {wanted}")
        chosen = found[:: max(1, len(found) // count)][:count]
        sounds = [np.concatenate(list(decode(speech / clip["file"]))) for clip in chosen]
        ends = [clip.get("speech_end_s") or clip["seconds"] for clip in chosen]
        return list(zip(sounds, ends, strict=True))

    return some


@pytest.mark.models
@pytest.mark.parametrize("phrase", PHRASES)
def test_each_phrase_is_heard_while_all_are_listened_for(
    engine: MicroWakeWord, some: Callable[..., list[tuple[Audio, float]]], phrase: str
) -> None:
    found = [heard(engine, audio) for audio, _ in some(15, phrase=phrase)]
    assert sum(phrase in hits for hits in found) >= 0.9 * len(found)


@pytest.mark.models
@pytest.mark.parametrize("kind", ["negative", "intent", "stt", "command"])
def test_what_is_no_wake_word_does_not_wake(
    models: ModelStore, some: Callable[..., list[tuple[Audio, float]]], kind: str
) -> None:
    engine = MicroWakeWord(models.path("microwakeword"), ("alexa", "hey jarvis", "okay nabu"))
    assert [hit for audio, _ in some(8, kind=kind) for hit in heard(engine, audio)] == []


@pytest.mark.models
def test_a_command_right_behind_the_phrase_does_not_hide_it(
    engine: MicroWakeWord, some: Callable[..., list[tuple[Audio, float]]]
) -> None:
    (command, _) = some(1, kind="command")[0]
    clips = some(15, phrase="alexa")
    glued = [np.concatenate((audio[: int((end_s + 0.1) * RATE_HZ)], command[8000:])) for audio, end_s in clips]
    assert sum("alexa" in heard(engine, audio) for audio in glued) >= 0.85 * len(glued)


@pytest.mark.models
def test_no_number_and_infinite_sound_leave_no_trace(
    engine: MicroWakeWord, some: Callable[..., list[tuple[Audio, float]]]
) -> None:
    audio, _ = some(1, phrase="alexa")[0]
    for poison in (np.nan, np.inf, -np.inf, 1e30):
        engine.reset()
        assert engine.process(np.full(RATE_HZ, poison, np.float32)) == []
        engine.process(np.zeros(RATE_HZ, np.float32))
        assert [hit.phrase for hit in engine.process(np.concatenate((audio, QUIET)))] == ["alexa"]


@pytest.mark.models
def test_a_threshold_of_ones_own_counts(models: ModelStore, some: Callable[..., list[tuple[Audio, float]]]) -> None:
    strict = MicroWakeWord(models.path("microwakeword"), ("alexa",), thresholds={"alexa": 0.9999})
    assert [hit for audio, _ in some(5, phrase="alexa") for hit in heard(strict, audio)] == []


@pytest.mark.models
def test_the_vad_keeps_noise_from_waking(engine: MicroWakeWord, some: Callable[..., list[tuple[Audio, float]]]) -> None:
    assert [hit for audio, _ in some(3, kind="noise") for hit in heard(engine, audio[: 30 * RATE_HZ])] == []


@pytest.mark.slow
@pytest.mark.models
def test_two_engines_that_agree_hear_the_phrase(
    models: ModelStore, some: Callable[..., list[tuple[Audio, float]]]
) -> None:
    pull(models, ["openwakeword"])
    both = MicroWakeWord(
        models.path("microwakeword"), ("alexa", "okay nabu"), second_opinion=models.path("openwakeword")
    )
    found = [heard(both, audio) for audio, _ in some(15, phrase="alexa")]
    assert sum("alexa" in hits for hits in found) >= 0.85 * len(found)
    # openWakeWord has no model of this phrase: the first engine decides alone.
    assert [heard(both, audio) for audio, _ in some(1, phrase="okay nabu")] == [["okay nabu"]]
