"""The training itself, where torch is installed: `pip install nightjar[train]`."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from edge_models.image.draft_model import FOLDER

torch = pytest.importorskip("torch", reason="torch is for training alone")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run of half a minute leaves."""
    out = tmp_path_factory.mktemp("run")
    train(out, "--deadline", "40", "--state", str(out / "state"))
    return out


def train(out: Path, *more: str) -> None:
    command = [sys.executable, "-m", "tools.train", "--preset", "toy", "--out", str(out), "--workers", "1"]
    subprocess.run([*command, "--codec", str(FOLDER / "codec.npz"), *more], check=True, capture_output=True)


def logged(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "log.jsonl").read_text().splitlines()]


def test_a_training_run_ends_before_its_deadline_and_leaves_weights(run: Path) -> None:
    stages = [line.get("stage") for line in logged(run)]
    assert stages[-1] == "done"
    assert {"learning done", "distilling done"} <= set(stages)
    assert logged(run)[-1]["s"] < 60  # there may be others on this machine
    assert (run / "weights.0").stat().st_size > 100_000


def test_a_run_is_gone_on_with_where_it_was(run: Path, tmp_path: Path) -> None:
    kept = torch.load(run / "state", weights_only=True)
    kept["step"] += 1000
    torch.save(kept, tmp_path / "state")
    train(tmp_path, "--deadline", "15", "--state", str(tmp_path / "state"), "--resume", str(tmp_path / "state"))
    assert next(line["step"] for line in logged(tmp_path) if line.get("stage") == "learning done") >= kept["step"]
    assert torch.load(tmp_path / "state", weights_only=True)["step"] >= kept["step"]
    assert sorted(path.name for path in tmp_path.glob("state*")) == ["state"]


@pytest.mark.parametrize("content", [b"soap", b""])
def test_what_is_no_state_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "state").write_bytes(content)
    with pytest.raises(subprocess.CalledProcessError) as failed:
        train(tmp_path, "--deadline", "15", "--resume", str(tmp_path / "state"))
    assert failed.value.stderr.decode().strip().splitlines() == [
        f"{tmp_path / 'state'} is no state that --state has kept."
    ]


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
