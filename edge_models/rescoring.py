"""How likely a Whisper model finds words that it did not write itself, given what it heard."""

from collections.abc import Sequence

import numpy as np
from ctranslate2 import StorageView
from ctranslate2.models import Whisper
from faster_whisper.tokenizer import Tokenizer

_SAMPLES_A_FRAME = 320
"""Of the encoder's output."""
_LEAST_FRAMES = 10


def log_probabilities(
    model: Whisper, tokenizer: Tokenizer, encoded: StorageView, texts: Sequence[str], samples: int
) -> list[float]:
    """Return the natural logarithm of each text's probability, given what was heard: forced decoding.

    `encoded`: what the encoder made of it, (1, frames, n); `samples`: how many of 16 kHz it is long. What was padded
    behind it is left out, which makes this three times cheaper. The end of the text is not part of the probability, so
    compare only texts that say all that was said.
    """
    frames = max(_LEAST_FRAMES, samples // _SAMPLES_A_FRAME)
    heard = np.repeat(np.asarray(encoded)[:, :frames], len(texts), axis=0)
    aligned = model.align(
        StorageView.from_array(np.ascontiguousarray(heard)),
        [*tokenizer.sot_sequence, tokenizer.no_timestamps],
        [tokenizer.encode(f" {text}") for text in texts],
        [2 * frames] * len(texts),
        median_filter_width=1,
    )
    return [float(np.log(np.maximum(1e-9, each.text_token_probs)).sum()) for each in aligned]
