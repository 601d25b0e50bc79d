"""Words in disguise, and what is not talked about: docs/benchmarks.md has the figures."""

import json
from pathlib import Path

import pytest

from edge_models.moderation.readings import readings
from edge_models.moderation.talk import Talk
from edge_models.moderation.words import ARTIST, Words

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "eval" / "moderation.jsonl").read_text(encoding="utf-8").splitlines()
]
WORDS, TALK = Words(), Talk()


def found(case: dict[str, str]) -> str:
    """The kind by which it is refused, or `allowed`."""
    child = bool(case["child"])
    refused = WORDS.refused(case["text"], child=child) if case["use"] == "picture" else TALK.refused(case["text"])
    if refused is None and case["use"] == "question" and child:
        refused = WORDS.refused(case["text"], child=True)
        refused = None if refused and refused.kind == ARTIST else refused
    return refused.kind if refused else "allowed"


@pytest.mark.parametrize(
    ("use", "allowed", "at_least"),
    [("picture", False, 77), ("picture", True, 51), ("question", False, 62), ("question", True, 88)],
)
def test_as_many_sentences_are_judged_right_as_the_documents_say(use: str, allowed: bool, at_least: int) -> None:
    cases = [case for case in CASES if case["use"] == use and (case["expected"] == "allowed") == allowed]
    assert sum(found(case) == case["expected"] for case in cases) >= at_least


@pytest.mark.parametrize(
    "word",
    [
        "NAKED",
        "n4k3d",
        "n\u200ba\u200bked",
        "nаkеd",
        "ηaked",
        "🅝🅐🅚🅔🅓",
        "ⓝⓐⓚⓔⓓ",
        "𝐍𝐀𝐊𝐄𝐃",
        "ɴᴀᴋᴇᴅ",
        "n-a-k-e-d",
        "n*ked",
        "naaaked",
    ],
)
def test_a_disguise_is_seen_through(word: str) -> None:
    assert any(" naked " in f" {reading} " for reading in readings(f"a {word} man"))


def test_what_cannot_be_seen_may_stand_for_a_space() -> None:
    assert "a naked man" in readings("a\u200bnaked\u200bman")


def test_a_text_without_tricks_is_read_once() -> None:
    assert readings("A red fox, in the snow.") == ("a red fox in the snow",)


def test_a_hyphen_makes_no_wicked_word_of_a_harmless_thing() -> None:
    assert WORDS.refused("a naked mole-rat", child=False) is None
    assert WORDS.refused("a na-ked man", child=False) is not None
