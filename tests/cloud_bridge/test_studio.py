"""The studio, with OpenAI's own client."""

import asyncio
import base64
import io
import signal
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import openai
import pytest
from bridge_parts import WITHIN_S, command
from PIL import Image

from cloud_bridge.listen import ListenError, serve
from cloud_bridge.studio import easel, piece
from cloud_bridge.studio.server import Studio, run_studio
from edge_models.image.finish import Cancelled

FOX = "a red fox under a full moon"
MODEL = "nightjar-studio-1"


@pytest.fixture
async def url() -> AsyncIterator[str]:
    studio = Studio(api_key=None)
    async with serve(studio.app(), host="127.0.0.1", port=0) as url:
        yield url
        studio.easel.close()


@pytest.fixture
async def client(url: str) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="any", max_retries=0) as client:
        yield client


def picture(b64: str | None) -> Image.Image:
    image = Image.open(io.BytesIO(base64.b64decode(b64 or "")))
    image.load()
    return image


async def whole(client: openai.AsyncOpenAI, prompt: str = FOX, **more: Any) -> list[str]:
    answer = await client.images.generate(prompt=prompt, model=MODEL, **more)
    return [image.b64_json or "" for image in answer.data or []]


async def test_a_picture_grows_and_the_studio_answers_meanwhile(client: openai.AsyncOpenAI) -> None:
    assert [model.id for model in (await client.models.list()).data] == [MODEL]
    stream = await client.images.generate(prompt=FOX, model=MODEL, stream=True, partial_images=1)
    events: list[Any] = []
    async for event in stream:
        events.append(event)
        assert (await health(client))["status"] == "ok"
    assert [event.type for event in events] == ["image_generation.partial_image", "image_generation.completed"]
    partial, completed = (picture(event.b64_json) for event in events)
    assert partial.size == completed.size == (1024, 1024)
    assert partial.tobytes() != completed.tobytes()
    assert (events[1].size, events[1].output_format) == ("1024x1024", "png")


def paint_quickly(
    _scene: object,
    *,
    seed: int,
    width: int,
    height: int,
    partials: int,
    on_progress: Callable[[float], None],
    on_partial: Callable[[Image.Image], None],
    cancelled: Callable[[], bool],
) -> Image.Image:
    """In place of the engine, which takes seconds: a plain picture whose colour is the seed."""
    for number in range(partials):
        on_partial(Image.new("L", (width, height), number))
    on_progress(0.5)
    on_progress(1.0)
    return Image.new("RGB", (width, height), (seed % 256, 0, 0))


@pytest.fixture
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece, "finish", paint_quickly)


