"""Whatever a provider says in headers, errors and usage: it is understood, or it is nothing, and raises nothing."""

from hypothesis import given
from hypothesis import strategies as st

from cloud_bridge.providers.faults import meaning
from cloud_bridge.providers.pauses import LONGEST_S, asked_s
from cloud_bridge.providers.prices import MOST_TOKENS, counts_of_chat, counts_of_picture, used
from cloud_bridge.providers.settings import Price

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "retry-after",
            "retry-after-ms",
            "date",
            *(f"x-ratelimit-{what}-{of}" for what in ("remaining", "reset") for of in ("requests", "tokens")),
        ]
    ),
    st.text(max_size=60)
    | st.sampled_from(["0", "17", "1m2s", "9d", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 0000 08:49:37 -9999"]),
)
WORDS = ["moderation_blocked", "insufficient_quota", "unknown_subject", "rate_limit_exceeded"]
ERRORS = st.fixed_dictionaries(
    {},
    optional={
        "code": JSON | st.sampled_from(WORDS),
        "type": JSON | st.sampled_from(WORDS),
        "message": JSON | st.just("safety_violations=[violence, sexual]"),
        "moderation_details": JSON
        | st.fixed_dictionaries({}, optional={"moderation_stage": JSON, "categories": JSON | st.lists(st.text())}),
    },
)
DETAILS = st.dictionaries(
    st.sampled_from(["text_tokens", "image_tokens", "cached_tokens", "cached_tokens_details"]), JSON, max_size=4
)
MORE = ("", "_details")
USAGE = st.dictionaries(
    st.sampled_from([f"{what}_tokens{more}" for what in ("input", "output", "prompt", "completion") for more in MORE]),
    JSON | DETAILS | st.integers(0, 10**6),
)
PRICE = Price(input_per_million=5, image_input_per_million=8, cached_input_per_million=1, output_per_million=30)


@given(HEADERS)
def test_a_pause_is_none_or_bounded(headers: dict[str, str]) -> None:
    seconds = asked_s(headers)
    assert seconds is None or 0 <= seconds <= LONGEST_S


@given(st.integers(300, 599), JSON | ERRORS)
def test_an_error_is_one_short_sentence_of_characters_that_a_message_can_hold(status: int, body: object) -> None:
    failed = meaning(status, body, who="Painter", model="paint-1", against_rules="{who} won't.")
    assert 0 < len(failed.text) <= 500
    failed.text.encode()


@given(JSON | USAGE)
def test_what_was_used_is_never_less_than_nothing(usage: object) -> None:
    for counts in (counts_of_picture(usage), counts_of_chat(usage)):
        sum_ = used(counts, PRICE)
        assert 0 <= sum_.input_tokens <= MOST_TOKENS
        assert sum_.cost_usd is None or 0 <= sum_.cost_usd <= MOST_TOKENS
