"""Talking over the device: how soon it is silent, and what else silences it.

The device speaks in simulated rooms (impulse responses of the kind `rir`): its own voice comes back into the microphone
as loud as it was played. In each room it first speaks alone; then, in as many replies, recordings of the kind `command`
are said over it after `ALONE_S`, at half the loudness (-6 dB); then it speaks while kitchen noise sounds, 20 dB softer.
Real time, the whole device, no bridge.

- `paused_ms`: from the recording's `speech_start_s` to the moment at which the loudspeaker's queue is paused; a sound
  card adds what it has taken already. Silero's idea of when speech starts is itself some 30 ms off.
- `noticed`: the share of the recordings that paused it within a second; `within_150_ms` of all.
- `own_voice`: how often it fell silent by itself, `first` in the first reply of a room that it doesn't know yet,
  `later` in the seconds before somebody speaks; `noise`: with kitchen noise. Each with the seconds of speech.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np

from device.config import DeviceConfig
from device.engines import Engines, Hearing, load_engines
from device.running import listening, running_device
from edge_models.models import ModelStore
from hw.audio.duplex import RATE_HZ
from hw.audio.file_duplex import FileDuplex
from hw.audio.room import InRoom, Room
from tools.bench import result, spread
from tools.bench.ears import spread_over, write
from tools.bench.speech import Samples, clips, kitchen, power, samples

AT_MOST = 24
ALONE_S = 4.0
_REPLY = (
    "Here is what I can do. I draw what you say, and then change it as you like. I also tell the time and the date, "
    "and I set timers. You can ask me for a picture of a castle by the sea, for instance, or of three cats on a sofa. "
    "Then you say make it night, or add a moon, and I draw it again."
)
_PLAYED_RMS = 0.1
_NEAR = 0.5
_NOISE = 0.1
_NOISE_S = 8


class _Loudspeaker(InRoom):
    """Notes when it is paused."""

    def __init__(self, room: Room) -> None:
        self.clips = FileDuplex(realtime=True, on_clip=self._begin)
        super().__init__(self.clips, room)
        self.began = asyncio.Event()
        self._began_s = 0.0
        self.paused_s: list[float] = []
        """When it was paused, in seconds since the clip began."""

    def _begin(self, _clip: Path) -> None:
        self._began_s = time.perf_counter()
        self.paused_s = []
        self.began.set()

    def pause(self) -> None:
        self.paused_s.append(time.perf_counter() - self._began_s)
        super().pause()


async def measure(models_root: Path, speech: Path) -> dict[str, Any]:
    """Talk over the device with every recording. `speech`: a directory of recordings."""
    config = DeviceConfig()
    engines = await load_engines(config, ModelStore(models_root))
    commands = spread_over([clip for clip in clips(speech, "command") if clip.speech_start_s is not None], AT_MOST)
    rooms = [samples(clip) for clip in clips(speech, "rir")] or [np.ones(1, np.float32)]
    noise = kitchen(speech)
    waits: list[float] = []
    silences = {"first": 0, "later": 0, "noise": 0}
    seconds = dict.fromkeys(silences, 0.0)

    def count(which: str, paused_s: Sequence[float], until_s: float) -> None:
        silences[which] += sum(at_s < until_s for at_s in paused_s)
        seconds[which] += until_s

    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        for number, impulse in enumerate(rooms):
            async with _in_room(impulse, Path(directory), config, engines) as talk:
                count("first", await talk(np.zeros(int(ALONE_S * RATE_HZ), np.float32)), ALONE_S)
                for clip in commands[number :: len(rooms)]:
                    near = samples(clip)
                    lead = np.zeros(int(ALONE_S * RATE_HZ), np.float32)
                    paused_s = await talk(np.concatenate((lead, _as_loud(near, _NEAR * _PLAYED_RMS))))
                    began_s = ALONE_S + (clip.speech_start_s or 0.0)
                    count("later", paused_s, began_s)
                    waits += [at_s - began_s for at_s in paused_s if began_s <= at_s < began_s + 1.0][:1]
                if noise is not None:
                    under = np.roll(noise, -number * _NOISE_S * RATE_HZ)[: _NOISE_S * RATE_HZ]
                    count("noise", await talk(_as_loud(under, _NOISE * _PLAYED_RMS)), _NOISE_S)
    return result(
        "barge_in",
        len(commands),
        paused_ms=spread([wait * 1000 for wait in waits]) if waits else None,
        noticed=round(len(waits) / max(1, len(commands)), 3),
        within_150_ms=round(sum(wait <= 0.15 for wait in waits) / max(1, len(commands)), 3),
        own_voice={which: {"silences": silences[which], "seconds": round(seconds[which])} for which in silences},
    )


@asynccontextmanager
async def _in_room(
    impulse: Samples, place: Path, config: DeviceConfig, engines: Engines
) -> AsyncGenerator[Callable[[Samples], Awaitable[Sequence[float]]], None]:
    """A device in a room; yields what lets it speak while a sound is there, and says when it fell silent."""
    clip = place / "clip.wav"
    loudspeaker = _Loudspeaker(Room(impulse))
    hearing = Hearing(loudspeaker, engines)
    with tempfile.TemporaryDirectory(prefix="home-", dir=place) as home:
        async with running_device(config, Path(home), hearing=hearing) as device, listening(device):

            async def talk(sound: Samples) -> Sequence[float]:
                write(clip, sound)
                loudspeaker.began.clear()
                loudspeaker.clips.add(clip)
                await loudspeaker.began.wait()
                speaking = asyncio.create_task(device.voice.say(device.bus.begin_turn(), _REPLY))
                await asyncio.sleep(sound.size / RATE_HZ)
                paused_s = loudspeaker.paused_s
                device.voice.stop()
                await speaking
                async with asyncio.timeout(30):
                    while device.busy:  # noqa: ASYNC110  No event says so.
                        await asyncio.sleep(0.1)
                return paused_s

            yield talk


def _as_loud(sound: Samples, rms: float) -> Samples:
    return (sound * (rms / max(1e-6, np.sqrt(power(sound))))).astype(np.float32)
