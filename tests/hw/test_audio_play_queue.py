"""What waits for the loudspeaker: every sample once, and pauses that keep them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hw.audio.play_queue import PlayQueue

RATE_HZ = 16_000
STEP_S = 0.45
"""No pause goes further back."""


def filled(seconds: float, level: float = 0.5) -> PlayQueue:
    queue = PlayQueue(RATE_HZ)
    queue.put(np.full(round(seconds * RATE_HZ), level, np.float32), RATE_HZ)
    return queue


def seconds(queue: PlayQueue, duration_s: float) -> np.ndarray:
    return np.concatenate([queue.take(160) for _ in range(round(duration_s * 100))])


def test_every_sample_comes_once_and_then_silence() -> None:
    queue = PlayQueue(RATE_HZ)
    queue.put(np.array([0.1, 0.2, 0.3, 0.4, 0.5], np.float32), RATE_HZ)
    queue.put(np.array([0.6, 0.7], np.float32), RATE_HZ)
    taken = np.concatenate([queue.take(3) for _ in range(4)])
    np.testing.assert_allclose(taken, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0, 0, 0, 0, 0], rtol=1e-6)
    assert queue.waiting_s == 0


def test_a_pause_fades_within_five_milliseconds_and_keeps_the_rest() -> None:
    queue = filled(2.0)
    seconds(queue, 1.0)
    queue.pause()
    paused = seconds(queue, 0.5)
    assert (np.diff(paused[:80]) < 0).all()
    assert np.abs(np.diff(paused)).max() < 0.01, "a step is a click"
    assert not paused[80:].any()
    assert queue.waiting_s == 2.0 - 1.0 - 0.005


def test_a_reply_goes_on_between_two_words_a_little_before_the_pause() -> None:
    queue = PlayQueue(RATE_HZ)
    word, gap = np.full(4000, 0.5, np.float32), np.full(800, 0.001, np.float32)
    queue.put(np.concatenate((word, gap, word, word)), RATE_HZ)
    seconds(queue, 0.5)  # 0.2 s into the word behind the gap, which lies from 0.25 s to 0.3 s
    queue.pause()
    seconds(queue, 1.0)
    queue.resume()
    again = seconds(queue, 0.1)
    assert np.abs(again[:80]).max() <= 0.001
    word_at = int(np.argmax(np.abs(again) > 0.4))
    assert 80 <= word_at < 800, "the word is heard from its beginning"


def test_going_on_does_not_click() -> None:
    queue = filled(2.0)
    seconds(queue, 1.0)
    queue.pause()
    seconds(queue, 0.1)
    queue.resume()
    assert np.abs(np.diff(seconds(queue, 0.5), prepend=0.0)).max() < 0.01


def test_pausing_and_going_on_twice_is_the_same_as_once() -> None:
    queue = filled(2.0)
    seconds(queue, 1.0)
    queue.resume()
    assert queue.waiting_s == 1.0
    queue.pause()
    seconds(queue, 0.1)
    queue.pause()
    assert not seconds(queue, 0.1).any(), "no second fade"
    queue.resume()
    waiting_s = queue.waiting_s
    queue.resume()
    assert queue.waiting_s == waiting_s


def test_what_is_queued_in_a_pause_waits_for_its_end() -> None:
    queue = PlayQueue(RATE_HZ)
    queue.pause()
    queue.put(np.ones(RATE_HZ, np.float32), RATE_HZ)
    assert not seconds(queue, 0.1).any()
    queue.resume()
    assert queue.waiting_s == 1.0
    assert seconds(queue, 1.0).all()


def test_dropping_ends_the_pause() -> None:
    queue = filled(2.0)
    seconds(queue, 1.0)
    queue.pause()
    queue.clear()
    assert queue.waiting_s == 0
    assert not seconds(queue, 0.1).any()
    queue.put(np.ones(1600, np.float32), RATE_HZ)
    assert seconds(queue, 0.1).all()


def test_the_next_reply_does_not_go_back_into_the_last_one() -> None:
    queue = filled(1.0, level=0.9)
    seconds(queue, 1.1)
    queue.put(np.full(RATE_HZ, 0.1, np.float32), RATE_HZ)
    seconds(queue, 0.1)
    queue.pause()
    seconds(queue, 0.1)
    queue.resume()
    assert seconds(queue, 2.0).max() <= 0.11
    assert queue.waiting_s == 0


@given(st.lists(st.tuples(st.sampled_from(["take", "pause", "resume"]), st.integers(1, 4000)), max_size=40))
def test_whatever_pauses_there_are_nothing_is_lost_and_little_is_said_again(steps: list[tuple[str, int]]) -> None:
    ramp = np.linspace(0.01, 1.0, RATE_HZ, dtype=np.float32)
    queue = PlayQueue(RATE_HZ)
    queue.put(ramp, RATE_HZ)
    paused, resumed, heard = False, 0, [np.zeros(0, np.float32)]
    for step, count in steps:
        if step == "take":
            taken = queue.take(count)
            assert not (paused and taken[80:].any())
            heard.append(taken)
        elif step == "pause":
            queue.pause()
            paused = True
        else:
            queue.resume()
            resumed += paused
            paused = False
    queue.resume()
    heard.append(queue.take(RATE_HZ + round((resumed + 1) * STEP_S * RATE_HZ)))
    assert queue.waiting_s == 0
    sounded = np.concatenate(heard)
    assert ramp.size <= np.count_nonzero(sounded) <= ramp.size + (resumed + 1) * STEP_S * RATE_HZ
    assert sounded.max() > 0.98
