"""The same words as they would sound another time: faster, in a room, over noise, after other speech, louder."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE_HZ = 16_000
_LEAD_S = 1.5
_TAIL_S = 0.5
_SNR_DB = (25, 15, 10, 5, 0)
_MIX_DB = (-6.0, 3.0)


@dataclass(frozen=True, slots=True)
class Variation:
    """A recording with something before and after the words."""

    samples: Floats
    end_s: float
    """Where the words end."""


def variations(words: Floats, other_speech: Floats, count: int, seed: int) -> Iterator[Variation]:
    """Yield `count` variations of `words`, (n,) float32 at 16 kHz; the first is as it was, in quiet.

    `other_speech`: (m,) of which pieces stand before some and after others, so that a phrase needs no silence.
    """
    chance = np.random.default_rng(seed)
    yield _placed(words, np.zeros(int(_LEAD_S * RATE_HZ), np.float32), np.zeros(int(_TAIL_S * RATE_HZ), np.float32))
    for number in range(1, count):
        said = at_speed(words, chance.uniform(0.88, 1.14))
        level = float(said.std()) + 1e-6
        # Steps of the embedding are 80 ms long: the words may begin anywhere in one.
        lead = np.zeros(int(_LEAD_S * RATE_HZ) + int(chance.integers(0, 1280)), np.float32)
        tail = np.zeros(int(_TAIL_S * RATE_HZ), np.float32)
        if number % 3 == 0:
            gap = int(chance.integers(1, 3200))
            lead[:-gap] = _piece(other_speech, lead.size - gap, level, chance)
        if number % 2 == 0:
            tail = _piece(other_speech, tail.size, level, chance)
        placed = _placed(said, lead, tail)
        heard = in_a_room(placed.samples, chance) if number % 3 == 1 else placed.samples
        heard = heard + noise(heard.size, chance) * np.float32(level * 10 ** (-float(chance.choice(_SNR_DB)) / 20))
        heard = heard * np.float32(10 ** (chance.uniform(-12, 6) / 20))
        yield Variation(np.clip(heard, -1, 1).astype(np.float32), placed.end_s)


def without_quiet(samples: Floats) -> Floats:
    """Return (n,) samples without what is 27 dB quieter than the loudest at both ends; none of silence."""
    power = np.convolve(np.square(samples, dtype=np.float64), np.ones(320) / 320, mode="same")
    if not power.size or not power.max() > 0:
        return samples[:0]
    loud = np.flatnonzero(power > np.percentile(power, 98) * 10**-2.7)
    return samples[loud[0] : loud[-1] + 1]


def at_speed(samples: Floats, speed: float) -> Floats:
    """Return (n / speed,) samples: faster and higher, as a tape would be."""
    at = np.arange(int(samples.size / speed)) * speed
    return np.interp(at, np.arange(samples.size), samples).astype(np.float32)


def noise(count: int, chance: np.random.Generator) -> Floats:
    """Return (count,) of noise with the power 1: white or pink, steady or clattering."""
    sound = chance.standard_normal(count)
    if chance.random() < 0.6:
        spectrum = np.fft.rfft(sound)
        spectrum /= np.sqrt(np.maximum(np.arange(spectrum.size), 1))
        sound = np.fft.irfft(spectrum, count)
    if chance.random() < 0.5:
        loudness = np.full(count, 0.3)
        for _ in range(int(chance.integers(2, 9))):
            at = int(chance.integers(0, count))
            fading = np.exp(-np.arange(count - at) / chance.uniform(300, 4000))
            loudness[at:] += chance.uniform(0.5, 3) * fading
        sound = sound * loudness
    return (sound / max(float(sound.std()), 1e-9)).astype(np.float32)


def in_a_room(samples: Floats, chance: np.random.Generator) -> Floats:
    """Return (n,) samples with the reverberation of a made-up room: noise that fades by 60 dB in 0.15 to 0.6 s."""
    fading_s = chance.uniform(0.15, 0.6)
    size = int(RATE_HZ * fading_s)
    echo = chance.standard_normal(size) * 10 ** (-3 * np.arange(size) / size)
    echo[:40] = 0
    echo *= chance.uniform(0.1, 0.5) / np.sqrt(np.sum(np.square(echo)))
    echo[0] = 1
    transform = 1 << (samples.size + size).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, transform) * np.fft.rfft(echo, transform), transform)
    return wet[: samples.size].astype(np.float32)


def _placed(words: Floats, lead: Floats, tail: Floats) -> Variation:
    return Variation(np.concatenate((lead, words, tail)), (lead.size + words.size) / RATE_HZ)


def _piece(speech: Floats, count: int, level: float, chance: np.random.Generator) -> Floats:
    """Return (count,) samples from somewhere in `speech`, about as loud as `level`."""
    at = int(chance.integers(0, max(1, speech.size - 2 * count)))
    piece = at_speed(speech[at : at + 2 * count], chance.uniform(0.85, 1.25))[:count]
    piece = np.pad(piece, (0, count - piece.size))
    return piece * np.float32(level / (float(piece.std()) + 1e-4) * 10 ** (chance.uniform(*_MIX_DB) / 20))
