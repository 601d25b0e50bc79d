"""Pictures that are changed: the form with its files as OpenAI's own client sends it, and what comes back."""

import asyncio
import hashlib
from pathlib import Path
from time import time
from typing import Any
from uuid import UUID

import pytest
from bridge_desk import Desk
from bridge_parts import USAGE, Provider, b64, error, events, png
from test_openai_images import Told
from test_takeover import named
from uuid_utils import uuid7

from cloud_bridge.config import Price
from cloud_bridge.config import Provider as Settings
from cloud_bridge.picture import look_at
from cloud_bridge.protocol import Failed, Final, ImageEdit, InputRef, Partial, device_topic, encode
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.providers.openai_images import MARKUP_SAYS, InputFile, Inputs, Made, OpenAIImages

BLUE = InputFile(png(colour="blue"), "image/png")
GREEN = InputFile(b"a JPEG", "image/jpeg")
MASK = InputFile(b"the mask", "image/png")
STROKES = InputFile(b"the strokes", "image/png")
REF = InputRef(sha256="0" * 64, size_bytes=1, media_type="image/png", width=128, height=96)


def edit_of(*inputs: InputRef, **more: Any) -> ImageEdit:
    now = time()
    wish: dict[str, Any] = {"prompt": "make it red", "partial_images": 0, "inputs": inputs or (REF,)}
    wish |= {"width": wish["inputs"][0].width, "height": wish["inputs"][0].height}
    return ImageEdit(job=UUID(str(uuid7())), turn="t1", created_at=now, expires_at=now + 600, **(wish | more))


async def edit(
    provider: Provider,
    inputs: Inputs,
    *,
    told: Told | None = None,
    wish: dict[str, Any] | None = None,
    **settings: Any,
) -> Made:
    usual = {"name": "Painter", "base_url": provider.url, "api_key": "test-key", "model": "paint-1"}
    painter = OpenAIImages(Settings.model_validate(usual | settings))
    told = told or Told()
    asked = edit_of(partial_images=2 if settings.get("partial_images") else 0, **(wish or {}))
    try:
        return await painter.edit(
            asked, inputs, key="the-key", on_progress=told.on_progress, on_partial=told.on_partial
        )
    finally:
        await painter.close()


async def test_one_picture_is_sent_as_a_file_with_the_words(provider: Provider) -> None:
    made = await edit(provider, Inputs([BLUE]), partial_images=0)
    assert made.picture.data == png()
    assert provider.requests == [
        {
            "prompt": "make it red",
            "model": "paint-1",
            "n": "1",
            "size": "auto",
            "image": [("picture-1.png", "image/png", BLUE.data)],
        }
    ]


@pytest.mark.parametrize(("extensions", "size"), [([], "1536x1024"), (["any_size"], "1920x1088")])
async def test_a_picture_that_is_to_become_larger_has_the_size_that_the_provider_makes(
    provider: Provider, extensions: list[str], size: str
) -> None:
    await edit(provider, Inputs([BLUE]), partial_images=0, extensions=extensions, wish={"width": 1920, "height": 1088})
    assert provider.requests[0]["size"] == size


async def test_several_pictures_and_a_mask_keep_their_order(provider: Provider) -> None:
    await edit(provider, Inputs([BLUE, GREEN], mask=MASK), partial_images=0)
    (sent,) = provider.requests
    assert sent["image[]"] == [("picture-1.png", "image/png", BLUE.data), ("picture-2.jpeg", "image/jpeg", GREEN.data)]
    assert sent["mask"] == [("mask.png", "image/png", MASK.data)]


async def test_what_was_drawn_over_a_picture_is_one_more_picture_and_the_words_say_so(provider: Provider) -> None:
    await edit(provider, Inputs([BLUE, GREEN], markup=STROKES), partial_images=0)
    (sent,) = provider.requests
    assert [name for name, _, _ in sent["image[]"]] == ["picture-1.png", "picture-2.jpeg", "drawn-over-it.png"]
    assert sent["image[]"][2][2] == STROKES.data
    assert sent["prompt"] == f"make it red\n\n{MARKUP_SAYS}"


async def test_a_model_that_has_a_field_for_it_gets_it_there_unless_there_is_a_mask(provider: Provider) -> None:
    model = "gpt-image-2.5-flare"
    await edit(provider, Inputs([BLUE], markup=STROKES), model=model, partial_images=0)
    await edit(provider, Inputs([BLUE], mask=MASK, markup=STROKES), model=model, partial_images=0)
    with_field, with_mask = provider.requests
    assert (with_field["markup"], with_field["prompt"]) == (
        [("markup.png", "image/png", STROKES.data)],
        "make it red",
    )
    assert "markup" not in with_mask
    assert len(with_mask["image[]"]) == 2


async def test_sixteen_pictures_may_come_and_a_drawing_is_one_of_them(provider: Provider) -> None:
    await edit(provider, Inputs([BLUE] * 16), partial_images=0)
    assert len(provider.requests[0]["image[]"]) == 16
    with pytest.raises(ProviderFailed) as failed:
        await edit(provider, Inputs([BLUE] * 16, markup=STROKES), partial_images=0)
    assert failed.value.code == "bad_request"
    assert len(provider.requests) == 1


