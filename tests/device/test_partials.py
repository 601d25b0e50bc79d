"""What is shown while somebody speaks: it grows, and what is settled stays."""

from hypothesis import given
from hypothesis import strategies as st

from device.ears.partials import Agreement

ANSWERS = st.lists(
    st.lists(
        st.sampled_from(["Draw", "draw,", "a", "red", "Red.", "fox", "fox,", "—", "under", "it's"]), max_size=8
    ).map(" ".join),
    max_size=8,
)


def shown(*answers: str) -> list[tuple[str, str]]:
    agreement = Agreement()
    found = [agreement.add(answer) for answer in answers]
    return [(text[:stable], text[stable:].strip()) for text, stable in found]


def test_what_two_answers_agree_on_is_settled() -> None:
    assert shown("Draw a red", "draw a red box", "Draw a red fox, under", "Drop the red fox under a moon") == [
        ("", "Draw a red"),
        ("draw a red", "box"),
        ("draw a red", "fox, under"),
        ("draw a red fox under", "a moon"),
    ]


def test_case_and_punctuation_are_no_disagreement() -> None:
    assert shown("What time", "what time, is", "What time is it?")[-1] == ("what time, is", "it?")


def test_the_last_word_may_be_half_a_word() -> None:
    assert shown("set a time", "set a time", "set a timer for")[1:] == [("set a", "time"), ("set a", "timer for")]


def test_an_answer_without_words_changes_nothing() -> None:
    assert shown("Draw a red fox", "Draw a red fox under", "", "…")[-1] == ("Draw a red fox", "under")


def test_a_word_that_goes_missing_is_not_said_twice() -> None:
    assert shown("so draw a red fox", "so draw a red fox", "draw a red fox under a moon")[-1] == (
        "so draw a red fox",
        "under a moon",
    )


@given(ANSWERS)
def test_what_is_settled_never_changes_and_never_shrinks(answers: list[str]) -> None:
    agreement = Agreement()
    before, settled = "", 0
    for answer in answers:
        text, stable = agreement.add(answer)
        assert stable >= settled
        assert text[:settled] == before[:settled]
        assert 0 <= stable <= len(text)
        assert (text, stable) == (agreement.text, agreement.stable)
        before, settled = text, stable


@given(st.lists(st.sampled_from(["Draw", "a", "red", "fox"]), min_size=1).map(" ".join))
def test_the_same_answer_again_and_again_is_shown_as_it_is(answer: str) -> None:
    agreement = Agreement()
    assert {agreement.add(answer)[0] for _ in range(4)} == {answer}
    assert answer[agreement.stable :].count(" ") <= 1
