"""What the front end does to the device's own voice, and to whoever talks over it.

The device's voice (Piper) is played through each room of the recordings (kind `rir`; without any, a synthetic one) into
the microphone, 20 ms late, and people speak over it at -28 dB of full scale: the echo is 5 dB louder than they are, or
as stated, both as the mean power of what sounds (frames within 30 dB of the loudest). Noise at -65 dB is under all;
what exceeds full scale is cut off.

- **Echo return loss**: dB that the front end takes off the echo while nobody speaks, from the first moment that the
  device ever plays anything: seconds 0.2 to 1, 1 to 3, 8 to 15. **Both speak**: how much louder than everything that
  isn't the person the person is behind it, in dB, seconds 8 to 15 (before it: minus the echo's 5).
- **Wake word**: the phrase of which there are most recordings, up to `WAKE` of them with pauses of 1.5 s, 4 s after the
  playback began: the share found, with and without the front end, at three loudnesses of the echo, all rooms together.
- **Words**: word error rate of up to `SENTENCES` sentences (kinds `stt` and `command`) spoken over the playback in the
  same way, all rooms together, and without any echo. The recogniser gets the sentence and 0.3 s around it.
- **Speech noticed**: the share of these sentences that the VAD noticed within 350 ms, and how often a minute it took
  the device for a person in the pauses (three frames of 32 ms in a row; with the front end only what isn't
  `mostly_echo`).
- **CPU**: of one core, while the loudspeaker is silent and while it isn't.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from device.ears.front_end import FrontEnd
from edge_models.models import ModelStore
from edge_models.spoken import VOICE
from edge_models.stt import Whisper
from edge_models.tts import PiperVoice
from edge_models.vad import FRAME_SAMPLES, SileroVad
from edge_models.wake import MicroWakeWord
from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, Block
from hw.audio.room import Room
from tools.bench import result
from tools.bench.speech import Clip, Samples, clips, samples
from tools.bench.words import word_errors

WAKE, SENTENCES = 32, 12
LEVELS_DB = (-5, 5, 15)
_LEVEL_DB = 5
_NEAR_DB, _NOISE_DB = -28.0, -65.0
_LEAD_S, _PAUSE_S, _AROUND_S = 4.0, 1.5, 0.3
_MARGIN_S = 0.2
"""What is kept of a recording around its speech."""
_LATE_S = 0.02
_LONGEST_S, _SHORTEST_S = 9.0, 15
SAID = (
    "Here is the first of your pictures, with more of the sky in it.",
    "I can draw, change what was drawn, tell the time, and turn the volume up or down.",
    "Nobody has painted the boat yet; shall I begin with the sails or with the water?",
    "It was sent to the studio, and it will be finished in about half a minute.",
    "There are three from yesterday: a lighthouse, a garden, and a cat that sleeps on a chair.",
)


@dataclass(frozen=True, slots=True)
class Scene:
    """People in front of a device that speaks."""

    near: Samples
    """What they say, and the pauses between."""
    echo: Samples
    """What comes back of the playback, and the microphone's noise."""
    played: Samples
    spans: list[tuple[int, int]]
    """In which samples each of them speaks."""

    @property
    def microphone(self) -> Samples:
        """All that is heard."""
        return np.clip(self.near + self.echo, -1, 1)


async def measure(models_root: Path, speech: Path | None) -> dict[str, Any]:
    """Measure all of it; needs recordings."""
    if speech is None:
        raise FileNotFoundError("no recordings")
    models = ModelStore(models_root)
    playback = _playback(models)
    rooms = {(Path(clip.source).stem or clip.path.stem)[:16]: samples(clip) for clip in clips(speech, "rir")} or {
        "synthetic": _synthetic_room()
    }
    sentences = _spread(
        [clip for clip in clips(speech, "stt", "command") if clip.text and clip.seconds < _LONGEST_S], SENTENCES
    )
    phrase, wanted = _wake_clips(models, clips(speech, "wake"))
    figures: dict[str, Any] = {"echo_return_loss_db": {}}
    for name, impulse in rooms.items():
        figures["echo_return_loss_db"][name] = _return_loss(impulse, playback, sentences)
    if phrase:
        wake = MicroWakeWord(models.path("microwakeword"), (phrase,))
        alone = _scene(wanted, next(iter(rooms.values())), playback, _LEVEL_DB)
        figures["wake"] = {"no echo": round(float(np.mean(_found(wake, alone.near, alone.spans))), 3)} | {
            f"echo {level:+} dB": _recall(wake, [_scene(wanted, room, playback, level) for room in rooms.values()])
            for level in LEVELS_DB
        }
    if sentences:
        scenes = [_scene(sentences, room, playback, _LEVEL_DB) for room in rooms.values()]
        figures["wer"] = _word_error_rate(models, sentences, scenes)
        figures["noticed"] = _noticed(SileroVad(models.path("silero-vad")), scenes)
    figures["cpu_fraction"] = _cpu(playback)
    return result("echo", len(rooms), wake_phrase=phrase, wake_clips=len(wanted), sentences=len(sentences), **figures)