async def test_how_the_picture_is_wanted_is_passed_on(provider: Provider) -> None:
    await edit(
        provider,
        Inputs([BLUE]),
        partial_images=0,
        model="gpt-image-1.5",
        quality="high",
        background="transparent",
        output_format="webp",
        output_compression=80,
    )
    wanted = {"quality": "high", "background": "transparent", "output_format": "webp", "output_compression": "80"}
    assert wanted | {"input_fidelity": "high"} == {
        name: value for name, value in provider.requests[0].items() if name in (*wanted, "input_fidelity")
    }


async def test_partial_pictures_come_before_the_final_one(provider: Provider) -> None:
    partial = {"type": "image_edit.partial_image", "b64_json": b64(png(colour="blue")), "partial_image_index": 1}
    completed = {"type": "image_edit.completed", "b64_json": b64(png()), "usage": USAGE}
    provider.answers = [events(partial, completed)]
    told = Told()
    made = await edit(provider, Inputs([BLUE]), told=told, partial_images=2)
    assert (provider.requests[0]["stream"], provider.requests[0]["partial_images"]) == ("true", "2")
    assert [(index, picture.data) for index, picture in told.partials] == [(1, png(colour="blue"))]
    assert made.picture.data == png()


async def test_pictures_that_were_read_have_a_price_of_their_own(provider: Provider) -> None:
    details = {"text_tokens": 40, "image_tokens": 960}
    usage = USAGE | {"input_tokens_details": details}
    completed = {"type": "image_edit.completed", "b64_json": b64(png()), "usage": usage}
    provider.answers = [events(completed)]
    prices = {"paint-1": Price(input_per_million=5, image_input_per_million=8, output_per_million=30)}
    made = await edit(provider, Inputs([BLUE]), partial_images=1, prices=prices)
    assert made.usage.cost_usd == 0.06788  # 40 × 5 + 960 × 8 + 2,000 × 30 micro-dollars


class Job:
    """An edit that goes through ledger, store and worker."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.worker = desk.front._workers["edit"]

    async def uploaded(self, data: bytes) -> InputRef:
        """As if the lamp had PUT it."""
        picture, sha256 = look_at(data), hashlib.sha256(data).hexdigest()
        path = self.path_of(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        size = {"width": picture.width, "height": picture.height}
        return InputRef(sha256=sha256, size_bytes=len(data), media_type="image/png", **size)

    def path_of(self, sha256: str) -> Path:
        return self.desk.media.uploads._path("lamp", sha256, "image/png")

    async def sent(self, *inputs: InputRef, **more: Any) -> ImageEdit:
        wish = edit_of(*inputs, **more)
        await self.desk.arrives(device_topic("lamp", "jobs"), encode(wish))
        return wish

    async def __aenter__(self) -> "Job":
        self._running = asyncio.create_task(self.worker.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)
        await self.desk.close()


async def test_an_edit_is_made_of_what_was_uploaded(tmp_path: Path, provider: Provider) -> None:
    partial = {"type": "image_edit.partial_image", "b64_json": b64(png(colour="blue")), "partial_image_index": 0}
    shown = asyncio.Event()
    completed = {"type": "image_edit.completed", "b64_json": b64(png()), "usage": USAGE}
    provider.answers = [events(partial, shown, completed)]
    async with Job(Desk(tmp_path, provider_url=provider.url, partial_images=1)) as job:
        photo, mask, strokes = [await job.uploaded(png(colour=colour)) for colour in ("blue", "white", "black")]
        wish = await job.sent(photo, mask=mask, markup=strokes, partial_images=1)
        await job.desk.hears(Partial)
        shown.set()
        (final,) = await job.desk.hears(Final)
        assert (final.job, final.provider) == (wish.job, "Painter")
    (sent,) = provider.requests
    assert [data for _, _, data in (*sent["image[]"], *sent["mask"])] == [
        png(colour="blue"),
        png(colour="black"),
        png(colour="white"),
    ]


async def test_an_edit_whose_picture_is_gone_fails_and_nobody_is_asked(tmp_path: Path, provider: Provider) -> None:
    job = Job(Desk(tmp_path, provider_url=provider.url))
    photo = await job.uploaded(png())
    await job.sent(photo)
    job.path_of(photo.sha256).unlink()
    async with job:
        (failed,) = await job.desk.hears(Failed)
        assert (failed.code, failed.retryable) == ("input_missing", True)
    assert provider.requests == []


async def test_an_edit_of_more_than_fits_into_memory_is_refused(tmp_path: Path, provider: Provider) -> None:
    async with Job(Desk(tmp_path, provider_url=provider.url)) as job:
        large = (await job.uploaded(png())).model_copy(update={"size_bytes": 60 * 1024 * 1024})
        await job.sent(large, large, large)
        (failed,) = await job.desk.hears(Failed)
        assert (failed.code, failed.text) == ("bad_request", "These pictures are too large to be changed together.")
    assert provider.requests == []


async def test_an_edit_is_made_by_the_second_where_the_first_did_not_begin(tmp_path: Path, provider: Provider) -> None:
    provider.answers = [error(503, None)]
    desk = Desk(tmp_path, provider_url=provider.url, others=[named("Second", provider)])
    async with Job(desk) as job:
        await job.sent(await job.uploaded(png()))
        (final,) = await desk.hears(Final)
        assert final.provider == "Second"
    assert len(provider.requests) == 2
