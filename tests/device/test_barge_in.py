"""Who counts as talking over the device, frame by frame."""

from hypothesis import given
from hypothesis import strategies as st

from device.ears.barge_in import BargeIn, Onset
from device.ears.overhearing import is_echo

FRAME_S = 0.032


def onsets(barge_in: BargeIn, *probabilities: float) -> list[int]:
    """The frames at which somebody begins to speak."""
    return [number for number, probability in enumerate(probabilities) if barge_in.hear(probability, FRAME_S)]


QUIET = (0.05,) * 10


def test_somebody_who_speaks_is_noticed_in_the_third_frame() -> None:
    assert onsets(BargeIn(), *QUIET, 0.9, 0.9, 0.9, 0.9) == [12]


def test_the_frames_so_far_are_handed_over() -> None:
    barge_in = BargeIn()
    onsets(barge_in, *QUIET, 0.7, 0.8)
    assert barge_in.hear(0.9, FRAME_S) == [0.7, 0.8, 0.9]


def test_a_knock_is_not_noticed() -> None:
    assert onsets(BargeIn(), *QUIET, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1) == []


def test_what_may_be_left_of_the_devices_own_voice_is_not_noticed() -> None:
    assert onsets(BargeIn(), *QUIET, *(0.55,) * 50) == []


def test_one_person_is_noticed_once() -> None:
    assert onsets(BargeIn(), *QUIET, *(0.9,) * 100) == [12]


def test_a_television_that_was_on_before_is_not_noticed() -> None:
    assert onsets(BargeIn(), *(0.9,) * 50, 0.1, *(0.9,) * 50) == []


def test_after_three_mistakes_the_reply_is_spoken_through() -> None:
    barge_in = BargeIn()
    for _ in range(3):
        assert barge_in.silences
        barge_in.mistaken()
    assert not barge_in.silences


def test_a_device_that_hears_itself_speaks_its_reply_through() -> None:
    barge_in = BargeIn()
    barge_in.mistaken(echo=True)
    assert not barge_in.silences


@given(st.lists(st.floats(0, 1), max_size=200))
def test_an_onset_is_always_a_run_of_speech_after_quiet(probabilities: list[float]) -> None:
    limits = Onset()
    barge_in = BargeIn(limits)
    heard: list[float] = []
    for probability in probabilities:
        run = barge_in.hear(probability, FRAME_S)
        heard.append(probability)
        if run:
            assert len(run) * FRAME_S >= limits.onset_s
            assert heard[-len(run) :] == run
            assert min(run) >= limits.speech
            before = heard[: -len(run)]
            assert any(all(value < limits.speech for value in before[at : at + 7]) for at in range(len(before) - 6))


def test_the_devices_own_words_are_an_echo_and_others_are_not() -> None:
    said = "Sorry, I can't do that yet. Try: draw a red fox under a full moon."
    assert is_echo("Draw a red fox", said)
    assert is_echo("can't do that", said)
    assert not is_echo("draw a blue fox", said)
    assert not is_echo("stop", said)
    assert not is_echo("", said)
