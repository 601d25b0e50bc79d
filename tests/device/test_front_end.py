"""The front end: whatever the microphone gives, what is listened to is whole, bounded and on time."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from device.ears.front_end import Clean, FrontEnd
from edge_models.models import ModelStore
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake import MicroWakeWord
from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, Block
from hw.audio.room import Room
from tools.bench.speech import clips, samples

SILENCE = np.zeros(BLOCK_SAMPLES, np.float32)


def listen(
    front_end: FrontEnd, microphone: NDArray[np.float32], reference: NDArray[np.float32] | None = None
) -> NDArray[np.float32]:
    played = np.zeros_like(microphone) if reference is None else reference
    return np.concatenate(
        [
            front_end.clean(Block(microphone[at : at + BLOCK_SAMPLES], played[at : at + BLOCK_SAMPLES], at)).speech
            for at in range(0, microphone.size // BLOCK_SAMPLES * BLOCK_SAMPLES, BLOCK_SAMPLES)
        ]
    )


def tone(level: float, seconds: float = 1.0, hz: float = 440.0) -> NDArray[np.float32]:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


values = st.sampled_from([0.0, 0.3, -0.3, 1.0, -1.0, 5.0, 1e30, float("nan"), float("inf"), float("-inf")])


@settings(max_examples=40)
@given(st.lists(st.tuples(values, values, st.integers(0, 3)), min_size=1, max_size=40))
def test_no_input_makes_the_output_anything_but_sound(blocks: list[tuple[float, float, int]]) -> None:
    front_end = FrontEnd()
    index = 0
    for heard, played, lost in blocks:
        index += lost * BLOCK_SAMPLES
        microphone = np.full(BLOCK_SAMPLES, heard, np.float32)
        microphone[::2] *= -1
        clean = front_end.clean(Block(microphone, np.full(BLOCK_SAMPLES, played, np.float32), index))
        assert clean.speech.shape == (BLOCK_SAMPLES,)
        assert clean.speech.dtype == np.float32
        assert np.abs(clean.speech).max() <= 1.0
        assert clean.sample_index == index
        index += BLOCK_SAMPLES


def test_an_offset_is_gone_from_the_first_sample_on() -> None:
    heard = listen(FrontEnd(), tone(0.2) + 0.3)
    assert np.abs(heard.mean()) < 1e-3
    assert np.abs(heard).max() < 0.25


def test_a_voice_of_usual_loudness_passes_as_it_is() -> None:
    heard, said = listen(FrontEnd(), tone(0.2)), tone(0.2)
    assert np.max(np.abs(heard[1600:] - said[1600:])) < 0.02


def test_the_high_pass_does_not_care_where_blocks_end() -> None:
    noise = np.random.default_rng(0).uniform(-0.2, 0.2, 10 * BLOCK_SAMPLES).astype(np.float32)
    expected, last_in, last_out = [], float(noise[0]), 0.0
    for sample in noise.tolist():
        last_out = sample - last_in + 0.99 * last_out
        last_in = sample
        expected.append(last_out)
    assert listen(FrontEnd(), noise) == pytest.approx(expected, abs=1e-5)


def test_a_quiet_microphone_is_turned_up_and_a_shout_into_it_is_not_cut_off() -> None:
    front_end = FrontEnd()
    quiet = listen(front_end, tone(0.004, 25))
    assert np.abs(quiet[-RATE_HZ:]).max() == pytest.approx(0.04, rel=0.1)
    assert np.abs(listen(front_end, tone(0.9))).max() == pytest.approx(0.9, rel=0.06)


def test_without_playback_nothing_is_taken_for_the_device() -> None:
    front_end = FrontEnd()
    assert not front_end.clean(Block(tone(0.2)[:BLOCK_SAMPLES], SILENCE, 0)).mostly_echo


def test_lost_sound_is_noticed_and_the_index_stays_that_of_the_block() -> None:
    front_end = FrontEnd()
    played = np.random.default_rng(0).uniform(-0.2, 0.2, 8 * RATE_HZ).astype(np.float32)
    echo = Room(np.array([0.5, 0.3, -0.2], np.float32), delay_s=0.05).echo(played)
    last = Clean(SILENCE, 0, mostly_echo=True)
    for at in range(0, played.size, BLOCK_SAMPLES):
        if 4 * RATE_HZ <= at < 5 * RATE_HZ:
            continue
        last = front_end.clean(Block(echo[at : at + BLOCK_SAMPLES], played[at : at + BLOCK_SAMPLES], at))
    assert last.sample_index == played.size - BLOCK_SAMPLES
    assert np.square(last.speech).mean() < np.square(echo[-BLOCK_SAMPLES:]).mean() / 100


def test_a_muted_microphone_stays_silent_while_the_device_speaks_and_the_room_is_known_after_it() -> None:
    front_end = FrontEnd()
    played = np.random.default_rng(0).uniform(-0.2, 0.2, 9 * RATE_HZ).astype(np.float32)
    heard = Room(np.array([0.5, 0.3, -0.2], np.float32), delay_s=0.05).echo(played)
    echo = heard[-RATE_HZ:].copy()
    heard[4 * RATE_HZ : 8 * RATE_HZ] = 0
    clean = listen(front_end, heard, played)
    assert not clean[4 * RATE_HZ : 8 * RATE_HZ].any()
    assert np.square(clean[-RATE_HZ:]).mean() < np.square(echo).mean() / 100


def test_a_microphone_that_cancels_by_itself_is_left_alone() -> None:
    played = np.random.default_rng(0).uniform(-0.2, 0.2, RATE_HZ).astype(np.float32)
    heard = listen(FrontEnd(echo_cancellation=False), played, played)
    assert np.square(heard).mean() == pytest.approx(np.square(played).mean(), rel=0.05)


def loud(sound: NDArray[np.float32], level_db: float) -> NDArray[np.float32]:
    """`sound` with its sounding parts at `level_db` of full scale."""
    power = np.square(sound[: sound.size // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)).mean(axis=1)
    active = power[power > power.max() / 1000].mean()
    return (sound * np.sqrt(10 ** (level_db / 10) / active)).astype(np.float32)


class Spoken:
    """People saying a wake word while the device reads something aloud, 5 dB louder at the microphone."""

    def __init__(self, speech: Path) -> None:
        self.wanted = [clip for clip in clips(speech, "wake") if clip.phrase == "alexa"][:8]
        readings = [samples(clip) for clip in clips(speech, "stt")[:8]]
        rooms = clips(speech, "rir")
        if not (self.wanted and readings and rooms):
            pytest.skip("the recordings hold no wake words, no readings or no rooms")
        gap = np.zeros(2 * RATE_HZ, np.float32)
        near = np.concatenate([gap, gap, *(piece for clip in self.wanted for piece in (samples(clip), gap))])
        self.near = loud(near[: near.size // BLOCK_SAMPLES * BLOCK_SAMPLES], -28)
        self.played = np.resize(np.concatenate([loud(reading, -20) for reading in readings]), self.near.size)
        self.echo = loud(Room(samples(rooms[-1]), delay_s=0.03).echo(self.played), -23)


@pytest.fixture(scope="module")
def spoken(speech: Path) -> Spoken:
    return Spoken(speech)


@pytest.mark.models
def test_a_wake_word_spoken_over_the_reply_is_heard(models: ModelStore, spoken: Spoken) -> None:
    def found(sound: NDArray[np.float32]) -> int:
        wake = MicroWakeWord(models.path("microwakeword"), ("alexa",))
        return sum(
            len(wake.process(sound[at : at + BLOCK_SAMPLES])) for at in range(0, sound.size - RATE_HZ, BLOCK_SAMPLES)
        )

    heard = spoken.near + spoken.echo
    assert found(heard) <= len(spoken.wanted) // 2
    assert found(listen(FrontEnd(), heard, spoken.played)) >= len(spoken.wanted) - 1


@pytest.mark.models
def test_the_device_does_not_take_its_own_voice_for_somebody_elses(models: ModelStore, spoken: Spoken) -> None:
    front_end, vad = FrontEnd(), SileroVad(models.path("silero-vad"))
    waiting, speaking = np.zeros(0, np.float32), []
    for at in range(0, 15 * RATE_HZ, BLOCK_SAMPLES):
        block = Block(spoken.echo[at : at + BLOCK_SAMPLES], spoken.played[at : at + BLOCK_SAMPLES], at)
        clean = front_end.clean(block)
        waiting = np.concatenate((waiting, clean.speech))
        while waiting.size >= FRAME_SAMPLES:
            speaking.append(vad.probability(waiting[:FRAME_SAMPLES]) > 0.5 and not clean.mostly_echo)
            waiting = waiting[FRAME_SAMPLES:]
    assert np.mean(speaking) < 0.1
    assert not any(speaking[-len(speaking) // 3 :])
