"""From the end of a spoken command to the first sample of the answer, against the plain chain of the same models.

- **Ours**: each recording of the kind `command` goes in real time to a whole device with a fresh home and no bridge,
  listening from half a second before the first word on, as if the wake word had just been said. What counts is the time
  from the recording's `speech_end_s` to the block in which the loudspeaker gets the first sample of the reply. Only
  local commands count, which the device understands as it would understand their text, and answers; what it can't do,
  and says so, isn't taken; what it misunderstood is counted apart.
- **Plain**: the same sound, until 0.7 s after the VAD's end of speech; then faster-whisper, greedy and with its own
  defaults otherwise, on all of it; then Piper on the reply that our device gave, until its first piece of sound. Each
  part is timed, one after the other, with nothing else running.

`ROUNDS` rounds over the local commands. Without recordings the same is done with synthesised commands.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from faster_whisper import WhisperModel

from device.config import DeviceConfig
from device.context.engine import NONE, ContextEngine
from device.context.surroundings import Surroundings
from device.ears import Limits
from device.ears.turn_end import TurnEnd
from device.engines import Engines, Hearing, load_engines
from device.events import Happened, Reply, TurnFinished, Understood
from device.running import listening, running_device
from edge_models.models import ModelStore
from edge_models.spoken import VOICE, spoken_clip_apart
from edge_models.vad import FRAME_SAMPLES, SileroVad
from hw.audio.duplex import RATE_HZ, Block
from hw.audio.file_duplex import FileDuplex
from tools.bench import resident_mb, result, spread
from tools.bench.ears import around_speech, write
from tools.bench.speech import Samples, clips, samples

ROUNDS = 3
PLAIN_SILENCE_S = 0.7
COMMANDS = ("What time is it?", "What's the date?", "Set the volume to sixty percent.", "Set a timer for ten minutes.")


@dataclass(frozen=True, slots=True)
class Command:
    """A command as sound."""

    text: str
    sound: Samples
    ends_s: float
    """Where its speech ends."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the device said to it."""

    after_s: float
    """From the end of speech to the first sample."""
    intent: str
    text: str


async def measure(models_root: Path, speech: Path | None) -> dict[str, Any]:
    """Say every command. `speech`: a directory of recordings."""
    models = ModelStore(models_root)
    config = DeviceConfig()
    engines = await load_engines(config, models)
    plain = PlainChain(models, config, engines)
    context = ContextEngine()
    ours: list[float] = []
    theirs: list[float] = []
    misunderstood = 0
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        place = Path(directory)
        commands = recorded(speech) if speech else synthesised(place, models.path(VOICE))
        local = [command for command in commands if _intent(context, command) != NONE]
        for _ in range(ROUNDS):
            for command in local:
                answer = await _answer(command, place, config, engines)
                if answer is None:
                    continue
                if answer.intent != _intent(context, command):
                    misunderstood += 1
                    continue
                ours.append(answer.after_s * 1000)
                theirs.append(await asyncio.to_thread(plain.reply_s, command, answer.text) * 1000)
    return result(
        "reply",
        len(ours),
        rounds=ROUNDS,
        local_commands=len(local),
        other_commands=len(commands) - len(local),
        misunderstood=misunderstood,
        recorded=speech is not None,
        **_figures(ours, theirs),
        rss_mb=resident_mb(),
    )


def _intent(context: ContextEngine, command: Command) -> str:
    """What the command's own text asks for."""
    return context.understand(command.text, surroundings=Surroundings(now=datetime.now().astimezone())).steps[0].intent


def _figures(ours: Sequence[float], theirs: Sequence[float]) -> dict[str, float | None]:
    if not ours:
        return dict.fromkeys(("median_ms", "p95_ms", "plain_median_ms", "plain_p95_ms", "ratio"))
    mine, plain = spread(ours), spread(theirs)
    return {
        "median_ms": mine["median"],
        "p95_ms": mine["p95"],
        "plain_median_ms": plain["median"],
        "plain_p95_ms": plain["p95"],
        "ratio": round(plain["median"] / mine["median"], 2),
    }


