"""Which word may follow which in sentence templates."""

import pytest
from hassil import Intents

from device.context import ContextEngine
from device.context.word_graph import word_graph
from edge_models.expected import EDGE, NUMBER


def graph(*sentences: str, **more: object) -> dict[str, frozenset[str]]:
    grammar = {"language": "en", "intents": {"test": {"data": [{"sentences": list(sentences)}]}}, **more}
    return word_graph(Intents.from_dict(grammar))


def test_words_follow_each_other_as_in_the_template() -> None:
    assert graph("(pause|hold) [the] timer") == {
        EDGE: {"pause", "hold"},
        "pause": {"the", "timer"},
        "hold": {"the", "timer"},
        "the": {"timer"},
        "timer": {EDGE},
    }


def test_a_word_may_be_put_together_from_pieces() -> None:
    assert graph("show (picture|image)[s] again")["show"] == {"picture", "pictures", "image", "images"}


def test_rules_and_lists_are_gone_into_and_numbers_are_one() -> None:
    found = graph(
        "set <it> to {level}[ ](percent|%)",
        expansion_rules={"it": "(it|the volume)"},
        lists={"level": {"range": {"from": 0, "to": 100}}},
    )
    assert found["set"] == {"it", "the"}
    assert found["to"] == {NUMBER}
    assert found[NUMBER] == {"percent", "%"}


def test_what_is_said_freely_is_left_out() -> None:
    lists = {"prompt": {"wildcard": True}}
    assert graph("draw {prompt}", lists=lists) == {}
    assert graph("draw [{prompt} now]", lists=lists) == {EDGE: {"draw"}, "draw": {EDGE}}


def test_an_intent_can_be_left_out() -> None:
    intents = {name: {"data": [{"sentences": [word]}]} for name, word in (("mine", "stop"), ("none", "go"))}
    assert word_graph(Intents.from_dict({"language": "en", "intents": intents}), but={"none"}) == {
        EDGE: {"stop"},
        "stop": {EDGE},
    }


@pytest.mark.parametrize("text", ["Cancel all timers.", "Jarvis, what time is it, please?", "set the volume to 40%"])
def test_the_devices_own_commands_are_commands(text: str) -> None:
    assert ContextEngine().expected().is_command(text)


@pytest.mark.parametrize("text", ["Draw a red fox.", "The day was long.", "Turn on your imagination.", "thanks", ""])
def test_free_speech_is_no_command(text: str) -> None:
    assert not ContextEngine().expected().is_command(text)


def test_what_was_misheard_is_found_behind_the_wake_word() -> None:
    found = ContextEngine().expected().commands("Jarvis, can you pass the timer, please?", 4)
    assert found[0] == "Jarvis, can you pause the timer, please?"
