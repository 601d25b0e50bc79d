"""Several keys of one account: one that is refused is put aside, and no other error is a reason for another key."""

import pytest
from bridge_parts import Answer, Provider, error, request
from test_openai_images import Told, hang_up, images

from cloud_bridge.providers import openai_door
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed
from cloud_bridge.providers.keys import ASIDE_S, Keys
from cloud_bridge.providers.openai_images import OpenAIImages


async def make(painter: OpenAIImages) -> None:
    told = Told()
    await painter.make(request(), key="the-key", on_progress=told.on_progress, on_partial=told.on_partial)


def used(provider: Provider) -> list[str]:
    """The keys with which it was asked."""
    return [headers["Authorization"].removeprefix("Bearer ") for headers in provider.headers]


def test_a_key_that_was_put_aside_comes_back_after_a_while() -> None:
    keys = Keys(["a", "b"])
    keys.put_aside("a", 0.0)
    assert keys.usable(1.0) == ["b"]
    assert keys.usable(ASIDE_S) == ["a", "b"]


def test_when_all_are_aside_the_one_that_has_been_so_longest_is_tried() -> None:
    keys = Keys(["a", "b"])
    keys.put_aside("b", 0.0)
    keys.put_aside("a", 1.0)
    assert keys.usable(2.0) == ["b"]


@pytest.mark.parametrize(
    "refusal",
    [error(401, "invalid_api_key"), error(429, "insufficient_quota"), error(402, None)],
    ids=["401", "429", "402"],
)
async def test_the_next_key_is_used_for_the_same_picture_and_for_those_after_it(
    provider: Provider, refusal: Answer
) -> None:
    provider.answers = [refusal]
    painter = images(provider, api_key="first", api_keys=["second"])
    await make(painter)
    await make(painter)
    await painter.close()
    assert used(provider) == ["first", "second", "second"]


async def test_a_key_is_tried_again_when_its_time_is_over(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr(openai_door, "monotonic", lambda: now)
    provider.answers = [error(401, None)]
    painter = images(provider, api_key="first", api_keys=["second"])
    await make(painter)
    now = ASIDE_S
    await make(painter)
    await painter.close()
    assert used(provider) == ["first", "second", "first"]


async def test_when_no_key_is_taken_that_is_said_and_each_was_tried_once(provider: Provider) -> None:
    provider.answers = [error(401, None), error(429, "insufficient_quota")]
    painter = images(provider, api_key="first", api_keys=["second"])
    with pytest.raises(ProviderFailed) as failed:
        await make(painter)
    await painter.close()
    assert (failed.value.code, failed.value.text) == ("not_configured", "The account at Painter has no money left.")
    assert used(provider) == ["first", "second"]


@pytest.mark.parametrize(
    "answer",
    [error(429, "rate_limit_exceeded"), error(403, None), error(500, None), hang_up],
    ids=["429", "403", "500", "gone"],
)
async def test_nothing_else_is_asked_again_with_another_key(provider: Provider, answer: Answer) -> None:
    provider.answers = [answer]
    painter = images(provider, api_key="first", api_keys=["second"])
    with pytest.raises((ProviderFailed, OutcomeUnknown)):
        await make(painter)
    await painter.close()
    assert used(provider) == ["first"]


async def test_no_key_is_in_what_is_logged(provider: Provider, caplog: pytest.LogCaptureFixture) -> None:
    provider.answers = [error(401, None, "Incorrect API key provided: hush-1.")]
    painter = images(provider, api_key="hush-1", api_keys=["hush-2"])
    await make(painter)
    await painter.close()
    assert "a key was put aside: Painter does not accept the bridge's key." in caplog.text
    assert "hush" not in caplog.text
