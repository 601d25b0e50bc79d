"""How well the device hears: who is cut off, how long the end of a turn is waited for, whether the words are right.

- **End of turn**: recordings of the kinds `command` and `intent` (with hesitations), each to the device's ears in real
  time, listening from half a second before the first word on, as if the wake word had just been said. Cut off early is
  a turn that was judged over before the recording's `speech_end_s`; the wait of the others counts from there.
- **Words**: word error rate (`words.py`) of what came out of these turns, and of the kind `stt`, against the same
  Whisper given the whole recording at once (offline). `stt` is read prose: a sentence's end with a pause is the end of
  a turn, so each turn that follows is listened to as well and the words of all are counted.
- **Noise**: recordings of the kind `noise` at three loudnesses, in pieces of 6 s, listened to as if a wake word had
  been said: the share in which a word was understood.

Of each kind at most `AT_MOST` recordings are taken, evenly spread; real time is not skipped where a time is measured.
"""

import tempfile
import wave
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from device.bus import Bus
from device.clock import AudioClock
from device.config import DeviceConfig
from device.context.engine import ContextEngine
from device.conversation import Conversation, State
from device.ears import Ears, FrontEnd, Models
from device.engines import load_engines
from device.events import EndOfTurn, Happened
from device.voice import SilentVoice
from edge_models.expected import Expected
from edge_models.models import ModelStore
from edge_models.stt import Whisper
from hw.audio.duplex import RATE_HZ
from hw.audio.file_duplex import FileDuplex
from tools.bench import resident_mb, result, spread
from tools.bench.intervals import share_95
from tools.bench.speech import Clip, Samples, clips, samples
from tools.bench.words import word_errors

AT_MOST = 60
_LEAD_S, _TAIL_S = 0.5, 1.5
_PIECE_S = 6
_NOISE_GAINS = (0.3, 1.0, 3.0)


PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What the ears made of the sound."""

    ended_s: float
    """When the turn was judged over, in seconds of the sound."""
    text: str


class Ear:
    """The device's ears without the rest of the device."""

    def __init__(self, models: Models, folder: Path) -> None:
        self._models = models
        self._clip = folder / "clip.wav"
        self._context = ContextEngine()

    async def hear(
        self, sound: Samples, *, realtime: bool, whole: bool = False, patience_s: float = PATIENCE_S
    ) -> list[Turn]:
        """Listen from the first sample on as if a wake word had been said; `whole`: and again after each turn."""
        write(self._clip, sound)
        turns: list[Turn] = []
        clock = AudioClock()
        bus = Bus(clock)
        ended: list[Happened] = []
        bus.observe(lambda happened: ended.append(happened) if isinstance(happened.event, EndOfTurn) else None)
        conversation = Conversation()
        duplex = FileDuplex(
            [self._clip],
            realtime=realtime,
            busy=lambda: conversation.state is not State.IDLE or ears.working,
            working=lambda: ears.working,
            on_sample=clock.advance_to,
            on_pace=clock.release,
        )
        duplex.finish()
        ears = Ears(
            duplex=duplex,
            models=self._models,
            voice=SilentVoice(bus=bus),
            bus=bus,
            conversation=conversation,
            whole=self._context.whole,
            turn_began_s=duplex.clip_began_s,
        )
        ears.listen(patience_s=patience_s)
        async with aclosing(ears.utterances()) as utterances:
            async for utterance in utterances:
                conversation.finish(utterance.turn)
                at_ms = next(happened.at_ms for happened in ended if happened.turn == utterance.turn)
                turns.append(Turn(at_ms / 1000, utterance.text))
                if not whole:
                    break
                ears.listen(patience_s=1.0)
        return turns


