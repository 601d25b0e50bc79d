"""Files in the place of the microphone: time, silence, replies."""

import asyncio
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from hw.audio import file_duplex
from hw.audio.duplex import BLOCK_SAMPLES, AudioFault, Block
from hw.audio.file_duplex import FileDuplex


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A quarter of a second of a constant, and a bit that doesn't fill a block."""
    path = tmp_path / "clip.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.full(4100, 8000, "<i2").tobytes())
    return path


async def collect(duplex: FileDuplex) -> list[Block]:
    return [block async for block in duplex.blocks()]


async def test_the_clip_comes_whole_and_a_second_of_silence_follows(clip: Path) -> None:
    duplex = FileDuplex([clip])
    duplex.finish()
    blocks = await collect(duplex)
    heard = np.concatenate([block.microphone for block in blocks])
    assert [block.sample_index for block in blocks] == list(range(0, BLOCK_SAMPLES * len(blocks), BLOCK_SAMPLES))
    assert np.count_nonzero(heard) == 4100
    assert heard[:4100].all()
    assert heard.size == 13 * BLOCK_SAMPLES + 16_000


async def test_silence_lasts_as_long_as_the_device_is_busy_and_then_the_next_clip_comes(clip: Path) -> None:
    begun: list[float] = []
    left = 200
    times: list[float] = []

    def busy() -> bool:
        nonlocal left
        left -= 1
        return left > 0

    duplex = FileDuplex(
        [clip, clip], busy=busy, on_sample=times.append, on_clip=lambda _: begun.append(times[-1] if times else 0.0)
    )
    duplex.finish()
    blocks = await collect(duplex)
    assert begun[0] == 0.0
    assert begun[1] == pytest.approx((13 + 50 + 199) * 0.02)
    assert duplex.clip_began_s(begun[1] + 0.1) == pytest.approx(begun[1])
    assert duplex.clip_began_s(begun[1] - 0.1) == 0.0
    assert times == [pytest.approx((n + 1) * 0.02) for n in range(len(blocks))]


async def test_time_is_the_walls_while_the_device_works_and_the_audios_again_afterwards(clip: Path) -> None:
    told: list[str] = []
    working = False
    duplex = FileDuplex(
        [clip],
        working=lambda: working,
        on_sample=lambda _: told.append("audio"),
        on_pace=lambda: told.append("wall"),
    )
    duplex.finish()
    loop = asyncio.get_running_loop()
    began_s = 0.0
    async for block in duplex.blocks():
        if block.sample_index == 10 * BLOCK_SAMPLES:
            working, began_s = True, loop.time()
        if block.sample_index == 20 * BLOCK_SAMPLES:
            # Ten blocks of 20 ms each, the first of which counts from the moment before.
            assert loop.time() - began_s > 0.15
            working = False
    # After the last block, too: a job may still be under way.
    assert told == ["audio"] * 11 + ["wall"] + ["audio"] * 42 + ["wall"]


async def test_without_finish_it_goes_on_listening_to_nothing_and_takes_one_more_clip(clip: Path) -> None:
    duplex = FileDuplex()
    heard = 0
    async for block in duplex.blocks():
        heard += int(block.microphone.any())
        if block.sample_index == 3 * BLOCK_SAMPLES:
            duplex.add(clip)
            duplex.finish()
    assert heard == 13


async def test_a_clip_that_cannot_be_read_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(AudioFault, match="doesn't exist"):
        await collect(FileDuplex([tmp_path / "nowhere.wav"]))


async def test_a_device_that_stops_in_the_middle_of_a_read_leaves_nothing_open(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, go_on, closed = threading.Event(), threading.Event(), threading.Event()

    def slow(_: Path) -> Iterator[np.ndarray]:
        try:
            reading.set()
            go_on.wait(5)
            yield np.zeros(16_000, np.float32)
        finally:
            closed.set()

    monkeypatch.setattr(file_duplex, "decode", slow)
    listening = asyncio.create_task(collect(FileDuplex([clip])))
    await asyncio.to_thread(reading.wait, 5)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    go_on.set()
    assert await asyncio.to_thread(closed.wait, 5)


async def test_what_is_played_is_the_reference_of_the_same_instant_and_a_file(clip: Path, tmp_path: Path) -> None:
    duplex = FileDuplex([clip], out=tmp_path / "out")
    duplex.finish()
    played = asyncio.Event()

    async def reply() -> None:
        duplex.play(np.full(2205, 0.5, np.float32), 22_050)
        duplex.play(np.full(2205, 0.5, np.float32), 22_050)
        await duplex.played()
        played.set()

    reference: list[np.ndarray] = []
    speaking = None
    async for block in duplex.blocks():
        reference.append(block.reference)
        if block.sample_index == 0:
            speaking = asyncio.create_task(reply())
            await asyncio.sleep(0)
    assert speaking is not None
    await speaking
    sounded = np.concatenate(reference)
    assert not sounded[:BLOCK_SAMPLES].any()
    assert np.count_nonzero(np.abs(sounded) > 0.25) == pytest.approx(3200, abs=20)
    with wave.open(str(tmp_path / "out" / "reply-01.wav")) as file:
        assert (file.getframerate(), file.getnframes()) == (22_050, 4410)


async def test_a_reply_that_is_stopped_is_silent_at_once_and_its_file_holds_what_was_heard(
    clip: Path, tmp_path: Path
) -> None:
    duplex = FileDuplex([clip], out=tmp_path)
    duplex.finish()
    after: list[np.ndarray] = []
    async for block in duplex.blocks():
        if block.sample_index == 0:
            duplex.play(np.full(16_000, 0.5, np.float32), 16_000)
        elif block.sample_index == 5 * BLOCK_SAMPLES:
            duplex.stop()
            await duplex.played()
        elif block.sample_index > 5 * BLOCK_SAMPLES:
            after.append(block.reference)
    assert not np.concatenate(after).any()
    with wave.open(str(tmp_path / "reply-01.wav")) as file:
        assert file.getnframes() == 5 * BLOCK_SAMPLES


async def test_a_paused_reply_is_silence_in_the_reference_and_goes_on_when_told(clip: Path, tmp_path: Path) -> None:
    duplex = FileDuplex([clip], out=tmp_path)
    duplex.finish()
    reference: list[np.ndarray] = []
    saying = asyncio.create_task(duplex.played())
    async for block in duplex.blocks():
        reference.append(block.reference)
        if block.sample_index == 0:
            duplex.play(np.full(16_000, 0.5, np.float32), 16_000)
            saying = asyncio.create_task(duplex.played())
        elif block.sample_index == 20 * BLOCK_SAMPLES:
            duplex.pause()
        elif block.sample_index == 30 * BLOCK_SAMPLES:
            assert not saying.done(), "a pause is waited out"
            duplex.resume()
    await saying
    assert not np.concatenate(reference[22:31]).any()
    assert np.concatenate(reference[32:60]).all()
    with wave.open(str(tmp_path / "reply-01.wav")) as file:
        assert file.getnframes() == 16_000


async def test_a_muted_microphone_gives_zeros(clip: Path) -> None:
    duplex = FileDuplex([clip])
    duplex.finish()
    duplex.set_muted(True)
    assert not any(block.microphone.any() for block in await collect(duplex))


async def test_waiting_for_a_reply_ends_when_the_stream_ends(clip: Path) -> None:
    duplex = FileDuplex([clip])
    async for _ in duplex.blocks():
        duplex.play(np.ones(16_000, np.float32), 16_000)
        break
    await duplex.close()
    await asyncio.wait_for(duplex.played(), 1.0)
