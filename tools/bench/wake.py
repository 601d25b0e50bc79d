"""The wake word: how often it is heard, how often something else is, how soon, and what listening costs.

- Recall: clips of the kind `wake`, each after two seconds of silence, through the device's front end and the default
  engine with that phrase alone; a hit counts from the beginning of the speech to one second after its end. `clean` is
  the clip as it is, `snr10` and `snr0` have kitchen noise under all of it, 10 and 0 dB below the speech.
  `recall_in_rooms`: convolved with each impulse response. `recall_glued`: cut 0, 50 and 100 ms after the end of speech,
  with somebody's command directly behind it. `recall_95`: Wilson's interval.
- A phrase that the engine doesn't know ("jarvis" without "hey") is no recall: `other_phrases` says how many clips of it
  woke any of the phrases.
- False accepts: all phrases listening at once, to the clips of `kinds` one after the other with half a second between
  them; `per_hour_95` is the exact interval of a Poisson count. A clip in which a phrase is said (by its text, or as it
  is a medley of keywords) is left out and its hits are `medley_hits`.
- Latency: from the end of speech to the end of the 20 ms block in which the hit came, plus the time that the engine
  took over that block; clean clips.
- Idle: `tools/bench/idle.py`, a whole device for 20 s of real time.
"""

import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.config import Wake
from device.ears.front_end import FrontEnd
from device.ears.wake_engine import wake_engine
from edge_models.models import ModelStore
from hw.audio.duplex import BLOCK_SAMPLES, RATE_HZ, Block
from tools.bench import result, spread
from tools.bench.idle import idle
from tools.bench.intervals import rate_95, share_95
from tools.bench.speech import Clip, Samples, clips, kitchen, mixed, samples, through_room

_LEAD_S, _TAIL_S, _LATE_S = 2.0, 1.0, 1.0
_BETWEEN_S = 0.5
_SNRS_DB = (10, 0)
_TAILS_MS = (0, 50, 100)
_KINDS = ("negative", "other_words", "intent", "stt", "command", "noise")
_MEDLEY = "keywords"
"""In the source of a recording that strings wake words together."""


async def measure(models_root: Path, speech: Path) -> dict[str, Any]:
    """Measure on the recordings in `speech`, with the models in `models_root`."""
    models = ModelStore(models_root)
    known = [path.stem.replace("_", " ") for path in sorted(models.path("microwakeword").glob("*.json"))]
    wakes = clips(speech, "wake")
    listeners = {
        phrase: _Listener(models, (phrase,)) for phrase in known if any(clip.phrase == phrase for clip in wakes)
    }
    recalls = {
        phrase: _recall(listener, [clip for clip in wakes if clip.phrase == phrase], speech)
        for phrase, listener in listeners.items()
    }
    everything = _Listener(models, tuple(known))
    cpu = idle(models_root, next((clip.path for clip in clips(speech, "noise")), None))
    latencies = [latency for recall in recalls.values() for latency in recall.latencies_ms]
    return result(
        "wake",
        len(wakes),
        recall={phrase: recall.shares(("clean", *_snr_names())) for phrase, recall in recalls.items()},
        recall_95={phrase: recall.intervals(("clean", *_snr_names())) for phrase, recall in recalls.items()},
        recall_in_rooms={phrase: recall.shares(recall.rooms) for phrase, recall in recalls.items()},
        recall_glued={phrase: recall.shares([f"{tail}ms" for tail in _TAILS_MS]) for phrase, recall in recalls.items()},
        clips={phrase: recall.clips for phrase, recall in recalls.items()},
        other_phrases=_others(everything, [clip for clip in wakes if clip.phrase not in listeners]),
        false_accepts=_false_accepts(everything, clips(speech, *_KINDS), known),
        latency_ms=spread(latencies) if latencies else None,
        idle_cpu_fraction=cpu["cpu_fraction"],
        rss_mb=cpu["rss_mb"],
    )


class _Listener:
    """The front end and the engine, as the device has them."""

    def __init__(self, models: ModelStore, phrases: tuple[str, ...]) -> None:
        self._front_end = FrontEnd()
        self._engine = wake_engine(Wake(phrases=phrases), models)
        self._index = 0

    def reset(self) -> None:
        self._front_end = FrontEnd()
        self._engine.reset()
        self._index = 0

    def hits(self, sound: Samples) -> Iterator[tuple[str, float, float]]:
        """Hear `sound`; yield each hit's phrase, second, and milliseconds that the engine took over its block."""
        quiet = np.zeros(BLOCK_SAMPLES, np.float32)
        for begin in range(0, sound.size - BLOCK_SAMPLES + 1, BLOCK_SAMPLES):
            block = Block(microphone=sound[begin : begin + BLOCK_SAMPLES], reference=quiet, sample_index=self._index)
            self._index += BLOCK_SAMPLES
            began = time.perf_counter()
            found = self._engine.process(self._front_end.clean(block).speech)
            took_ms = (time.perf_counter() - began) * 1000
            yield from ((hit.phrase, (begin + BLOCK_SAMPLES) / RATE_HZ, took_ms) for hit in found)


