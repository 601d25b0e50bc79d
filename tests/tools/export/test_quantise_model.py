"""A whole model, from single precision to a board's engines: built by TensorRT for RTX, which needs no GPU for that."""

# pyright: reportMissingImports=false

import re
from pathlib import Path

import numpy as np
import onnx
import pytest
from tiny_exported import tiny_exported

from edge_models.diffusion import TurboPicture, read_card
from edge_models.network import OnnxNetwork
from edge_models.tensorrt import EngineError, Engines, Library
from edge_models.tensorrt.build import build
from edge_models.tensorrt.model import build_model
from tools.export import ExportError
from tools.export.quantise import quantise, to_half
from tools.export.quantise_model import main, quantise_model, recorded

PLENTY = 2**40
PROMPTS = ("a red fox", "two whales")
UNSEEN = ("a boat in a storm",)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_exported(tmp_path_factory.mktemp("exported") / "sd-turbo")


@pytest.fixture(scope="module")
def for_orin(exported: Path) -> tuple[Path, list[str]]:
    """The model in eight bits, and what was said of its parts."""
    lines: list[str] = []
    quantise_model(exported, exported.with_name("int8"), "int8", prompts=PROMPTS, unseen=UNSEEN, says=lines.append)
    return exported.with_name("int8"), lines


def test_the_denoiser_alone_is_given_eight_bits_and_little_is_lost(for_orin: tuple[Path, list[str]]) -> None:
    folder, lines = for_orin
    card = read_card(folder)
    assert card.dtype == "int8"
    said = [re.fullmatch(r"(\w+): (\d+) of (\d+) products .* ([\d.]+) dB", line) for line in lines]
    by_part = {found[1]: (int(found[2]), int(found[3]), float(found[4])) for found in said if found}
    # Seventeen stay: ten of time, the first and the last, and five shortcuts.
    assert by_part["denoiser"][:2] == (66, 83)
    assert by_part["denoiser"][2] > 40
    assert [by_part[part][0] for part in ("text_encoder", "decoder")] == [0, 0]
    assert min(by_part[part][2] for part in ("text_encoder", "decoder")) > 70


def test_no_bias_of_a_quantised_model_has_eight_bits(for_orin: tuple[Path, list[str]]) -> None:
    model = onnx.load(for_orin[0] / "denoiser.onnx", load_external_data=False)
    made_by = {name: node for node in model.graph.node for name in node.output}
    weighted = [node for node in model.graph.node if node.op_type == "Conv"]
    assert len(weighted) == 25
    assert not any(node.input[2] in made_by for node in weighted)
    types = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert {types[node.input[2]] for node in weighted} == {onnx.TensorProto.FLOAT16}


def test_a_quantised_model_draws_nearly_the_same_picture(exported: Path, for_orin: tuple[Path, list[str]]) -> None:
    pictures = [
        TurboPicture(folder, lambda part: OnnxNetwork(part.path), PLENTY).draw(UNSEEN[0], seed=4)
        for folder in (exported, for_orin[0])
    ]
    exact, other = (np.asarray(picture, np.float64) for picture in pictures)
    assert exact.std() > 10
    assert 20 * np.log10(255 / np.sqrt(((exact - other) ** 2).mean())) > 36


def test_a_models_engines_are_built_one_after_the_other_and_go_on_where_they_stopped(
    for_orin: tuple[Path, list[str]], library: Library, tmp_path: Path
) -> None:
    engines, told = Engines(tmp_path / "engines"), set()

    def until_the_denoiser(what: str, done: int, of: int) -> bool:
        told.add(what.partition(":")[0])
        return not what.startswith("denoiser")

    with pytest.raises(EngineError, match="called off"):
        list(build_model("sd-turbo", for_orin[0], engines, memory_bytes=PLENTY, progress=until_the_denoiser))
    assert told == {"text_encoder", "denoiser"}
    parts = list(build_model("sd-turbo", for_orin[0], engines, memory_bytes=PLENTY, library=library))
    assert [(part.name, part.now) for part in parts] == [
        ("text_encoder", False), ("denoiser", True), ("decoder", True)
    ]  # fmt: skip
    # What is built needs neither memory nor the weights again; only the card.
    again = build_model("sd-turbo", for_orin[0], engines, memory_bytes=0, library=library)
    assert [part.built for part in again] == [part.built for part in parts]


@pytest.mark.parametrize("precision", ["fp8", "fp16"])
def test_tensorrt_builds_the_denoiser_in_every_precision(
    exported: Path, library: Library, tmp_path: Path, precision: str
) -> None:
    feeds = recorded(exported, PROMPTS[:1])["denoiser"]
    source, out = exported / "denoiser.onnx", tmp_path / "denoiser.onnx"
    if precision == "fp8":
        quantise(source, out, "fp8", feeds)
    else:
        to_half(source, out, feeds)
    built, _ = build("tiny", out, Engines(tmp_path / "engines"), library=library)
    assert built.size_bytes > out.with_name("denoiser.onnx.data").stat().st_size


def test_what_was_quantised_already_or_is_there_already_is_refused(
    exported: Path, for_orin: tuple[Path, list[str]]
) -> None:
    folder, _ = for_orin
    with pytest.raises(ExportError, match="is in int8 already: begin with what was exported in single precision"):
        quantise_model(folder, folder.with_name("again"), "int8")
    with pytest.raises(ExportError, match="exists already"):
        quantise_model(exported, folder, "int8")
    assert {path.name for path in folder.parent.iterdir()} == {"sd-turbo", "int8"}


def test_a_folder_without_a_model_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["quantise_model", str(tmp_path), str(tmp_path / "out"), "--to", "fp16"])
    assert main() == 1
    assert "There is no picture model in" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_part_is_recorded_with_what_it_is_given_in_many_steps_and_in_few(exported: Path) -> None:
    feeds = recorded(exported, PROMPTS)
    assert [feed["timestep"].tolist() for feed in feeds["denoiser"]] == [[999], [749], [499], [249], [999]]
    assert len(feeds["decoder"]) == len(feeds["text_encoder"]) == 2
