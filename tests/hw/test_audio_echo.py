"""The echo canceller: the device's own voice goes, whoever speaks at the same time stays."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from hw.audio.duplex import BLOCK_SAMPLES
from hw.audio.echo import EchoCanceller
from hw.audio.room import Room

RATE_HZ = 16_000
SILENCE = np.zeros(BLOCK_SAMPLES, np.float32)


def talk(seconds: float, seed: int) -> NDArray[np.float32]:
    """Noise with the spectrum and the syllables of speech, roughly."""
    count = round(seconds * RATE_HZ) // BLOCK_SAMPLES * BLOCK_SAMPLES
    dice = np.random.default_rng(seed)
    coloured = np.convolve(dice.standard_normal(count), 0.9 ** np.arange(40))[:count]
    syllables = np.repeat(dice.uniform(0, 1, count // 3200 + 1) ** 2, 3200)[:count]
    return (0.05 * coloured * syllables).astype(np.float32)


def room(seed: int = 0, seconds: float = 0.3, **kwargs: float) -> Room:
    count = round(seconds * RATE_HZ)
    fading = np.exp(-6.9 * np.arange(count) / count)
    return Room((np.random.default_rng(seed).standard_normal(count) * fading).astype(np.float32), **kwargs)


def through(
    canceller: EchoCanceller, microphone: NDArray[np.float32], reference: NDArray[np.float32]
) -> NDArray[np.float32]:
    pieces = zip(microphone.reshape(-1, BLOCK_SAMPLES), reference.reshape(-1, BLOCK_SAMPLES), strict=True)
    return np.concatenate([canceller.cancel(heard, played) for heard, played in pieces])


def db(over: NDArray[np.float32], under: NDArray[np.float32], from_s: float, to_s: float) -> float:
    """How much louder one sound is than another between two moments."""
    part = slice(round(from_s * RATE_HZ), round(to_s * RATE_HZ))
    return float(10 * np.log10(np.sum(over[part] ** 2) / np.sum(under[part] ** 2)))


@pytest.mark.parametrize("gain", [0.05, 0.5, 3.0])
@pytest.mark.parametrize("delay_s", [0.0, 0.12])
def test_the_device_does_not_hear_itself_however_loud_and_late_its_echo_is(gain: float, delay_s: float) -> None:
    played = talk(6, 1)
    echo = room(gain=gain, delay_s=delay_s).echo(played)
    left = through(EchoCanceller(), echo, played)
    assert db(echo, left, 1, 3) > 10
    assert db(echo, left, 4, 6) > 20


def test_whoever_talks_over_the_device_stays_as_they_are() -> None:
    played, near = talk(8, 1), talk(8, 2)
    near[: 3 * RATE_HZ] = 0
    left = through(EchoCanceller(), room(gain=1.5).echo(played) + near, played)
    assert db(near, left - near, 4, 8) > 12


def test_a_device_in_headphones_leaves_the_microphone_as_it_is() -> None:
    played, near = talk(4, 1), talk(4, 2)
    near[:RATE_HZ] = 0
    near += np.random.default_rng(3).normal(0, 1e-4, near.size).astype(np.float32)
    left = through(EchoCanceller(), near, played)
    assert db(near, left - near, 1, 4) > 15


def test_a_device_that_was_carried_into_another_room_learns_it() -> None:
    played = talk(10, 1)
    echo = np.concatenate((room(1).echo(played)[: 5 * RATE_HZ], room(2).echo(played)[5 * RATE_HZ :]))
    left = through(EchoCanceller(), echo, played)
    assert db(echo, left, 3, 5) > 20
    assert db(echo, left, 7, 10) > 15


def test_silence_costs_nothing_and_changes_nothing() -> None:
    canceller = EchoCanceller()
    played = talk(2, 1)
    through(canceller, room().echo(played), played)
    for _ in range(32):
        canceller.cancel(SILENCE, SILENCE)
    near = talk(0.02, 2)
    assert canceller.cancel(near, SILENCE) is near
    assert not canceller.mostly_echo


def test_the_room_is_still_known_after_silence() -> None:
    canceller = EchoCanceller()
    played = np.concatenate((talk(4, 1), np.zeros(2 * RATE_HZ, np.float32), talk(1, 3)))
    echo = room().echo(played)
    left = through(canceller, echo, played)
    assert db(echo, left, 6.1, 7) > 20


def test_sound_that_was_lost_does_not_spoil_what_is_known_of_the_room() -> None:
    canceller = EchoCanceller()
    played = talk(8, 1)
    echo = room().echo(played)
    lost = slice(4 * RATE_HZ, 4 * RATE_HZ + 20 * BLOCK_SAMPLES)
    through(canceller, echo[: lost.start], played[: lost.start])
    canceller.lost()
    left = through(canceller, echo[lost.stop :], played[lost.stop :])
    assert db(echo[lost.stop :], left, 0.7, 3) > 20


def test_what_may_be_echo_is_said_to_be_at_first_and_not_when_the_room_is_known() -> None:
    canceller = EchoCanceller()
    played = talk(8, 1)
    echo = room(gain=2).echo(played)
    doubtful = []
    for heard, sounding in zip(echo.reshape(-1, BLOCK_SAMPLES), played.reshape(-1, BLOCK_SAMPLES), strict=True):
        canceller.cancel(heard, sounding)
        doubtful.append(canceller.mostly_echo)
    near = talk(1, 2)
    through(canceller, near + room(gain=2).echo(talk(1, 3)), talk(1, 3))
    assert all(doubtful[:5])
    assert not canceller.mostly_echo


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from([0.0, 1e-6, 0.1, 1.0]), st.sampled_from([0.0, 1e-6, 0.1, 1.0])), max_size=60))
def test_whatever_is_heard_and_played_the_output_stays_bounded(levels: list[tuple[float, float]]) -> None:
    canceller = EchoCanceller()
    dice = np.random.default_rng(0)
    for heard, played in levels:
        microphone = dice.uniform(-heard, heard, BLOCK_SAMPLES).astype(np.float32)
        left = canceller.cancel(microphone, dice.uniform(-played, played, BLOCK_SAMPLES).astype(np.float32))
        assert left.shape == (BLOCK_SAMPLES,)
        assert left.dtype == np.float32
        assert np.isfinite(left).all()
        assert np.abs(left).max() < 10


def test_an_echo_that_comes_late_is_learnt_too() -> None:
    played = talk(8, 1)
    echo = room(gain=0.5, delay_s=0.25).echo(played)
    left = through(EchoCanceller(), echo, played)
    assert db(echo, left, 5, 8) > 20
