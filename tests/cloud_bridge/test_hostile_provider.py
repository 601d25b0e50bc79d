"""A provider that has gone mad, on the wire: whatever it sends, the call ends as one thing, and is made once."""

import asyncio
import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from bridge_parts import Answer, Provider, b64, events, json_answer, png, serving
from test_openai_edits import BLUE, edit
from test_openai_images import COMPLETED, Told, images, make, partial

from cloud_bridge.providers import bounded
from cloud_bridge.providers.faults import OutcomeUnknown, ProviderFailed
from cloud_bridge.providers.openai_images import MOST_PARTIALS, Inputs

MEGABYTE = b"x" * 1024 * 1024


def stream(*pieces: bytes, status: int = 200, encoding: str = "identity", location: str = "") -> Answer:
    """These bytes, then the end of the connection."""
    headers = {"Content-Type": "text/event-stream", "Content-Encoding": encoding, "Location": location}

    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers=headers)
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
        return response

    return answer


def without_end(piece: bytes, kind: str, status: int = 200) -> Answer:
    """The same piece again and again, as long as somebody takes it."""

    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Type": kind})
        await response.prepare(request)
        while True:
            await response.write(piece)
            await asyncio.sleep(0)

    return answer


async def generate(provider: Provider) -> None:
    await make(images(provider, partial_images=2))


async def generate_at_once(provider: Provider) -> None:
    await make(images(provider), partial_images=0)


async def change(provider: Provider) -> None:
    await edit(provider, Inputs([BLUE]), partial_images=2)


CALLS = [generate, generate_at_once, change]
DEEP = b'{"data":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
JUNK = {
    "no JSON": stream(b"data: {broken\n\n"),
    "no UTF-8": stream(b"data: \xff\xfe\n\n"),
    "nothing": stream(),
    "done at once": stream(b"data: [DONE]\n\n"),
    "no events": stream(b"\n\n: hello\n\nretry: 0\n\nid: 7\n\n"),
    "a list": stream(b"data: []\n\n"),
    "a number": stream(b"data: 7\n\n"),
    "too deep": stream(b"data: " + DEEP + b"\n\n"),
    "half an event": stream(b'event: image_generation.completed\ndata: {"type": "image_gen'),
    "compressed": stream(gzip.compress(MEGABYTE * 8), encoding="gzip"),
}


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("junk", JUNK)
async def test_junk_leaves_the_outcome_unknown(
    provider: Provider, junk: str, call: Callable[[Provider], Awaitable[None]]
) -> None:
    provider.answers = [JUNK[junk]]
    with pytest.raises((OutcomeUnknown, ProviderFailed)) as caught:
        await call(provider)
    if isinstance(caught.value, ProviderFailed):  # it was an answer, but not with a picture
        assert caught.value.code == "provider_error"
    assert len(provider.requests) == 1


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("status", [200, 429])
@pytest.mark.parametrize("piece", [MEGABYTE, b": ping\n\n" * 10_000, b"data: x\n" * 10_000], ids=["x", "pings", "data"])
async def test_an_answer_without_an_end_is_not_read_to_its_end(
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    piece: bytes,
    status: int,
    call: Callable[[Provider], Awaitable[None]],
) -> None:
    monkeypatch.setattr(bounded, "MOST_BYTES", 3 * 1024 * 1024)
    kind = "text/event-stream" if status == 200 else "application/json"
    provider.answers = [without_end(piece, kind, status)]
    with pytest.raises(OutcomeUnknown):
        await call(provider)
    assert len(provider.requests) == 1


async def test_a_slow_drip_has_no_more_time_than_any_answer(provider: Provider) -> None:
    async def drip(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        while True:
            await response.write(b": still here\n\n")
            await asyncio.sleep(0.01)

    provider.answers = [drip]
    with pytest.raises(OutcomeUnknown):
        await make(images(provider, partial_images=2, timeout_s=0.3))


async def test_a_picture_that_is_a_bomb_is_looked_at_before_it_is_unpacked(provider: Provider) -> None:
    bomb = png((8000, 8000), "white")  # 100 kB that would be 192 MB
    completed = COMPLETED | {"b64_json": b64(bomb)}
    provider.answers = [events(completed)]
    with pytest.raises(ProviderFailed, match="8000 x 8000 pixels") as failed:
        await make(images(provider, partial_images=1))
    assert failed.value.code == "provider_error"


async def test_a_thousand_partial_pictures_are_not_all_looked_at(provider: Provider) -> None:
    provider.answers = [events(*[partial(index, "blue") for index in range(30)], COMPLETED)]
    told = Told()
    await make(images(provider, partial_images=2), told)
    assert len(told.partials) == MOST_PARTIALS
    assert max(index for index, _ in told.partials) <= 9


ODD: list[dict[str, Any]] = [
    {"partial_image_index": "7", "b64_json": b64(png())},
    {"partial_image_index": 10**30, "b64_json": b64(png())},
    {"partial_image_index": None, "b64_json": ["x"]},
    {"b64_json": {"x": 1}},
    {},
]


async def test_odd_partial_pictures_do_not_spoil_the_final_one(provider: Provider) -> None:
    kind = "image_generation.partial_image"
    provider.answers = [events(*[{"type": kind} | odd for odd in ODD], {"type": "nightjar.progress"}, COMPLETED)]
    told = Told()
    assert (await make(images(provider, partial_images=2), told)).picture.data == png()
    assert [index for index, _ in told.partials] == [0, 9]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "moderation_blocked", "message": "no"}, "refused"),
        ({"code": "server_error", "message": "oops"}, "provider_error"),
        ({"code": "insufficient_quota", "message": "money"}, "provider_error"),
        ({"code": "rate_limit_exceeded", "message": "slow"}, "provider_error"),
        ({"message": {"deep": ["x"]}, "code": ["x"]}, "provider_error"),
        ("just words", "provider_error"),
        ([1], "provider_error"),
    ],
)
async def test_an_error_in_the_middle_of_the_work_is_never_a_reason_to_ask_another(
    provider: Provider, error: object, code: str
) -> None:
    provider.answers = [events(partial(0, "blue"), {"type": "error", "error": error})]
    with pytest.raises(ProviderFailed) as failed:
        await make(images(provider, partial_images=2, api_keys=["another"]))
    assert failed.value.code == code
    assert not failed.value.nothing_done
    assert len(provider.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_nobody_is_followed_to_another_place_with_a_person_s_photo(provider: Provider, status: int) -> None:
    async with serving(Provider()) as elsewhere:
        provider.answers = [stream(status=status, location=f"{elsewhere.url}/images/edits")]
        with pytest.raises(ProviderFailed) as failed:
            await change(provider)
    assert failed.value.text == "Painter is not where the bridge asks for it: its base_url is wrong."
    assert elsewhere.requests == []


@pytest.mark.parametrize(
    "body",
    [{"error": {"code": "server_error"}}, {"data": {}}, {"data": [None]}, {"data": [7]}, {"data": "x"}, [], 7, None],
    ids=json.dumps,
)
async def test_an_answer_of_another_shape_has_no_picture(provider: Provider, body: object) -> None:
    provider.answers = [lambda _request, _body: json_answer(body)]
    with pytest.raises((ProviderFailed, OutcomeUnknown)) as caught:
        await generate_at_once(provider)
    if isinstance(caught.value, ProviderFailed):
        assert caught.value.code == "provider_error"
    assert len(provider.requests) == 1
