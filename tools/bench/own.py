"""Phrases and voices of one's own: how well five recordings teach a wake phrase, and how well a voice is known.

- Phrases: every phrase of the kind `wake` with at least 30 clips is taught from five of them (a fixed draw) as by
  `nightjar wake enroll`, with the background it makes itself. `recall`: the other clips, two seconds of quiet before
  each, clean and with kitchen noise 10 dB below the speech. Where the manifest doesn't say who speaks, the five are
  five strangers and so are the others: that is harder than an owner who teaches and is heard.
- False accepts: clips of `_KINDS` that don't say the phrase, one by one; `per_hour_95` is the exact interval of a
  Poisson count. A medley of keywords is left out.
- Voices: everybody who has at least 8 s of speech is learnt from its first 4 s (pauses left out, as five phrases would
  be) and compared with what comes later of everybody; `equal_error`: as many owners kept out as strangers let in.
- Names: households of four of these people, 200 draws; how often one of the four is called by the right name, by
  another's, and how often the name is certain enough to open something; and the same of everybody else: strangers.
"""

import tempfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from device.ears.phrase_recording import MARGIN_S
from device.ears.speaker import Voice, named
from edge_models.background import Background, background, say
from edge_models.enrolment import Sample, learn, sample, spoken_sample
from edge_models.models import ModelStore
from edge_models.own_phrase import OwnPhrase, OwnPhrases
from edge_models.speaker import VoiceEncoder
from edge_models.speech_embedding import SpeechEmbedding
from edge_models.tts import PiperVoice
from edge_models.variations import without_quiet
from tools.bench import result
from tools.bench.intervals import rate_95
from tools.bench.speech import RATE_HZ, Clip, Samples, clips, kitchen, mixed, samples

_KINDS = ("negative", "other_words", "stt", "intent", "command")
_TAUGHT = 5
_ENOUGH = 30
_QUIET_S = 2.0
_LEARNT_S = 4
_SECONDS = (0.7, 1.0, 2.0, 3.0)
_HOUSEHOLD = 4
_HOUSEHOLDS = 200


async def measure(models_root: Path, speech: Path) -> dict[str, Any]:
    """Measure on the recordings in `speech`, with the models in `models_root`."""
    models = ModelStore(models_root)
    embedding = SpeechEmbedding(models.path("speech-embedding"))
    voice = PiperVoice(models.path("piper-en-us-joe"))
    with tempfile.TemporaryDirectory() as folder:
        others = background(Path(folder), voice, embedding, progress=lambda _done, _count: None)
    phrases: dict[str, Any] = {}
    count = 0
    for phrase, said in _phrases(speech).items():
        spoken = spoken_sample(without_quiet(say(voice, f"{phrase}.")), others, embedding)
        phrases[phrase] = _taught(said, spoken, others, embedding, speech)
        count += len(said)
    encoder = VoiceEncoder(models.path("resemblyzer"))
    return result("own", count, phrases=phrases, voices=_voices(encoder, clips(speech, "negative", "stt", "command")))


def _phrases(speech: Path) -> dict[str, list[Clip]]:
    found: dict[str, list[Clip]] = {}
    for clip in clips(speech, "wake"):
        if clip.phrase and clip.speech_start_s is not None and clip.speech_end_s is not None:
            found.setdefault(clip.phrase, []).append(clip)
    return {phrase: said for phrase, said in sorted(found.items()) if len(said) >= _ENOUGH}


def _taught(
    said: list[Clip], spoken: Sample, others: Background, embedding: SpeechEmbedding, speech: Path
) -> dict[str, Any]:
    order = np.random.default_rng(0).permutation(len(said))
    taught, rest = [said[at] for at in order[:_TAUGHT]], [said[at] for at in order[_TAUGHT:]]
    recordings = [sample(_alone(clip), others, embedding, seed=number) for number, clip in enumerate(taught)]
    own = learn(said[0].phrase or "", recordings, spoken, others).own
    noise = kitchen(speech)
    hits, hours = _false_accepts(own, embedding, speech)
    return {
        "recall": {
            "clean": _share(_hits(own, embedding, _behind_quiet(clip)) > 0 for clip in rest),
            "snr10": None if noise is None else _share(_hits(own, embedding, _noisy(clip, noise)) > 0 for clip in rest),
        },
        "false_accepts": {"hits": hits, "hours": round(hours, 2), "per_hour_95": rate_95(hits, hours)},
    }


def _alone(clip: Clip) -> Samples:
    """The phrase without what is around it, as `phrase_in` cuts it."""
    begin, end = clip.speech_start_s or 0.0, clip.speech_end_s or clip.seconds
    return samples(clip)[max(0, int((begin - MARGIN_S[0]) * RATE_HZ)) : int((end + MARGIN_S[1]) * RATE_HZ)]


