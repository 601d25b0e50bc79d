"""Wake words: microWakeWord (the default) and openWakeWord, behind the same four names.

Both take audio in pieces of any length and report a phrase once each time it is spoken: a hit is the moment the score
climbs over the phrase's threshold, and the phrase can be hit again after its score was low for half a second:

    score   ____####_###_________________####____
    hit         ^                        ^
    low                 |<-- 0.5 s -->|
"""

from collections import deque
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.micro_pass import RATE_HZ, MicroPass, int16
from edge_models.open_wake import OpenWakeWord, open_wake_phrases
from edge_models.vad import SileroVad
from edge_models.wake_check import AGO_S, SPEEDS, TwoStages
from edge_models.wake_hit import WakeHit, check_phrases

__all__ = ["MicroWakeWord", "OpenWakeWord", "WakeHit"]

_PIECE_SAMPLES = 160
"""What the first stage takes at a time: one frame."""
_THRESHOLDS = {"alexa": 0.8, "hey jarvis": 0.85, "hey mycroft": 0.96, "okay nabu": 0.78}
"""Chosen on half of the recordings of "alexa" (the other half confirmed them), on synthesised hits and near misses, and
on speech that wakes nobody, changed in speed, level, room and noise (docs/benchmarks.md, bench wake)."""
_THRESHOLD = 0.85
"""Of a phrase that somebody put beside them."""


class MicroWakeWord:
    """microWakeWord in two stages: it listens all the time, and hears again what may have been the phrase."""

    def __init__(
        self,
        directory: Path,
        phrases: tuple[str, ...],
        *,
        thresholds: Mapping[str, float] | None = None,
        vad: SileroVad | None = None,
        second_opinion: Path | None = None,
    ) -> None:
        """`directory`: where the model `microwakeword` is installed. Raises ValueError for an unknown phrase.

        `thresholds`: the scores that phrases must exceed, where they aren't to be our own. `vad`: must find that
        somebody speaks; it is this engine's alone. `second_opinion`: where the model `openwakeword` is installed, which
        must then find the phrase likely too, where it knows it.
        """
        files = {path.stem.replace("_", " "): path for path in sorted(directory.glob("*.json"))}
        check_phrases(phrases, known=files)
        wanted = {phrase: files[phrase] for phrase in phrases}
        limits = {**dict.fromkeys(phrases, _THRESHOLD), **_THRESHOLDS, **(thresholds or {})}
        others = open_wake_phrases(second_opinion) if second_opinion else {}
        self._first = MicroPass(wanted)
        self._stages = {
            phrase: TwoStages(
                phrase,
                [MicroPass({phrase: file}, speed=speed) for speed in SPEEDS],
                threshold=limits[phrase],
                vad=vad,
                second_opinion=OpenWakeWord(second_opinion, (phrase,)) if second_opinion and phrase in others else None,
            )
            for phrase, file in wanted.items()
        }
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._first.reset()
        for stages in self._stages.values():
            stages.reset()
        self._waiting = np.zeros(0, np.int16)
        self._pieces: deque[NDArray[np.int16]] = deque(maxlen=int(AGO_S * RATE_HZ) // _PIECE_SAMPLES)

    def process(self, samples: NDArray[np.float32]) -> list[WakeHit]:
        """Listen to the next `samples`, (n,) float32 in [-1, 1] at 16 kHz; return the phrases that they complete."""
        self._waiting = np.concatenate((self._waiting, int16(samples)))
        hits: list[WakeHit] = []
        while self._waiting.size >= _PIECE_SAMPLES:
            piece, self._waiting = self._waiting[:_PIECE_SAMPLES], self._waiting[_PIECE_SAMPLES:]
            hits += self._piece(piece)
        return hits

    def _piece(self, piece: NDArray[np.int16]) -> list[WakeHit]:
        self._pieces.append(piece)
        for stages in self._stages.values():
            stages.hear(piece)
        found = (
            self._stages[phrase].step(score, self._recent)
            for scores in self._first.scores(piece)
            for phrase, score in scores.items()
        )
        return [hit for hit in found if hit]

    def _recent(self) -> NDArray[np.int16]:
        return np.concatenate(self._pieces)
