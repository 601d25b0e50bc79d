"""A whole bridge whose provider of pictures is a stand-in: every call takes 50 ms and gives the same picture.

`python -m tools.bench.bridge_stand_in CONFIG` runs `nightjar bridge` in all but that. When it is told to stop, it
prints how often the provider was called.
"""

import asyncio
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from PIL import Image

from cloud_bridge.app import run_bridge
from cloud_bridge.config import BridgeConfig, load_config
from cloud_bridge.picture import Picture, look_at
from cloud_bridge.protocol import ImageCreate, Usage
from cloud_bridge.providers.everybody import Providers
from cloud_bridge.providers.openai_images import Made, OpenAIImages
from cloud_bridge.providers.panel import Panel
from cloud_bridge.providers.settings import Provider
from cloud_bridge.witness import NOBODY, Witness

CALL_S = 0.05


class StandIn(OpenAIImages):
    """Takes its time and costs two cents."""

    def __init__(self, settings: Provider) -> None:
        super().__init__(settings)
        file = io.BytesIO()
        Image.new("RGB", (256, 256), "teal").save(file, "PNG")
        self._picture = Made(look_at(file.getvalue()), "stand-in", None, Usage(output_tokens=1000, cost_usd=0.02))
        self.calls = 0

    async def check(self) -> str | None:
        """It is well."""
        return None

    async def make(
        self,
        request: ImageCreate,
        *,
        key: str,
        whose: str | None = None,
        on_progress: Callable[[float], None],
        on_partial: Callable[[int, Picture], None],
    ) -> Made:
        """The picture."""
        del request, key, whose, on_progress, on_partial
        self.calls += 1
        await asyncio.sleep(CALL_S)
        return self._picture


class Everybody(Providers):
    """The stand-in alone."""

    asked: ClassVar[list[StandIn]] = []
    """Whoever was made."""

    def __init__(self, config: BridgeConfig, *, witness: Witness = NOBODY) -> None:
        super().__init__(config, witness=witness)
        stand_in = StandIn(config.provider)
        self.images, self.edits = Panel([stand_in]), None
        self.asked.append(stand_in)


def main(config: Path) -> None:
    """Run until SIGTERM."""

    def ready(_url: str, _status: str) -> None:
        print(json.dumps({"ready": "bridge"}), flush=True)

    asyncio.run(run_bridge(load_config(config, state=config.parent), ready=ready, everybody=Everybody))
    print(json.dumps({"calls": Everybody.asked[0].calls}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
