"""Intervals: known values, and what must hold of any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.bench.intervals import rate_95, share_95


def test_no_hit_in_an_hour_proves_less_than_four_an_hour() -> None:
    low, high = rate_95(0, 1)
    assert low == 0
    assert high == pytest.approx(3.689, abs=0.001)


def test_a_count_has_the_published_interval() -> None:
    assert rate_95(10, 1) == pytest.approx((4.795, 18.390), abs=0.001)


def test_without_an_hour_nothing_is_known() -> None:
    assert rate_95(0, 0) == (0, None)
    assert share_95(0, 0) == (0, 1)


@given(hits=st.integers(0, 400), hours=st.floats(0.1, 100))
def test_the_interval_holds_the_rate(hits: int, hours: float) -> None:
    low, high = rate_95(hits, hours)
    assert high is not None
    assert low <= hits / hours < high


@given(of=st.integers(1, 500), data=st.data())
def test_the_interval_holds_the_share(of: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, of))
    low, high = share_95(hits, of)
    assert 0 <= low <= hits / of + 1e-9
    assert hits / of - 1e-9 <= high <= 1
