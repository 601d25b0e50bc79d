"""Phrases and voices of one's own: the arithmetic of the benchmark."""

import numpy as np
import pytest

from edge_models.speaker import DIMENSIONS
from tools.bench.own import _equal_error, _named


@pytest.mark.parametrize(
    ("own", "other", "error"),
    [
        ([0.9, 0.8, 0.7], [0.1, 0.2, 0.3], 0.0),
        ([0.1, 0.2], [0.8, 0.9], 1.0),
        ([0.2, 0.6, 0.7, 0.8], [0.1, 0.2, 0.3, 0.65], 0.25),
        ([], [0.1], None),
    ],
)
def test_as_many_are_kept_out_as_let_in(own: list[float], other: list[float], error: float | None) -> None:
    found = _equal_error(np.array(own), np.array(other))
    assert found == (None if error is None else pytest.approx(error, abs=0.01))


def test_people_who_sound_like_themselves_are_named_and_strangers_are_not() -> None:
    people = dict(zip("abcdef", np.eye(DIMENSIONS, dtype=np.float32)[:6], strict=True))
    found = _named(people, {name: [voice, voice] for name, voice in people.items()}, 2.0)
    assert found == {"right": 1.0, "wrong": 0.0, "certain": 1.0, "strangers_named": 0.0, "strangers_certain": 0.0}
    a, b = people["a"], people["b"]
    swapped = _named(people, {"a": [b], "b": [a], "c": [], "d": [], "e": [], "f": []}, 2.0)
    assert swapped is not None
    assert swapped["right"] == 0.0
    assert swapped["wrong"] > 0.0
    assert swapped["strangers_named"] > 0.0
    assert _named({"a": a}, {"a": [a]}, 2.0) is None
