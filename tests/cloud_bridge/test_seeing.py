"""Pictures looked at before they are sent on and before they are shown; red stands for what is unfit."""

import asyncio
import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
from bridge_desk import Desk
from bridge_parts import USAGE, Provider, b64, device, events, json_answer, png, request
from PIL import Image, ImageStat
from test_bridge import bridge, state_of
from test_guarded import claimed
from test_openai_edits import REF, edit_of
from test_openai_images import COMPLETED, partial

from cloud_bridge.broker import Broker
from cloud_bridge.config import ConfigError, Safety
from cloud_bridge.picture_work import Pictures
from cloud_bridge.protocol import Failed, ImageCreate, ImageEdit, InputRef, Partial
from cloud_bridge.safety.refused import Refused
from cloud_bridge.safety.seeing import Seeing, seeing
from edge_models.image.compositor import Compositor
from edge_models.image.parse import parse_prompt
from edge_models.models import ModelStore
from edge_models.moderation.sights import Sights


class Red(Sights):
    """Finds red unfit, dark red for children alone."""

    def __init__(self, folder: Path | None = None) -> None:
        """There is nothing to load."""

    def naked(self, picture: Image.Image) -> float:
        red, green, _ = ImageStat.Stat(picture.convert("RGB")).mean
        return (red - green) / 255


@pytest.fixture
def red(monkeypatch: pytest.MonkeyPatch, models: ModelStore) -> str:
    """The section of settings; the model is there, and what it sees is played."""
    monkeypatch.setattr("cloud_bridge.safety.seeing.Sights", Red)
    return f'[safety]\npictures = "on"\nmodels = {json.dumps(str(models.root))}'


def answered(colour: str) -> dict[str, object]:
    return {"created": 1, "data": [{"b64_json": b64(png(colour=colour))}], "usage": USAGE}


async def test_a_picture_that_is_unfit_is_not_shown_nor_kept(
    tmp_path: Path, broker: Broker, provider: Provider, red: str
) -> None:
    provider.answers = [lambda _request, _body: json_answer(answered("red"))]
    wish = request()
    async with bridge(tmp_path, broker, provider, red), device(broker) as lamp:
        await lamp.send(wish)
        failed = await lamp.hears(Failed, wish.job)
        assert (failed.code, failed.text) == ("refused", "The picture that was made is not shown: it is sexual.")
        await lamp.ack(wish.job)
    assert await state_of(tmp_path, wish.job) == "failed"
    assert list((tmp_path / "bridge" / "media").rglob("*.png")) == []


async def test_children_are_shown_less() -> None:
    looking = Seeing(Red())
    assert await looking.shown(png(colour="#a00000"), child=False) is None
    assert await looking.shown(png(colour="#a00000"), child=True) == "sexual"


async def unfit(request: ImageCreate | ImageEdit, data: bytes) -> str | None:
    return await Seeing(Red()).shown(data, child=request.child)


async def test_an_unfit_picture_is_not_shown_while_it_grows_either(tmp_path: Path, provider: Provider) -> None:
    shown = asyncio.Event()
    completed = COMPLETED | {"b64_json": b64(png(colour="blue"))}
    provider.answers = [events(partial(0, "red"), partial(1, "blue"), shown, completed)]
    desk = Desk(tmp_path, provider_url=provider.url, partial_images=2)
    work = Pictures(panel=desk.panel, ledger=desk.ledger, media=desk.media, delivery=desk.delivery, shown=unfit)
    making = asyncio.create_task(work.make(*await claimed(desk.ledger, request(partial_images=2))))
    (told,) = await desk.hears(Partial)
    assert told.index == 1
    shown.set()
    await making
    assert len(desk.sent) == 1
    await desk.close()


async def test_a_photo_that_is_unfit_is_not_sent_to_anybody(
    tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = {sha256(data).hexdigest(): data for data in (png(colour="blue"), png(colour="red"))}

    async def read(ref: InputRef, *, device: str) -> bytes:
        assert device == "lamp"
        return photos[ref.sha256]

    desk = Desk(tmp_path, provider_url=provider.url)
    monkeypatch.setattr(desk.media, "read", read)
    wish = edit_of(*(REF.model_copy(update={"sha256": each}) for each in photos))
    work = Pictures(
        kind="edit", panel=desk.panel, ledger=desk.ledger, media=desk.media, delivery=desk.delivery, shown=unfit
    )
    with pytest.raises(Refused) as refused:
        await work.make(*await claimed(desk.ledger, wish))
    assert (refused.value.text, refused.value.asked) == ("This picture is not changed: it is sexual.", False)
    assert provider.requests == []
    await desk.close()


async def test_the_real_model_lets_a_drawing_through(models: ModelStore) -> None:
    looking = seeing(Safety(pictures="auto", models=models.root))
    assert looking is not None
    file = io.BytesIO()
    Compositor().draft(parse_prompt("a fox in the snow"), seed=1).save(file, "WEBP")
    assert await looking.shown(file.getvalue(), child=True) is None


def test_where_the_model_is_not_installed_auto_looks_at_nothing_and_on_refuses_to_start(tmp_path: Path) -> None:
    assert seeing(Safety(models=tmp_path)) is None
    assert seeing(Safety(pictures="off")) is None
    with pytest.raises(ConfigError, match="nightjar models pull open-nsfw"):
        seeing(Safety(pictures="on", models=tmp_path))