def _playback(models: ModelStore) -> Samples:
    voice = PiperVoice(models.path(VOICE))
    pause = np.zeros(int(0.3 * RATE_HZ), np.float32)
    spoken = (soxr.resample(piece, voice.rate_hz, RATE_HZ) for sentence in SAID for piece in voice.speak(sentence))
    said = np.concatenate([piece for part in spoken for piece in (part, pause)])
    return (0.7 * said / np.abs(said).max()).astype(np.float32)


def _synthetic_room(seconds: float = 0.4) -> Samples:
    count = int(seconds * RATE_HZ)
    fading = np.exp(-6.9 * np.arange(count) / count)
    return (np.random.default_rng(0).standard_normal(count) * fading).astype(np.float32)


def _spread(found: Sequence[Clip], at_most: int) -> list[Clip]:
    return list(found[:: max(1, -(-len(found) // at_most))])


def _wake_clips(models: ModelStore, found: Sequence[Clip]) -> tuple[str | None, list[Clip]]:
    known = {path.stem.replace("_", " ") for path in models.path("microwakeword").glob("*.json")}
    phrases = [clip.phrase for clip in found if clip.phrase in known]
    phrase = max(set(phrases), key=phrases.count, default=None)
    return phrase, _spread([clip for clip in found if phrase and clip.phrase == phrase], WAKE)


def _active_db(sound: Samples) -> float:
    frames = sound[: sound.size // BLOCK_SAMPLES * BLOCK_SAMPLES].reshape(-1, BLOCK_SAMPLES)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return float(10 * np.log10(power[power >= power.max() / 1000].mean() + 1e-12))


def _at(sound: Samples, level_db: float) -> Samples:
    return (sound * 10 ** ((level_db - _active_db(sound)) / 20)).astype(np.float32)


def _scene(spoken: Sequence[Clip], impulse: Samples, playback: Samples, level_db: float) -> Scene:
    parts, spans, at = [np.zeros(int(_LEAD_S * RATE_HZ), np.float32)], list[tuple[int, int]](), int(_LEAD_S * RATE_HZ)
    for clip in spoken:
        sound = samples(clip)
        begin, end = (int((clip.speech_start_s or 0) * RATE_HZ), int((clip.speech_end_s or clip.seconds) * RATE_HZ))
        first = max(0, begin - int(_MARGIN_S * RATE_HZ))
        cut = sound[first : end + int(_MARGIN_S * RATE_HZ)]
        parts += [_at(cut, _NEAR_DB), np.zeros(int(_PAUSE_S * RATE_HZ), np.float32)]
        spans.append((at + begin - first, at + end - first))
        at += parts[-2].size + parts[-1].size
    near = np.concatenate([*parts, np.zeros(max(0, _SHORTEST_S * RATE_HZ - at), np.float32)])
    near = near[: near.size // BLOCK_SAMPLES * BLOCK_SAMPLES]
    played = np.resize(playback, near.size)
    noise = np.random.default_rng(0).normal(0, 10 ** (_NOISE_DB / 20), near.size)
    echo = _at(Room(impulse, delay_s=_LATE_S).echo(played), _NEAR_DB + level_db) + noise
    return Scene(near, echo.astype(np.float32), played, spans)


def _cleaned(microphone: Samples, played: Samples) -> tuple[Samples, list[bool]]:
    """What the front end makes of it, and which blocks of that are mostly echo."""
    front_end = FrontEnd()
    blocks = [
        front_end.clean(Block(microphone[at : at + BLOCK_SAMPLES], played[at : at + BLOCK_SAMPLES], at))
        for at in range(0, microphone.size, BLOCK_SAMPLES)
    ]
    return np.concatenate([block.speech for block in blocks]), [block.mostly_echo for block in blocks]


def _return_loss(impulse: Samples, playback: Samples, sentences: Sequence[Clip]) -> dict[str, float]:
    scene = _scene(sentences, impulse, playback, _LEVEL_DB)
    echo, played = scene.echo, scene.played
    left, _ = _cleaned(echo, played)
    figures = {
        f"{begin} to {end} s": _over(echo, left, begin, end) for begin, end in ((0.2, 1.0), (1.0, 3.0), (8.0, 15.0))
    }
    if sentences:
        both, _ = _cleaned(scene.microphone, scene.played)
        alone, _ = _cleaned(scene.near, np.zeros_like(scene.near))
        figures["both speak"] = _over(alone, both - alone, 8.0, 15.0)
    return figures


def _over(sound: Samples, under: Samples, begin_s: float, end_s: float) -> float:
    part = slice(int(begin_s * RATE_HZ), int(end_s * RATE_HZ))
    return round(float(10 * np.log10(np.square(sound[part]).sum() / (np.square(under[part]).sum() + 1e-12))), 1)


def _recall(wake: MicroWakeWord, scenes: Sequence[Scene]) -> dict[str, float]:
    def share(sounds: Sequence[Samples]) -> float:
        found = [_found(wake, sound, scene.spans) for sound, scene in zip(sounds, scenes, strict=True)]
        return round(float(np.mean(found)), 3)

    return {
        "without": share([scene.microphone for scene in scenes]),
        "with": share([_cleaned(scene.microphone, scene.played)[0] for scene in scenes]),
    }


def _found(wake: MicroWakeWord, sound: Samples, spans: Sequence[tuple[int, int]]) -> list[bool]:
    wake.reset()
    hits = [at for at in range(0, sound.size, BLOCK_SAMPLES) if wake.process(sound[at : at + BLOCK_SAMPLES])]
    return [any(begin < hit < end + RATE_HZ // 2 for hit in hits) for begin, end in spans]


def _word_error_rate(models: ModelStore, sentences: Sequence[Clip], scenes: Sequence[Scene]) -> dict[str, float]:
    whisper = Whisper(models.path("whisper-tiny-en"), "en")
    around = int(_AROUND_S * RATE_HZ)

    def rate(sounds: Sequence[tuple[Samples, Scene]]) -> float:
        counts = [
            word_errors(clip.text or "", whisper.transcribe(sound[begin - around : end + around]).text)
            for sound, scene in sounds
            for clip, (begin, end) in zip(sentences, scene.spans, strict=True)
        ]
        wrong, words = np.sum(counts, axis=0)
        return round(float(wrong / words), 3)

    return {
        "no echo": rate([(scenes[0].near, scenes[0])]),
        "without": rate([(scene.microphone, scene) for scene in scenes]),
        "with": rate([(_cleaned(scene.microphone, scene.played)[0], scene) for scene in scenes]),
    }


def _noticed(vad: SileroVad, scenes: Sequence[Scene]) -> dict[str, dict[str, float]]:
    def figures(sounds: Sequence[tuple[Samples, list[bool]]]) -> dict[str, float]:
        noticed, false, pauses_s = list[bool](), 0, 0.0
        for (sound, mostly_echo), scene in zip(sounds, scenes, strict=True):
            speaking = _speaking(vad, sound, mostly_echo)
            spoken = np.zeros(speaking.size, bool)
            for begin, end in scene.spans:
                first = begin // FRAME_SAMPLES
                noticed.append(bool(speaking[first : first + 11].any()))
                spoken[first - 3 : end // FRAME_SAMPLES + 12] = True
            wrong = speaking & ~spoken
            false += int(np.sum(wrong[1:] & ~wrong[:-1]))
            pauses_s += float(np.sum(~spoken)) * FRAME_SAMPLES / RATE_HZ
        return {"within 350 ms": round(float(np.mean(noticed)), 3), "false a minute": round(60 * false / pauses_s, 1)}

    return {
        "without": figures([(scene.microphone, []) for scene in scenes]),
        "with": figures([_cleaned(scene.microphone, scene.played) for scene in scenes]),
    }


def _speaking(vad: SileroVad, sound: Samples, mostly_echo: Sequence[bool]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Frame by frame, whether this and the two before are speech."""
    vad.reset()
    frames = sound[: sound.size // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    speech = np.array([vad.probability(frame) > 0.5 for frame in frames])
    if mostly_echo:
        blocks = (np.arange(speech.size) + 1) * FRAME_SAMPLES // BLOCK_SAMPLES - 1
        speech &= ~np.array(mostly_echo)[blocks]
    return speech & np.roll(speech, 1) & np.roll(speech, 2)


def _cpu(playback: Samples) -> dict[str, float]:
    heard, silence = np.resize(playback, 20 * RATE_HZ), np.zeros(20 * RATE_HZ, np.float32)

    def fraction(played: Samples) -> float:
        began = time.process_time()
        _cleaned(heard, played)
        return round((time.process_time() - began) / 20, 4)

    return {"silent": fraction(silence), "playing": fraction(heard)}
