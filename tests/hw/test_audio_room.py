"""The simulated room: what is played comes back as its echo, whatever the pieces."""

from collections.abc import AsyncIterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.audio.duplex import BLOCK_SAMPLES, Block
from hw.audio.file_duplex import FileDuplex
from hw.audio.room import InRoom, Room

IMPULSE = np.array([0.0, 0.0, 0.8, 0.0, -0.6], np.float32)
"""Of energy 1: what comes back is exactly this."""


@given(st.lists(st.integers(1, 700), min_size=1, max_size=12), st.integers(0, 500))
def test_the_echo_is_the_convolution_whatever_the_pieces(sizes: list[int], late: int) -> None:
    impulse = np.random.default_rng(1).standard_normal(90).astype(np.float32)
    impulse /= np.linalg.norm(impulse)
    played = np.random.default_rng(2).uniform(-1, 1, sum(sizes)).astype(np.float32)
    room = Room(impulse, gain=0.5, delay_s=late / 16_000)
    heard = np.concatenate([room.echo(piece) for piece in np.split(played, np.cumsum(sizes)[:-1])])
    expected = np.convolve(played, np.concatenate((np.zeros(late), 0.5 * impulse)))[: played.size]
    assert heard == pytest.approx(expected, abs=1e-5)


def test_what_was_played_dies_away_after_it_and_then_there_is_silence() -> None:
    room = Room(IMPULSE, delay_s=0.01)
    played = np.zeros(BLOCK_SAMPLES, np.float32)
    played[-1] = 1.0
    silence = np.zeros(BLOCK_SAMPLES, np.float32)
    assert room.echo(played) == pytest.approx(silence, abs=1e-6)
    late = room.echo(silence)
    assert late[161] == pytest.approx(0.8, abs=1e-6)
    assert late[163] == pytest.approx(-0.6, abs=1e-6)
    assert not room.echo(silence).any()


def test_an_overdriven_loudspeaker_cuts_off_before_the_room() -> None:
    room = Room(IMPULSE, speaker_limit=0.25)
    assert np.abs(room.echo(np.full(BLOCK_SAMPLES, 1.0, np.float32))).max() == pytest.approx(0.2, abs=1e-6)


async def heard(duplex: FileDuplex, room: Room, *, muted: bool = False) -> list[Block]:
    around = InRoom(duplex, room)
    around.set_muted(muted)
    around.play(np.full(BLOCK_SAMPLES, 0.5, np.float32), 16_000)
    duplex.finish()
    return [block async for block in around.blocks()]


async def test_the_microphone_hears_what_the_device_plays() -> None:
    first, *_ = await heard(FileDuplex(), Room(IMPULSE))
    assert first.microphone[4:] == pytest.approx(np.full(BLOCK_SAMPLES - 4, 0.1), abs=1e-6)
    assert first.reference == pytest.approx(np.full(BLOCK_SAMPLES, 0.5))


async def test_a_muted_microphone_hears_no_echo() -> None:
    assert not any(block.microphone.any() for block in await heard(FileDuplex(), Room(IMPULSE), muted=True))


async def test_a_microphone_that_is_too_loud_is_cut_off() -> None:
    class Shouting(FileDuplex):
        async def blocks(self) -> AsyncIterator[Block]:
            loud = np.full(BLOCK_SAMPLES, 0.9, np.float32)
            yield Block(microphone=loud, reference=loud, sample_index=0)

    (block,) = await heard(Shouting(), Room(np.ones(1, np.float32)))
    assert block.microphone.max() == 1.0
