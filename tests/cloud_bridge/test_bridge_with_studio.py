"""Bridge and studio together, over the wire that any provider speaks."""

import io
from pathlib import Path

from bridge_parts import bridge_toml, command, device, request
from PIL import Image
from test_bridge import fetch, status, watching

from cloud_bridge.broker import Broker
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
