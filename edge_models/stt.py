"""Speech to text: Whisper (https://arxiv.org/abs/2212.04356) through faster-whisper, on the CPU in 8-bit integers."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

_RATE_HZ = 16_000
_SHORTEST_S = 0.1
"""Less than this holds no word."""
_SILENCE_PEAK = 1e-3
"""-60 dBFS: no speech that a microphone picked up stays below."""

# Whisper writes sentences into noise. As its authors do (section 4.5 of the paper), a piece is dropped when it is
# probably no speech and the words are guesses too, or when it repeats itself. Their limits, 0.6 and -1.0, let an
# "Okay." out of kitchen noise through; with tiny.en `no_speech` was at most 0.49 for 192 spoken clips and at least 0.55
# for 72 pieces of amplified noise (2026-11).
_NO_SPEECH = 0.5
_GUESS_LOGPROB = -0.5
_COMPRESSION = 2.4

_SHORT_S = 14
_SHORT_FRAMES = 1500
"""Whisper pads what it hears to 30 s, which is most of its work on a short command. Half of that is as accurate and
takes a third of the time (tiny.en: word error rate 14.3 % against 14.7 on 58 sentences, 27.2 against 28.4 on 20
commands, 0.14 s against 0.42 s of CPU time a command; 2026-11). Where it makes the model repeat itself (5 of 114 clips,
all of a single word), the whole 30 s are used after all."""
_TOKENS_A_SECOND = 24


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


class _ShortWindow(WhisperModel):
    """A Whisper model whose encoder looks at no more than the first `frames` frames of 10 ms."""

    frames = 2 * _SHORT_FRAMES

    def encode(self, features: NDArray[np.float32]) -> StorageView:
        return super().encode(np.ascontiguousarray(features[..., : self.frames]))


class Whisper:
    """One model, one language."""

    def __init__(self, directory: Path, language: str, *, threads: int = 2) -> None:
        """`directory`: where a Whisper model is installed; `language`: ISO 639-1; `threads`: of the CPU to use.

        Raises ValueError when the model doesn't know the language.
        """
        self._model = _ShortWindow(
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
        pieces = self._pieces(samples, short=samples.size <= _SHORT_S * _RATE_HZ)
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

    def _pieces(self, samples: NDArray[np.float32], *, short: bool) -> list[Segment]:
        """Return what the model makes of `samples`, piece by piece, good or not."""
        self._model.frames = _SHORT_FRAMES if short else 2 * _SHORT_FRAMES
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=None,  # judged in _believable, where the score isn't lost
            # Nobody speaks faster; a model that repeats itself would go on to its limit of 448.
            max_new_tokens=_TOKENS_A_SECOND * (1 + samples.size // _RATE_HZ) if short else None,
        )
        pieces = list(segments)
        if short and any(_repeats(piece) for piece in pieces):
            return self._pieces(samples, short=False)
        return pieces


def _repeats(piece: Segment) -> bool:
    return piece.compression_ratio > _COMPRESSION


def _believable(piece: Segment) -> bool:
    guessed = piece.no_speech_prob > _NO_SPEECH and piece.avg_logprob < _GUESS_LOGPROB
    return not guessed and not _repeats(piece)
