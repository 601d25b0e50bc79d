"""What a question asks memory for: names, words, and whether it is about the house at all."""

import pytest

from device.recollection import MAX_WORDS, Question, answers_by, as_question, has_names, names_in, without

LINA = frozenset({"lina"})


@pytest.mark.parametrize(
    ("text", "names", "words", "about"),
    [
        ("what does Lina like", {"lina"}, ("like",), "name"),
        ("What's Lina's birthday?", {"lina"}, ("birthday",), "name"),
        ("what does lina like", {"lina"}, ("like",), "name"),  # known from the facts
        ("WHAT DOES LINA LIKE", {"lina"}, ("like",), "name"),
        ("WHERE IS MY KEY", set(), ("key",), "ours"),
        ("Where is the key?", set(), ("key",), "ours"),
        ("what happens on Tuesday", set(), ("happens", "tuesday"), "anything"),
        ("how do foxes sleep", set(), ("foxes", "sleep"), "anything"),
        ("what is it", set(), (), "anything"),
    ],
)
def test_a_question_is_read(text: str, names: set[str], words: tuple[str, ...], about: str) -> None:
    question = Question.of(text, LINA)
    assert (question.names, question.words, question.about) == (names, words, about)


def test_a_long_question_is_read_as_far_as_it_makes_sense() -> None:
    assert len(Question.of(" ".join(f"word{number}" for number in range(500))).words) == MAX_WORDS


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("what does Lina like", "what does Lina like"),
        ("what's the gate code", "what's the gate code"),
        ("tell me the gate code", "the gate code"),
        ("do you know where the key is", "where the key is"),
        ("is Tom allergic to anything", "is Tom allergic to anything"),
        ("the cat sat on the mat", ""),
        ("whatever you say", ""),
        ("why is the sky blue", ""),
        ("island life", ""),
        ("are you hungry", ""),
        ("do you know what your cat is called", ""),
        ("", ""),
    ],
)
def test_only_questions_are_for_memory(text: str, asked: str) -> None:
    assert as_question(text) == asked


def test_names_are_words_with_a_capital_but_days_months_and_i() -> None:
    assert names_in("My sister Clara and I meet Mr O'Brien in May or on Mondays") == {
        "clara",
        "mr",
        "o'brien",
        "sister",
    } - {"sister"}
    assert names_in("Lina likes A", first=False) == frozenset()


def test_a_fact_is_an_answer_only_with_all_names_of_the_question() -> None:
    assert has_names("Lina's birthday is in May", LINA)
    assert not has_names("Tom's birthday is in May", LINA)
    assert has_names("anything", frozenset())
    assert without("when is Lina's birthday", LINA) == "when is birthday"
    assert without("a (b", frozenset({"(b"})) == "a (b"


def test_a_question_about_anything_needs_more_than_one_about_the_house() -> None:
    assert answers_by("ours", 0.6, 0.0) > 0 > answers_by("anything", 0.6, 0.0)
    assert answers_by("name", 0.4, 0.0) > 0 > answers_by("ours", 0.4, 0.0)
    assert answers_by("ours", None, 1.0) > 0 > answers_by("ours", None, 0.5)
