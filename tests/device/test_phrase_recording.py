"""Where the phrase is in a recording, and what a person is told when it can't be used."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.ears.phrase_recording import SayAgain, is_over, phrase_in

FRAME = 512


def recording(*parts: tuple[int, float], level: float = 0.1) -> tuple[NDArray[np.float32], list[float]]:
    """`parts`: frames and the VAD's probability in them; (samples, probabilities)."""
    probabilities = [probability for frames, probability in parts for _ in range(frames)]
    loud = np.repeat(np.array(probabilities) > 0.5, FRAME)
    tone = np.sin(np.arange(loud.size) * 0.3) * np.where(loud, level, 0.0)
    return tone.astype(np.float32), probabilities


def test_the_phrase_is_cut_out_with_a_little_around_it() -> None:
    phrase = phrase_in(*recording((20, 0.1), (25, 0.9), (20, 0.1)))
    assert phrase.size == pytest.approx((25 * FRAME) + 0.13 * 16_000, abs=FRAME)


def test_a_short_pause_is_part_of_the_phrase() -> None:
    phrase = phrase_in(*recording((10, 0.1), (12, 0.9), (8, 0.1), (12, 0.9), (10, 0.1)))
    assert phrase.size > 32 * FRAME


@pytest.mark.parametrize(
    ("parts", "level", "said"),
    [
        (((60, 0.1),), 0.1, "I heard nothing"),
        (((20, 0.1), (6, 0.9), (20, 0.1)), 0.1, "very short"),
        (((20, 0.1), (90, 0.9), (20, 0.1)), 0.1, "too long"),
        (((20, 0.1), (25, 0.9), (20, 0.1)), 0.002, "too quiet"),
        (((20, 0.1), (25, 0.9), (20, 0.1)), 1.0, "distorted"),
    ],
)
def test_what_is_wrong_is_said(parts: tuple[tuple[int, float], ...], level: float, said: str) -> None:
    with pytest.raises(SayAgain, match=said):
        phrase_in(*recording(*parts, level=level))


@given(st.lists(st.floats(0, 1), max_size=80))
def test_no_answer_of_the_vad_is_too_much(probabilities: list[float]) -> None:
    samples = np.full(len(probabilities) * FRAME, 0.1, np.float32)
    with suppress(SayAgain):
        assert 0 < phrase_in(samples, probabilities).size <= samples.size


def test_the_recording_ends_when_the_person_is_quiet_again() -> None:
    assert not is_over([0.1] * 30 + [0.9] * 25)
    assert not is_over([0.1] * 30 + [0.9] * 25 + [0.1] * 10)
    assert is_over([0.1] * 30 + [0.9] * 25 + [0.1] * 22)


def test_the_recording_ends_when_nobody_speaks() -> None:
    assert not is_over([0.1] * 200)
    assert is_over([0.1] * 250)
