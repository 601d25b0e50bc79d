"""Orders for coffee: the skill is loaded as any other, and slots are counted as the docstring says."""

import pytest

from device.context import ContextEngine
from tools.bench.coffee import coffee_skill, counted, sentences, understood

WANTED = {
    "size": "large",
    "roast": "dark roast",
    "coffeeDrink": "americano",
    "numberOfShots": "double shot",
    "milkAmount": "a bit of oat milk",
    "sugarAmount": "brown sugar",
}


@pytest.fixture(scope="module")
def context() -> ContextEngine:
    engine = ContextEngine()
    engine.add(coffee_skill(engine).sentences)
    return engine


def test_an_order_is_understood_in_any_order_of_words(context: ContextEngine) -> None:
    assert [understood(context, text) for text in sentences(WANTED)] == [WANTED] * 3


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        ("Get me a coffee.", {"coffeeDrink": "coffee"}),
        ("could I have a 12-ounce iced mocha please", {"size": "twelve ounce", "coffeeDrink": "iced mocha"}),
        ("I'd like a latte with blibber and cream", {"coffeeDrink": "latte", "milkAmount": "cream"}),
        ("no sugar in my coffee", None),
        ("what time is it", None),
        ("I spilled coffee on the carpet", None),
    ],
)
def test_what_is_an_order_and_what_is_none(context: ContextEngine, text: str, slots: dict[str, str] | None) -> None:
    assert understood(context, text) == slots


def test_a_slot_that_is_missing_wrong_or_too_many_counts_against_it() -> None:
    wanted = {"size": "large", "roast": "dark roast"}
    figures = counted([(wanted, wanted), (wanted, {"size": "small", "roast": "dark roast", "x": "y"}), (wanted, None)])
    assert figures["slots"] == 7
    assert figures["slot_accuracy"] == round(3 / 7, 3)
    assert (figures["heard_as_order"], figures["all_right"]) == (0.667, 0.333)


def test_nothing_was_measured() -> None:
    assert counted([])["slot_accuracy"] == 0.0
