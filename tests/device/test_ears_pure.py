"""The pure parts of hearing: pre-roll, end of turn, time, wake phrase."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.ears.cut import quietest
from device.ears.preroll import PreRoll
from device.ears.stream_time import StreamTime
from device.ears.turn_end import TurnEnd
from device.ears.wake_phrase import without_phrase

FRAME_S = 0.032


def hear(turn: TurnEnd, speech: float, silence: float = 0.0) -> None:
    """Feed seconds of speech, then seconds of silence."""
    for probability, seconds in ((0.9, speech), (0.05, silence)):
        for _ in range(round(seconds / FRAME_S)):
            turn.hear(probability, FRAME_S)


# --- pre-roll


@given(sizes=st.lists(st.integers(1, 400), max_size=40), capacity=st.integers(1, 1000), back=st.integers(0, 2000))
def test_the_pre_roll_is_the_end_of_everything_heard(sizes: list[int], capacity: int, back: int) -> None:
    preroll = PreRoll(capacity)
    everything = np.arange(sum(sizes), dtype=np.float32)
    at = 0
    for size in sizes:
        preroll.add(everything[at : at + size], at)
        at += size
    assert preroll.end == everything.size
    kept = preroll.since(0)
    assert min(everything.size, capacity) <= kept.size <= capacity + max(sizes, default=0)
    np.testing.assert_array_equal(kept, everything[everything.size - kept.size :])
    begin = max(everything.size - back, preroll.start)
    np.testing.assert_array_equal(preroll.since(everything.size - back), everything[begin:])


def test_a_short_hole_in_the_audio_becomes_silence_and_a_long_one_forgets_what_was_before() -> None:
    preroll = PreRoll(100)
    preroll.add(np.ones(10, np.float32), 0)
    preroll.add(np.ones(10, np.float32), 15)
    np.testing.assert_array_equal(preroll.since(8), [1, 1, 0, 0, 0, 0, 0] + [1] * 10)
    preroll.add(np.ones(10, np.float32), 500)
    assert (preroll.start, preroll.end) == (500, 510)


# --- end of turn


def test_a_turn_that_sounds_complete_ends_when_the_pause_has_settled() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.064)
    assert turn.questions == 0
    hear(turn, speech=0, silence=0.096)
    assert turn.questions == 2
    turn.sounds(turn.pause, 0.9)
    assert turn.ended() is None
    hear(turn, speech=0, silence=0.256)
    assert turn.ended() == "complete"
    assert turn.speech_ended_s == pytest.approx(1.0, abs=FRAME_S)


def test_a_whole_command_that_sounds_complete_needs_half_the_pause() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.128)
    turn.sounds(turn.pause, 0.9)
    turn.is_whole(turn.pause)
    assert turn.ended() is None
    hear(turn, speech=0, silence=0.032)
    assert turn.ended() == "command"


def test_a_whole_command_that_sounds_unfinished_is_not_cut_off() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.32)
    turn.sounds(turn.pause, 0.2)
    turn.is_whole(turn.pause)
    assert turn.ended() is None


def test_words_before_an_earlier_pause_are_no_whole_command_any_more() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.16)
    earlier = turn.pause
    turn.is_whole(earlier)
    hear(turn, speech=0.5, silence=0.224)
    turn.is_whole(earlier)
    turn.sounds(turn.pause, 0.9)
    assert turn.ended() is None


def test_a_turn_that_sounds_unfinished_waits_for_the_longest_pause() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.256)
    turn.sounds(turn.pause, 0.1)
    hear(turn, speech=0, silence=0.8)
    assert turn.ended() is None
    hear(turn, speech=0, silence=0.256)
    assert turn.ended() == "silence"


def test_in_a_longer_pause_it_is_asked_again() -> None:
    turn = TurnEnd()
    hear(turn, speech=1.0, silence=0.256)
    assert turn.questions == 2
    turn.sounds(turn.pause, 0.1)
    hear(turn, speech=0, silence=0.32)
    assert turn.questions == 4
    turn.sounds(turn.pause, 0.9)
    assert turn.ended() == "complete"


def test_a_pause_for_thought_does_not_end_the_turn_and_its_answer_does_not_count_later() -> None:
    turn = TurnEnd()
    hear(turn, speech=0.5, silence=0.256)
    first = turn.pause
    turn.sounds(first, 0.99)
    hear(turn, speech=0.5)
    turn.sounds(first, 0.99)
    hear(turn, speech=0, silence=0.48)
    turn.sounds(first, 0.99)
    assert turn.ended() is None


def test_speech_is_counted_without_its_pauses() -> None:
    turn = TurnEnd()
    hear(turn, speech=0.48, silence=0.32)
    hear(turn, speech=0.32, silence=0.32)
    assert turn.speech_s == pytest.approx(0.8)


def test_a_click_neither_begins_a_turn_nor_prolongs_a_pause() -> None:
    turn = TurnEnd()
    hear(turn, speech=FRAME_S, silence=0.5)
    assert not turn.said
    hear(turn, speech=0.5, silence=0.64)
    hear(turn, speech=FRAME_S, silence=0.608)
    assert turn.pause_s == pytest.approx(1.28)
    assert turn.ended() == "silence"


def test_nothing_said_ends_after_five_seconds_even_of_weak_noise() -> None:
    turn = TurnEnd()
    for _ in range(round(4.9 / FRAME_S)):
        turn.hear(0.4, FRAME_S)
    assert turn.ended() is None
    hear(turn, speech=0, silence=0.2)
    assert turn.ended() == "nothing_said"


def test_somebody_who_begins_in_the_last_moment_is_heard_out() -> None:
    turn = TurnEnd()
    hear(turn, speech=0, silence=4.96)
    hear(turn, speech=0.5)
    assert turn.ended() is None


def test_an_endless_speaker_is_cut_after_fifteen_seconds() -> None:
    turn = TurnEnd()
    for _ in range(3):
        turn.hear(0.05, 1.0)
    hear(turn, speech=14.9)
    assert turn.ended() is None
    hear(turn, speech=0.2)
    assert turn.ended() == "too_long"


def test_speech_without_words_leaves_the_person_the_rest_of_the_time() -> None:
    turn = TurnEnd()
    hear(turn, speech=0.2, silence=0.48)
    turn.sounds(turn.pause, 0.9)
    turn.forget_speech()
    assert turn.ended() is None
    assert turn.pause_s == 0
    hear(turn, speech=0.5, silence=0.48)
    assert turn.ended() is None
    turn.sounds(turn.pause, 0.9)
    assert turn.ended() == "complete"


@given(seed=st.integers(0, 2**32), longest_s=st.floats(0.03, 2.0), answers=st.booleans())
def test_every_turn_ends_whatever_is_heard(seed: int, longest_s: float, answers: bool) -> None:
    random = np.random.default_rng(seed)
    turn = TurnEnd()
    while turn.ended() is None:
        assert turn.elapsed_s < 20.1
        level = random.random()
        for _ in range(int(random.integers(1, 2 + int(longest_s / FRAME_S)))):
            turn.hear(float(np.clip(level + random.normal(0, 0.2), 0, 1)), FRAME_S)
            assert 0 <= turn.pause_s <= turn.elapsed_s
            assert turn.speech_ended_s <= turn.elapsed_s
        if answers and turn.questions:
            turn.sounds(turn.pause, random.random())


# --- time


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=200))
def test_a_late_block_does_not_move_what_was_heard(delays: list[float]) -> None:
    time = StreamTime()
    time.seen(320, 100.02)
    for number, delay in enumerate(delays, start=2):
        time.seen(320 * number, 100 + 0.02 * number + delay)
        assert 100.0 <= time.at_s(0) <= 100.0 + 0.001 * 0.02 * number + 1e-9


# --- wake phrase


def test_the_cut_is_made_in_the_dip_between_two_words() -> None:
    samples = np.random.default_rng(1).normal(0, 0.1, 4000).astype(np.float32)
    samples[2500:3100] *= 0.05
    assert 2500 <= quietest(samples) <= 3100


def test_with_too_little_to_choose_from_nothing_is_cut_off() -> None:
    assert quietest(np.zeros(0, np.float32)) == 0
    assert quietest(np.ones(100, np.float32)) == 0


@pytest.mark.parametrize(
    ("text", "phrase", "rest"),
    [
        ("Alexa, set a timer.", "alexa", "Set a timer."),
        ("Alexa set a timer.", "alexa", "Set a timer."),
        ("Alexis, lock the front door.", "alexa", "Lock the front door."),
        ("Alexa.", "alexa", ""),
        ("Set a timer.", "alexa", "Set a timer."),
        ("All the lights in the office.", "alexa", "All the lights in the office."),
        ("Hey Jarvis, draw a red fox.", "hey jarvis", "Draw a red fox."),
        ("Hey, Jarvis. Draw a red fox.", "hey jarvis", "Draw a red fox."),
        ("Jarvis, draw a red fox.", "hey jarvis", "Draw a red fox."),
        ("Hey Travis draw a red fox.", "hey jarvis", "Draw a red fox."),
        ("Croft, what time is it?", "hey mycroft", "What time is it?"),
        ("Hey Minecraft, what time is it?", "hey mycroft", "What time is it?"),
        ("Draw Alexa as a queen.", "alexa", "Draw Alexa as a queen."),
        ("Draw a red fox.", "hey jarvis", "Draw a red fox."),
        ("Hey, draw a jar of honey.", "hey jarvis", "Hey, draw a jar of honey."),
        ("", "alexa", ""),
    ],
)
def test_the_wake_phrase_or_what_was_understood_of_it_is_taken_off(text: str, phrase: str, rest: str) -> None:
    assert without_phrase(text, phrase) == rest


@given(st.text(max_size=60), st.sampled_from(["alexa", "hey jarvis"]))
def test_what_is_left_was_there_before(text: str, phrase: str) -> None:
    rest = without_phrase(text, phrase)
    assert text.strip().lower().endswith(rest[1:].lower())