def recorded(speech: Path) -> list[Command]:
    """The commands that real people say in the recordings."""
    found = [clip for clip in clips(speech, "command") if clip.text and clip.speech_end_s]
    return [
        Command(clip.text or "", sound, (clip.speech_end_s or 0.0) - begin_s)
        for clip, (sound, begin_s) in ((clip, around_speech(clip)) for clip in found)
    ]


def synthesised(place: Path, voice_directory: Path) -> list[Command]:
    """Commands in a voice that is not the reply's."""
    places = [place / f"spoken-{number}.wav" for number in range(len(COMMANDS))]
    ends = [
        spoken_clip_apart(command, clip, voice_directory=voice_directory)
        for command, clip in zip(COMMANDS, places, strict=True)
    ]
    return [Command(text, samples(clip), ends_s) for text, clip, ends_s in zip(COMMANDS, places, ends, strict=True)]


class _Loudspeaker(FileDuplex):
    """Knows when the first clip began and when the first sample of a reply went out."""

    began_s = 0.0
    sounded_s: float | None = None

    async def blocks(self) -> AsyncIterator[Block]:
        async for block in super().blocks():
            now = time.perf_counter()
            self.began_s = self.began_s or now - block.microphone.size / RATE_HZ
            if self.sounded_s is None and block.reference.any():
                self.sounded_s = now
            yield block


async def _answer(command: Command, place: Path, config: DeviceConfig, engines: Engines) -> Answer | None:
    clip = place / "command.wav"
    write(clip, command.sound)
    duplex = _Loudspeaker([clip], realtime=True)
    seen: list[Happened] = []
    finished = asyncio.Event()

    def note(happened: Happened) -> None:
        seen.append(happened)
        if isinstance(happened.event, TurnFinished):
            finished.set()

    with tempfile.TemporaryDirectory(prefix="home-", dir=place) as home:
        async with running_device(config, Path(home), hearing=Hearing(duplex, engines)) as device:
            device.bus.observe(note)
            assert device.ears is not None
            device.ears.listen(patience_s=20)
            async with listening(device), asyncio.timeout(30):
                await finished.wait()
    intent = next((event.event.intent for event in seen if isinstance(event.event, Understood)), NONE)
    text = next((event.event.text for event in seen if isinstance(event.event, Reply)), None)
    if text is None or duplex.sounded_s is None:
        return None
    return Answer(duplex.sounded_s - duplex.began_s - command.ends_s, intent, text)


class PlainChain:
    """Silence, then recognition, then synthesis."""

    def __init__(self, models: ModelStore, config: DeviceConfig, engines: Engines) -> None:
        self._vad = SileroVad(models.path("silero-vad"))
        self._tts = engines.tts
        self._language = config.speech.language
        self._whisper = WhisperModel(
            str(models.path(config.speech.stt)), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
        )
        list(self._tts.speak("Ready."))

    def reply_s(self, command: Command, reply: str) -> float:
        """Seconds from the end of speech to the first sound of `reply`."""
        decided = self._silent_at(command.sound)
        began = time.perf_counter()
        segments, _ = self._whisper.transcribe(command.sound[:decided], language=self._language, beam_size=1)
        list(segments)
        next(iter(self._tts.speak(reply)), None)
        return decided / RATE_HZ - command.ends_s + time.perf_counter() - began

    def _silent_at(self, sound: Samples) -> int:
        self._vad.reset()
        end = TurnEnd(Limits(longest_pause_s=PLAIN_SILENCE_S))
        at = 0
        while at + FRAME_SAMPLES <= sound.size and end.ended() != "silence":
            end.hear(self._vad.probability(sound[at : at + FRAME_SAMPLES]), FRAME_SAMPLES / RATE_HZ)
            at += FRAME_SAMPLES
        return at