async def measure(models_root: Path, speech: Path) -> dict[str, Any]:
    """Hear everything once. `speech`: a directory of recordings."""
    store = ModelStore(models_root)
    config = DeviceConfig()
    engines = await load_engines(config, store)
    expected = ContextEngine().expected()
    models = Models(
        front_end=FrontEnd(),
        wake=engines.wake,
        vad=engines.vad,
        smart_turn=engines.smart_turn,
        stt=engines.stt,
        expected=expected,
    )
    with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as directory:
        ear = Ear(models, Path(directory))
        ends = {kind: await _turn_ends(ear, spread_over(clips(speech, kind))) for kind in ("command", "intent")}
        words = {"stt": await _streamed(ear, spread_over(clips(speech, "stt")))}
        words["command"] = [(clip, turn.text if turn else "") for clip, turn in ends["command"]]
        noise = await _noise(ear, clips(speech, "noise"))
    models.close()
    judged = [heard for kind in ends.values() for heard in kind if heard[0].speech_end_s is not None]
    return result(
        "ears",
        len(judged),
        early_cut_rate=_cut(judged),
        early_cut_95=[round(bound, 4) for bound in share_95(sum(map(_is_cut, judged)), len(judged))],
        turn_wait_ms=_wait(judged),
        turns={
            kind: {"n": len(heard), "early_cut_rate": _cut(heard), "wait_ms": _wait(heard)}
            for kind, heard in ends.items()
        },
        wer={
            name: rate
            for kind, heard in words.items()
            for name, rate in ((kind, _wer(heard)), (f"{kind}_offline", _wer(_offline(engines.stt, expected, heard))))
        },
        text_from_noise_rate=round(sum(map(bool, noise)) / max(1, len(noise)), 4),
        noise_pieces=len(noise),
        rss_mb=resident_mb(),
    )


def spread_over(found: Sequence[Clip], at_most: int = AT_MOST) -> list[Clip]:
    """At most so many of the clips, evenly spread over all of them."""
    return [found[at * len(found) // at_most] for at in range(at_most)] if len(found) > at_most else list(found)


def around_speech(clip: Clip) -> tuple[Samples, float]:
    """The clip from just before its speech to some time behind it, and the seconds cut off at its beginning."""
    sound = samples(clip)
    if clip.speech_start_s is None or clip.speech_end_s is None:
        return sound, 0.0
    begin_s = max(0.0, clip.speech_start_s - _LEAD_S)
    return sound[int(begin_s * RATE_HZ) : int((clip.speech_end_s + _TAIL_S) * RATE_HZ)], begin_s


Heard = tuple[Clip, Turn | None]


async def _turn_ends(ear: Ear, found: Sequence[Clip]) -> list[Heard]:
    heard: list[Heard] = []
    for clip in found:
        sound, begin_s = around_speech(clip)
        turn = next(iter(await ear.hear(sound, realtime=True)), None)
        heard.append((clip, turn and Turn(turn.ended_s + begin_s, turn.text)))
    return heard


def _is_cut(heard: Heard) -> bool:
    clip, turn = heard
    return turn is not None and clip.speech_end_s is not None and turn.ended_s < clip.speech_end_s


def _cut(heard: Sequence[Heard]) -> float | None:
    return round(sum(map(_is_cut, heard)) / len(heard), 4) if heard else None


def _wait(heard: Sequence[Heard]) -> dict[str, float] | None:
    waits = [
        (turn.ended_s - clip.speech_end_s) * 1000
        for clip, turn in heard
        if turn is not None and clip.speech_end_s is not None and turn.ended_s >= clip.speech_end_s
    ]
    return spread(waits) if waits else None


async def _streamed(ear: Ear, found: Sequence[Clip]) -> list[tuple[Clip, str]]:
    return [
        (clip, " ".join(turn.text for turn in await ear.hear(samples(clip), realtime=False, whole=True)))
        for clip in found
    ]


def _offline(stt: Whisper, expected: Expected, heard: Sequence[tuple[Clip, str]]) -> list[tuple[Clip, str]]:
    return [(clip, stt.transcribe(samples(clip), expected).text) for clip, _ in heard]


def _wer(heard: Sequence[tuple[Clip, str]]) -> float | None:
    counts = [word_errors(clip.text, text) for clip, text in heard if clip.text]
    return round(sum(errors for errors, _ in counts) / sum(words for _, words in counts), 4) if counts else None


async def _noise(ear: Ear, found: Sequence[Clip]) -> list[str]:
    texts: list[str] = []
    for clip in found:
        sound = samples(clip)
        for at in range(0, sound.size, _PIECE_S * RATE_HZ):
            for gain in _NOISE_GAINS:
                piece = np.clip(sound[at : at + _PIECE_S * RATE_HZ] * gain, -1, 1)
                texts.append(" ".join(turn.text for turn in await ear.hear(piece, realtime=False, patience_s=_PIECE_S)))
    return texts


def write(path: Path, sound: Samples) -> None:
    """Write (n,) samples at 16 kHz as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE_HZ, 0, "NONE", "not compressed"))
        file.writeframes(np.rint(np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
