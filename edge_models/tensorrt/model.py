"""Builds the engines of a whole picture model, one part after the other; a part that is built is kept.

    exported/sd-turbo/                     engines/sd-turbo/
      picture.toml                           text_encoder/model.engine
      text_encoder.onnx  denoiser.onnx  ──▶  denoiser/model.engine
      decoder.onnx                           decoder/model.engine

Built by TensorRT for RTX without a GPU so far: whole models of the same architectures, very small, and SD-Turbo's
denoiser in its own size, all with random weights. Never on a board.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge_models.diffusion.card import Card, PartCard, read_card
from edge_models.diffusion.wiring import PartName, part_names
from edge_models.models import ModelCorrupt
from edge_models.tensorrt.build import Progress, build, key_for
from edge_models.tensorrt.engines import BuiltEngine, EngineError, Engines, Key, joined
from edge_models.tensorrt.library import NO_GPU, Library, find_library

_MEMORY_A_WEIGHT = 4.0
"""Bytes of memory that building takes, a byte of weights: 3.1–3.7 with TensorRT for RTX 1.7, without a GPU (200 MB to
1.7 GB of weights; SD-Turbo's denoiser in INT8 took 3.4 GB)."""
_DISK_BESIDE_BYTES = 64 * 2**20
"""What an engine has besides its weights, and to spare: up to 37 MB, TensorRT for RTX."""
_FIRST_FP8 = 8.9


@dataclass(frozen=True, slots=True)
class BuiltPart:
    """The engine of one part."""

    name: PartName
    built: BuiltEngine
    now: bool
    """Whether it was built now, and not kept."""


def engine_name(model: str, part: PartName) -> str:
    """The name under which `Engines` keep the engine of a part."""
    return f"{model}/{part}"


def build_model(
    model: str,
    folder: Path,
    engines: Engines,
    *,
    memory_bytes: int,
    library: Library | None = None,
    progress: Progress = lambda _what, _done, _of: True,
) -> Iterator[BuiltPart]:
    """Build what is not built yet of the exported model in `folder`; each part is handed out when it is done.

    `memory_bytes`: what can be had. Raises ModelCorrupt where a file isn't the one on the card, and EngineError,
    before the first part where the GPU, memory or disk can't do it.
    """
    library = library or find_library()
    card = read_card(folder)
    if card.dtype == "fp8" and library.gpu != NO_GPU and float(library.gpu) < _FIRST_FP8:
        raise EngineError(
            f"{model} is in eight-bit floats, which this GPU ({library.gpu}) can't compute with: take it in int8."
        )
    names = part_names(card.family)
    missing: list[PartName] = [
        name for name in names if not _is_built(engines, engine_name(model, name), card.parts[name], library)
    ]
    _check_room(model, card, missing, engines, memory_bytes)
    for name in names:
        onnx = folder / f"{name}.onnx"
        if name in missing and key_for(onnx, library) != key_of_part(card.parts[name], library):
            raise ModelCorrupt(f"The {name} of the picture model {model} is damaged: export it again.")
        built, now = build(
            engine_name(model, name),
            onnx,
            engines,
            library=library,
            progress=lambda what, done, of, name=name: progress(f"{name}: {what}", done, of),
        )
        yield BuiltPart(name, built, now)


def key_of_part(part: PartCard, library: Library) -> Key:
    """The key of a part's engine, by its card alone."""
    digest = joined([file.sha256 for file in sorted(part.files, key=lambda file: file.name)])
    return Key(library=library.name, version=library.version, gpu=library.gpu, onnx_sha256=digest)


def _is_built(engines: Engines, name: str, part: PartCard, library: Library) -> bool:
    built = engines.built(name)
    return built is not None and built.key == key_of_part(part, library)


def _check_room(model: str, card: Card, missing: Sequence[PartName], engines: Engines, memory_bytes: int) -> None:
    """Raises EngineError where the engines that are missing can't be built for want of memory or disk."""
    if not missing:
        return
    sizes = {name: card.parts[name].size_bytes for name in missing}
    largest = max(missing, key=lambda name: sizes[name])
    needed = int(sizes[largest] * _MEMORY_A_WEIGHT)
    if needed > memory_bytes:
        raise EngineError(
            f"Building the {largest} of {model} needs about {needed / 1e9:.1f} GB of memory, and "
            f"{memory_bytes / 1e9:.1f} are free: stop what else runs, or add swap for the time."
        )
    try:
        engines.root.mkdir(mode=0o755, parents=True, exist_ok=True)
        free = shutil.disk_usage(engines.root).free
    except OSError as error:
        raise EngineError(f"Engines can't be written to {engines.root}: {error.strerror or error}.") from None
    needed = sum(sizes.values()) + _DISK_BESIDE_BYTES * len(missing)
    if needed > free:
        raise EngineError(
            f"The engines of {model} need about {needed / 1e9:.1f} GB in {engines.root}, and {free / 1e9:.1f} are free."
        )