def _behind_quiet(clip: Clip) -> Samples:
    quiet = np.random.default_rng(0).standard_normal(int(_QUIET_S * RATE_HZ)).astype(np.float32) * np.float32(3e-4)
    return np.concatenate((quiet, samples(clip), quiet[: RATE_HZ // 2]))


def _noisy(clip: Clip, noise: Samples) -> Samples:
    within = (_QUIET_S + (clip.speech_start_s or 0.0), _QUIET_S + (clip.speech_end_s or clip.seconds))
    return mixed(_behind_quiet(clip), noise, 10, within_s=within)


def _false_accepts(own: OwnPhrase, embedding: SpeechEmbedding, speech: Path) -> tuple[int, float]:
    heard = [
        clip
        for clip in clips(speech, *_KINDS)
        if own.phrase not in (clip.text or "").lower() and "keywords" not in clip.source.lower()
    ]
    hits = sum(_hits(own, embedding, samples(clip)) for clip in heard)
    return hits, sum(clip.seconds for clip in heard) / 3600


def _hits(own: OwnPhrase, embedding: SpeechEmbedding, sound: Samples) -> int:
    return len(OwnPhrases(embedding, [own]).process(sound))


def _share(found: Iterable[bool]) -> float:
    return round(float(np.mean(list(found))), 3)


def _voices(encoder: VoiceEncoder, spoken: list[Clip]) -> dict[str, Any]:
    """Equal error rates by how much speech there is to judge by."""
    frames: dict[str, list[np.ndarray]] = {}
    for clip in spoken:
        if clip.speaker:
            frames.setdefault(clip.speaker, []).append(encoder.frames(samples(clip)))
    people = {name: np.concatenate(parts) for name, parts in frames.items()}
    people = {name: all_of for name, all_of in people.items() if len(all_of) >= 2 * _LEARNT_S * 100}
    prints = {name: encoder.of_frames(all_of[: _LEARNT_S * 100]) for name, all_of in people.items()}
    equal, names = {}, {}
    for seconds in _SECONDS:
        size = int(seconds * 100)
        tests = {
            name: [encoder.of_frames(all_of[at : at + size]) for at in range(450, len(all_of) - size, 150)][:8]
            for name, all_of in people.items()
        }
        own = [float(prints[name] @ test) for name in prints for test in tests[name]]
        other = [float(prints[name] @ test) for name in prints for who in tests if who != name for test in tests[who]]
        equal[f"{seconds} s"] = _equal_error(np.sort(own), np.sort(other))
        names[f"{seconds} s"] = _named(prints, tests, seconds)
    return {"people": len(people), "equal_error": equal, "household": _HOUSEHOLD, "named": names}


def _named(
    prints: Mapping[str, Samples], tests: Mapping[str, Sequence[Samples]], seconds: float
) -> dict[str, float] | None:
    """How often the device calls people by names, right and wrong, and strangers by one of these."""
    everybody = sorted(prints)
    if len(everybody) <= _HOUSEHOLD:
        return None
    draw, counts = np.random.default_rng(0), Counter[str]()
    for _ in range(_HOUSEHOLDS):
        household = [everybody[at] for at in draw.choice(len(everybody), _HOUSEHOLD, replace=False)]
        voices = [Voice(name, prints[name]) for name in household]
        for who in everybody:
            of = "own" if who in household else "strangers"
            for test in tests[who]:
                match = named(test, seconds, voices)
                counts[of] += 1
                counts[f"{of} right"] += match.name == who
                counts[f"{of} wrong"] += match.name not in (None, who)
                counts[f"{of} certain"] += match.certain
    own, strangers = max(1, counts["own"]), max(1, counts["strangers"])
    return {
        "right": round(counts["own right"] / own, 3),
        "wrong": round(counts["own wrong"] / own, 4),
        "certain": round(counts["own certain"] / own, 3),
        "strangers_named": round(counts["strangers wrong"] / strangers, 4),
        "strangers_certain": round(counts["strangers certain"] / strangers, 4),
    }


def _equal_error(own: np.ndarray, other: np.ndarray) -> float | None:
    if not (own.size and other.size):
        return None
    limits = np.concatenate((own, other))
    kept_out = np.searchsorted(own, limits) / own.size
    let_in = 1 - np.searchsorted(other, limits) / other.size
    at = int(np.abs(kept_out - let_in).argmin())
    return round(float(kept_out[at] + let_in[at]) / 2, 3)
