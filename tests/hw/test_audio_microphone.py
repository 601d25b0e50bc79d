"""What a microphone gives: which channel, at which rate and time, and what is wrong with it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.audio.duplex import RATE_HZ
from hw.audio.microphone_health import CLIPPED, DEAD, OFF_CENTRE, Health, mono
from hw.audio.our_rate import OurRate


def tone(seconds: float, rate_hz: int = RATE_HZ, level: float = 0.3) -> np.ndarray:
    return (level * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def hear(samples: np.ndarray) -> Health:
    health = Health()
    for piece in np.split(samples, range(320, samples.size, 320)):
        health.hear(piece, RATE_HZ)
    return health


def test_a_fair_signal_is_fine() -> None:
    health = hear(tone(10.0))
    assert (health.fault, health.complaints) == (None, [])
    assert health.offset == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("value", [0.0, 0.25, -1.0])
def test_the_very_same_value_for_five_seconds_is_no_microphone(value: float) -> None:
    assert hear(np.full(int(4.5 * RATE_HZ), value, np.float32)).fault is None
    assert hear(np.full(int(5.5 * RATE_HZ), value, np.float32)).fault == DEAD
    assert hear(np.concatenate([np.full(6 * RATE_HZ, value, np.float32), tone(0.1)])).fault is None


def test_a_microphone_that_distorts_is_complained_about_and_a_slammed_door_is_not() -> None:
    loud = np.clip(tone(4.0, level=3.0), -1, 1)
    assert hear(loud).complaints == [CLIPPED]
    assert hear(np.concatenate([tone(2.0), loud[:RATE_HZ], tone(2.0)])).complaints == []


def test_a_signal_off_centre_is_complained_about_and_its_offset_known() -> None:
    health = hear(tone(5.0) + np.float32(0.2))
    assert health.complaints == [OFF_CENTRE]
    assert health.offset == pytest.approx(0.2, abs=0.01)


def test_of_two_channels_the_mean_is_heard_and_a_dead_one_makes_it_no_quieter() -> None:
    one, other = tone(0.02), tone(0.02, level=0.1)
    np.testing.assert_allclose(mono(np.stack([one, other], axis=1)), (one + other) / 2, rtol=1e-5)
    np.testing.assert_array_equal(mono(np.stack([np.zeros_like(one), one], axis=1)), one)
    np.testing.assert_array_equal(mono(np.stack([one, -one], axis=1)), one)


def test_of_an_array_the_first_channel_is_heard() -> None:
    channels = [tone(0.02, level=level) for level in (0.5, 0.1, 0.1, 0.1, 0.9, 0.0)]
    np.testing.assert_array_equal(mono(np.stack(channels, axis=1)), channels[0])
    np.testing.assert_array_equal(mono(np.stack([channels[5], *channels[1:]], axis=1)), channels[1])
    assert not mono(np.zeros((320, 6), np.float32)).any()


@pytest.mark.parametrize("rate_hz", [16_000, 44_100, 48_000, 8_000, 96_000])
def test_any_rate_becomes_ours_and_every_sample_has_its_time(rate_hz: int) -> None:
    ours = OurRate(rate_hz)
    click = np.zeros(rate_hz, np.float32)
    click[rate_hz // 2 : rate_hz // 2 + rate_hz // 1000] = 1.0  # from 0.5 s on
    found_s = []
    for start in range(0, rate_hz, rate_hz // 100):
        samples, at_s = ours.take(click[start : start + rate_hz // 100], 7.0 + start / rate_hz)
        found_s += [at_s + index / RATE_HZ for index in np.flatnonzero(samples > 0.5)]
    assert found_s[0] == pytest.approx(7.5, abs=0.0003)
    assert found_s[-1] == pytest.approx(7.501, abs=0.0003)


@given(st.lists(st.floats(-0.004, 0.004), min_size=5, max_size=60))
def test_times_that_tremble_give_a_stream_without_seams(errors: list[float]) -> None:
    ours = OurRate(48_000)
    next_s = None
    for number, error in enumerate(errors):
        samples, at_s = ours.take(np.zeros(480, np.float32), 5.0 + number * 0.01 + error)
        if next_s is not None:
            assert at_s == pytest.approx(next_s, abs=1e-9)
        next_s = at_s + samples.size / RATE_HZ


def test_a_clock_that_drifts_away_is_followed() -> None:
    ours = OurRate(16_000)
    late = [ours.take(np.zeros(160, np.float32), number * 0.01 * 1.0001)[1] - number * 0.01 for number in range(60_000)]
    assert late[-1] == pytest.approx(0.06, abs=0.009)


def test_a_stream_that_went_on_in_silence_keeps_its_count() -> None:
    ours = OurRate(16_000)
    ours.take(np.zeros(160, np.float32), 5.0)
    assert ours.take(np.zeros(160, np.float32), 9.013, untold_s=4.0)[1] == pytest.approx(9.01, abs=1e-9)


def test_sound_that_was_lost_leaves_a_gap_in_time() -> None:
    ours = OurRate(16_000)
    ours.take(np.zeros(320, np.float32), 5.0)
    assert ours.take(np.zeros(320, np.float32), 5.5)[1] == 5.5
