"""Small models made on this device: arrays in a file that only its owner can read, with their SHA-256 beside it.

What is read back is bounded: the file's size before it is opened, what it unpacks to, names, shapes and kinds.
"""

import hashlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SUFFIX = ".npz"


class KeptError(ValueError):
    """A file can't be used or written; the text is one plain sentence."""


def keep(path: Path, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Write `arrays` to `path` (mode 600, its folder 700), and its hash beside it. Raises KeptError."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.part")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            os.fsync(file.fileno())
        with part.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        hash_part = _hash_of(part)
        with os.fdopen(os.open(hash_part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(f"{digest}\n")
        # A power cut between the two leaves a file that doesn't match its hash: refused, and made again.
        part.replace(path)
        hash_part.replace(_hash_of(path))
    except OSError as error:
        raise KeptError(f"{path} can't be written: {error.strerror or error}.") from None


def kept(path: Path, shapes: Mapping[str, tuple[str, tuple[int, ...]]], *, max_bytes: int) -> dict[str, NDArray]:
    """Read what `keep` wrote: each name with its dtype (as "<f4") and its shape, where -1 is any length.

    Raises KeptError when the file is missing, too large, damaged or of another form.
    """
    try:
        if path.stat().st_size > max_bytes:
            raise KeptError(f"{path} is too large to be what it should be.")
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        written = _hash_of(path).read_text(encoding="ascii")[:100].strip()
        if written != digest:
            raise KeptError(f"{path} was changed since it was made: make it again.")
        with zipfile.ZipFile(path) as archive:
            # Stored as they are: a packed file could unpack to any size.
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise KeptError(f"{path} is packed, which no file of ours is.")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except FileNotFoundError:
        raise KeptError(f"{path} doesn't exist.") from None
    except KeptError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged archive can raise anything
        raise KeptError(f"{path} can't be read ({type(error).__name__}): make it again.") from None
    if arrays.keys() != shapes.keys() or not all(_fits(arrays[name], *shape) for name, shape in shapes.items()):
        raise KeptError(f"{path} is not of the form that this version writes: make it again.")
    return arrays


def forget(path: Path) -> None:
    """Delete a file and its hash. Raises KeptError."""
    try:
        path.unlink()
        _hash_of(path).unlink(missing_ok=True)
    except OSError as error:
        raise KeptError(f"{path} can't be deleted: {error.strerror or error}.") from None


def file_stem(name: str) -> str:
    """Return a file name for what a person called it: letters and digits of any script, words joined by `-`."""
    words = "".join(letter if letter.isalnum() else " " for letter in name.casefold()).split()
    return "-".join(words)[:60]


def _hash_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _fits(array: NDArray[np.generic], dtype: str, shape: tuple[int, ...]) -> bool:
    if array.dtype.str != dtype or array.ndim != len(shape):
        return False
    if any(wanted not in {-1, size} for size, wanted in zip(array.shape, shape, strict=True)):
        return False
    return array.dtype.kind != "f" or bool(np.isfinite(array).all())
