"""Speech to text: Whisper (https://arxiv.org/abs/2212.04356) through faster-whisper, on the CPU in 8-bit integers."""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment
from numpy.typing import NDArray

from edge_models.expected import Expected
from edge_models.rescoring import log_probabilities

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

_OTHERS = 4
_COMMAND_BONUS = 5.0
_NAME_BONUS = 3.0
"""So much less likely, as a natural logarithm, may an expected command, or a sentence with a name of the household, be
than what the model wrote itself, and is taken all the same: people say such things to this device more often than the
model knows. Of 29 misheard commands (150 spoken by machines in noise and rooms) the right one came within 5 for 22;
sentences that were none were at least 6 away or had nothing near (150 dictated sentences, 58 read ones, 75 clips of
running speech, 147 coffee orders; 2026-11)."""

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
    literal: str = ""
    """What the model itself wrote; `text` differs from it where an expected command or name sounds like it."""


class _ShortWindow(WhisperModel):
    """A Whisper model whose encoder looks at no more than the first `frames` frames of 10 ms."""

    frames = 2 * _SHORT_FRAMES
    encoded: StorageView | None = None
    """What the encoder made of the last piece."""

    def encode(self, features: NDArray[np.float32]) -> StorageView:
        self.encoded = super().encode(np.ascontiguousarray(features[..., : self.frames]))
        return self.encoded


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
        self._tokenizer = Tokenizer(
            self._model.hf_tokenizer, self._model.model.is_multilingual, task="transcribe", language=language
        )

    def transcribe(self, samples: NDArray[np.float32], expected: Expected | None = None) -> Transcription:
        """Return the words in `samples`: (n,) float32 in [-1, 1] at 16 kHz.

        Where they are no command as they stand, but an `expected` one sounds like them, that one counts.
        """
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
        literal = text
        if expected and len(pieces) == 1:
            text = self._expected(literal, expected, samples.size)
        return Transcription(
            text=text,
            language=self._language,
            confidence=min(1.0, math.exp(logprob)),
            no_speech=no_speech,
            literal=literal,
        )

    def _expected(self, literal: str, expected: Expected, samples: int) -> str:
        """Return the command or the text with a name that was probably said, else `literal`."""
        others = [(text, _COMMAND_BONUS) for text in expected.commands(literal, _OTHERS)]
        others += [(text, _NAME_BONUS) for text in expected.named(literal, _OTHERS)]
        if not others or self._model.encoded is None:
            return literal
        own, *scores = log_probabilities(
            self._model.model, self._tokenizer, self._model.encoded, [literal, *(text for text, _ in others)], samples
        )
        # An only word sounds like many others.
        score, text = max(
            (score + (bonus if " " in text.strip() else 0), text)
            for (text, bonus), score in zip(others, scores, strict=True)
        )
        return text if score >= own else literal

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
