"""Sentences that ask for pictures, half of them only looking like what is refused; docs/benchmarks.md has the figures.

`written` says when: with the lists; after the lists were finished; after they had been mended by the second round. Each
round was measured before the lists were touched, and mended then: what is here now must all be right.
"""

import json
from pathlib import Path

import pytest

from device.policy import Words

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "eval" / "policy.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS = Words()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_what_is_asked_for_is_drawn_or_refused_as_it_should_be(case: dict[str, str]) -> None:
    refused = WORDS.refused(case["text"], child=bool(case["child"]))
    assert (refused.kind if refused else "allowed") == case["expected"]


@pytest.mark.parametrize("case", [case for case in CASES if not case["child"]], ids=lambda case: case["text"])
def test_child_mode_never_allows_more(case: dict[str, str]) -> None:
    if case["expected"] != "allowed":
        assert WORDS.refused(case["text"], child=True) is not None


def test_half_of_the_sentences_are_harmless() -> None:
    harmless = sum(case["expected"] == "allowed" for case in CASES)
    assert len(CASES) >= 300
    assert 0.4 < harmless / len(CASES) < 0.6
