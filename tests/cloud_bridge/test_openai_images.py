"""The provider: answers, refusals and failures in OpenAI's own wire format."""

import asyncio
import socket
from typing import Any

import pytest
from aiohttp import web
from bridge_parts import USAGE, Answer, Provider, b64, error, events, json_answer, never, png, request

from cloud_bridge.config import Price
from cloud_bridge.config import Provider as Settings
from cloud_bridge.listen import serve
from cloud_bridge.picture import Picture
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed
from cloud_bridge.providers.openai_images import Made, OpenAIImages


def images(provider: Provider, **more: Any) -> OpenAIImages:
    settings = {"name": "Painter", "base_url": provider.url, "api_key": "test-key", "model": "paint-1"}
    return OpenAIImages(Settings.model_validate(settings | {"partial_images": 0} | more))


class Told:
    def __init__(self) -> None:
        self.progress: list[float] = []
        self.partials: list[tuple[int, Picture]] = []

    def on_progress(self, fraction: float) -> None:
        self.progress.append(fraction)

    def on_partial(self, index: int, picture: Picture) -> None:
        self.partials.append((index, picture))


async def make(painter: OpenAIImages, told: Told | None = None, **more: Any) -> Made:
    told = told or Told()
    try:
        return await painter.make(
            request(**more), key="the-key", on_progress=told.on_progress, on_partial=told.on_partial
        )
    finally:
        await painter.close()


async def test_a_picture_comes_back_with_its_usage_and_cost(provider: Provider) -> None:
    prices = {"paint-1": Price(input_per_million=5, output_per_million=40)}
    made = await make(images(provider, prices=prices))
    assert (made.picture.data, made.picture.media_type) == (png(), "image/png")
    assert made.engine == "paint-1"
    assert made.usage.model_dump(exclude_none=True) == {"input_tokens": 1000, "output_tokens": 2000, "cost_usd": 0.085}


async def test_without_a_price_the_cost_is_unknown(provider: Provider) -> None:
    assert (await make(images(provider))).usage.cost_usd is None


async def test_a_strict_provider_is_sent_nothing_beyond_the_interface(provider: Provider) -> None:
    await make(images(provider), prompt="a fox", seed=7)
    assert provider.requests == [{"prompt": "a fox", "model": "paint-1", "n": 1, "size": "1024x1024"}]
    assert "Idempotency-Key" not in provider.headers[0]
    assert provider.headers[0]["Authorization"] == "Bearer test-key"


async def test_what_a_provider_understands_beyond_the_interface_is_sent(provider: Provider) -> None:
    await make(images(provider, extensions=["seed", "idempotency", "progress"]), seed=7)
    assert (provider.requests[0]["seed"], provider.requests[0]["progress"]) == (7, True)
    assert provider.headers[0]["Idempotency-Key"] == "the-key"


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(1024, 1024, "1024x1024"), (512, 512, "1024x1024"), (2048, 2048, "1024x1024"), (1920, 1080, "1536x1024")],
)
async def test_the_size_that_fits_best_is_asked_for(provider: Provider, width: int, height: int, size: str) -> None:
    await make(images(provider), width=width, height=height)
    assert provider.requests[0]["size"] == size


def partial(index: int, colour: str) -> dict[str, Any]:
    picture = b64(png(colour=colour))
    return {"type": "image_generation.partial_image", "b64_json": picture, "partial_image_index": index}


COMPLETED = {"type": "image_generation.completed", "b64_json": b64(png()), "usage": USAGE}


async def test_partial_pictures_and_progress_are_passed_on(provider: Provider) -> None:
    progress = [{"type": "nightjar.progress", "fraction": fraction} for fraction in (0, 0.5, 7)]
    unheard_of = {"type": "image_generation.something_new", "x": [1]}
    provider.answers = [events(progress[0], partial(0, "blue"), progress[1], unheard_of, progress[2], COMPLETED)]
    told = Told()
    made = await make(images(provider, partial_images=2), told)
    assert (provider.requests[0]["stream"], provider.requests[0]["partial_images"]) == (True, 2)
    assert told.progress == [0.0, 0.5, 1.0]
    assert [(index, picture.data) for index, picture in told.partials] == [(0, png(colour="blue"))]
    assert (made.picture.data, made.usage.output_tokens) == (png(), 2000)


async def test_a_broken_partial_picture_does_not_spoil_the_final_one(provider: Provider) -> None:
    provider.answers = [events(partial(0, "blue") | {"b64_json": "broken"}, COMPLETED)]
    told = Told()
    assert (await make(images(provider, partial_images=2), told)).picture.data == png()
    assert told.partials == []


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "moderation_blocked", ("refused", "Painter does not make this picture: it goes against its rules.")),
        (400, "invalid_value", ("bad_request", "Painter does not accept this request.")),
        (401, "invalid_api_key", ("not_configured", "Painter does not accept the bridge's key.")),
        (403, None, ("not_configured", "Painter does not let this account use paint-1.")),
        (404, "model_not_found", ("not_configured", "Painter does not have the model paint-1.")),
        (429, None, ("provider_down", "Painter has too much to do at the moment.")),
        (
            429,
            "rate_limit_exceeded",
            ("provider_down", "Painter takes no more requests from this account for a moment."),
        ),
        (429, "insufficient_quota", ("not_configured", "The account at Painter has no money left.")),
        (500, None, ("provider_error", "Painter had a fault of its own.")),
        (501, None, ("provider_error", "Painter had a fault of its own.")),
        (503, None, ("provider_down", "Painter has too much to do at the moment.")),
    ],
)
async def test_errors_are_plain_sentences_and_nothing_is_tried_twice(
    provider: Provider, status: int, code: str | None, expected: tuple[str, str]
) -> None:
    provider.answers = [error(status, code)]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider))
    assert (failed.value.code, failed.value.text) == expected
    assert failed.value.retryable == (expected[0] in ("provider_down", "provider_error"))
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [408, 502, 504, 524])
async def test_when_somebody_in_between_gave_up_the_outcome_is_unknown(provider: Provider, status: int) -> None:
    provider.answers = [error(status, None)]
    with pytest.raises(OutcomeUnknown):
        await make(images(provider))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("17", 17.0), ("0.5", 0.5), ("999999999", 3600.0), ("-1", None), ("nan", None), ("soon", None), ("", None)],
)
async def test_a_provider_may_say_when_to_come_again(provider: Provider, header: str, seconds: float | None) -> None:
    async def busy(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response(
            {"error": {"code": "rate_limit_exceeded"}}, status=429, headers={"Retry-After": header}
        )

    provider.answers = [busy]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider))
    assert (failed.value.code, failed.value.retry_after_s) == ("provider_down", seconds)


