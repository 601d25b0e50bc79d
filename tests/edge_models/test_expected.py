"""Which commands sound like what a recogniser wrote."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_models.expected import EDGE, NUMBER, Expected
from edge_models.sounds import SOUNDS, sound_of

SENTENCES = (
    "cancel all timers",
    "cancel the timer",
    "resume the timer",
    "timer status",
    f"set a timer for {NUMBER} minutes",
)


def follows() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for sentence in SENTENCES:
        words = [EDGE, *sentence.split(), EDGE]
        for before, after in pairwise(words):
            found.setdefault(before, set()).add(after)
    return {before: frozenset(after) for before, after in found.items()}


def plain(text: str) -> str:
    return " ".join(
        NUMBER if word[0].isdigit() or word == "fifteen" else word for word in text.lower().strip(" .?!,").split()
    )


@pytest.fixture(scope="module")
def expected() -> Expected:
    return Expected(follows(), is_command=lambda text: plain(text) in SENTENCES, names=("Ecobee", "Lina"))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("cancel all tires", "cancel all timers"),
        ("Counsel the timer.", "Cancel the timer."),
        ("Reason the timer!", "Resume the timer!"),
        ("Time for status.", "Timer status."),
        ("Sent a time for 30 minutes", "Set a timer for 30 minutes"),
    ],
)
def test_what_sounds_like_a_command_is_found(expected: Expected, written: str, meant: str) -> None:
    assert expected.commands(written, 4)[0] == meant


@pytest.mark.parametrize(
    "written",
    [
        "The tyres of the car were flat.",
        "I had to wait for thirty minutes",
        "draw a red fox under a full moon",
        "cancel the timer and then tell me a very long story about the time when all the timers were cancelled",
        "",
        "…",
        "你好",
    ],
)
def test_what_does_not_is_left_alone(expected: Expected, written: str) -> None:
    assert expected.commands(written, 4) == []


def test_a_command_is_its_own_neighbour(expected: Expected) -> None:
    assert expected.commands("Cancel all timers.", 4) == ["Cancel all timers."]


def test_a_number_stays_the_number_that_was_heard(expected: Expected) -> None:
    assert expected.commands("set the timer for 15 minutes", 4) == ["set a timer for 15 minutes"]
    assert expected.commands("said a timer for fifteen minutes", 4) == ["set a timer for fifteen minutes"]


def test_a_percent_sign_is_a_word() -> None:
    words = [EDGE, "set", "the", "volume", "to", NUMBER, "percent", EDGE]
    volume = Expected(
        {before: frozenset({after}) for before, after in pairwise(words)}, is_command=lambda text: "volume" in text
    )
    assert volume.commands("Said the volum to 40%.", 1) == ["Set the volume to 40 percent."]


def test_courtesies_around_a_command_stay() -> None:
    polite = Expected(
        follows(),
        command=lambda text: text.removeprefix("Please ").removesuffix("."),
        is_command=lambda text: plain(text.removeprefix("Please ")) in SENTENCES,
    )
    assert polite.commands("Please cancel all tires.", 1) == ["Please cancel all timers."]


def test_a_name_of_the_household_is_found_in_any_sentence(expected: Expected) -> None:
    assert expected.named("What's the temperature of the eco bee?", 1) == ["What's the temperature of the Ecobee?"]
    assert expected.named("Draw a cat for Leena.", 4) == ["Draw a cat for Lina."]
    assert expected.named("Draw a cat for Lina.", 4) == []
    assert expected.named("Draw a cat.", 4) == []


def test_nothing_expected_is_nothing_found() -> None:
    nothing = Expected({}, is_command=lambda _: False)
    assert nothing.commands("cancel all tires", 4) == []
    assert nothing.named("cancel all tires", 4) == []


@given(st.text(max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    expected = Expected(follows(), is_command=lambda text: plain(text) in SENTENCES if text.strip() else False)
    assert all(plain(found) in SENTENCES for found in expected.commands(text, 2))


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz'é", min_size=1, max_size=20))
def test_every_word_has_a_sound_that_can_be_compared(word: str) -> None:
    assert set(sound_of(word)) <= set(SOUNDS)


@pytest.mark.parametrize(
    ("one", "other"), [("blue", "blew"), ("night", "knight"), ("two", "to"), ("tail", "tale"), ("sea", "see")]
)
def test_words_that_sound_the_same_have_the_same_sound(one: str, other: str) -> None:
    assert sound_of(one) == sound_of(other)


ARABIC = ("الغاء موقت", "كم ساعه", "ايقاف", "تشغيل ضوء")


@pytest.fixture(scope="module")
def arabic() -> Expected:
    found: dict[str, set[str]] = {}
    for sentence in ARABIC:
        for before, after in pairwise([EDGE, *sentence.split(), EDGE]):
            found.setdefault(before, set()).add(after)
    graph = {before: frozenset(after) for before, after in found.items()}
    return Expected(
        graph,
        is_command=lambda text: text in ARABIC,
        is_understood=lambda text: text in ARABIC or text.startswith("ارسم"),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (["إلغا موقت"], "الغاء موقت"),
        (["كم صاعة"], "كم ساعه"),
        (["مسلسل", "إيقاف"], "ايقاف"),
        (["تسغيل دوء"], "تشغيل ضوء"),
        (["تسغيل دوء", "كم ساعه"], "كم ساعه"),
        (["ارسم ضوءا", "تشغيل ضوء"], "ارسم ضوءا"),
        (["ثعلب أحمر تحت قمر كامل"], None),
        (["", "?!", "fox"], None),
    ],
)
def test_of_several_hypotheses_the_one_nearest_to_a_command_counts(
    arabic: Expected, written: list[str], meant: str | None
) -> None:
    assert arabic.nearest(written) == meant
