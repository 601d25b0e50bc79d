"""What a sentence is about, as 384 numbers: all-MiniLM-L6-v2 in plain numpy.

    words -> word pieces -> 6 layers of BERT (12 heads, 384 wide) -> mean over the pieces -> length 1

Two sentences are compared by the cosine of their embeddings. BERT: https://arxiv.org/abs/1810.04805, the way it was
trained for sentences: https://arxiv.org/abs/1908.10084. The weights are read from the published safetensors file as
they are: a conversion to another format would be one more file to trust, and a sentence of ten words is 0.2 GFLOP.
"""

import json
import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from edge_models.models import ModelStore

Floats = NDArray[np.float32]

MODEL = "all-minilm-l6-v2"
"""Its name in the catalogue."""
DIMENSIONS = 384
_LAYERS, _HEADS, _WIDTH = 6, 12, 384
_EPSILON = 1e-12
MAX_PIECES = 128
"""Word pieces that are read of a sentence; the model was trained on no longer ones."""
_MAX_HEADER_BYTES = 1 << 20


class SentenceEncoder:
    """384 numbers for a sentence; alike (cosine) where sentences mean the same. English."""

    def __init__(self, directory: Path) -> None:
        """`directory`: where the model `all-minilm-l6-v2` is installed. Raises ValueError when it is no such model."""
        tensors = _Tensors(directory / "model.safetensors")
        self._tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(MAX_PIECES)
        self._words = tensors.lazy("embeddings.word_embeddings.weight")
        kinds = tensors.read("embeddings.token_type_embeddings.weight")
        self._places = tensors.read("embeddings.position_embeddings.weight")[:MAX_PIECES] + kinds[0]
        self._norm = tensors.norm("embeddings.LayerNorm")
        self._layers = [_Layer(tensors, f"encoder.layer.{number}") for number in range(_LAYERS)]

    def embed(self, sentence: str) -> Floats:
        """Return (384,) float32 of length 1; zeros for a sentence without any word."""
        states = self.states(sentence)
        if len(states) <= 2:  # the marks alone
            return np.zeros(DIMENSIONS, np.float32)
        mean = states.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def embed_all(self, sentences: Sequence[str]) -> Floats:
        """Return (n, 384) float32, one row a sentence."""
        return np.stack([self.embed(sentence) for sentence in sentences]) if sentences else np.zeros((0, 384), "f4")

    def states(self, sentence: str) -> Floats:
        """Return the last layer: (pieces, 384) float32, with those of the marks for beginning and end."""
        pieces = self._tokenizer.encode(sentence).ids
        states = _normed(self._words[pieces] + self._places[: len(pieces)], *self._norm)
        for layer in self._layers:
            states = layer(states)
        return states


def shared_encoder(models: ModelStore) -> Callable[[], SentenceEncoder]:
    """A function for any number of threads: the first call loads the model, all others return it.

    It raises ModelError, ValueError or OSError as often as it can't be loaded.
    """
    lock = threading.Lock()
    loaded: list[SentenceEncoder] = []

    def encoder() -> SentenceEncoder:
        with lock:
            if not loaded:
                loaded.append(SentenceEncoder(models.path(MODEL)))
            return loaded[0]

    return encoder


class _Layer:
    """Attention and the two dense layers behind it, with what goes around each."""

    def __init__(self, tensors: "_Tensors", name: str) -> None:
        attention = f"{name}.attention"
        self._queries, self._keys, self._values = (
            tensors.dense(f"{attention}.self.{part}") for part in ("query", "key", "value")
        )
        self._attended = tensors.dense(f"{attention}.output.dense")
        self._attended_norm = tensors.norm(f"{attention}.output.LayerNorm")
        self._wide = tensors.dense(f"{name}.intermediate.dense")
        self._narrow = tensors.dense(f"{name}.output.dense")
        self._norm = tensors.norm(f"{name}.output.LayerNorm")

    def __call__(self, states: Floats) -> Floats:
        queries, keys, values = (
            _through(states, dense).reshape(len(states), _HEADS, -1).swapaxes(0, 1)
            for dense in (self._queries, self._keys, self._values)
        )
        weights = _softmax(queries @ keys.swapaxes(1, 2) / math.sqrt(_WIDTH / _HEADS))
        mixed = (weights @ values).swapaxes(0, 1).reshape(states.shape)
        states = _normed(states + _through(mixed, self._attended), *self._attended_norm)
        wide = _gelu(_through(states, self._wide))
        return _normed(states + _through(wide, self._narrow), *self._norm)


class _Tensors:
    """A safetensors file (https://github.com/huggingface/safetensors), mapped into memory."""

    def __init__(self, path: Path) -> None:
        data = np.memmap(path, np.uint8, "r")
        size = int.from_bytes(data[:8].tobytes(), "little")
        if size > min(_MAX_HEADER_BYTES, data.size - 8):
            raise ValueError(f"{path} is no safetensors file.")
        self._path = path
        self._data = data[8 + size :]
        self._index = json.loads(data[8 : 8 + size].tobytes())

    def lazy(self, name: str) -> Floats:
        """The tensor, of which only what is looked at comes into memory."""
        try:
            entry = self._index[name]
            begin, end = entry["data_offsets"]
            if entry["dtype"] != "F32":
                raise ValueError
            return self._data[begin:end].view("<f4").reshape(entry["shape"])
        except (KeyError, TypeError, ValueError):
            raise ValueError(f"{self._path} has no float tensor {name} of that shape.") from None

    def read(self, name: str) -> Floats:
        return np.array(self.lazy(name), np.float32)

    def dense(self, name: str) -> tuple[Floats, Floats]:
        """Weight (in, out) and bias (out,)."""
        return np.ascontiguousarray(self.read(f"{name}.weight").T), self.read(f"{name}.bias")

    def norm(self, name: str) -> tuple[Floats, Floats]:
        """Scale and shift, (384,) each."""
        return self.read(f"{name}.weight"), self.read(f"{name}.bias")


def _through(states: Floats, dense: tuple[Floats, Floats]) -> Floats:
    weight, bias = dense
    return states @ weight + bias


def _softmax(scores: Floats) -> Floats:
    weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return weights / weights.sum(axis=-1, keepdims=True)


def _normed(states: Floats, scale: Floats, shift: Floats) -> Floats:
    centred = states - states.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + np.float32(_EPSILON))
    return centred / spread * scale + shift


def _gelu(x: Floats) -> Floats:
    """`x Φ(x)`, with the error function of Abramowitz and Stegun 7.1.26 (off by 1.5e-7 at most)."""
    z = np.abs(x) / np.float32(math.sqrt(2))
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    upper = np.asarray(0.5 * series * np.exp(-z * z), np.float32)
    """How much of the normal distribution lies beyond |x|."""
    return x * np.where(x > 0, 1 - upper, upper)