async def test_half_a_character_does_not_get_in(provider: Provider) -> None:
    provider.answers = [error(400, "unknown_subject", "I don't know \ud800." + "x" * 9000)]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider))
    assert failed.value.text == "I don't know ?." + "x" * 485
    provider.answers = [events(COMPLETED | {"revised_prompt": "a fox \udfff" + "x" * 9000})]
    made = await make(images(provider, partial_images=1))
    assert made.revised_prompt == "a fox ?" + "x" * 7993


async def test_a_count_beyond_reason_does_not_get_in(provider: Provider) -> None:
    usage = {"input_tokens": 10**400, "output_tokens": 10**400}
    provider.answers = [events(COMPLETED | {"usage": usage})]
    prices = {"paint-1": Price(input_per_million=5, output_per_million=40)}
    made = await make(images(provider, partial_images=1, prices=prices))
    assert (made.usage.input_tokens, made.usage.output_tokens) == (0, 0)


async def test_an_error_in_the_middle_of_a_stream_is_a_failure(provider: Provider) -> None:
    moderation = {"type": "error", "error": {"code": "moderation_blocked", "message": "no"}}
    provider.answers = [events(partial(0, "blue"), moderation)]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider, partial_images=2))
    assert failed.value.code == "refused"


async def test_the_words_that_our_studio_does_not_know_are_passed_on(provider: Provider) -> None:
    provider.answers = [error(400, "unknown_subject", "I don't know how to draw “flurble”.")]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider))
    assert (failed.value.code, failed.value.text) == ("refused", "I don't know how to draw “flurble”.")


async def test_a_provider_that_is_not_there_was_never_asked(provider: Provider) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # not listening
        provider.url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        with pytest.raises(ProviderFailed) as failed:
            await make(images(provider))
    assert (failed.value.code, failed.value.retryable) == ("provider_down", True)


async def hang_up(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def raw(text: str, status: int = 200) -> Answer:
    async def answer(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.Response(text=text, content_type="application/json", status=status)

    return answer


@pytest.mark.parametrize("answer", [hang_up, raw("{not json"), raw("")], ids=["hangs up", "not JSON", "empty"])
async def test_when_no_answer_came_the_outcome_is_unknown(provider: Provider, answer: Answer) -> None:
    provider.answers = [answer]
    with pytest.raises(OutcomeUnknown):
        await make(images(provider))


async def test_a_stream_that_ends_early_leaves_the_outcome_unknown(provider: Provider) -> None:
    provider.answers = [events(partial(0, "blue"))]
    with pytest.raises(OutcomeUnknown):
        await make(images(provider, partial_images=2))


async def test_a_provider_that_takes_too_long_leaves_the_outcome_unknown(provider: Provider) -> None:
    provider.answers = [never]
    with pytest.raises(OutcomeUnknown):
        await make(images(provider, timeout_s=0.2))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "Painter answered without a picture."),
        ([], "Painter answered without a picture."),
        ([{}], "There is no picture in the answer."),
        ([{"b64_json": "!!!"}], "The picture is not base64."),
        ([{"b64_json": b64(b"no picture")}], "The picture can't be decoded."),
        ([{"b64_json": b64(png((5000, 64)))}], "The picture is 5000 x 64 pixels"),
    ],
)
async def test_an_answer_without_a_usable_picture_says_what_is_wrong(
    provider: Provider, data: list[Any], sentence: str
) -> None:
    provider.answers = [lambda _request, _body: json_answer({"created": 1, "data": data})]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider))
    assert failed.value.code == "provider_error"
    assert sentence in failed.value.text


async def test_a_cancelled_call_hangs_up(provider: Provider) -> None:
    provider.answers = [never]
    call = asyncio.create_task(make(images(provider)))
    async with asyncio.timeout(30):
        await provider.called.acquire()
        call.cancel()
        await provider.left.acquire()


async def test_a_check_outlasts_an_answer_that_is_no_answer() -> None:
    async def login_page(_request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Please log in</html>", content_type="text/html")

    app = web.Application()
    app.router.add_get("/v1/models", login_page)
    async with serve(app, host="127.0.0.1", port=0) as url:
        painter = OpenAIImages(Settings(name="Painter", base_url=f"{url}/v1", api_key="test-key"))
        assert await painter.check() == "Painter answers in a way that is not understood."
        await painter.close()


async def test_a_check_says_whether_the_provider_is_there(provider: Provider) -> None:
    painter = images(provider)
    assert await painter.check() is None
    await painter.close()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        provider.url = f"http://127.0.0.1:{closed.getsockname()[1]}/v1"
        painter = images(provider)
        assert await painter.check() == "Painter can't be reached at the moment."
        await painter.close()
