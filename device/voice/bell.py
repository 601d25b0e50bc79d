"""The sound of a timer that is done."""

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 24_000
ROUND_S = 2.5
"""One round: three strokes, and a pause in which "stop" is easily heard."""
_STROKES = ((0.0, 659.3), (0.22, 830.6), (0.44, 987.8))
"""Seconds and hertz: E5, G#5, B5, a chord that nobody takes for an alarm."""
_PARTIALS = ((1.0, 1.0, 0.5), (2.0, 0.35, 0.3), (3.01, 0.12, 0.15))
"""Of a stroke: times its pitch, loudness, seconds until it has sunk to a third. Slightly off, as metal is."""
_PEAK = 0.5


def bell() -> NDArray[np.float32]:
    """One round, (60000,) float32 in [-0.5, 0.5] at RATE_HZ."""
    sound = np.zeros(int(ROUND_S * RATE_HZ))
    for begins_s, pitch_hz in _STROKES:
        begin = int(begins_s * RATE_HZ)
        t = np.arange(sound.size - begin) / RATE_HZ
        for times, loudness, decay_s in _PARTIALS:
            sound[begin:] += loudness * np.exp(-t / decay_s) * np.sin(2 * np.pi * times * pitch_hz * t)
    sound *= np.minimum(1.0, (ROUND_S - np.arange(sound.size) / RATE_HZ) / 0.3)  # nothing is cut off at the end
    return (sound / np.abs(sound).max() * _PEAK).astype(np.float32)
