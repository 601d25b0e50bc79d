"""What the device costs while it waits for its wake word: processor and memory, in a process of its own.

`python -m tools.bench.idle MODELS [NOISE]` runs a whole device, all models loaded, and lets it hear NOISE (silence
without it) at the pace of the wall clock: five seconds to settle, then twenty that count. It prints the processor time
of the process over the wall time, and the memory that it holds at the end.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TypedDict

from device.config import DeviceConfig
from device.engines import Hearing, load_engines
from device.running import listening, running_device
from edge_models.models import ModelStore
from hw.audio.file_duplex import FileDuplex
from tools.bench import resident_mb

_SETTLE_S = 5
_SECONDS = 20


class Idle(TypedDict):
    """The figures."""

    cpu_fraction: float
    """Of one core."""
    rss_mb: int


def idle(models_root: Path, noise: Path | None) -> Idle:
    """Measure in a process of its own."""
    command = [sys.executable, "-m", "tools.bench.idle", str(models_root), *([str(noise)] if noise else [])]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


async def _idle(models_root: Path, noise: Path | None) -> Idle:
    config = DeviceConfig()
    engines = await load_engines(config, ModelStore(models_root))
    duplex = FileDuplex([noise] if noise else [], realtime=True)
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as home:
        async with running_device(config, Path(home), hearing=Hearing(duplex, engines)) as device, listening(device):
            await asyncio.sleep(_SETTLE_S)
            began_s, used_s = time.monotonic(), time.process_time()
            await asyncio.sleep(_SECONDS)
            fraction = (time.process_time() - used_s) / (time.monotonic() - began_s)
            return Idle(cpu_fraction=round(fraction, 4), rss_mb=resident_mb())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(_idle(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None))))
