"""A spoken command from end to end on the device: how long after the end of speech each part is there.

Every command is synthesised (another voice than the reply's), fed in real time to a whole device without a bridge, and
timed by the device's own events. The end of speech is where the synthesised sound ends, not where the device thinks.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from device.config import DeviceConfig
from device.engines import Hearing, load_engines
from device.events import Artifact, Happened, ReplyAudioStarted, Transcript, TurnFinished, WakeWord
from device.progress import watch
from device.running import listening, running_device
from edge_models.models import ModelStore
from edge_models.spoken import VOICE, spoken_clip_apart
from hw.audio.file_duplex import FileDuplex
from tools.bench import resident_mb, result, spread

COMMANDS = (
    "Hey Jarvis, draw a red fox under a full moon.",
    "Hey Jarvis, what time is it?",
    "Hey Jarvis, paint three blue cats on a beach at sunset.",
    "Hey Jarvis, set the volume to sixty percent.",
    "Hey Jarvis, make it night.",
    "Hey Jarvis, draw a castle with two dragons.",
)


async def measure(models_root: Path, _speech: Path | None) -> dict[str, Any]:
    """Say every command once; also the time and the memory that the device's start takes."""
    models = ModelStore(models_root)
    config = DeviceConfig()
    began = time.perf_counter()
    engines = await load_engines(config, models)
    load_ms = (time.perf_counter() - began) * 1000
    times: dict[str, list[float]] = {}
    woken = 0
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        place = Path(directory)
        clips: list[float] = []
        duplex = FileDuplex(realtime=True, on_clip=lambda _: clips.append(time.perf_counter()))
        spoken = [(place / f"{number}.wav", command) for number, command in enumerate(COMMANDS)]
        voice = models.path(VOICE)
        ends = [spoken_clip_apart(command, clip, voice_directory=voice) for clip, command in spoken]
        async with running_device(config, place, hearing=Hearing(duplex, engines)) as device, listening(device):
            for (clip, _), ends_s in zip(spoken, ends, strict=True):
                progress = watch(device.bus)
                seen: list[tuple[Happened, float]] = []
                forget = device.bus.observe(lambda happened, seen=seen: seen.append((happened, time.perf_counter())))
                duplex.add(clip)
                async with asyncio.timeout(30):
                    await progress.until_finished()
                forget()
                ended = clips[-1] + ends_s
                woken += any(isinstance(happened.event, WakeWord) for happened, _ in seen)
                for happened, at in seen:
                    if name := _name(happened):
                        times.setdefault(name, []).append((at - ended) * 1000)
    return result(
        "turn",
        len(COMMANDS),
        woken=woken,
        after_speech_ms={name: spread(values) for name, values in times.items()},
        load_engines_ms=round(load_ms, 1),
        rss_mb=resident_mb(),
    )


def _name(happened: Happened) -> str | None:
    match happened.event:
        case Transcript():
            return "transcript"
        case ReplyAudioStarted():
            return "reply_audio"
        case Artifact(stage="draft"):
            return "draft"
        case TurnFinished():
            return "turn_finished"
        case _:
            return None
