"""What is not drawn, and all that only looks like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.policy import ARTIST, Policy, Words
from edge_models.moderation.words import MAX_CHARS

WORDS = Words()


def kind(text: str, *, child: bool = False) -> str:
    refused = WORDS.refused(text, child=child)
    return refused.kind if refused else ""


@pytest.mark.parametrize(
    "text",
    [
        "naked",
        "N4KED",
        "n a k e d",
        "n.a.k.e.d.",
        "n-a-k-e-d",
        "na-ked",
        "naaaaked",
        "n\u0430ked",
        "nak\u200bed",
        "na\u0301ked",
        "ｎａｋｅｄ",
        "draw a n@ked man!",
        "s3x!",
        "draw a s e x scene",
        "b00bs",
        "booooobs",
    ],
)
def test_a_word_in_disguise_is_the_same_word(text: str) -> None:
    assert kind(text) == "sexual"


@pytest.mark.parametrize(
    "text",
    ["stab him", "a man stabs a dog", "he was stabbed", "stabbing", "torturing", "the torturer", "mutilated", "gory"],
)
def test_a_word_is_known_in_all_its_forms(text: str) -> None:
    assert kind(text) == "violence"


@pytest.mark.parametrize(
    "text",
    [
        "Scunthorpe, Essex and Sussex",
        "a class of assassin bugs in the grass",
        "a stable with horses",
        "a fire retardant curtain",
        "a sextant",
        "a therapist",
        "4 foxes and 5 cats",
        "it's 3 a.m.",
        "a b c d e",
        "",
        "…",
    ],
)
def test_a_word_inside_another_is_none(text: str) -> None:
    assert kind(text, child=True) == ""


def test_a_harmless_thing_does_not_excuse_what_stands_beside_it() -> None:
    assert kind("a naked mole rat") == ""
    assert kind("a naked mole rat and a naked man") == "sexual"
    assert kind("a bloody mary and a bloody corpse") == "violence"


@pytest.mark.parametrize("text", ["a soldier with a rifle", "a zombie", "a glass of beer", "a cigar", "a casino"])
def test_child_mode_is_stricter(text: str) -> None:
    assert kind(text) == ""
    assert kind(text, child=True)


@pytest.mark.parametrize(
    "text",
    [
        "in the style of Banksy",
        "paint it like David Hockney would",
        "a Hockney pool",
        "in Yayoi Kusama's style",
        "by the photographer Annie Leibovitz",
        "draw me a Banksy",
        "in the manner of Simon Stalenhag",
        "make it Tim Burton-esque",
        "KAWS style",
    ],
)
def test_a_living_artist_is_not_imitated_by_name(text: str) -> None:
    assert kind(text) == ARTIST


@pytest.mark.parametrize(
    "text",
    [
        "in the style of Monet",
        "by Michelangelo",
        "like Van Gogh would paint it",
        "a portrait of Tim Burton with an umbrella",
        "David Hockney and his dog in a garden",
        "in the style of a watercolour",
        "a banksia flower",
    ],
)
def test_the_dead_are_and_the_living_may_be_in_a_picture(text: str) -> None:
    assert kind(text) == ""


def test_only_pictures_are_judged_by_their_words_and_any_may_be_deleted() -> None:
    policy = Policy(words=WORDS)
    assert policy.refusal("picture.edit", "make it bloody")
    assert policy.refusal("picture.delete", "the bloody one") is None
    assert policy.refusal("timer.set", "blood test") is None


@given(st.text(max_size=200), st.booleans())
def test_no_text_is_too_odd_for_it(text: str, child: bool) -> None:
    WORDS.refused(text, child=child)


@given(
    st.lists(
        st.sampled_from(
            ["draw", "a", "red", "fox", "under", "the", "full", "moon", "by", "sea", "and", "two", "blue", "cats"]
        ),
        max_size=30,
    )
)
def test_plain_words_make_nothing_wicked(words: list[str]) -> None:
    assert kind(" ".join(words), child=True) == ""


@given(st.sampled_from(["naked", "a swastika", "in the style of Banksy"]), st.text("abc xyz,.-", max_size=40))
def test_what_stands_around_it_does_not_hide_it(words: str, around: str) -> None:
    assert kind(f"{around} , {words} , {around}")


@pytest.mark.parametrize(
    "text", ["n" * MAX_CHARS, "a " * MAX_CHARS, "shoot a " * 600, "a.b-" * 1000, "cut off the the " * 250, "1@3" * 1500]
)
def test_a_text_without_end_takes_no_time(text: str) -> None:
    began = time.perf_counter()
    WORDS.refused(text, child=True)
    assert time.perf_counter() - began < 1.0
