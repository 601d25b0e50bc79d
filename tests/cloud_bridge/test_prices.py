"""What something cost, to the micro-dollar."""

from types import SimpleNamespace as Thing
from typing import Any

import pytest

from cloud_bridge.providers.known import MODELS, extensions_of, price_of
from cloud_bridge.providers.prices import Counts, counts_of_chat, counts_of_picture, energy, used
from cloud_bridge.providers.settings import Chat, Price, Provider

FULL = Price(
    input_per_million=5,
    cached_input_per_million=1.25,
    image_input_per_million=8,
    cached_image_input_per_million=2,
    output_per_million=30,
)


def picture(**usage: Any) -> Counts:
    return counts_of_picture(Thing(**usage))


@pytest.mark.parametrize(
    ("counts", "dollars"),
    [
        (picture(input_tokens=1000, output_tokens=2000), 0.065),
        (
            picture(
                input_tokens=1100, output_tokens=1056, input_tokens_details=Thing(text_tokens=100, image_tokens=1000)
            ),
            0.04018,  # 100 × 5 + 1,000 × 8 + 1,056 × 30 micro-dollars
        ),
        (
            picture(
                input_tokens=300,
                output_tokens=1,
                input_tokens_details=Thing(
                    image_tokens=200, cached_tokens_details={"text_tokens": 60, "image_tokens": 150}
                ),
            ),
            0.001_005,  # 40 × 5 + 60 × 1.25 + 50 × 8 + 150 × 2 + 30
        ),
        (picture(input_tokens=3, output_tokens=1, input_tokens_details=Thing(image_tokens=900)), 0.000_054),
        (picture(output_tokens=1), 0.000_03),
    ],
)
def test_every_kind_of_token_has_its_price(counts: Counts, dollars: float) -> None:
    assert used(counts, FULL).cost_usd == dollars


def test_a_chat_pays_less_for_what_was_read_before() -> None:
    counts = counts_of_chat(
        Thing(prompt_tokens=1000, completion_tokens=100, prompt_tokens_details=Thing(cached_tokens=400))
    )
    usage = used(counts, Price(input_per_million=0.25, cached_input_per_million=0.025, output_per_million=2))
    assert usage.model_dump(exclude_none=True) == {"input_tokens": 1000, "output_tokens": 100, "cost_usd": 0.00036}


def test_a_sum_is_rounded_once_and_half_a_micro_dollar_up() -> None:
    price = Price(input_per_million=0.1, output_per_million=0.1)
    assert used(Counts(read=4, written=1), price).cost_usd == 0.000_001  # 0.5 micro-dollars
    assert used(Counts(read=3, written=1), price).cost_usd == 0.0
    assert used(Counts(read=3_333_333, written=1), price).cost_usd == 0.333_333


@pytest.mark.parametrize(
    ("size", "quality", "dollars"),
    [("1024x1024", "low", 0.005), ("1024x1024", "high", 0.036), ("1536x1024", "low", 0.013), ("64x64", "low", None)],
)
def test_a_picture_may_have_a_price_by_size_and_quality(size: str, quality: str, dollars: float | None) -> None:
    price = Price(per_picture={"1024x1024 low": 0.005, "1024x1024 high": 0.036, "1536x1024": 0.013})
    assert used(Counts(None, None), price, size=size, quality=quality).cost_usd == dollars


def test_a_picture_may_have_one_price_and_tokens_go_before_it() -> None:
    price = Price(per_picture=0.04, input_per_million=1, output_per_million=1)
    assert used(Counts(None, None), price).cost_usd == 0.04
    assert used(Counts(10, 10), price).cost_usd == 0.000_02


@pytest.mark.parametrize("junk", [None, "7", -1, 1.5, True, 10**400, [], {}])
def test_a_count_that_is_none_does_not_get_in(junk: object) -> None:
    usage = used(picture(input_tokens=junk, output_tokens=junk, input_tokens_details=junk), FULL)
    assert (usage.input_tokens, usage.output_tokens, usage.cost_usd) == (0, 0, None)


def test_without_a_price_the_cost_is_unknown() -> None:
    assert used(Counts(1, 1), None).cost_usd is None


def test_openai_s_models_have_their_prices_at_openai_alone() -> None:
    assert price_of(Provider(model="gpt-image-2.5-flare-2026-09-08"), "gpt-image-2.5-flare-2026-09-08") is (
        MODELS["gpt-image-2.5-flare"].price
    )
    chat = Chat(model="gpt-5-mini", base_url="https://cheap.example/v1")
    assert price_of(chat, "gpt-5-mini") is None
    mine = Price(per_picture=1)
    assert price_of(Provider(model="gpt-5-mini", prices={"gpt-5-mini": mine}), "gpt-5-mini") is mine


def test_what_a_model_understands_is_known_or_said() -> None:
    assert extensions_of(Provider(model="gpt-image-2.5-flare")) == {"markup"}
    assert extensions_of(Provider(model="gpt-image-1.5")) == {"fidelity"}
    assert extensions_of(Provider(model="another")) == set()
    assert extensions_of(Provider(model="gpt-image-2.5-flare", extensions=frozenset({"seed"}))) == {"seed"}


@pytest.mark.parametrize(
    ("said", "believed"), [(12, 12.0), (0.5, 0.5), (None, None), ("12", None), (-1, None), (float("nan"), None)]
)
def test_energy_is_believed_within_bounds(said: Any, believed: float | None) -> None:
    assert energy({"energy_j": said}) == believed
