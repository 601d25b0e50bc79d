"""Reads the tensors of a PyTorch checkpoint without PyTorch, and nothing else of it.

A checkpoint is a pickle, and a pickle can name any function of the machine to be called. Here three names exist: an
ordered dictionary, a tensor and its storage of 32-bit floats; whatever else is named is refused.

The format is the one before PyTorch 1.6, little-endian::

    pickle: magic | pickle: 1001 | pickle: sizes | pickle: the objects | pickle: keys of the storages
    then for each key: number of elements (int64) | elements
"""

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_MAX_BYTES = 256 * 2**20
_FLOAT = np.dtype("<f4")


class NotTensors(ValueError):
    """The file is no checkpoint of this form; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class _Storage:
    key: str
    size: int


@dataclass(frozen=True, slots=True)
class _Tensor:
    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]


class _FloatStorage:
    """Stands for torch.FloatStorage; never made."""


def _tensor(storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> _Tensor:
    return _Tensor(storage, offset, shape, strides)


_NAMES: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): _FloatStorage,
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise NotTensors(f"The checkpoint names {module}.{name}, which is no tensor.") from None

    def persistent_load(self, pid: object) -> _Storage:
        match pid:
            case ("storage", kind, str(key), str(), int(size), _) if kind is _FloatStorage and size >= 0:
                return _Storage(key, size)
            case _:
                raise NotTensors("The checkpoint has a storage that is not of 32-bit floats.")


class _Plain(pickle.Unpickler):
    """Numbers, strings, lists and dictionaries."""

    def find_class(self, module: str, name: str) -> Any:
        raise NotTensors(f"The checkpoint names {module}.{name}, which is no tensor.")


def read_tensors(path: Path, *, within: str) -> dict[str, NDArray[np.float32]]:
    """Return the tensors of the dictionary `within` in the checkpoint at `path`. Raises NotTensors or OSError."""
    if path.stat().st_size > _MAX_BYTES:
        raise NotTensors(f"{path} is too large for a model of ours.")
    with path.open("rb") as file:
        try:
            if (_Plain(file).load(), _Plain(file).load()) != (_MAGIC, _PROTOCOL):
                raise NotTensors(f"{path} is not a PyTorch checkpoint of the kind that can be read.")
            _Plain(file).load()
            objects = _Unpickler(file).load()
            storages = _storages(file, _Plain(file).load())
        except NotTensors:
            raise
        except Exception as error:  # noqa: BLE001 - a damaged pickle can raise anything
            raise NotTensors(f"{path} is not a PyTorch checkpoint that can be read ({type(error).__name__}).") from None
    found = objects.get(within) if isinstance(objects, dict) else None
    if not isinstance(found, dict):
        raise NotTensors(f"{path} has no {within} in it.")
    return {str(name): _array(tensor, storages) for name, tensor in found.items() if isinstance(tensor, _Tensor)}


def _storages(file: BinaryIO, keys: object) -> dict[str, NDArray[np.float32]]:
    if not (isinstance(keys, list) and all(isinstance(key, str) for key in keys)):
        raise NotTensors("The checkpoint's list of storages is damaged.")
    storages: dict[str, NDArray[np.float32]] = {}
    for key in keys:
        size = int.from_bytes(file.read(8), "little", signed=True)
        if not 0 <= size <= _MAX_BYTES // _FLOAT.itemsize:
            raise NotTensors("The checkpoint has a storage of an impossible size.")
        content = file.read(size * _FLOAT.itemsize)
        if len(content) != size * _FLOAT.itemsize:
            raise NotTensors("The checkpoint breaks off in the middle.")
        storages[key] = np.frombuffer(content, _FLOAT)
    return storages


def _array(tensor: _Tensor, storages: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    storage = storages.get(tensor.storage.key)
    counts = (*tensor.shape, tensor.offset)
    if storage is None or any(not isinstance(count, int) or count < 0 for count in counts):
        raise NotTensors("The checkpoint has a tensor that is damaged.")
    size = int(np.prod(tensor.shape, dtype=np.int64))
    whole = storage[tensor.offset : tensor.offset + size]
    if whole.size != size or tensor.strides != _contiguous(tensor.shape):
        raise NotTensors("The checkpoint has a tensor that lies outside its storage.")
    return whole.reshape(tensor.shape).astype(np.float32)


def _contiguous(shape: tuple[int, ...]) -> tuple[int, ...]:
    strides: list[int] = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))
