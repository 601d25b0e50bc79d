"""nightjar bench memory: its questions fit its facts, and its arithmetic."""

import json

import pytest

from tools.bench.memory import EVAL, PARTS, Asked, _figures, measure


def test_every_answer_is_a_fact_and_both_parts_have_questions_that_nothing_answers() -> None:
    lines = [json.loads(line) for line in (EVAL / "memory.jsonl").read_text(encoding="utf-8").splitlines()]
    facts = [line["fact"] for line in lines if "fact" in line]
    questions = [line for line in lines if "question" in line]
    assert len(facts) == len(set(facts)) >= 60
    assert len({line["question"] for line in questions}) == len(questions) >= 100
    assert {line["answer"] for line in questions} <= {None, *facts}
    for part in PARTS:
        assert sum(line["part"] == part and line["answer"] is None for line in questions) >= 25


def test_a_right_answer_in_second_place_counts_half_and_one_to_the_unanswerable_counts_against() -> None:
    asked = [
        Asked("seen", answered=True, place=1, answerable=True, ms=1),
        Asked("seen", answered=True, place=2, answerable=True, ms=1),
        Asked("seen", answered=False, place=None, answerable=True, ms=1),
        Asked("seen", answered=True, place=None, answerable=False, ms=1),
        Asked("seen", answered=False, place=None, answerable=False, ms=1),
    ]
    assert _figures(asked) == {
        "questions": 5,
        "recall_at_1": 0.333,
        "mrr": 0.5,
        "wrong": 0.333,
        "unanswerable_answered": 0.5,
    }


@pytest.mark.models
async def test_what_was_measured_still_holds(models) -> None:
    figures = await measure(models.root, None)
    assert figures["unseen"]["recall_at_1"] >= 0.9
    assert figures["unseen"]["unanswerable_answered"] <= 0.25
    assert figures["not_for_it_answered"] <= 0.01
