"""The studio's edits, with OpenAI's own client: what goes in, what comes out, and what is turned away."""

import asyncio
import base64
import io
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import aiohttp
import numpy as np
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import ImageEditCompletedEvent, ImageEditPartialImageEvent
from PIL import Image, ImageDraw

from cloud_bridge.listen import serve
from cloud_bridge.studio import decode, form, piece
from cloud_bridge.studio.server import Studio
from cloud_bridge.studio.wire import Refused

MODEL = "nightjar-studio-1"
BALL = (60, 60, 130, 130)


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


def ball(mode: str = "RGB") -> Image.Image:
    picture = Image.new("RGB", (192, 160), (225, 215, 190))
    ImageDraw.Draw(picture).ellipse(BALL, fill=(205, 50, 45))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str = "PNG", **more: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **more)
    return file.getvalue()


def mask(box: tuple[int, int, int, int] = (50, 50, 140, 140), size: tuple[int, int] = (192, 160)) -> bytes:
    picture = Image.new("RGBA", size, (0, 0, 0, 255))
    ImageDraw.Draw(picture).rectangle(box, fill=(0, 0, 0, 0))
    return saved(picture)


def opened(b64: str | None) -> Image.Image:
    picture = Image.open(io.BytesIO(base64.b64decode(b64 or "")))
    picture.load()
    return picture


async def edited(client: openai.AsyncOpenAI, image: Any, prompt: str = "make it blue", **more: Any) -> Image.Image:
    answer = await client.images.edit(image=image, prompt=prompt, model=MODEL, **more)
    assert answer.data is not None
    return opened(answer.data[0].b64_json)


async def refusal(client: openai.AsyncOpenAI, image: Any, prompt: str = "make it blue", **more: Any) -> tuple[str, str]:
    with pytest.raises(openai.BadRequestError) as error:
        await edited(client, image, prompt, **more)
    assert isinstance(error.value.body, dict)
    assert error.value.body.keys() == {"message", "type", "param", "code"}
    return str(error.value.code), error.value.body["message"]


