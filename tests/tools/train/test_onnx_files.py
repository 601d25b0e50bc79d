"""The ONNX files that are made of the trained network, where onnx is installed: `pip install nightjar[train]`."""

# pyright: reportMissingImports=false

from pathlib import Path

import numpy as np
import pytest

from edge_models.image.draft_model import FOLDER, NETWORK
from edge_models.image.few_steps import Feed
from edge_models.image.layout import lay_out
from edge_models.image.parse import parse_prompt
from edge_models.image.patches import TOKENS, told_tokens
from edge_models.image.told import tell
from edge_models.onnx_session import open_session

onnx = pytest.importorskip("onnx", reason="onnx is for training alone")


def test_the_file_for_tensorrt_has_signed_symmetric_bytes_and_says_the_same(tmp_path: Path) -> None:
    from edge_models.tensorrt.signed import signed

    changed = signed(onnx.load(FOLDER / NETWORK))
    zeros = {node.input[2] for node in changed.graph.node if node.op_type in ("QuantizeLinear", "DequantizeLinear")}
    tensors = {tensor.name: tensor for tensor in changed.graph.initializer}
    assert {tensors[name].data_type for name in zeros} == {onnx.TensorProto.INT8}
    assert not any(onnx.numpy_helper.to_array(tensors[name]).any() for name in zeros)
    onnx.save(changed, tmp_path / "signed.onnx")
    told = tell(lay_out(parse_prompt("a red fox in the snow"), seed=1))
    feed: Feed = {
        "x": np.random.default_rng(1).standard_normal((1, TOKENS, 96), np.float32),
        "told": told_tokens(told),
        "mood": told.mood[None],
        "sun": told.sun[None].astype(np.float32),
        "time": np.zeros(1, np.float32),
        "step": np.full(1, 0.25, np.float32),
    }
    ours, theirs = (
        np.asarray(open_session(path).run(None, dict(feed))[0]) for path in (FOLDER / NETWORK, tmp_path / "signed.onnx")
    )
    assert np.abs(ours - theirs).mean() < 0.15 * np.abs(ours).mean()
