"""The training itself, where torch is installed: `pip install nightjar[train]`."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from edge_models.image.draft_model import FOLDER

torch = pytest.importorskip("torch", reason="torch is for training alone")


def test_a_training_run_ends_before_its_deadline_and_leaves_weights(tmp_path: Path) -> None:
    began = time.monotonic()
    command = [sys.executable, "-m", "tools.train", "--preset", "toy", "--deadline", "40", "--out", str(tmp_path)]
    subprocess.run([*command, "--workers", "1", "--codec", str(FOLDER / "codec.npz")], check=True)
    assert time.monotonic() - began < 60
    stages = [json.loads(line).get("stage") for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert stages[-1] == "done"
    assert {"learning done", "distilling done"} <= set(stages)
    assert (tmp_path / "weights.0").stat().st_size > 100_000


def test_a_flow_that_knows_the_picture_arrives_at_it() -> None:
    from tools.train.flow import draw
    from tools.train.network import Network, Size
    from tools.train.pool import Sample

    network = Network(Size(8, 64, 1, 2, explicit=True))
    tokens = torch.randn(2, 256, 8)
    sample = Sample(tokens, torch.zeros(2, 256, 288), torch.zeros(2, 4, dtype=torch.int64), torch.zeros(2, 3))
    network.forward = lambda *_: tokens  # pyright: ignore[reportAttributeAccessIssue]
    for steps in (2, 4):
        assert torch.allclose(draw(network, sample, steps=steps, distilled=True), tokens, atol=1e-5)


def test_muon_makes_an_update_orthogonal() -> None:
    from tools.train.muon import orthogonal

    for rows, columns in ((64, 16), (16, 64)):
        singular = np.linalg.svd(orthogonal(torch.randn(1, rows, columns))[0].float().numpy(), compute_uv=False)
        assert ((singular > 0.5) & (singular < 1.4)).all()
