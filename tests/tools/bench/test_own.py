"""Phrases and voices of one's own: the arithmetic of the benchmark."""

import numpy as np
import pytest

from tools.bench.own import _equal_error


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