async def test_openais_client_changes_a_picture_and_nothing_outside_the_mask(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.edit(image=saved(ball()), mask=mask(), prompt="make the ball blue", model=MODEL)
    assert answer.data is not None
    after = np.asarray(opened(answer.data[0].b64_json)).astype(int)
    assert (answer.size, answer.output_format, answer.background) == ("192x160", "png", "opaque")
    assert answer.usage is not None
    assert after[95, 95, 2] > after[95, 95, 0] + 60
    outside = np.ones((160, 192), bool)
    outside[50:141, 50:141] = False
    assert np.array_equal(after[outside], np.asarray(ball())[outside])


async def test_a_streamed_edit_comes_with_real_pictures_in_between(client: openai.AsyncOpenAI) -> None:
    stream = await client.images.edit(
        image=("ball.png", saved(ball())),
        mask=mask(),
        prompt="remove this",
        model=MODEL,
        stream=True,
        partial_images=2,
        extra_body={"progress": True, "seed": 7},
    )
    events: list[Any] = [event async for event in stream]
    partial = [event for event in events if event.type == "image_edit.partial_image"]
    assert [event.partial_image_index for event in partial] == [0, 1]
    assert all(isinstance(event, ImageEditPartialImageEvent) for event in partial)
    assert isinstance(events[-1], ImageEditCompletedEvent)
    assert (events[-1].size, events[-1].usage.total_tokens) == ("192x160", 0)
    fractions = [event.fraction for event in events if event.type == "nightjar.progress"]
    assert fractions == sorted(fractions)
    assert opened(partial[0].b64_json).size == opened(events[-1].b64_json).size == (192, 160)
    after = np.asarray(opened(events[-1].b64_json)).astype(int)
    assert np.abs(after[95, 95] - (225, 215, 190)).max() < 12


async def test_the_same_key_with_another_picture_is_another_request(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = {"Idempotency-Key": "job 7"}
    first = await edited(client, saved(ball()), extra_headers=key)

    def never(*_: object, **__: object) -> Image.Image:
        raise AssertionError("painted again")

    monkeypatch.setattr(piece, "retouch", never)
    assert (await edited(client, saved(ball()), extra_headers=key)).tobytes() == first.tobytes()
    with pytest.raises(openai.ConflictError) as conflict:
        await edited(client, saved(ball("L")), extra_headers=key)
    assert conflict.value.code == "idempotency_key_reused"
    with pytest.raises(openai.ConflictError):
        await edited(client, saved(ball()), mask=mask(), extra_headers=key)


@pytest.mark.parametrize(("output_format", "pil"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
async def test_the_picture_comes_in_the_format_and_size_asked_for(
    client: openai.AsyncOpenAI, output_format: str, pil: str
) -> None:
    after = await edited(client, saved(ball("RGBA")), output_format=output_format, size="256x256")
    assert (after.format, after.size) == (pil, (256, 256))


async def test_several_pictures_are_made_of_one_with_a_seed_each(client: openai.AsyncOpenAI) -> None:
    grain = np.random.default_rng(1).integers(0, 30, (160, 192, 3), np.uint8)
    grainy = Image.fromarray(np.asarray(ball()) + grain)
    answer = await client.images.edit(image=saved(grainy), prompt="remove the ball", model=MODEL, n=2)
    assert answer.data is not None
    assert len({image.b64_json for image in answer.data}) == 2


async def test_several_pictures_become_one(client: openai.AsyncOpenAI) -> None:
    sticker = Image.new("RGBA", (40, 40))
    ImageDraw.Draw(sticker).rectangle((5, 5, 35, 35), fill=(40, 200, 60))
    meadow = saved(Image.new("RGB", (192, 160), (150, 170, 220)))
    after = np.asarray(await edited(client, [meadow, saved(sticker)], "put the sticker on the right")).astype(int)
    green = (after[..., 1] - after[..., 2]) > 80
    assert green[:, 96:].sum() > 1_000
    assert not green[:, :80].any()


async def test_a_background_that_is_to_be_transparent_is_cut_away(client: openai.AsyncOpenAI) -> None:
    answer = await client.images.edit(image=saved(ball()), prompt="make it blue", model=MODEL, background="transparent")
    assert answer.data is not None
    assert answer.background == "transparent"
    after = opened(answer.data[0].b64_json)
    assert after.mode == "RGBA"
    assert (after.getpixel((5, 5)) or (0,) * 4)[3] == 0  # pyright: ignore[reportIndexIssue]
    assert (after.getpixel((95, 95)) or (0,) * 4)[3] == 255  # pyright: ignore[reportIndexIssue]


WRONG: list[tuple[bytes, str, str]] = [
    (b"", "invalid_image_file", "The image is not a PNG, JPEG or WebP picture."),
    (b"GIF89a" + bytes(64), "invalid_image_file", "The image is not a PNG, JPEG or WebP picture."),
    (saved(ball())[:-400], "invalid_image_file", "The image is damaged or breaks off."),
    (saved(ball(), "JPEG")[:900], "invalid_image_file", "The image is damaged or breaks off."),
    (saved(Image.new("1", (20_000, 20_000))), "invalid_image_size", "The image is too large: 40 million pixels are"),
    (saved(Image.new("L", (8, 300))), "invalid_image_size", "The image is too small: it has 8×300 pixels"),
    (saved(Image.new("L", (16, 4000))), "invalid_image_size", "The image is too long and narrow."),
    (
        saved(ball(), "WEBP", save_all=True, append_images=[ball().rotate(9)]),
        "invalid_image_file",
        "The image is animated: send a still picture.",
    ),
    (
        saved(ball(), "PNG", save_all=True, append_images=[ball().rotate(9)]),
        "invalid_image_file",
        "The image is animated: send a still picture.",
    ),
]


@pytest.mark.parametrize(("data", "code", "text"), WRONG)
async def test_what_is_no_good_picture_is_refused_in_one_sentence(
    client: openai.AsyncOpenAI, data: bytes, code: str, text: str
) -> None:
    got, message = await refusal(client, ("a.png", data))
    assert got == code
    assert message.startswith(text)


@pytest.mark.parametrize(
    ("wrong", "text"),
    [
        (mask(size=(160, 192)), "The mask has 160×192 pixels and the picture 192×160: they must be the same."),
        (saved(Image.new("RGB", (192, 160))), "The mask marks nothing: what may change must be transparent."),
        (saved(Image.new("L", (192, 160)), "JPEG"), "The mask is not a PNG file."),
    ],
)
async def test_a_mask_must_fit_and_mark_something(client: openai.AsyncOpenAI, wrong: bytes, text: str) -> None:
    assert (await refusal(client, saved(ball()), mask=wrong))[1] == text


async def test_what_is_drawn_around_marks_the_part(client: openai.AsyncOpenAI) -> None:
    ring = Image.new("RGBA", (192, 160))
    ImageDraw.Draw(ring).arc((48, 48, 142, 142), 6, 358, fill=(255, 0, 0), width=3)
    after = np.asarray(await edited(client, saved(ball()), "make it blue", markup=saved(ring))).astype(int)
    assert after[95, 95, 2] > after[95, 95, 0] + 60
    outside = np.ones((160, 192), bool)
    outside[42:150, 42:150] = False
    assert np.array_equal(after[outside], np.asarray(ball())[outside])
    assert (await refusal(client, saved(ball()), markup=saved(ring), mask=mask()))[0] == "invalid_value"
    assert (await refusal(client, saved(ball()), markup=saved(ball())))[0] == "invalid_markup"


@pytest.mark.parametrize(
    ("prompt", "more", "code"),
    [
        ("please", {}, "not_understood"),
        ("flurble the whole thing", {}, "unknown_subject"),
        ("make it bigger", {}, "not_supported"),
        ("replace the ball with a flurble", {}, "unknown_subject"),
        ("make it blue", {"size": "5000x5000"}, "invalid_value"),
        ("make it blue", {"size": "1024x64"}, "invalid_value"),
        ("make it blue", {"n": 11}, "invalid_value"),
        ("make it blue", {"background": "transparent", "output_format": "jpeg"}, "invalid_value"),
        ("make it blue", {"output_format": "gif"}, "invalid_value"),
    ],
)
async def test_what_can_not_be_done_is_refused(
    client: openai.AsyncOpenAI, prompt: str, more: dict[str, Any], code: str
) -> None:
    assert (await refusal(client, saved(ball()), prompt, **more))[0] == code


async def test_where_nothing_stands_out_the_refusal_says_to_mark_the_part(client: openai.AsyncOpenAI) -> None:
    plain = saved(Image.new("RGB", (200, 160), (90, 120, 90)))
    assert await refusal(client, plain, "make the horse white") == (
        "part_not_found",
        "I can't tell where the horse is in this picture: mark the part.",
    )
    with pytest.raises(openai.APIError, match="mark the part"):
        async for _ in await client.images.edit(image=plain, prompt="make the horse white", model=MODEL, stream=True):
            pass


async def test_too_many_pictures_and_too_much_of_one_are_turned_away(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = saved(Image.new("L", (16, 16)))
    assert (await refusal(client, [small] * 17))[0] == "too_many_images"
    monkeypatch.setattr(form, "MAX_PICTURE_BYTES", 100_000)
    assert (await refusal(client, bytes(300_000)))[0] == "file_too_large"


def turned(picture: Image.Image) -> bytes:
    """Stored on its side, with the note that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    return saved(picture.rotate(90, expand=True), "JPEG", exif=exif, quality=95)


def deep(picture: Image.Image) -> bytes:
    """Sixteen bits a pixel."""
    return saved(Image.fromarray((np.asarray(picture.convert("L")).astype(np.uint16) << 8) | 0x80))


@pytest.mark.parametrize(
    ("data", "colour"),
    [
        (turned(ball()), (205, 50, 45)),
        (saved(ball("CMYK"), "JPEG", quality=95), (205, 50, 45)),
        (deep(ball()), (96, 96, 96)),
        (saved(ball("L")), (96, 96, 96)),
        (saved(ball("LA")), (96, 96, 96)),
        (saved(ball().quantize(16)), (205, 50, 45)),
        (saved(ball("RGBA"), "WEBP", lossless=True), (205, 50, 45)),
    ],
)
def test_every_kind_of_picture_comes_through_the_door_the_right_way_up(
    data: bytes, colour: tuple[int, int, int]
) -> None:
    picture = decode.read_picture(io.BytesIO(data))
    assert picture.shape == (160, 192, 4)
    assert picture.dtype == np.uint8
    assert np.abs(picture[95, 95].astype(int) - (*colour, 255)).max() <= 12
    assert np.abs(picture[10, 10].astype(int)[:1] - 220).max() <= 12


def test_a_picture_that_is_larger_than_is_worked_on_becomes_smaller_with_its_mask() -> None:
    big = io.BytesIO(saved(Image.new("L", (4096, 1024), 90)))
    assert decode.read_picture(big).shape == (512, 2048, 4)
    assert decode.upright_size(big) == (4096, 1024)
    wide = io.BytesIO(mask((1001, 100, 1999, 900), size=(4096, 1024)))
    part = decode.read_part(wide, of=(4096, 1024), size=(2048, 512))
    assert part[100, 750]
    assert not part[100, 500]  # half of it was not marked
    assert part[:, :500].sum() == part[:50].sum() == 0


WHOLE = [
    saved(ball()),
    saved(ball("RGBA").rotate(20), "WEBP"),
    saved(ball(), "JPEG", progressive=True),
    saved(ball().quantize(8)),
    turned(ball()),
    deep(ball()),
]


@settings(max_examples=150, deadline=None)
@given(
    data=st.sampled_from(WHOLE),
    cut=st.floats(0, 1),
    spoilt=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 255)), max_size=8),
)
def test_bytes_that_were_cut_or_spoilt_are_a_picture_or_one_sentence(
    data: bytes, cut: float, spoilt: list[tuple[int, int]]
) -> None:
    broken = bytearray(data[: round(len(data) * cut)])
    for at, value in spoilt:
        if at < len(broken):
            broken[at] = value
    with suppress(Refused):
        picture = decode.read_picture(io.BytesIO(bytes(broken)))
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 4
        assert max(picture.shape[:2]) <= decode.LONGEST


async def test_nothing_of_a_photo_but_its_pixels_comes_out(client: openai.AsyncOpenAI) -> None:
    after = await edited(client, turned(ball()), output_format="jpeg")
    assert after.size == (192, 160)
    assert not after.getexif()


async def test_a_form_from_a_web_page_is_not_taken(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        body = aiohttp.FormData({"prompt": "make it blue"})
        body.add_field("image", saved(ball()), filename="ball.png")
        async with session.post(f"{url}/v1/images/edits", data=body, headers={"Origin": "https://a.example"}) as answer:
            assert (answer.status, (await answer.json())["error"]["code"]) == (403, "forbidden")


HEAD = b'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nmake it blue\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{}"),
        ("application/x-www-form-urlencoded", b"prompt=x"),
        ("multipart/form-data", HEAD),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", HEAD),
        ("multipart/form-data; boundary=b", HEAD + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"\x00" * 5000),
        ("multipart/form-data; boundary=b", HEAD * 60 + b"--b--\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\nno name\r\n--b--\r\n"),
        ("multipart/form-data; boundary=b", HEAD.replace(b"make it blue", b"x" * 200_000) + b"--b--\r\n"),
    ],
)
async def test_a_form_that_makes_no_sense_is_refused(url: str, kind: str, body: bytes) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/v1/images/edits", data=body, headers={"Content-Type": kind}) as answer,
    ):
        assert answer.status == 400
        assert (await answer.json())["error"]["message"]


async def test_uploads_are_forgotten_when_the_picture_is_painted(
    client: openai.AsyncOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: list[Any] = []
    real: Callable[..., Any] = form.tempfile.SpooledTemporaryFile

    def noted(*args: Any) -> Any:
        files.append(real(*args))
        return files[-1]

    monkeypatch.setattr(form.tempfile, "SpooledTemporaryFile", noted)
    await asyncio.gather(*(edited(client, saved(ball()), mask=mask()) for _ in range(2)))
    assert len(files) == 4
    assert all(file.closed for file in files)
