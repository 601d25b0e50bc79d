"""The engines that were built on this machine, each beside what it was built from and its own SHA-256.

An engine is for one TensorRT, one kind of GPU and one ONNX file: that is its key. One of another key is built anew, and
takes the old one's place. None is handed out before its hash was checked.
"""

import hashlib
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edge_models.models import ModelError

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_ENGINE, _RECORD, _TIMINGS, _KERNELS = "model.engine", "built.json", "timings.bin", "kernels.bin"
_MAX_RECORD_BYTES = 10_000
_DIGEST_BYTES = 32


class EngineError(ModelError):
    """An engine can't be built or used; the text is one plain sentence."""


class Key(BaseModel):
    """What an engine is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    library: Annotated[str, Field(max_length=40)]
    version: Annotated[str, Field(max_length=40)]
    gpu: Annotated[str, Field(max_length=40)]
    onnx_sha256: Digest
    """Of the ONNX file, with its weights where they lie in a file of their own (`joined`)."""


class BuiltEngine(BaseModel):
    """One engine, as its record has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Key
    sha256: Digest
    size_bytes: Annotated[int, Field(gt=0)]
    took_s: Annotated[float, Field(ge=0)]
    """How long it took to build."""


class Engines:
    """A folder with one folder a model: `$NIGHTJAR_HOME/engines`."""

    def __init__(self, root: Path) -> None:
        """`root` need not exist."""
        self.root = root

    def built(self, name: str) -> BuiltEngine | None:
        """The record of the engine of a model; None where none was built, or its record can't be read."""
        try:
            record = (self.root / name / _RECORD).read_bytes()[:_MAX_RECORD_BYTES]
            return BuiltEngine.model_validate_json(record)
        except (OSError, ValidationError):
            return None

    def path(self, name: str, key: Key) -> Path:
        """Return the file of an engine of this key; its SHA-256 is checked first. Raises EngineError."""
        built = self.built(name)
        if built is None or built.key != key:
            raise EngineError(f"There is no engine of {name} for this machine: run `nightjar models build`.")
        path = self.root / name / _ENGINE
        if _sha256(path) != built.sha256:
            raise EngineError(f"The engine of {name} was changed since it was built: run `nightjar models build`.")
        return path

    def keep(self, name: str, key: Key, engine: bytes | memoryview, *, took_s: float) -> BuiltEngine:
        """Write an engine in the place of the one before. Raises EngineError."""
        digest = hashlib.sha256(engine).hexdigest()
        built = BuiltEngine(key=key, sha256=digest, size_bytes=len(engine), took_s=round(took_s, 1))
        try:
            (self.root / name / _KERNELS).unlink(missing_ok=True)  # they were compiled for the one before
            # A power cut between the two leaves an engine that doesn't match its record: refused, and built again.
            _write(self.root / name / _ENGINE, engine)
            _write(self.root / name / _RECORD, built.model_dump_json(indent=1).encode())
        except OSError as error:
            raise EngineError(f"Engines can't be written to {self.root}: {error.strerror or error}.") from None
        return built

    def timings(self) -> bytes:
        """What TensorRT measured while it built earlier engines here; empty at first."""
        try:
            return (self.root / _TIMINGS).read_bytes()
        except OSError:
            return b""

    def keep_timings(self, timings: bytes) -> None:
        """Keep what was measured, for the next build to be quicker; where that fails, it is only slower."""
        try:
            _write(self.root / _TIMINGS, timings)
        except OSError:
            return


def key_of(library: str, version: str, gpu: str, *files: Path) -> Key:
    """Return the key of an engine that is built of these files. Raises EngineError where one can't be read."""
    digests = [_sha256(file) for file in files]
    if not all(digests):
        raise EngineError(f"The model {files[0]} can't be read.")
    return Key(library=library, version=version, gpu=gpu, onnx_sha256=joined(digests))


def joined(digests: Sequence[str]) -> str:
    """One digest for all files of a network: that of the only one, or of the digests in their order."""
    return digests[0] if len(digests) == 1 else hashlib.sha256("".join(digests).encode()).hexdigest()


def read_kernels(engine: Path) -> bytes:
    """What TensorRT for RTX compiled when it ran this engine earlier; empty at first, or where it was changed since."""
    try:
        content = engine.with_name(_KERNELS).read_bytes()
    except OSError:
        return b""
    digest, kernels = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    return kernels if hashlib.sha256(kernels).digest() == digest else b""


def keep_kernels(engine: Path, kernels: bytes) -> None:
    """Keep what was compiled beside the engine, behind its SHA-256; where that fails, it is compiled again."""
    if kernels == read_kernels(engine):
        return
    try:
        _write(engine.with_name(_KERNELS), hashlib.sha256(kernels).digest() + kernels)
    except OSError:
        return


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return ""


def _write(path: Path, content: bytes | memoryview) -> None:
    path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except OSError:
        Path(part).unlink(missing_ok=True)
        raise