class _Recall:
    """What became of one phrase's clips in each condition."""

    def __init__(self, rooms: Sequence[str]) -> None:
        self.rooms = rooms
        self.clips = 0
        self.latencies_ms: list[float] = []
        self._heard: Counter[str] = Counter()
        self._of: Counter[str] = Counter()

    def note(self, condition: str, *, heard: bool) -> None:
        self._of[condition] += 1
        self._heard[condition] += heard

    def shares(self, conditions: Iterable[str]) -> dict[str, float | None]:
        return {name: round(self._heard[name] / self._of[name], 4) if self._of[name] else None for name in conditions}

    def intervals(self, conditions: Iterable[str]) -> dict[str, list[float]]:
        return {name: [round(end, 4) for end in share_95(self._heard[name], self._of[name])] for name in conditions}


def _recall(listener: _Listener, found: Sequence[Clip], speech: Path) -> _Recall:
    rooms = {Path(room.source or room.path.name).stem: samples(room) for room in clips(speech, "rir")}
    noise = kitchen(speech)
    commands = [_speech_of(clip) for clip in clips(speech, "command") or clips(speech, "stt")]
    recall = _Recall(tuple(rooms))
    for number, clip in enumerate(found):
        recall.clips += 1
        sound = samples(clip)
        start_s = clip.speech_start_s or 0.0
        end_s = clip.speech_end_s or sound.size / RATE_HZ
        within_s = (_LEAD_S + start_s, _LEAD_S + end_s)
        padded = np.concatenate((_silence(_LEAD_S), sound, _silence(_TAIL_S)))
        hit = _hit(listener, padded, within_s)
        recall.note("clean", heard=hit is not None)
        if hit is not None:
            recall.latencies_ms.append(hit)
        # The same place in the noise in every run, another for every clip.
        seed = zlib.crc32(clip.path.name.encode())
        for snr_db, name in zip(_SNRS_DB, _snr_names(), strict=True):
            if noise is not None:
                heard = mixed(padded, noise, snr_db, within_s=within_s, seed=seed)
                recall.note(name, heard=_hit(listener, heard, within_s) is not None)
        for name, impulse in rooms.items():
            recall.note(name, heard=_hit(listener, through_room(padded, impulse), within_s) is not None)
        for tail_ms in _TAILS_MS if commands else ():
            end = int((end_s + tail_ms / 1000) * RATE_HZ)
            glued = np.concatenate((_silence(_LEAD_S), sound[:end], commands[number % len(commands)]))
            recall.note(f"{tail_ms}ms", heard=_hit(listener, glued, within_s) is not None)
    return recall


def _hit(listener: _Listener, sound: Samples, within_s: tuple[float, float]) -> float | None:
    """Return how many milliseconds after the end of speech the phrase was found; None when it wasn't."""
    listener.reset()
    for _, at_s, took_ms in listener.hits(sound[: int((within_s[1] + _LATE_S) * RATE_HZ)]):
        if at_s >= within_s[0]:
            return (at_s - within_s[1]) * 1000 + took_ms
    return None


def _others(listener: _Listener, found: Sequence[Clip]) -> dict[str, dict[str, int]]:
    """How many clips of phrases that the engine doesn't know woke it all the same."""
    counts: dict[str, dict[str, int]] = {}
    for clip in found:
        listener.reset()
        count = counts.setdefault(clip.phrase or "unknown", {"clips": 0, "hits": 0})
        count["clips"] += 1
        sound = np.concatenate((_silence(_LEAD_S), samples(clip), _silence(_TAIL_S)))
        count["hits"] += any(True for _ in listener.hits(sound))
    return counts


def _false_accepts(listener: _Listener, found: Sequence[Clip], known: Sequence[str]) -> dict[str, Any]:
    by_kind, by_phrase = Counter[str](), Counter[str]()
    medley_hits, seconds = 0, 0.0
    listener.reset()
    for clip in found:
        sound = samples(clip)
        phrases = [phrase for phrase, _, _ in listener.hits(np.concatenate((sound, _silence(_BETWEEN_S))))]
        if _MEDLEY in clip.source.lower() or any(phrase in (clip.text or "").lower() for phrase in known):
            medley_hits += len(phrases)
            continue
        seconds += sound.size / RATE_HZ
        by_kind[clip.kind] += len(phrases)
        by_phrase.update(phrases)
    hits, hours = by_phrase.total(), seconds / 3600
    low, high = rate_95(hits, hours)
    return {
        "hits": hits,
        "hours": round(hours, 3),
        "per_hour_95": [round(low, 3), None if high is None else round(high, 3)],
        "by_kind": dict(by_kind),
        "by_phrase": {phrase: by_phrase[phrase] for phrase in known},
        "medley_hits": medley_hits,
        "kinds": sorted({clip.kind for clip in found}),
    }


def _speech_of(clip: Clip) -> Samples:
    return samples(clip)[int((clip.speech_start_s or 0.0) * RATE_HZ) :]


def _silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE_HZ), np.float32)


def _snr_names() -> tuple[str, ...]:
    return tuple(f"snr{snr_db}" for snr_db in _SNRS_DB)