@pytest.mark.usefixtures("_quick")
async def test_the_picture_has_the_size_asked_for(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.generate(prompt=FOX, model=MODEL, size="1536x1024")
    assert answer.data is not None
    assert picture(answer.data[0].b64_json).size == (1536, 1024)
    assert (answer.size, answer.output_format) == ("1536x1024", "png")


@pytest.mark.usefixtures("_quick")
@pytest.mark.parametrize(("output_format", "pil"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
async def test_the_picture_comes_in_the_format_asked_for(
    client: openai.AsyncOpenAI, output_format: str, pil: str
) -> None:
    (b64,) = await whole(client, output_format=output_format)
    assert (picture(b64).format, picture(b64).size) == (pil, (1024, 1024))


@pytest.mark.usefixtures("_quick")
async def test_each_of_several_pictures_has_a_seed_of_its_own(client: openai.AsyncOpenAI) -> None:
    pictures = await whole(client, n=3, extra_body={"seed": 5})
    assert [picture(b64).getpixel((0, 0)) for b64 in pictures] == [(5, 0, 0), (6, 0, 0), (7, 0, 0)]


@pytest.mark.usefixtures("_quick")
async def test_progress_is_told_to_those_who_ask(client: openai.AsyncOpenAI) -> None:
    stream = await client.images.generate(prompt=FOX, model=MODEL, stream=True, extra_body={"progress": True})
    events = [event async for event in stream]
    fractions = [getattr(event, "fraction", None) for event in events[:-1]]
    assert len(fractions) >= 2
    assert all(isinstance(fraction, float) and 0 <= fraction <= 1 for fraction in fractions)
    assert fractions == sorted(fractions, key=lambda fraction: fraction or 0)
    assert events[-1].type == "image_generation.completed"


@pytest.mark.usefixtures("_quick")
async def test_the_same_key_gives_the_same_picture_without_painting_it_again(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"Idempotency-Key": "job 1"}
    first = await whole(client, extra_headers=key)

    def paint_nothing(*_: object, **__: object) -> Image.Image:
        raise AssertionError("painted again")

    monkeypatch.setattr(piece, "finish", paint_nothing)
    assert await whole(client, extra_headers=key) == first
    with pytest.raises(openai.ConflictError) as conflict:
        await whole(client, "a blue cat", extra_headers=key)
    assert conflict.value.code == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("prompt", "more", "status", "code"),
    [
        ("a flurble", {}, 400, "unknown_subject"),
        ("", {}, 400, "invalid_value"),
        ("x" * 4001, {}, 400, "invalid_value"),
        (FOX, {"size": "1x1"}, 400, "invalid_value"),
        (FOX, {"n": 5}, 400, "invalid_value"),
        (FOX, {"output_format": "gif"}, 400, "invalid_value"),
        (FOX, {"seed": -1}, 400, "invalid_value"),
        (FOX, {"model": "gpt-image-1"}, 404, "model_not_found"),
    ],
)
async def test_a_request_that_can_not_be_met_is_an_error_as_openai_sends_it(
    client: openai.AsyncOpenAI, prompt: str, more: dict[str, Any], status: int, code: str
) -> None:
    with pytest.raises(openai.APIStatusError) as error:
        await client.post("/images/generations", body={"prompt": prompt, "model": MODEL} | more, cast_to=object)
    assert (error.value.status_code, error.value.code) == (status, code)
    assert isinstance(error.value.body, dict)
    assert error.value.body.keys() == {"message", "type", "param", "code"}


async def test_the_words_that_are_not_known_are_named(client: openai.AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        await whole(client, "a flurble")
    assert isinstance(error.value.body, dict)
    assert error.value.body["message"] == "I don't know how to draw “flurble”."


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"[]", b'{"prompt": "\\ud800"}', b"x" * 300_000])
async def test_a_body_that_makes_no_sense_is_refused(url: str, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{url}/v1/images/generations", data=body, headers=headers) as answer:
            assert answer.status in (400, 413)
            assert (await answer.json())["error"]["message"]
        async with session.post(f"{url}/v1/images/generations", data={"prompt": FOX}) as answer:
            assert answer.status == 400
        async with session.get(f"{url}/elsewhere") as answer:
            assert (answer.status, (await answer.json())["error"]["type"]) == (404, "invalid_request_error")


class Brush:
    """In place of the engine: paints when the test says so, and stops when it is told to."""

    def __init__(self) -> None:
        self.may_paint = threading.Event()
        self.began = asyncio.Semaphore(0)
        self.stopped = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def finish(self, *_: object, cancelled: Callable[[], bool], **__: object) -> Image.Image:
        self._loop.call_soon_threadsafe(self.began.release)
        while not self.may_paint.wait(0.01):
            if cancelled():
                self._loop.call_soon_threadsafe(self.stopped.set)
                raise Cancelled
        return Image.new("RGB", (64, 64))


@pytest.fixture
async def brush(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Brush]:
    brush = Brush()
    monkeypatch.setattr(piece, "finish", brush.finish)
    yield brush
    brush.may_paint.set()


async def test_more_than_can_be_painted_is_turned_away_and_told_when_to_come_back(
    client: openai.AsyncOpenAI, brush: Brush
) -> None:
    orders = [asyncio.create_task(whole(client)) for _ in range(easel.MOST_WAITING)]
    async with asyncio.timeout(WITHIN_S):
        while (await health(client))["waiting"] < easel.MOST_WAITING:
            pass
    with pytest.raises(openai.RateLimitError) as error:
        await whole(client)
    assert int(error.value.response.headers["Retry-After"]) > 0
    brush.may_paint.set()
    assert [len(pictures) for pictures in await asyncio.gather(*orders)] == [1] * easel.MOST_WAITING
    assert len(await whole(client)) == 1


async def health(client: openai.AsyncOpenAI) -> dict[str, Any]:
    """Also shows that the studio answers while it paints."""
    url = str(client.base_url).replace("/v1/", "/health")
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return await answer.json()


@pytest.mark.parametrize("stream", [False, True])
async def test_a_picture_that_nobody_waits_for_is_not_painted(
    client: openai.AsyncOpenAI, brush: Brush, stream: bool
) -> None:
    async def order() -> None:
        answer = await client.images.generate(prompt=FOX, model=MODEL, stream=stream)
        if isinstance(answer, openai.AsyncStream):
            async for _ in answer:
                pass

    ordering = asyncio.create_task(order())
    async with asyncio.timeout(WITHIN_S):
        await brush.began.acquire()
        ordering.cancel()
        await brush.stopped.wait()


async def test_two_who_ask_with_the_same_key_share_one_picture(client: openai.AsyncOpenAI, brush: Brush) -> None:
    key = {"Idempotency-Key": "job 1"}
    first = asyncio.create_task(whole(client, extra_headers=key))
    async with asyncio.timeout(WITHIN_S):
        await brush.began.acquire()
        second = asyncio.create_task(whole(client, extra_headers=key))
        third = asyncio.create_task(whole(client, "a blue cat"))
        while (await health(client))["waiting"] < 2:
            pass
        first.cancel()  # the second still wants it
        brush.may_paint.set()
        assert len(await second) == len(await third) == 1
    assert brush.began._value == 1  # the blue cat


async def test_a_fault_while_painting_is_an_error_of_the_studio(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(*_: object, **__: object) -> Image.Image:
        raise ValueError(FOX)

    monkeypatch.setattr(piece, "finish", break_down)
    with pytest.raises(openai.InternalServerError) as error:
        await whole(client)
    assert error.value.code == "painting_failed"
    with pytest.raises(openai.APIError, match="could not paint"):
        async for _ in await client.images.generate(prompt=FOX, model=MODEL, stream=True):
            pass
    assert "while painting: ValueError" in caplog.text
    assert FOX not in caplog.text


async def test_with_a_key_nobody_gets_in_without_it() -> None:
    studio = Studio(api_key="k" * 20)
    async with serve(studio.app(), host="127.0.0.1", port=0) as url:
        for key, allowed in (("k" * 20, True), ("k" * 19, False)):
            async with openai.AsyncOpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0) as client:
                if allowed:
                    assert (await client.models.list()).data
                else:
                    with pytest.raises(openai.AuthenticationError) as error:
                        await client.models.list()
                    assert error.value.code == "invalid_api_key"
    studio.easel.close()


async def test_without_a_key_it_stays_on_this_machine() -> None:
    with pytest.raises(ListenError, match=r"^Anybody could use the studio at 0\.0\.0\.0: give it a key"):
        await run_studio(host="0.0.0.0", port=0, api_key=None)


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
async def test_the_command_ends_well_when_it_is_asked_to(tmp_path: Path, name: signal.Signals) -> None:
    async with command("studio", "--port", "0", home=tmp_path) as (process, url):
        async with aiohttp.ClientSession() as session, session.get(f"{url}/health") as answer:
            assert await answer.json() == {"status": "ok", "waiting": 0}
        process.send_signal(name)
        assert await process.wait() == 0
