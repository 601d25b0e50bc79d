"""Somebody says a wake phrase to have it learnt: where it is in the recording, and what is wrong with it.

Pure: it gets samples and the VAD's probabilities, and knows nothing of microphones.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from edge_models.vad import FRAME_SAMPLES

Floats = NDArray[np.float32]

RATE_HZ = 16_000
_FRAME_S = FRAME_SAMPLES / RATE_HZ
_SPEECH = 0.5
_JOINED_S = 0.35
"""A pause within the phrase."""
_NOTHING_S = 0.1
_SHORTEST_S = 0.35
_LONGEST_S = 2.5
_QUIETEST = 10 ** (-50 / 20)
"""Root mean square: quieter than that, the noise of most microphones is louder."""
_FULL = 0.985
_CLIPPED_SHARE = 0.002
MARGIN_S = (0.05, 0.08)
"""What is kept before and after."""
_DONE_S = 0.7
_PATIENCE_S = 8.0


class SayAgain(Exception):
    """The recording can't be used; the text says why, in a sentence that asks for another."""


def phrase_in(samples: Floats, probabilities: Sequence[float]) -> Floats:
    """Return the phrase alone, (m,) of (n,) float32 at 16 kHz, given the VAD's answer for each of its frames.

    Raises SayAgain.
    """
    begin, end = _longest(probabilities)
    if (end - begin) * _FRAME_S < _NOTHING_S:
        raise SayAgain("I heard nothing: say it again, a little louder or closer.")
    at = max(0, begin * FRAME_SAMPLES - int(MARGIN_S[0] * RATE_HZ))
    phrase = samples[at : end * FRAME_SAMPLES + int(MARGIN_S[1] * RATE_HZ)]
    if float(np.mean(np.abs(phrase) >= _FULL)) > _CLIPPED_SHARE:
        raise SayAgain("That was so loud that it is distorted: say it again, from further away.")
    if float(np.sqrt(np.mean(np.square(phrase, dtype=np.float64)))) < _QUIETEST:
        raise SayAgain("That was too quiet: say it again, louder or closer.")
    if (end - begin) * _FRAME_S < _SHORTEST_S:
        raise SayAgain("That was very short: say the whole phrase; three syllables or more are heard best.")
    if (end - begin) * _FRAME_S > _LONGEST_S:
        raise SayAgain("That was too long: say the phrase alone, without a pause in it.")
    return phrase


def is_over(probabilities: Sequence[float]) -> bool:
    """Whether somebody spoke and has been quiet since, or nobody is going to speak."""
    begin, end = _longest(probabilities)
    spoke = (end - begin) * _FRAME_S >= _NOTHING_S
    quiet_s = (len(probabilities) - end) * _FRAME_S
    return (spoke and quiet_s >= _DONE_S) or len(probabilities) * _FRAME_S >= _PATIENCE_S


def _longest(probabilities: Sequence[float]) -> tuple[int, int]:
    """Return the first frame of the longest stretch of speech and the one after its last; (0, 0) without any."""
    best = (0, 0)
    begin = end = 0
    for frame, probability in enumerate(probabilities):
        if probability < _SPEECH:
            continue
        if (frame - end) * _FRAME_S > _JOINED_S or end == 0:
            begin = frame
        end = frame + 1
        if end - begin > best[1] - best[0]:
            best = (begin, end)
    return best
