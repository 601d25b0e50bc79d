"""Bridge and studio together, over the wire that any provider speaks."""

import io
from pathlib import Path

import numpy as np
from bridge_desk import Desk
from bridge_parts import bridge_toml, command, device, request
from PIL import Image, ImageDraw
from test_bridge import fetch, status, watching
from test_openai_edits import Job

from cloud_bridge.broker import Broker
from cloud_bridge.config import Provider as Settings
from cloud_bridge.protocol import Accepted, Failed, Final, Partial, Progress

STUDIO = (
    "idempotent = true",
    'extensions = ["seed", "idempotency", "progress"]',
    'engine = "Nightjar studio (vector art)"',
)


async def test_a_fox_goes_all_the_way_from_a_device_to_the_studio_and_back(tmp_path: Path, broker: Broker) -> None:
    fox, flurble = request("a red fox under a full moon", seed=7), request("a flurble")
    async with command("studio", "--port", "0", home=tmp_path) as (_, studio):
        path = bridge_toml(tmp_path, broker, f"{studio}/v1", *STUDIO)
        settings = (
            path.read_text().replace("partial_images = 0", "partial_images = 1").replace("paint-1", "nightjar-studio-1")
        )
        path.write_text(settings)
        async with command("bridge", "--config", str(path), home=tmp_path), device(broker) as lamp:
            async with watching(broker) as link:
                await status(link, online=True)
            await lamp.send(fox)
            await lamp.send(flurble)
            failed = await lamp.hears(Failed, flurble.job)
            assert (failed.code, failed.text) == ("refused", "I don't know how to draw “flurble”.")
            final = await lamp.hears(Final, fox.job)
            partial = await lamp.hears(Partial, fox.job)
            await lamp.hears(Progress, fox.job)
            await lamp.hears(Accepted, fox.job)
            for artifact in (partial.artifact, final.artifact):
                image = Image.open(io.BytesIO(await fetch(artifact)))
                image.load()
                assert image.size == (artifact.width, artifact.height) == (1024, 1024)
            assert partial.artifact.sha256 != final.artifact.sha256
            assert final.engine == "Nightjar studio (vector art)"


def ball() -> Image.Image:
    picture = Image.new("RGB", (192, 160), (225, 215, 190))
    ImageDraw.Draw(picture).ellipse((60, 60, 130, 130), fill=(205, 50, 45))
    return picture


def saved(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


async def test_an_edit_goes_to_the_studio_and_changes_nothing_outside_its_mask(tmp_path: Path) -> None:
    mask = Image.new("RGBA", (192, 160), (0, 0, 0, 255))
    ImageDraw.Draw(mask).rectangle((50, 50, 140, 140), fill=(0, 0, 0, 0))
    drawn = Image.new("RGBA", (192, 160), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).ellipse((50, 50, 140, 140), outline=(255, 0, 200, 255), width=5)
    async with command("studio", "--port", "0", home=tmp_path) as (_, studio):
        ours = Settings(
            name="Studio",
            base_url=f"{studio}/v1",
            api_key="none",
            model="nightjar-studio-1",
            extensions=frozenset({"seed", "idempotency", "progress", "markup", "any_size"}),
        )
        desk = Desk(tmp_path, others=[ours])  # the first is not there
        async with Job(desk) as job:
            photo, marked, strokes = [await job.uploaded(saved(each)) for each in (ball(), mask, drawn)]
            await job.sent(photo, mask=marked, prompt="make the ball blue", seed=7)
            (final,) = await desk.hears(Final)
            await job.sent(photo, markup=strokes, prompt="make the ball blue", seed=7)
            _, other = await desk.hears(Final, times=2)
            assert (final.provider, final.artifact.width, final.artifact.height) == ("Studio", 192, 160)
            after, drawn_over = [
                np.asarray(Image.open(desk.media._path(each.artifact.sha256, ".png")).convert("RGB"))
                for each in (final, other)
            ]
    outside = np.ones((160, 192), bool)
    outside[50:141, 50:141] = False
    assert np.array_equal(after[outside], np.asarray(ball())[outside])
    for picture in (after, drawn_over):
        red, _, blue = (int(value) for value in picture[95, 95])
        assert blue > red + 60
