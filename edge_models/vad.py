"""Is somebody speaking? Silero VAD (https://github.com/snakers4/silero-vad), version 6, with ONNX Runtime."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edge_models.onnx_session import open_session

FRAME_SAMPLES = 512
"""32 ms at 16 kHz: the only frame length that the model was trained with."""
_CONTEXT_SAMPLES = 64
_RATE_HZ = np.array(16_000, dtype=np.int64)


class SileroVad:
    """The probability of speech, frame by frame, for one stream.

    The model sees each frame behind the last 64 samples of the frame before it and carries its own state, so frames
    must be handed over in order and without gaps; `reset` begins another stream. Every value returned is a score of
    the frame that was given: there is no warm-up value to be told apart.
    """

    def __init__(self, directory: Path) -> None:
        """`directory`: where the model `silero-vad` is installed."""
        self._session = open_session(directory / "silero_vad.onnx")
        self.reset()

    def reset(self) -> None:
        """Forget the stream so far."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probability(self, frame: NDArray[np.float32]) -> float:
        """Return how likely it is, 0 to 1, that there is speech in `frame`: (512,) float32 in [-1, 1] at 16 kHz.

        Raises ValueError for any other shape.
        """
        if frame.shape != (FRAME_SAMPLES,):
            raise ValueError(f"A frame is {FRAME_SAMPLES} samples, not {frame.shape}.")
        heard = np.concatenate((self._context, frame), dtype=np.float32)
        score, state = self._session.run(
            ["output", "stateN"], {"input": heard[np.newaxis], "state": self._state, "sr": _RATE_HZ}
        )
        self._state = np.asarray(state)
        self._context = heard[-_CONTEXT_SAMPLES:]
        return float(np.asarray(score).item())
