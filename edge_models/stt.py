"""Speech to text: Whisper (https://arxiv.org/abs/2212.04356) through faster-whisper, on the CPU in 8-bit integers."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

_RATE_HZ = 16_000
_SHORTEST_S = 0.1
"""Less than this holds no word."""
_SILENCE_PEAK = 1e-3
"""-60 dBFS: no speech that a microphone picked up stays below."""

# Whisper writes sentences into noise. These are the limits of its authors (section 4.5 of the paper) with the first
# two joined: a piece is dropped when it is probably no speech and the words are guesses too, or when it repeats itself.
_NO_SPEECH = 0.6
_LOGPROB = -1.0
_COMPRESSION = 2.4


@dataclass(frozen=True)
class Transcription:
    """What was said."""

    text: str
    """The words; empty when there were none."""
    language: str
    """Of the words, as an ISO 639-1 code."""
    confidence: float
    """0 to 1: the geometric mean of the probabilities that the model gave to its own words; 0 for no words."""
    no_speech: float
    """0 to 1: how likely it is that nobody spoke."""


class Whisper:
    """One model, one language."""

    def __init__(self, directory: Path, language: str, *, threads: int = 2) -> None:
        """`directory`: where a Whisper model is installed; `language`: ISO 639-1; `threads`: of the CPU to use.

        Raises ValueError when the model doesn't know the language.
        """
        self._model = WhisperModel(
            str(directory), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
        known = self._model.supported_languages
        if language not in known:
            raise ValueError(
                f"This model understands {', '.join(known) if len(known) < 5 else f'{len(known)} languages'}, "
                f"but not {language!r}."
            )
        self._language = language

    def transcribe(self, samples: NDArray[np.float32]) -> Transcription:
        """Return the words in `samples`: (n,) float32 in [-1, 1] at 16 kHz."""
        nothing = Transcription(text="", language=self._language, confidence=0.0, no_speech=1.0)
        if samples.size < _SHORTEST_S * _RATE_HZ or float(np.abs(samples).max()) < _SILENCE_PEAK:
            return nothing
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
        )
        pieces = list(segments)
        if not pieces:
            return nothing
        no_speech = min(piece.no_speech_prob for piece in pieces)
        kept = [piece for piece in pieces if _believable(piece)]
        text = " ".join(piece.text.strip() for piece in kept).strip()
        if not text:
            return Transcription(text="", language=self._language, confidence=0.0, no_speech=no_speech)
        tokens = sum(len(piece.tokens) for piece in kept)
        logprob = sum(piece.avg_logprob * len(piece.tokens) for piece in kept) / max(1, tokens)
        return Transcription(
            text=text, language=self._language, confidence=min(1.0, math.exp(logprob)), no_speech=no_speech
        )


def _believable(piece: Segment) -> bool:
    guessed = piece.no_speech_prob > _NO_SPEECH and piece.avg_logprob < _LOGPROB
    return not guessed and piece.compression_ratio <= _COMPRESSION
