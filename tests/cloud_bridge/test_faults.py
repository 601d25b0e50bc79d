"""What error answers mean, in one plain sentence."""

from typing import Any

import pytest

from cloud_bridge.providers.faults import KeyRefused, ProviderFailed, meaning


def means(status: int, **body: Any) -> ProviderFailed:
    return meaning(
        status, body, who="Painter", model="paint-1", against_rules="{who} won't: it goes against its rules."
    )


VERIFY = "Your organization must be verified to use the model `paint-1`. Please go to: https://…"


@pytest.mark.parametrize(
    ("failed", "expected"),
    [
        (means(307), ("not_configured", "Painter is not where the bridge asks for it: its base_url is wrong.")),
        (means(400), ("bad_request", "Painter does not accept this request.")),
        (means(401, code="invalid_api_key"), ("not_configured", "Painter does not accept the bridge's key.")),
        (means(402), ("not_configured", "The account at Painter has no money left.")),
        (
            means(403, message=VERIFY),
            (
                "not_configured",
                "Painter wants the organisation behind this account to be verified before it may use paint-1.",
            ),
        ),
        (
            means(403, code="unsupported_country_region_territory"),
            ("not_configured", "Painter does not serve the country that the bridge is in."),
        ),
        (means(403), ("not_configured", "Painter does not let this account use paint-1.")),
        (means(404, code="model_not_found"), ("not_configured", "Painter does not have the model paint-1.")),
        (means(413), ("bad_request", "The pictures are too large for Painter.")),
        (means(422), ("bad_request", "Painter does not accept this request.")),
        (
            means(429, code="slow_down", type="rate_limit_error"),
            ("provider_down", "Painter takes no more requests from this account for a moment."),
        ),
        (means(429, code="insufficient_quota"), ("not_configured", "The account at Painter has no money left.")),
        (
            means(429, type="insufficient_quota", code="credit_balance_exhausted"),
            ("not_configured", "The account at Painter has no money left."),
        ),
        (means(500), ("provider_error", "Painter had a fault of its own.")),
        (means(529), ("provider_error", "Painter had a fault of its own.")),
        (means(503, code="server_is_overloaded"), ("provider_down", "Painter has too much to do at the moment.")),
    ],
)
def test_an_error_is_one_plain_sentence(failed: ProviderFailed, expected: tuple[str, str]) -> None:
    assert (failed.code, failed.text) == expected


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "Painter won't: it goes against its rules."),
        (
            {"moderation_details": {"moderation_stage": "input", "categories": ["violence", "self_harm"]}},
            "Painter won't: what was asked for goes against its rules (violence, self harm).",
        ),
        (
            {"moderation_details": {"moderation_stage": "output", "categories": []}},
            "Painter won't: what came of it goes against its rules.",
        ),
        ({"moderation_details": {"moderation_stage": "unknown"}}, "Painter won't: it goes against its rules."),
        ({"message": "Rejected. safety_violations=[sexual]."}, "Painter won't: it goes against its rules (sexual)."),
        (
            {"moderation_details": {"categories": ["a" * 50, "<b>", 7, None, "x\ny", *["violence"] * 9]}},
            "Painter won't: it goes against its rules (violence, violence, violence, violence).",
        ),
        ({"moderation_details": "violence"}, "Painter won't: it goes against its rules."),
        ({"moderation_details": {"moderation_stage": ["input"], "categories": {"violence": 1}}}, None),
    ],
)
def test_a_refusal_says_at_which_stage_and_why_where_the_provider_does(
    body: dict[str, Any], sentence: str | None
) -> None:
    failed = means(400, code="moderation_blocked", **body)
    assert (failed.code, failed.text) == ("refused", sentence or "Painter won't: it goes against its rules.")


@pytest.mark.parametrize("body", [None, [], "no", 7, {"code": {}, "type": [], "message": 7}, {"code": ["x"]}])
def test_a_body_that_is_no_error_is_judged_by_its_status(body: object) -> None:
    assert meaning(500, body, who="P", model="m", against_rules="no").code == "provider_error"


@pytest.mark.parametrize(
    ("failed", "refused"),
    [
        (means(401), True),
        (means(429, code="insufficient_quota"), True),
        (means(429, code="rate_limit_exceeded"), False),
        (means(403), False),
        (means(500), False),
    ],
)
def test_a_key_is_what_was_refused_when_another_could_do(failed: ProviderFailed, refused: bool) -> None:
    assert isinstance(failed, KeyRefused) is refused


def test_words_of_the_provider_s_own_are_not_passed_on() -> None:
    assert "secret" not in means(400, message="secret", code="secret", type="secret").text
