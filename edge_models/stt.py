"""Speech to text: Whisper (https://arxiv.org/abs/2212.04356) through CTranslate2, in 8-bit integers on the CPU.

On a board's GPU too, where CTranslate2 was built for it (its packages for aarch64 are not); that was never run.

Tried with tiny.en and left out (2026-11; words wrong in 20 home commands, words lost of 49 to 147 coffee orders):

- A prompt of sentences of our own: 44 % wrong against 22, twice the time, words in 25 % of the noise.
- Windows of 10 and 6 s: it repeats itself, 50 and 174 % wrong.
- Pre-emphasis, the average spectrum of speech, spectral subtraction, a fixed level, other margins of silence: the
  commands go 5 points up or down, sentences or orders the other way.
- Moonshine tiny (27 M, MIT), in half the time: 44 % wrong against 22 and 14 % lost against 8, though it is better at
  read sentences (12.0 % wrong against 14.8). As a second opinion on Whisper's hypotheses it changed nothing.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from ctranslate2 import StorageView
from faster_whisper import WhisperModel
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import get_compression_ratio
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
# for 72 pieces of amplified noise (2026-11). Where the words are hardly more than dice, less
# doubt is enough: of 393 pieces of noise, music, babble, hum and clicks one came through otherwise, at 0.31 and -1.6.
# Of 163 clips of real people the worst was at -1.0; single Arabic words go down to -1.6, but at no more than 0.1.
_NO_SPEECH = 0.5
_GUESS_LOGPROB = -0.5
_DOUBT = 0.2
_DICE_LOGPROB = -1.35
_COMPRESSION = 2.4
_REPEATED = 4
"""So many times the same word in a row is no speech; people say "no, no, no"."""

_BEAM = 5
"""Hypotheses that are followed. Those with the same words count together, however they are spelt: with 5, and the
likeliest words of them, word errors of 75 commands spoken by machines in noise fell from 29.1 to 23.2 %, of 50 dictated
sentences from 11.9 to 10.5, words lost of 74 coffee orders from 8.4 to 7.5 %; 10 added nothing."""

_OTHERS = 4
_SOURCES = 3
_FEW_WORDS = 5
"""The neighbours of so many hypotheses are tried, where the likeliest has few words; of a longer sentence, which takes
30 ms to look up, only its own. Altogether that costs 6 to 25 ms of CPU time over 145, at the 90th percentile 50."""
_BELIEVED = frozenset({"en"})
"""Languages in which a model's own idea of how likely a command is can be believed. Of 160 Arabic words, each said by
itself, whisper-base wrote 28 % right; the one of 40 commands that sounds most like one of its hypotheses was right for
73 %, the one that it finds likeliest for 5 % (by the token: 48 %), and no weighing of both was better (2026-11)."""
_AS_LONG = 0.75
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
_WINDOW_S = 30
_LONG_FRAMES = 100 * _WINDOW_S
_TOKENS_A_SECOND = 24
"""Nobody speaks faster; a model that repeats itself would go on to its limit of 448."""


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


@dataclass(frozen=True)
class _Piece:
    """What the model makes of up to 30 s."""

    text: str
    tokens: int
    logprob: float
    """Of a token, on average."""
    no_speech: float
    others: tuple[str, ...] = ()
    """Less likely hypotheses, the likeliest first; none has the same words as another."""

    @property
    def repeats(self) -> bool:
        words = _words(self.text)
        same = any(len(set(words[at : at + _REPEATED])) == 1 for at in range(len(words) - _REPEATED + 1))
        return same or get_compression_ratio(self.text) > _COMPRESSION

    @property
    def believable(self) -> bool:
        guessed = self.no_speech > _NO_SPEECH and self.logprob < _GUESS_LOGPROB
        diced = self.no_speech > _DOUBT and self.logprob < _DICE_LOGPROB
        return bool(_words(self.text)) and not (guessed or diced or self.repeats)


def gpu_here() -> bool:
    """Whether there is a GPU that this build of CTranslate2 can use."""
    return ctranslate2.get_cuda_device_count() > 0


class Whisper:
    """One model, one language. For one thread at a time."""

    def __init__(self, directory: Path, language: str, *, threads: int = 2, gpu: bool = False) -> None:
        """`directory`: where a Whisper model is installed; `language`: ISO 639-1; `threads`: of the CPU to use.

        With `gpu`, which was never run, it computes there, in 8-bit integers and half precision. Raises ValueError when
        there is no GPU that CTranslate2 can use, or the model doesn't know the language.
        """
        if gpu and not gpu_here():
            raise ValueError("CTranslate2 finds no GPU that it was built for: leave out gpu under [speech].")
        self._model = WhisperModel(
            str(directory),
            device="cuda" if gpu else "cpu",
            compute_type="int8_float16" if gpu else "int8",
            cpu_threads=threads,
            local_files_only=True,
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
        text = ""
        if samples.size > _WINDOW_S * _RATE_HZ:
            pieces = self._long(samples)
        else:
            short = samples.size <= _SHORT_S * _RATE_HZ
            encoded = self._encoded(samples, _SHORT_FRAMES if short else _LONG_FRAMES)
            piece = self._piece(encoded, samples.size)
            if short and piece.repeats:
                encoded = self._encoded(samples, _LONG_FRAMES)
                piece = self._piece(encoded, samples.size)
            pieces = [piece]
            if expected and piece.believable:
                text = self._expected(piece, expected, encoded, samples.size)
        no_speech = min((piece.no_speech for piece in pieces), default=1.0)
        kept = [piece for piece in pieces if piece.believable]
        literal = " ".join(piece.text for piece in kept)
        if not literal:
            return Transcription(text="", language=self._language, confidence=0.0, no_speech=no_speech)
        logprob = sum(piece.logprob * piece.tokens for piece in kept) / sum(piece.tokens for piece in kept)
        return Transcription(
            text=text or literal,
            language=self._language,
            confidence=min(1.0, math.exp(logprob)),
            no_speech=no_speech,
            literal=literal,
        )

    def _encoded(self, samples: NDArray[np.float32], frames: int) -> StorageView:
        padded = pad_or_trim(samples, frames * self._model.feature_extractor.hop_length)
        features = self._model.feature_extractor(padded, padding=0)
        return self._model.encode(np.ascontiguousarray(features[:, :frames]))

    def _piece(self, encoded: StorageView, samples: int) -> _Piece:
        prompt = [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]
        found = self._model.model.generate(
            encoded,
            [prompt],
            beam_size=_BEAM,
            num_hypotheses=_BEAM,
            max_length=min(self._model.max_length, len(prompt) + _TOKENS_A_SECOND * (1 + samples // _RATE_HZ)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        logprobs = [score * len(tokens) for score, tokens in zip(found.scores, found.sequences_ids, strict=True)]
        texts = [self._tokenizer.decode(tokens).strip() for tokens in found.sequences_ids]
        same: dict[tuple[str, ...], list[int]] = {}
        for index, text in enumerate(texts):
            same.setdefault(tuple(_words(text)), []).append(index)
        ranked = sorted(same.values(), key=lambda group: -sum(math.exp(logprobs[index]) for index in group))
        best = ranked[0][0]
        tokens = len(found.sequences_ids[best])
        return _Piece(
            text=texts[best],
            tokens=tokens,
            logprob=logprobs[best] / (tokens + 1),
            no_speech=found.no_speech_prob,
            others=tuple(texts[group[0]] for group in ranked[1:]),
        )

    def _long(self, samples: NDArray[np.float32]) -> list[_Piece]:
        """Return what the model makes of more than one window, piece by piece, good or not."""
        segments, _ = self._model.transcribe(
            samples,
            language=self._language,
            beam_size=1,
            temperature=0.0,
            without_timestamps=True,
            condition_on_previous_text=False,
            no_speech_threshold=None,  # judged in _Piece.believable, where the score isn't lost
        )
        return [
            _Piece(piece.text.strip(), len(piece.tokens), piece.avg_logprob, piece.no_speech_prob) for piece in segments
        ]

    def _expected(self, piece: _Piece, expected: Expected, encoded: StorageView, samples: int) -> str:
        """Return the command, or the text with a name, that was probably said instead of the piece's text; or that."""
        few = len(_words(piece.text)) <= _FEW_WORDS
        if self._language not in _BELIEVED:
            return expected.nearest((piece.text, *piece.others) if few else (piece.text,)) or piece.text
        if expected.is_command(piece.text):
            return piece.text
        sources = (piece.text, *piece.others)[: _SOURCES if few else 1]
        bonus = dict.fromkeys(expected.named(piece.text, _OTHERS), _NAME_BONUS)
        for source in sources:
            bonus |= dict.fromkeys(expected.commands(source, _OTHERS), _COMMAND_BONUS)
        # An only word sounds like many others; and what ends too soon may still be likely word for word.
        texts = [text for text in bonus if " " in text and len(text) >= _AS_LONG * len(piece.text)]
        if not texts:
            return piece.text
        own, *scores = log_probabilities(self._model.model, self._tokenizer, encoded, [piece.text, *texts], samples)
        score, text = max((score + bonus[text], text) for text, score in zip(texts, scores, strict=True))
        return text if score >= own else piece.text


def _words(text: str) -> Sequence[str]:
    """The words of `text` without regard to case and punctuation."""
    return re.findall(r"[^\W_]+", text.casefold())
