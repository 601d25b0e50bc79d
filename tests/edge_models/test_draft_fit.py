"""Files of the draft model that don't belong together: whole, as the card says, and yet the wrong ones."""

import hashlib
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edge_models.image.draft_model import FOLDER, DraftModel, checked_card
from edge_models.models import ModelCorrupt
from tools.gate.judge import MODEL as JUDGE


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDER, tmp_path / "draft"))


def write_card(folder: Path, *changes: tuple[str, str]) -> None:
    """Make the card fit the files, and change what else is in it."""
    card = (folder / "card.toml").read_text("utf-8")
    for name in ("draft.onnx", "codec.npz"):
        digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        card = re.sub(rf'"{re.escape(name)}" = "[0-9a-f]+"', f'"{name}" = "{digest}"', card)
    for old, new in changes:
        assert old in card
        card = card.replace(old, new)
    (folder / "card.toml").write_text(card, "utf-8")


def load(folder: Path) -> DraftModel:
    return DraftModel(None, folder=folder)  # pyright: ignore[reportArgumentType] - nothing is enlarged here


def another_network(path: Path) -> None:
    """An ONNX file that is right in itself, of a network for something else."""
    shutil.copy(JUDGE, path)


def too_few_numbers(path: Path) -> None:
    """A network with our inputs and outputs whose pictures have another form."""
    shapes = {"x": (1, 256, 96), "told": (1, 256, 288), "mood": (1, 4), "sun": (1, 3), "time": (1,), "step": (1,)}
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64 if name == "mood" else TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    output = helper.make_tensor_value_info("clean", TensorProto.FLOAT, (1, 3))
    graph = helper.make_graph([helper.make_node("Identity", ["sun"], ["clean"])], "small", inputs, [output])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save(model, str(path))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def no_network(path: Path) -> None:
    path.write_bytes(b"soap")


@pytest.mark.parametrize("spoil", [another_network, too_few_numbers, cut_off, no_network])
def test_another_network_than_ours_is_refused_in_one_sentence(folder: Path, spoil: Callable[[Path], None]) -> None:
    spoil(folder / "draft.onnx")
    with pytest.raises(ModelCorrupt, match="missing or damaged"):
        load(folder)
    write_card(folder)
    with pytest.raises(ModelCorrupt, match=r"^The draft model's network is not the one that its card describes: inst"):
        load(folder)


@pytest.mark.parametrize(
    "arrays",
    [
        {"mean": np.zeros(192, "f2"), "basis": np.zeros((187, 96), "f2")},
        {"mean": np.zeros(192, "f2"), "basis": np.zeros(192, "f2")},
        {"mean": np.zeros((192, 1), "f2"), "basis": np.zeros((192, 96), "f2")},
        {"basis": np.zeros((192, 96), "f2")},
        None,
    ],
    ids=["other patches", "one number", "a mean of two axes", "no mean", "no archive"],
)
def test_another_codec_than_ours_is_refused_in_one_sentence(folder: Path, arrays: dict[str, np.ndarray] | None) -> None:
    if arrays is None:
        (folder / "codec.npz").write_bytes(b"soap")
    else:
        np.savez(folder / "codec.npz", allow_pickle=False, **arrays)
    write_card(folder)
    with pytest.raises(ModelCorrupt, match="codec is not the one that its card describes"):
        load(folder)


def test_a_codec_of_another_model_does_not_fit_the_network(folder: Path) -> None:
    np.savez(folder / "codec.npz", mean=np.zeros(192, "f2"), basis=np.zeros((192, 48), "f2"))
    write_card(folder)
    with pytest.raises(ModelCorrupt, match="network is not the one"):
        load(folder)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"dawn", "day"', '"dawn"'),
        ('["-", "rain"', '["rain"'),
        ("steps = 2", "steps = 3"),
        ("steps = 2", 'steps = 2\nauthor = "me"'),
        ("claimed = ", "claimed = -"),
        ("moods = [", 'moods = [["a"],'),
    ],
)
def test_a_card_with_wrong_fields_is_refused(folder: Path, old: str, new: str) -> None:
    write_card(folder, (old, new))
    with pytest.raises(ModelCorrupt, match="card is missing or damaged"):
        checked_card(folder)


def test_a_card_with_moods_that_the_network_never_learnt_is_refused(folder: Path) -> None:
    write_card(folder, ('"chalk"]', '"chalk", "crayon"]'))
    with pytest.raises(ModelCorrupt, match="network is not the one"):
        load(folder)
