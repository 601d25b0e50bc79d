"""SD-Turbo's architecture as `tools.export` writes it, very small, with weights made up on the spot: no torch needed.

`tiny_exported.zip` holds what was exported of `tiny_pictures.py`, without its weights. It is made anew, where torch and
diffusers are installed, by `PYTHONPATH=.:tests python tests/tiny_exported.py`.
"""

# pyright: reportMissingImports=false

import io
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import onnx

from edge_models.diffusion.card import Weights, file_entry, read_card
from tools.export.card_file import write_card

_STORED = Path(__file__).with_name("tiny_exported.zip")
_WEIGHTED = frozenset({"Conv", "Gemm", "Gather", "MatMul"})


def tiny_exported(folder: Path) -> Path:
    """Make `folder` an exported model in single precision, and return it."""
    random = np.random.default_rng(7)
    with zipfile.ZipFile(_STORED) as stored:
        stored.extractall(folder)
    card = read_card(folder)
    parts = {}
    for name, part in card.parts.items():
        path = folder / f"{name}.onnx"
        model = onnx.load(path)
        for tensor in model.graph.initializer:
            if _is_blank(tensor):
                shape = tuple(tensor.dims)
                spread = np.prod(shape[1:] if len(shape) == 4 else shape[:1]) ** -0.5
                tensor.raw_data = (random.standard_normal(shape, np.float32) * np.float32(spread)).tobytes()
        onnx.save(model, path)
        parts[name] = part.model_copy(update={"files": (file_entry(path),)})
    write_card(folder, card.model_copy(update={"parts": parts}))
    return folder


def _is_blank(tensor: onnx.TensorProto) -> bool:
    return (
        tensor.data_type == onnx.TensorProto.FLOAT
        and bool(tensor.dims)
        and not tensor.raw_data
        and not tensor.float_data
    )


def _blanked(path: Path) -> bytes:
    """The file without large weights and without what the exporter says of its own sources."""
    model = onnx.load(path)
    graph = model.graph
    weights = {name for node in graph.node if node.op_type in _WEIGHTED for name in node.input}
    for tensor in graph.initializer:
        if tensor.name in weights and len(tensor.raw_data) > 64:
            tensor.ClearField("raw_data")
    for described in (model, graph, *graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output):
        del described.metadata_props[:]
    del graph.value_info[:]
    return model.SerializeToString()


def main() -> None:
    """Make the stored file anew."""
    from tiny_pictures import save

    from tools.export.exporting import export

    with tempfile.TemporaryDirectory() as scratch, io.BytesIO() as packed:
        made = Path(scratch) / "exported"
        save("sd-turbo", Path(scratch) / "published")
        export(
            Path(scratch) / "published", made, weights=Weights(hub="nightjar/tiny", revision="1"), licence="Apache-2.0"
        )
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as stored:
            for path in sorted(made.iterdir()):
                entry = zipfile.ZipInfo(path.name)  # of no time: the same content is the same file
                stored.writestr(
                    entry, _blanked(path) if path.suffix == ".onnx" else path.read_bytes(), zipfile.ZIP_DEFLATED
                )
        _STORED.write_bytes(packed.getvalue())


if __name__ == "__main__":
    sys.exit(main())
