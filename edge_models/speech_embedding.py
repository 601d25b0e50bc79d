"""What was just said, as numbers: Google's speech embedding (https://arxiv.org/abs/2002.01322) with ONNX Runtime.

80 ms of audio -> 8 mel frames -> 1 embedding of the last 76 frames -> 1 window of the last 8 embeddings (1.3 s)
"""

from collections import deque
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.onnx_session import open_session

Floats = NDArray[np.float32]

RATE_HZ = 16_000
STEP_MS = 80
EMBEDDINGS_A_WINDOW = 8
WINDOW = EMBEDDINGS_A_WINDOW * 96
"""Numbers in a window."""
_STEP_SAMPLES = STEP_MS * 16
_STEP_FRAMES = 8
_EMBEDDING_FRAMES = 76
_OVERLAP_SAMPLES = 480
"""The mel windows (25 ms every 10 ms) of a step reach back into the step before."""
_KEPT_FRAMES = _EMBEDDING_FRAMES + (EMBEDDINGS_A_WINDOW - 1) * _STEP_FRAMES
_BATCH = 32


class SpeechEmbedding:
    """The two models: mel spectrogram and embedding."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where the model `speech-embedding` is installed."""
        self._mel = open_session(directory / "melspectrogram.onnx")
        self._embedding = open_session(directory / "embedding_model.onnx")

    def mel(self, samples: Floats) -> Floats:
        """Return (frames, 32) of (n,) float32 in [-1, 1] at 16 kHz, a frame every 10 ms; one unit is 10 dB."""
        # The models were trained on the values of 16-bit samples.
        heard = np.rint(np.clip(samples, -1, 1) * 32767).astype(np.float32)
        (mel,) = self._mel.run(None, {"input": heard[np.newaxis]})
        return np.asarray(mel, np.float32).reshape(-1, 32) / np.float32(10) + np.float32(2)

    def of_frames(self, frames: Floats) -> Floats:
        """Return (n, 96): an embedding of every 76 frames of (frames, 32), 8 frames apart."""
        if len(frames) < _EMBEDDING_FRAMES:
            return np.zeros((0, 96), np.float32)
        pieces = np.lib.stride_tricks.sliding_window_view(frames, _EMBEDDING_FRAMES, axis=0)[::_STEP_FRAMES]
        pieces = np.ascontiguousarray(pieces.transpose(0, 2, 1))[..., np.newaxis]
        batches = (pieces[at : at + _BATCH] for at in range(0, len(pieces), _BATCH))
        made = [np.asarray(self._embedding.run(None, {"input_1": batch})[0]).reshape(-1, 96) for batch in batches]
        return np.concatenate(made)

    def embed(self, samples: Floats) -> Floats:
        """Return (n, 96) for a whole recording; embedding i has heard what came before `heard_s(i)`."""
        return self.of_frames(self.mel(samples))


def heard_s(index: int) -> float:
    """Return the second of a recording up to which its embedding `index` has heard."""
    return (_STEP_FRAMES * index + _EMBEDDING_FRAMES + 2) / 100


def windows(embeddings: Floats) -> Floats:
    """Return (n - 7, 768): every 8 successive rows of (n, 96) as one."""
    if len(embeddings) < EMBEDDINGS_A_WINDOW:
        return np.zeros((0, WINDOW), np.float32)
    return np.lib.stride_tricks.sliding_window_view(embeddings, (EMBEDDINGS_A_WINDOW, 96))[:, 0].reshape(-1, WINDOW)


_LOUDER = 0.6
"""6 dB over the quiet of a band is a sound, ..."""
_LOUD_BANDS = 4
"""... when as many of the 32 bands have it."""
_QUIET_FALLS = 0.3
_QUIET_RISES = 0.02
"""2.5 dB a second: how quickly a lasting noise becomes the new quiet."""
_HOLD_STEPS = 12
"""A sound is followed for 1 s."""


class _Gate:
    """Whether there is any sound: in some bands more than what has been the quiet of late."""

    def __init__(self) -> None:
        self._quiet: Floats | None = None
        self._open_for = 0

    def step(self, frames: Floats) -> bool:
        level = frames.mean(axis=0)
        if self._quiet is None:
            self._quiet = level
        over = level - self._quiet
        self._quiet = self._quiet + np.where(over < 0, over * _QUIET_FALLS, np.minimum(over, _QUIET_RISES))
        loud = int(np.count_nonzero(over > _LOUDER)) >= _LOUD_BANDS
        self._open_for = _HOLD_STEPS if loud else max(0, self._open_for - 1)
        return self._open_for > 0


class EmbeddingStream:
    """Windows of a stream as it comes, and none while it is quiet.

    In quiet only the mel frames are kept, which costs 0.3 % of one core instead of 1.5 % (2026-11);
    with the first sound the embeddings of the last 1.3 s are made at once.
    """

    def __init__(self, model: SpeechEmbedding) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Forget the audio so far."""
        self._waiting = np.zeros(0, np.float32)
        self._overlap = np.zeros(_OVERLAP_SAMPLES, np.float32)
        # The silence before the first sound: without it a phrase in the stream's first second would be missed.
        quiet = self._model.mel(np.zeros(_STEP_SAMPLES + _OVERLAP_SAMPLES, np.float32))
        self._frames = np.repeat(quiet[-1:], _KEPT_FRAMES, axis=0)
        self._embeddings: deque[Floats] = deque(maxlen=EMBEDDINGS_A_WINDOW)
        self._gate = _Gate()

    def windows(self, samples: Floats) -> Iterator[Floats | None]:
        """Yield for every 80 ms that (n,) more samples complete the window (768,), or None where it is quiet."""
        self._waiting = np.concatenate((self._waiting, samples))
        while self._waiting.size >= _STEP_SAMPLES:
            step, self._waiting = self._waiting[:_STEP_SAMPLES], self._waiting[_STEP_SAMPLES:]
            yield self._step(step)

    def _step(self, step: Floats) -> Floats | None:
        heard = np.concatenate((self._overlap, step))
        self._overlap = heard[-_OVERLAP_SAMPLES:]
        frames = self._model.mel(heard)[-_STEP_FRAMES:]
        self._frames = np.concatenate((self._frames, frames))[-_KEPT_FRAMES:]
        if not self._gate.step(frames):
            self._embeddings.clear()
            return None
        missing = EMBEDDINGS_A_WINDOW - min(len(self._embeddings), EMBEDDINGS_A_WINDOW - 1)
        since = _EMBEDDING_FRAMES + (missing - 1) * _STEP_FRAMES
        self._embeddings.extend(self._model.of_frames(self._frames[-since:]))
        return np.concatenate(self._embeddings)
