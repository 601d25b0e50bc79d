"""How far a reply has come, told by what has sounded."""

from hypothesis import given
from hypothesis import strategies as st

from device.voice.progress import Progress
from device.voice.sentences import parts
from device.voice.synthesis import PAUSE_S


def queued(*said: tuple[str, float], waiting: tuple[str, ...] = ()) -> Progress:
    progress = Progress([*(text for text, _ in said), *waiting])
    for _, seconds in said:
        progress.queued(seconds)
    return progress


def test_nothing_was_said_yet() -> None:
    assert Progress().heard(0.0) == ""
    assert Progress().left(0.0) == ""
    assert Progress(["Here it is."]).left(0.0) == "Here it is."


def test_words_count_when_they_are_over() -> None:
    progress = queued(("one two six ten", 1.5 + PAUSE_S))
    assert progress.heard(1.0 + PAUSE_S) == "one"
    assert progress.heard(0.8 + PAUSE_S) == "one two"
    assert progress.heard(PAUSE_S) == "one two six ten"
    assert progress.heard(0.0) == "one two six ten"


def test_the_rest_begins_with_the_clause_that_was_cut_off() -> None:
    progress = queued(("A fox, a very small one.", 2.4 + PAUSE_S), waiting=("Shall I go on?",))
    assert progress.left(2.4 + PAUSE_S) == "A fox, a very small one. Shall I go on?"
    assert progress.left(1.0 + PAUSE_S) == "a very small one. Shall I go on?"
    assert progress.left(0.0) == "Shall I go on?"


def test_a_reply_that_was_heard_but_for_its_last_pause_is_whole() -> None:
    assert queued(("Here it is.", 1.0)).left(0.1) == ""


def test_what_makes_no_sound_is_passed_over() -> None:
    progress = queued(("…", 0.0), ("Yes.", 1.0))
    assert progress.left(1.0) == "Yes."


TEXTS = st.lists(
    st.sampled_from(["It's noon.", "A red fox, a cat, and a dog.", "Why?", "So: go on; do it."]), max_size=5
)


@given(TEXTS, st.data())
def test_what_was_heard_only_grows_and_with_the_rest_it_is_all(texts: list[str], data: st.DataObject) -> None:
    said = parts(" ".join(texts))
    seconds = [data.draw(st.floats(0.3, 5.0)) for _ in said[: data.draw(st.integers(0, len(said)))]]
    progress = queued(*zip(said, seconds, strict=False), waiting=tuple(said[len(seconds) :]))
    moments = sorted(data.draw(st.lists(st.floats(0.0, sum(seconds)), max_size=5)), reverse=True)
    lengths = [len(progress.heard(waiting_s)) for waiting_s in moments]
    assert lengths == sorted(lengths)
    whole = " ".join(said)
    for waiting_s in moments:
        heard, left = progress.heard(waiting_s), progress.left(waiting_s)
        assert whole.startswith(heard)
        assert whole.endswith(left)
        assert len(heard) + len(left) >= len(whole) - 1 or not heard, (heard, left)
